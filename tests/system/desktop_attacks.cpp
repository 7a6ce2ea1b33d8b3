// A hostile agent, connected through the shipped guid, does its worst while somebody works in
// another qube. After each attack every pixel on the screen is looked at.

#include "tests/support/desktop.hpp"
#include "tests/system/attacks.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

namespace vitrail::test {
namespace {

constexpr std::uint32_t victim_color = 0x20c060;
constexpr std::uint32_t red = 0xcc0000;
constexpr std::uint32_t victim_domain = 200;

/// One desktop for all attacks, with the victim's window on it; each attacker is a new qube.
class Theatre {
public:
    static Theatre* get()
    {
        static std::unique_ptr<Theatre> theatre = open();
        return theatre.get();
    }
    [[nodiscard]] static std::unique_ptr<Theatre> open()
    {
        umask(0); // the desktop runs under another id where root started it
        auto theatre = std::make_unique<Theatre>();
        auto desktop =
            Desktop::start("attacks", {.qubes = {}, .config = "[panel]\nenabled = false\n"});
        if (!desktop) {
            ADD_FAILURE() << desktop.error().message();
            return nullptr;
        }
        theatre->desktop = std::move(*desktop);
        theatre->victim = theatre->attach("victim", "blue", victim_domain);
        if (!theatre->victim)
            return nullptr;
        theatre->victim->open(
            1, {.x = 0, .y = 0, .width = 420, .height = 260, .color = victim_color}, "bank");
        if (!theatre->pump_until([&] { return theatre->window("victim").has_value(); }))
            return nullptr;
        auto const window = theatre->window("victim");
        (void)theatre->desktop->click_in(*window, 50, 50);
        if (!theatre->pump_until([&] { return theatre->window("victim")->focused; }))
            return nullptr;
        theatre->before = *theatre->window("victim");
        return theatre;
    }

    [[nodiscard]] std::unique_ptr<FakeAgent> attach(std::string const& name,
                                                    std::string const& label, std::uint32_t domain)
    {
        auto const folder = desktop->runtime() / ("agent-" + std::to_string(domain));
        std::filesystem::create_directory(folder);
        auto agent =
            FakeAgent::create({.vchan_folder = folder, .grant_folder = folder, .domain = domain});
        if (!agent) {
            ADD_FAILURE() << agent.error().message();
            return nullptr;
        }
        auto const attached =
            desktop->ctl({"attach", name, "--label", label, "--domid", std::to_string(domain),
                          "--vchan-dir", folder.string()});
        if (!attached || !(*agent)->pump_until([&] { return (*agent)->connected(); })) {
            ADD_FAILURE() << "the agent was not connected";
            return nullptr;
        }
        return std::move(*agent);
    }
    [[nodiscard]] std::optional<WindowInfo> window(std::string const& qube)
    {
        auto const all = desktop->windows();
        if (all)
            for (WindowInfo const& one : *all)
                if (one.qube == qube)
                    return one;
        return std::nullopt;
    }
    bool pump_until(std::function<bool()> const& condition)
    {
        return desktop->wait_until([&] {
            victim->pump();
            if (attacker)
                attacker->pump();
            return condition();
        });
    }
    /// Everything that the attacker sent has been worked off, and the screen is still.
    [[nodiscard]] bool settle()
    {
        // A window of one pixel that is never mapped: its dump is acknowledged after all before it.
        constexpr std::uint32_t sentinel = 0x7ffffff0;
        if (!attacker->dropped()) {
            attacker->create(sentinel, {.width = 1, .height = 1});
            attacker->paint(sentinel, 1, 1, 0);
        }
        bool const worked_off = pump_until([&] {
            if (attacker->dropped())
                return true;
            // Not the last one of all: a window that is placed anew may be dumped again after it.
            return std::ranges::any_of(
                attacker->all(wire::Type::window_dump_ack),
                [](Received const& ack) { return ack.header.window == sentinel; });
        });
        Image last;
        int alike = 0;
        return worked_off && pump_until([&] {
                   auto picture = desktop->screenshot();
                   if (!picture)
                       return false;
                   alike = count_differences(last, *picture) == 0 ? alike + 1 : 0;
                   last = std::move(*picture);
                   return alike >= 2;
               });
    }

    std::unique_ptr<Desktop> desktop;
    std::unique_ptr<FakeAgent> victim;
    std::unique_ptr<FakeAgent> attacker;
    WindowInfo before;
    std::uint32_t next_domain = 300;
};

class Attacks : public testing::TestWithParam<Attack> {
protected:
    void SetUp() override
    {
        theatre_ = Theatre::get();
        ASSERT_NE(theatre_, nullptr);
        number_ = theatre_->next_domain++;
        theatre_->attacker = theatre_->attach("attacker", "red", number_);
        ASSERT_NE(theatre_->attacker, nullptr);
        auto picture = theatre_->desktop->screenshot();
        ASSERT_TRUE(picture);
        calm_ = std::move(*picture);
    }
    void TearDown() override
    {
        if (!theatre_)
            return;
        if (HasFailure())
            theatre_->desktop->keep_picture(GetParam().name);
        theatre_->attacker.reset();
        (void)theatre_->desktop->ctl({"detach", "attacker"});
    }

    /// Where the attacker's windows may show anything: their frames, as the compositor says.
    void look()
    {
        auto const picture = theatre_->desktop->screenshot();
        auto const windows = theatre_->desktop->windows();
        ASSERT_TRUE(picture && windows);
        std::vector<Rect> frames;
        std::vector<Rect> contents;
        std::int64_t covered_by_menus = 0;
        for (WindowInfo const& window : *windows) {
            if (window.qube != "attacker") {
                continue;
            }
            EXPECT_EQ(window.color, "#cc0000");
            EXPECT_FALSE(window.fullscreen);
            EXPECT_FALSE(window.focused) << "it took the focus";
            for (char const c : window.title)
                EXPECT_GE(static_cast<unsigned char>(c), 0x20) << "a control in a title";
            EXPECT_EQ(window.title.find("\xe2\x80\xae"), std::string::npos);
            frames.push_back(window.frame);
            contents.push_back(window.content);
            EXPECT_TRUE(window.frame.contains(window.content));
            EXPECT_NE(window.frame, window.content) << "without a frame";
            if (window.popup)
                covered_by_menus += std::int64_t{window.frame.width} * window.frame.height;
            else
                check_reachable(window);
        }
        check_pixels(*picture, frames, contents);
        check_victim(*picture, frames);
        auto const victim = theatre_->window("victim");
        ASSERT_TRUE(victim);
        EXPECT_TRUE(victim->focused);
        EXPECT_EQ(victim->content, theatre_->before.content);
    }
    void check_reachable(WindowInfo const& window)
    {
        Rect const title{window.frame.x, window.frame.y, window.frame.width, 32};
        Size const screen = theatre_->desktop->size();
        Rect const seen = intersection(title, {0, 0, screen.width, screen.height});
        EXPECT_GE(seen.width, std::min(64, window.frame.width))
            << "its title bar is off the screen";
        EXPECT_EQ(seen.height, 32) << "its title bar is off the screen";
    }
    /// Each pixel that changed lies in a frame of the attacker; each of his colour in a content.
    void check_pixels(Image const& picture, std::vector<Rect> const& frames,
                      std::vector<Rect> const& contents)
    {
        EXPECT_EQ(count_differences(calm_, picture, frames), 0) << "outside of every frame";
        int strays = 0;
        int of_label = 0;
        for (int y = 0; y < picture.height; ++y)
            for (int x = 0; x < picture.width; ++x) {
                std::uint32_t const pixel = picture.at(x, y);
                auto const inside = [&](Rect const& r) { return r.contains(Point{x, y}); };
                if (pixel == attack_color && std::ranges::none_of(contents, inside))
                    ++strays;
                of_label += pixel == red ? 1 : 0;
            }
        EXPECT_EQ(strays, 0) << "pixels of the attacker outside of his windows' contents";
        bool const shows_something =
            count_color(picture, attack_color, {0, 0, picture.width, picture.height}) > 0;
        if (shows_something) {
            EXPECT_GT(of_label, 0) << "content without a pixel of its label on the screen";
        }
        // Never the whole screen: somewhere the desktop, the victim or a frame is seen.
        std::int64_t const all = std::int64_t{picture.width} * picture.height;
        EXPECT_LT(count_color(picture, attack_color, {0, 0, picture.width, picture.height}),
                  all * 97 / 100);
    }
    /// The focused window and its frame are as they were, but where a framed menu lies over them.
    void check_victim(Image const& picture, std::vector<Rect> const& frames)
    {
        Rect const frame = theatre_->before.frame;
        std::vector<Rect> moved;
        for (Rect const& r : frames)
            moved.push_back({r.x - frame.x, r.y - frame.y, r.width, r.height});
        EXPECT_EQ(count_differences(calm_.crop(frame), picture.crop(frame), moved), 0);
    }

    Theatre* theatre_ = nullptr;
    std::uint32_t number_ = 0;
    Image calm_;
};

TEST_P(Attacks, changes_no_pixel_outside_of_the_attackers_own_frames)
{
    Attack const& attack = GetParam();
    attack.act(*theatre_->attacker, {theatre_->desktop->size(), theatre_->before.content});
    ASSERT_TRUE(theatre_->settle());
    EXPECT_EQ(theatre_->attacker->dropped(), attack.ending == Ending::session_is_ended);
    if (attack.ending == Ending::session_is_ended) {
        EXPECT_TRUE(theatre_->pump_until([&] { return !theatre_->window("attacker"); }))
            << "the windows of an ended session stay";
        EXPECT_TRUE(theatre_->window("victim")->focused);
        return; // the notice that names the qube is on the screen now
    }
    look();
}

INSTANTIATE_TEST_SUITE_P(Frames, Attacks, testing::ValuesIn(attacks()),
                         [](auto const& info) { return info.param.name; });

} // namespace
} // namespace vitrail::test
