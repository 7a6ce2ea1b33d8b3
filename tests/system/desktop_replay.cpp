// The recordings of an original agent, played to the whole desktop by an agent that vitrail ctl
// attach connects: what is on the screen, and what guid says back.

#include "tests/support/capture.hpp"
#include "tests/support/desktop.hpp"
#include "tests/support/fake_agent.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace vitrail::test {
namespace {

constexpr std::uint32_t domain = 91;
constexpr std::uint32_t granted_to_domain_0 = 1U << 31U;

class Replay : public testing::TestWithParam<std::string> {
protected:
    void SetUp() override
    {
        umask(0);
        auto events = read_capture(GetParam());
        ASSERT_TRUE(events) << events.error().message();
        events_ = std::move(*events);
        // The screen of the recording.
        auto desktop = Desktop::start("replay-" + GetParam(),
                                      {.qubes = {}, .config = {}, .size = {2560, 1440}});
        ASSERT_TRUE(desktop) << desktop.error().message();
        desktop_ = std::move(*desktop);
        auto const folder = desktop_->runtime() / "original";
        std::filesystem::create_directory(folder);
        auto agent =
            FakeAgent::create({.vchan_folder = folder, .grant_folder = folder, .domain = domain});
        ASSERT_TRUE(agent) << agent.error().message();
        agent_ = std::move(*agent);
        agent_->answers_configure = false; // the recording has the answers
        ASSERT_TRUE(desktop_->ctl({"attach", "original", "--label", "green", "--domid",
                                   std::to_string(domain), "--vchan-dir", folder.string()}));
        ASSERT_TRUE(pump_until([&] { return agent_->connected(); }));
        // Out of the way: the shape that a window gives the pointer is none of its recorded pixels.
        ASSERT_TRUE(desktop_->hands().move_to({2559, 1439}));
    }
    bool pump_until(std::function<bool()> const& condition)
    {
        return desktop_->wait_until([&] {
            agent_->pump();
            return condition();
        });
    }

    /// References that the original granted lie at the same places of our file.
    void grant(std::vector<std::uint32_t> const& references)
    {
        for (std::uint32_t const reference : references) {
            ASSERT_EQ(
                pwrite(agent_->grants().table(), &granted_to_domain_0, 4, off_t{reference} * 4), 4);
            // Pages that nobody has written yet: the last one must be inside the file.
            char const nothing = 0;
            ASSERT_EQ(
                pwrite(agent_->grants().memory(), &nothing, 1, off_t{reference} * wire::page_size),
                1);
        }
    }
    void write_pixels(CapturedPixels const& shown)
    {
        std::vector<std::uint32_t> const& references = dumped_[shown.window].references;
        auto const* const bytes = reinterpret_cast<char const*>(shown.pixels.data());
        std::size_t const size = shown.pixels.size() * 4;
        for (std::size_t page = 0; page * wire::page_size < size; ++page) {
            std::size_t const part =
                std::min<std::size_t>(wire::page_size, size - page * wire::page_size);
            ASSERT_LT(page, references.size());
            ASSERT_EQ(pwrite(agent_->grants().memory(), bytes + page * wire::page_size, part,
                             off_t{references[page]} * wire::page_size),
                      static_cast<ssize_t>(part));
        }
    }

    void play(CapturedMessage const& message)
    {
        if (!message.from_agent) {
            // Where the recording waited for an acknowledgement, so do we.
            if (message.type() == wire::Type::window_dump_ack) {
                std::size_t const wanted = ++acknowledged_;
                EXPECT_TRUE(pump_until([&] {
                    return agent_->count(wire::Type::window_dump_ack) >= wanted;
                })) << "dump "
                    << wanted << " is not acknowledged";
            }
            return;
        }
        std::uint32_t const window = message.header.window;
        switch (message.type()) {
        case wire::Type::window_dump: {
            wire::WindowDump dump{};
            std::memcpy(&dump, message.body.data(), sizeof dump);
            Dumped& known = dumped_[window];
            known.size = {static_cast<int>(dump.width), static_cast<int>(dump.height)};
            known.references.resize((message.body.size() - sizeof dump) / 4);
            std::memcpy(known.references.data(), message.body.data() + sizeof dump,
                        known.references.size() * 4);
            grant(known.references);
            dumps_.push_back(window);
            break;
        }
        case wire::Type::map: mapped_.insert_or_assign(window, true); break;
        case wire::Type::unmap: mapped_.insert_or_assign(window, false); break;
        case wire::Type::destroy:
            destroyed_.push_back(window);
            mapped_.erase(window);
            break;
        default: break;
        }
        agent_->send_raw(message.header.type, window, message.body);
        agent_->pump();
    }

    /// The window on the screen is of this size and shows this, where no menu lies over it.
    void compare(CapturedPixels const& shown)
    {
        if (!mapped_[shown.window])
            return; // the picture of a window that was hidden at that moment
        write_pixels(shown);
        agent_->damage(shown.window, {0, 0, shown.width, shown.height});
        int differing = -1;
        bool const alike = pump_until([&] {
            auto const windows = desktop_->windows();
            auto const picture = desktop_->screenshot();
            if (!windows || !picture)
                return false;
            auto const found = std::ranges::find_if(*windows, [&](WindowInfo const& w) {
                return w.window == static_cast<std::int64_t>(shown.window) && w.qube == "original";
            });
            if (found == windows->end() || found->content.width != shown.width ||
                found->content.height != shown.height)
                return false;
            Image const expected{shown.width, shown.height, colors(shown)};
            std::vector<Rect> covered;
            for (WindowInfo const& other : *windows)
                if (other.stacking > found->stacking)
                    covered.push_back({other.frame.x - found->content.x,
                                       other.frame.y - found->content.y, other.frame.width,
                                       other.frame.height});
            differing = count_differences(expected, picture->crop(found->content), covered);
            return differing == 0;
        });
        EXPECT_TRUE(alike) << std::hex << shown.window << std::dec << " " << shown.width << "x"
                           << shown.height << ": " << differing << " pixels differ";
        ++compared_;
    }
    static std::vector<std::uint32_t> colors(CapturedPixels const& shown)
    {
        std::vector<std::uint32_t> pixels = shown.pixels;
        for (std::uint32_t& pixel : pixels)
            pixel &= 0xffffffU;
        return pixels;
    }

    /// What the protocol asks of a daemon, in everything that came back.
    void check_answers()
    {
        EXPECT_EQ(agent_->daemon_version, wire::version_1_8);
        EXPECT_EQ(agent_->xconf.width, 2560U);
        EXPECT_EQ(agent_->xconf.height, 1440U);
        EXPECT_EQ(agent_->xconf.depth, 24U);
        EXPECT_EQ(agent_->xconf.mem, 2560U * 1440 * 4 / 1024 + 1);
        std::vector<std::uint32_t> acknowledged;
        std::vector<std::uint32_t> destroyed;
        for (Received const& message : agent_->received) {
            wire::Type const type = message.type();
            if (type == wire::Type::window_dump_ack)
                acknowledged.push_back(message.header.window);
            if (type == wire::Type::destroy)
                destroyed.push_back(message.header.window);
            if (type == wire::Type::configure) {
                auto const place = message.as<wire::Configure>();
                EXPECT_GT(place.width, 0U);
                EXPECT_GT(place.height, 0U);
            }
            auto const allowed = {
                wire::Type::keypress,     wire::Type::button,  wire::Type::motion,
                wire::Type::crossing,     wire::Type::focus,   wire::Type::map,
                wire::Type::configure,    wire::Type::close,   wire::Type::keymap_notify,
                wire::Type::window_flags, wire::Type::destroy, wire::Type::window_dump_ack};
            EXPECT_NE(std::ranges::find(allowed, type), allowed.end())
                << "a daemon of 1.8 sends no " << message.header.type;
        }
        EXPECT_EQ(acknowledged, dumps_) << "each dump once, in order";
        EXPECT_EQ(destroyed, destroyed_) << "each DESTROY is answered by one";
        check_focus();
    }
    /// Before a window gets the focus its agent hears which keys are down.
    void check_focus()
    {
        bool keymap = false;
        for (Received const& message : agent_->received) {
            if (message.type() == wire::Type::keymap_notify)
                keymap = true;
            if (message.type() == wire::Type::focus && message.as<wire::Focus>().type == 9) {
                EXPECT_TRUE(keymap) << "FOCUS in without KEYMAP_NOTIFY before it";
                keymap = false;
            }
        }
    }

    struct Dumped {
        Size size;
        std::vector<std::uint32_t> references;
    };
    std::vector<CapturedEvent> events_;
    std::unique_ptr<Desktop> desktop_;
    std::unique_ptr<FakeAgent> agent_;
    std::map<std::uint32_t, Dumped> dumped_;
    std::map<std::uint32_t, bool> mapped_;
    std::vector<std::uint32_t> dumps_;     ///< windows of WINDOW_DUMPs, in order
    std::vector<std::uint32_t> destroyed_; ///< of DESTROYs
    std::size_t acknowledged_ = 0;
    int compared_ = 0;
};

TEST_P(Replay, shows_what_was_recorded_and_is_answered_as_the_protocol_asks)
{
    int pictures = 0;
    for (CapturedEvent const& event : events_) {
        if (auto const* const message = std::get_if<CapturedMessage>(&event))
            play(*message);
        else if (auto const* const pixels = std::get_if<CapturedPixels>(&event)) {
            compare(*pixels);
            desktop_->keep_picture("at-" + std::to_string(++pictures));
        }
        ASSERT_FALSE(agent_->dropped()) << "the original agent's session was ended";
    }
    EXPECT_TRUE(pump_until([&] {
        return agent_->count(wire::Type::window_dump_ack) == dumps_.size() &&
               agent_->count(wire::Type::destroy) == destroyed_.size();
    }));
    check_answers();
    RecordProperty("windows_compared", compared_);
}

INSTANTIATE_TEST_SUITE_P(Captures, Replay,
                         testing::Values("01-connect", "02-xterm", "03-moveresize", "04-gtk",
                                         "05-tray"),
                         [](auto const& info) {
                             std::string name = info.param;
                             std::ranges::replace(name, '-', '_');
                             return name;
                         });

} // namespace
} // namespace vitrail::test
