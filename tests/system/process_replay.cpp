// The recordings of an original agent, played to the shipped guid: what it shows its compositor,
// and what it says back, message for message.

#include "tests/support/daemon_rules.hpp"
#include "tests/support/guid_stage.hpp"
#include "tests/support/replay.hpp"

#include <linux/input-event-codes.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrail::test {

using wire::Type;

/// A compositor that does to the windows what was done to them in the recording.
class RecordedDesktop : public ReplayHost {
public:
    RecordedDesktop(WindowServer& server, FakeAgent& agent) : server_(server), agent_(agent) {}
    void set_replay(Replay& replay) { replay_ = &replay; }

    [[nodiscard]] bool until(std::function<bool()> const& condition) override
    {
        return agent_.pump_until([&] {
            replay_->handle_received();
            server_.pump();
            server_.frames_done();
            return condition();
        });
    }
    void do_again(CapturedMessage const& message, bool repeats) override
    {
        std::uint32_t const window = message.header.window;
        // What the agent said just before may not have arrived yet.
        ASSERT_TRUE(until([&] { return server_.find(window) != nullptr; })) << std::hex << window;
        switch (message.type()) {
        case Type::focus: return focus(window, message.as<wire::Focus>());
        case Type::crossing: return cross(window, message.as<wire::Crossing>());
        case Type::motion: return move(window, message.as<wire::Motion>());
        case Type::button: return button(window, message.as<wire::Button>());
        case Type::keypress: return key(window, message.as<wire::Keypress>(), repeats);
        case Type::configure: return configure(window, place_of(message.as<wire::Configure>()));
        case Type::window_flags: return flags(window, message.as<wire::WindowFlags>());
        case Type::close: server_.close(window); return wait_for(Type::close, ++closed_);
        case Type::map:
            ASSERT_TRUE(until([&] { return server_.find(window)->wants_dock; }));
            server_.docked(window);
            return wait_for(Type::map, ++embedded_);
        default: ADD_FAILURE() << "nothing does " << message.header.type << " again";
        }
    }
    void compare(CapturedPixels const& shown) override
    {
        Image expected{shown.width, shown.height, shown.pixels};
        for (std::uint32_t& pixel : expected.pixels)
            pixel &= 0xffffff;
        int differing = -1;
        bool const alike = until([&] {
            auto const* const window = server_.find(shown.window);
            if (!window || (!window->mapped && !window->wants_dock))
                return false;
            EXPECT_EQ(window->geometry.width, shown.width);
            EXPECT_EQ(window->geometry.height, shown.height);
            differing = count_differences(expected, window->picture);
            return differing == 0;
        });
        EXPECT_TRUE(alike) << std::hex << shown.window << std::dec << ": " << differing
                           << " pixels differ";
    }

private:
    void wait_for(Type type, std::size_t count)
    {
        EXPECT_TRUE(until([&] { return agent_.count(type) >= count; }))
            << count << " of type " << static_cast<std::uint32_t>(type);
    }
    void focus(std::uint32_t window, wire::Focus const& focus)
    {
        if (focus.type == wire::event_focus_in) {
            if (focused_ == window)
                return;
            if (focused_ && server_.find(*focused_))
                server_.keyboard_leave(*focused_);
            server_.keyboard_enter(window);
            focused_ = window;
        } else {
            if (focused_ != window)
                return;
            server_.keyboard_leave(window);
            focused_.reset();
        }
        EXPECT_TRUE(until([&] {
            auto const said = agent_.all(Type::focus);
            return !said.empty() && said.back().header.window == window &&
                   said.back().as<wire::Focus>().type == focus.type;
        }));
    }
    void enter(std::uint32_t window, Point const& at)
    {
        if (entered_ == window)
            return;
        leave();
        server_.pointer_enter(window, at.x, at.y);
        entered_ = window;
    }
    void leave()
    {
        if (entered_ && server_.find(*entered_))
            server_.pointer_leave(*entered_);
        entered_.reset();
    }
    /// X grabs have no counterpart; a pressed button keeps the pointer, as in every compositor.
    void cross(std::uint32_t window, wire::Crossing const& crossing)
    {
        if (crossing.mode != 0 || pressed_ != 0)
            return;
        if (crossing.type == wire::event_enter)
            enter(window, {crossing.x, crossing.y});
        else if (entered_ == window)
            leave();
    }
    void move(std::uint32_t window, wire::Motion const& motion)
    {
        enter(window, {motion.x, motion.y});
        server_.pointer_motion(motion.x, motion.y);
        EXPECT_TRUE(until([&] {
            auto const said = agent_.all(Type::motion);
            return !said.empty() && said.back().header.window == window &&
                   said.back().as<wire::Motion>().x == motion.x &&
                   said.back().as<wire::Motion>().y == motion.y;
        }));
    }
    void button(std::uint32_t window, wire::Button const& event)
    {
        bool const press = event.type == wire::event_button_press;
        ++buttons_;
        set_modifiers(event.state);
        enter(window, {event.x, event.y});
        if (event.button >= 4 && event.button <= 7) {
            if (press) // the notch makes both
                server_.wheel(event.button >= 6, event.button % 2 == 0 ? -1 : 1);
        } else {
            constexpr std::uint32_t codes[] = {BTN_LEFT, BTN_MIDDLE, BTN_RIGHT};
            server_.button(codes[event.button - 1], press);
            pressed_ += press ? 1 : -1;
        }
        wait_for(Type::button, buttons_);
    }
    void set_modifiers(std::uint32_t state)
    {
        constexpr std::uint32_t keys = 0xff, caps_lock = 2;
        if (std::exchange(modifiers_, state & keys) != (state & keys))
            server_.modifiers(state & keys & ~caps_lock, state & caps_lock);
    }
    void key(std::uint32_t window, wire::Keypress const& event, bool repeats)
    {
        set_modifiers(event.state);
        std::uint32_t const code = event.keycode - 8;
        if (repeats)
            server_.key_repeat(window, code);
        else
            server_.key(code, event.type == wire::event_key_press);
        keys_ += repeats ? 2 : 1;
        wait_for(Type::keypress, keys_);
    }
    void configure(std::uint32_t window, Rect const& place)
    {
        if (server_.find(window)->geometry == place)
            return;
        std::size_t const before = agent_.count(Type::configure);
        server_.configure(window, ++serial_, place, states_[window]);
        server_.find(window)->geometry = place;
        EXPECT_TRUE(until([&] { return server_.find(window)->acked == serial_; }));
        auto const said = agent_.all(Type::configure);
        ASSERT_GT(said.size(), before);
        EXPECT_EQ(said.back().header.window, window);
        EXPECT_EQ(place_of(said.back().as<wire::Configure>()), place);
    }
    void flags(std::uint32_t window, wire::WindowFlags const& flags)
    {
        // Full screen is not permitted here: the window is maximised.
        constexpr std::pair<std::uint32_t, std::uint32_t> states[] = {{1, 1}, {2, 64}, {4, 32}};
        for (auto const& [flag, state] : states) {
            if ((flags.flags_set & flag) != 0)
                states_[window] |= state;
            if ((flags.flags_unset & flag) != 0)
                states_[window] &= ~state;
        }
        server_.configure(window, ++serial_, server_.find(window)->geometry, states_[window]);
        wait_for(Type::window_flags, ++flagged_);
    }

    WindowServer& server_;
    FakeAgent& agent_;
    Replay* replay_ = nullptr;
    std::optional<std::uint32_t> focused_, entered_;
    std::map<std::uint32_t, std::uint32_t> states_;
    std::uint32_t modifiers_ = 0, serial_ = 0;
    int pressed_ = 0;
    std::size_t keys_ = 0, buttons_ = 0, closed_ = 0, embedded_ = 0, flagged_ = 0;
};

struct Recording {
    char const* name;
    int pictures; ///< that it has of windows which were there at that moment
};

class ProcessReplay : public GuidStage, public testing::WithParamInterface<Recording> {
protected:
    void SetUp() override
    {
        GuidStage::SetUp();
        server_.layout = {2560, 1440}; // of the recording
        auto [vchan, guid_vchan] = pair_of(SOCK_STREAM);
        auto made = FakeAgent::adopt({folder_, folder_, 77, wire::version_1_8}, std::move(vchan));
        ASSERT_TRUE(made);
        agent_ = std::move(*made);
        start_guid(std::move(guid_vchan), agent_->grants().memory(), agent_->grants().table());
        auto events = read_capture(GetParam().name);
        ASSERT_TRUE(events) << events.error().message();
        desktop_ = std::make_unique<RecordedDesktop>(server_, *agent_);
        replay_ = std::make_unique<Replay>(std::move(*events), *agent_, *desktop_);
        desktop_->set_replay(*replay_);
        ASSERT_TRUE(desktop_->until([&] { return agent_->connected(); }));
    }
    /// Type, window, code and, for keys, modifiers: what an application gets of keys and buttons.
    template <typename T> static std::vector<std::array<std::uint32_t, 4>> input(auto const& all)
    {
        std::vector<std::array<std::uint32_t, 4>> list;
        for (auto const& message : all) {
            auto const event = message.template as<T>();
            if constexpr (std::is_same_v<T, wire::Keypress>)
                list.push_back(
                    {event.type, message.header.window, event.keycode, event.state & 0xff});
            else
                list.push_back({event.type, message.header.window, event.button, event.state});
        }
        return list;
    }

    std::unique_ptr<FakeAgent> agent_;
    std::unique_ptr<RecordedDesktop> desktop_;
    std::unique_ptr<Replay> replay_;
};

TEST_P(ProcessReplay, the_recording_is_shown_and_answered_as_the_protocol_asks)
{
    EXPECT_EQ(agent_->daemon_version, wire::version_1_8);
    EXPECT_EQ(agent_->xconf.width, 2560U);
    EXPECT_EQ(agent_->xconf.height, 1440U);
    EXPECT_EQ(agent_->xconf.depth, 24U);
    EXPECT_EQ(agent_->xconf.mem, 14401U);
    ASSERT_TRUE(replay_->play()) << replay_->trouble << "\n" << log();
    for (std::string const& broken : broken_rules(agent_->exchanged))
        ADD_FAILURE() << broken;

    // Keys, buttons and closes reach the agent as they did from the original daemon.
    EXPECT_EQ(input<wire::Keypress>(agent_->all(Type::keypress)),
              input<wire::Keypress>(replay_->recorded(Type::keypress)));
    EXPECT_EQ(input<wire::Button>(agent_->all(Type::button)),
              input<wire::Button>(replay_->recorded(Type::button)));
    EXPECT_EQ(agent_->count(Type::close), replay_->recorded(Type::close).size());
    EXPECT_EQ(agent_->count(Type::map), replay_->recorded(Type::map).size());
    EXPECT_EQ(replay_->compared, GetParam().pictures);
    agent_->disconnect();
    EXPECT_EQ(exit_code(), 0);
}

INSTANTIATE_TEST_SUITE_P(Captures, ProcessReplay,
                         testing::Values(Recording{"01-connect", 0}, Recording{"02-xterm", 7},
                                         Recording{"03-moveresize", 3}, Recording{"04-gtk", 3},
                                         Recording{"05-tray", 1}),
                         [](auto const& info) {
                             std::string name = info.param.name;
                             std::ranges::replace(name, '-', '_');
                             return name;
                         });

} // namespace vitrail::test
