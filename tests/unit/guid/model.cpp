#include "tests/unit/guid/recording_port.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <random>
#include <set>

/// A model of the window state machine runs beside the session. It is written from the rules of
/// fact sheet gui-protocol §4 and §5, not from the code.
namespace vitrail::test {

namespace from_agent = wire::from_agent;

/// A compositor as strict as vitrail_window_v1: everything it would end a client for fails a test.
class StrictPort final : public guid::WindowPort {
public:
    struct Window {
        bool mapped = false, ovr = false, docked = false;
        std::optional<std::uint64_t> shown;
    };
    std::map<std::uint32_t, Window> windows;
    std::set<std::uint64_t> buffers;
    std::set<std::uint64_t> to_release; ///< not shown any more, release not sent yet
    std::vector<std::string> faults;

    Window& at(WindowId window)
    {
        if (!windows.contains(window.value))
            faults.push_back("request for a window that is not there");
        return windows[window.value];
    }
    void set_extended() override {}
    void create_window(WindowId window, bool ovr) override
    {
        if (windows.contains(window.value))
            faults.push_back("window created twice");
        windows[window.value] = {false, ovr, false, {}};
    }
    void destroy_window(WindowId window) override
    {
        at(window);
        windows.erase(window.value);
    }
    void set_geometry(WindowId window, Rect const& r) override
    {
        at(window);
        if (r.empty())
            faults.push_back("empty geometry");
    }
    void request_geometry_seen(WindowId window) override { at(window); }
    void set_override_redirect(WindowId window, bool on) override
    {
        if (at(window).mapped)
            faults.push_back("override_redirect changed while mapped");
        at(window).ovr = on;
    }
    void set_transient_for(WindowId window, std::optional<WindowId> parent) override
    {
        at(window);
        if (parent)
            at(*parent);
    }
    void set_popup(WindowId, wire::from_agent::Popup const&) override {}
    void map(WindowId window) override
    {
        if (at(window).mapped || at(window).docked)
            faults.push_back("map in the wrong state");
        at(window).mapped = true;
    }
    void unmap(WindowId window) override
    {
        if (!at(window).mapped)
            faults.push_back("unmap in the wrong state");
        at(window).mapped = false;
    }
    void set_hints(WindowId, guid::Hints const&) override {}
    void set_flags(WindowId, std::uint32_t, std::uint32_t) override {}
    void set_title(WindowId, std::string const&) override {}
    void set_class(WindowId, std::string const&, std::string const&) override {}
    void dock(WindowId window) override
    {
        if (at(window).mapped || at(window).ovr)
            faults.push_back("dock in the wrong state");
        at(window).docked = true;
    }
    void interactive(WindowId, std::uint32_t, std::uint32_t) override {}
    void ack_configure(WindowId window, std::uint32_t) override { at(window); }
    void set_pointer_lock(WindowId, std::uint32_t) override {}
    void set_cursor(guid::CursorChoice const&) override {}
    void create_buffer(guid::PortBuffer buffer, transport::MappablePages const&,
                       guid::BufferShape const&) override
    {
        buffers.insert(buffer.value);
    }
    void destroy_buffer(guid::PortBuffer buffer) override
    {
        if (buffers.erase(buffer.value) == 0)
            faults.push_back("buffer destroyed twice");
        for (auto const& [id, window] : windows)
            if (window.shown == buffer.value)
                faults.push_back("a shown buffer was destroyed");
        to_release.erase(buffer.value);
    }
    void commit(WindowId window, guid::Commit const& commit) override
    {
        Window& self = at(window);
        if (commit.attach) {
            if (!buffers.contains(commit.attach->value))
                faults.push_back("an unknown buffer was attached");
            if (self.shown && *self.shown != commit.attach->value)
                to_release.insert(*self.shown);
            self.shown = commit.attach->value;
            to_release.erase(*self.shown);
        }
    }
    void detach(WindowId window) override
    {
        if (auto const shown = std::exchange(at(window).shown, std::nullopt))
            to_release.insert(*shown);
    }
};

class Model {
public:
    explicit Model(std::uint32_t windows) : windows_(windows)
    {
        session_.handle_layout({1280, 1024});
        wire::Bytes bytes;
        wire::build_version(bytes, wire::version_1_8);
        EXPECT_TRUE(session_.handle_bytes(bytes, guid::Time(0)));
        agent_.received.clear();
    }

    static constexpr unsigned operations = 12;
    /// One step; false when the agent broke a rule, and so the session must have ended.
    [[nodiscard]] bool step(unsigned operation, std::uint32_t window)
    {
        WindowId const id{window % windows_ + 1};
        auto const known = states_.find(id.value);
        bool const exists = known != states_.end();
        State* const state = exists ? &known->second : nullptr;
        switch (operation) {
        case 0:
        case 1:
            if (!tell(from_agent::Create{id, {0, 0, 64, 32}, operation == 1}, !exists))
                return false;
            states_[id.value].ovr = operation == 1;
            break;
        case 2:
            if (!tell(from_agent::Destroy{id}, exists))
                return false;
            states_.erase(id.value);
            ++destroys_;
            break;
        case 3:
        case 4:
            if (!tell(from_agent::Map{id, WindowId{1}, operation == 4}, exists))
                return false;
            if (!state->mapped && !state->docked) {
                state->mapped = true;
                state->ovr = operation == 4;
            }
            break;
        case 5:
            if (!tell(from_agent::Unmap{id}, exists))
                return false;
            if (state->mapped)
                state->mapped = state->image = false;
            break;
        case 6:
        case 7:
            if (!tell(from_agent::Dump{id, {64, 32}, {operation * 100 + id.value * 10, 1}}, exists))
                return false;
            state->image = true;
            ++dumps_;
            break;
        case 8:
            if (!tell(from_agent::Damage{id, {1, 1, 5, 5}}, exists))
                return false;
            break;
        case 9:
            if (!tell(from_agent::Configure{id, {static_cast<int>(window), 3, 60, 30}}, exists))
                return false;
            break;
        case 10:
            if (!tell(wire::from_agent::Dock{id}, exists))
                return false;
            if (!state->mapped && !state->docked) {
                state->docked = true;
                state->ovr = false;
            }
            break;
        default: release_and_frame(); break;
        }
        EXPECT_TRUE(session_.finish_turn(guid::Time(++time_)));
        return true;
    }
    [[nodiscard]] bool knows(std::uint32_t window) const
    {
        return states_.contains(window % windows_ + 1);
    }
    void check()
    {
        EXPECT_EQ(port_.faults, std::vector<std::string>());
        ASSERT_EQ(port_.windows.size(), states_.size());
        for (auto const& [id, state] : states_) {
            auto const& shown = port_.windows.at(id);
            EXPECT_EQ(shown.mapped, state.mapped);
            EXPECT_EQ(shown.docked, state.docked);
            EXPECT_EQ(shown.ovr, state.ovr);
            EXPECT_EQ(shown.shown.has_value(), state.mapped && state.image);
        }
        EXPECT_LE(port_.buffers.size(), states_.size() * 2 + port_.to_release.size());
    }
    /// Once everything is read, each dump has had exactly one ACK and each DESTROY its echo.
    void check_end()
    {
        release_and_frame();
        EXPECT_TRUE(session_.finish_turn(guid::Time(++time_)));
        int acks = 0, destroys = 0;
        std::span<std::byte const> rest = agent_.received;
        while (rest.size() >= sizeof(wire::Header)) {
            wire::Header header;
            std::memcpy(&header, rest.data(), sizeof(header));
            acks += header.type == static_cast<std::uint32_t>(wire::Type::window_dump_ack);
            destroys += header.type == static_cast<std::uint32_t>(wire::Type::destroy);
            rest = rest.subspan(sizeof(header) + header.length);
        }
        EXPECT_EQ(acks, dumps_);
        EXPECT_EQ(destroys, destroys_);
        check();
    }

private:
    struct State {
        bool mapped = false, docked = false, ovr = false, image = false;
    };
    template <typename Message> [[nodiscard]] bool tell(Message const& message, bool legal)
    {
        wire::Bytes bytes;
        wire::build_message(bytes, message);
        bool const alive = session_.handle_bytes(bytes, guid::Time(time_)).has_value();
        EXPECT_EQ(alive, legal);
        return alive && legal;
    }
    void release_and_frame()
    {
        for (std::uint64_t const buffer : std::exchange(port_.to_release, {}))
            session_.handle_buffer_released(guid::PortBuffer{buffer});
        for (auto const& [id, state] : states_)
            session_.handle_frame(WindowId{id}, 0);
    }

    std::uint32_t windows_;
    StrictPort port_;
    transport::MemoryPeer agent_;
    transport::MemoryChannel channel_{agent_};
    GenerousReader reader_;
    RecordingClipboard clipboard_;
    guid::Session session_{{channel_, reader_, port_, clipboard_, [] { return 7U; }}, {}};
    std::map<std::uint32_t, State> states_;
    int dumps_ = 0, destroys_ = 0, time_ = 0;
};

#if defined(__SANITIZE_ADDRESS__)
constexpr int steps_of_every_story = 4; // six were not at their end after 12 minutes
#else
constexpr int steps_of_every_story = 6;
#endif

TEST(WindowModel, agrees_with_every_short_story_of_one_window)
{
    unsigned stories = 1;
    for (int i = 0; i < steps_of_every_story; ++i)
        stories *= Model::operations;
    for (unsigned story = 0; story < stories; ++story) {
        Model model(1);
        unsigned rest = story;
        bool alive = true;
        for (int i = 0; i < steps_of_every_story && alive; ++i, rest /= Model::operations)
            alive = model.step(rest % Model::operations, 0);
        if (alive)
            model.check_end();
        ASSERT_FALSE(testing::Test::HasFailure()) << "story " << story;
    }
}

TEST(WindowModel, agrees_with_long_random_stories_of_three_windows)
{
    std::minstd_rand engine(20261124);
    auto const random = [&](unsigned below) { return static_cast<unsigned>(engine() % below); };
    for (int story = 0; story < 3000; ++story) {
        Model model(3);
        bool alive = true;
        for (int i = 0; i < 100 && alive; ++i) {
            unsigned operation = random(Model::operations);
            std::uint32_t const window = random(3);
            bool const creates = operation <= 1;
            if (creates == model.knows(window)) // mostly legal, or every story would be short
                operation = creates ? 8 : random(2);
            alive = model.step(operation, window);
            if (alive)
                model.check();
        }
        if (alive)
            model.check_end();
        ASSERT_FALSE(testing::Test::HasFailure()) << "story " << story;
    }
}

} // namespace vitrail::test
