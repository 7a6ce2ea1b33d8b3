// What a person does with the clipboard between qubes: real applications, Wayland and X11, in the
// whole desktop.

#include "lib/os/files.hpp"
#include "tests/support/desktop.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>

namespace vitrail::test {
namespace {

struct Toolkit {
    char const* name;
    char const* terminal; ///< runs "$1" in a terminal called "story"
    char const* editor;   ///< a GTK 3 editor
};
constexpr Toolkit wayland{"wayland", "foot --title story sh -c", "mousepad"};
constexpr Toolkit x11{"x11", "xterm -T story -e", "env GDK_BACKEND=x11 mousepad"};

/// One desktop a story, with a qube to copy from, two to paste to.
class ClipboardStory {
public:
    void start(std::string const& config = "", std::string const& policy = "")
    {
        auto started = Desktop::start(
            std::string("clipboard-") +
                testing::UnitTest::GetInstance()->current_test_info()->name(),
            {.qubes = {{"work", "blue", {}}, {"personal", "yellow", {}}, {"vault", "black", {}}},
             .config = config,
             .policy = policy});
        ASSERT_TRUE(started) << started.error().message();
        desktop = std::move(*started);
    }
    WindowInfo open(std::string const& qube, std::string const& command, std::string const& title)
    {
        EXPECT_TRUE(
            desktop->wait_until([&] { return desktop->run_in(qube, command).has_value(); }));
        auto const window = desktop->window_of(qube, title);
        EXPECT_TRUE(window) << window.error().message();
        if (!window)
            return {};
        EXPECT_TRUE(desktop->wait_still(window->content));
        return desktop->now(*window).value_or(*window);
    }
    /// An editor with this text in it.
    WindowInfo open_editor(std::string const& qube, Toolkit const& toolkit, std::string const& text)
    {
        return open(qube,
                    "printf %s '" + text + "' > ~/letter; exec " + toolkit.editor + " ~/letter",
                    "letter");
    }
    /// A terminal that keeps the next line it gets.
    WindowInfo open_terminal(std::string const& qube, Toolkit const& toolkit)
    {
        return open(qube,
                    std::string(toolkit.terminal) +
                        " 'read -r line; printf %s \"$line\" > ~/got; read -r line'",
                    "story");
    }
    /// In the content: where no other window lies, and no menu of the editor.
    Point free_point(WindowInfo const& window)
    {
        auto const all = desktop->windows();
        int const right = window.content.width - 40, low = window.content.height - 20;
        for (Point const p : {Point{right, 12}, Point{20, low}, Point{right, low}})
            if (all && std::ranges::none_of(*all, [&](WindowInfo const& other) {
                    return other.id != window.id &&
                           other.frame.contains(
                               Rect{window.content.x + p.x, window.content.y + p.y, 1, 1});
                }))
                return p;
        ADD_FAILURE() << "the window is covered";
        return {};
    }
    /// Clicks it, and waits until its qube has had the keyboard long enough for a chord.
    void use(WindowInfo const& window)
    {
        Point const where = free_point(window);
        ASSERT_TRUE(desktop->click_in(window, where.x, where.y));
        ASSERT_TRUE(settled(window));
    }
    [[nodiscard]] bool settled(WindowInfo const& window)
    {
        return desktop->wait_until([&] {
            auto const now = desktop->clipboard();
            return now.keyboard == window.origin && now.keyboard_ms >= 300;
        });
    }
    [[nodiscard]] bool told(std::string const& event)
    {
        bool const came = desktop->wait_until([&] { return desktop->clipboard().event == event; },
                                              std::chrono::seconds(20));
        EXPECT_TRUE(came) << "last: " << desktop->clipboard().event << ", wanted: " << event;
        return came;
    }
    void chord(std::uint32_t key)
    {
        ASSERT_TRUE(desktop->hands().chord({KEY_LEFTCTRL, KEY_LEFTSHIFT, key}));
    }
    /// Selects all of the editor, copies it there, and takes it from the qube.
    void copy_all(WindowInfo const& editor)
    {
        use(editor);
        ASSERT_TRUE(desktop->hands().chord({KEY_LEFTCTRL, KEY_A}));
        ASSERT_TRUE(desktop->hands().chord({KEY_LEFTCTRL, KEY_C}));
        take_from_qube();
    }
    /// What programs in a terminal of `work` copied is taken from it.
    void copy_by(std::string const& commands)
    {
        auto const terminal = open(
            "work", "foot --title story sh -c '" + commands + "; echo yes > ~/done; read -r line'",
            "story");
        ASSERT_TRUE(desktop->wait_for_file("work", "done", "yes\n"));
        use(terminal);
        take_from_qube();
    }
    /// What was copied in the qube in use.
    void take_from_qube()
    {
        // The qube may be slow under load: the user then presses again.
        for (int presses = 0; presses < 5; ++presses) {
            auto const before = desktop->clipboard().notices;
            chord(KEY_C);
            ASSERT_TRUE(desktop->wait_until([&] {
                auto const now = desktop->clipboard();
                return now.notices > before && !now.waits;
            }));
            auto const event = desktop->clipboard().event;
            if (event != "no-answer" && event != "nothing-to-copy")
                return;
        }
    }
    /// What the application has when the user pastes in it and presses Return.
    void paste_in_terminal(WindowInfo const& terminal)
    {
        ASSERT_TRUE(desktop->hands().chord({KEY_LEFTSHIFT, KEY_INSERT}));
        ASSERT_TRUE(desktop->wait_still(terminal.content));
        ASSERT_TRUE(desktop->type("\n"));
    }

    std::unique_ptr<Desktop> desktop;
};

class Clipboard : public testing::Test, public ClipboardStory {};

struct Ways {
    Toolkit from, to;
};
void PrintTo(Ways const& ways, std::ostream* out)
{
    *out << ways.from.name << " to " << ways.to.name;
}
class ClipboardBetween : public testing::TestWithParam<Ways>, public ClipboardStory {};

TEST_P(ClipboardBetween, text_copied_in_one_qube_is_pasted_in_another)
{
    start();
    auto const terminal = open_terminal("personal", GetParam().to);
    auto const editor = open_editor("work", GetParam().from, "Every pane: 100% its own");
    copy_all(editor);
    ASSERT_TRUE(told("copied"));
    auto const held = desktop->clipboard();
    EXPECT_EQ(held.source, "work");
    EXPECT_EQ(held.type, "text");
    EXPECT_EQ(held.bytes, 24);
    desktop->keep_picture("copied");
    use(terminal);
    chord(KEY_V);
    ASSERT_TRUE(desktop->wait_until([&] {
        auto const now = desktop->clipboard();
        return now.event == "naming" || now.event == "given";
    }));
    desktop->keep_picture("naming");
    ASSERT_TRUE(told("given"));
    EXPECT_FALSE(desktop->clipboard().held);
    desktop->keep_picture("given");
    paste_in_terminal(terminal);
    EXPECT_TRUE(desktop->wait_for_file("personal", "got", "Every pane: 100% its own"));
    // Once: the next qube gets nothing.
    auto const other = open_terminal("vault", GetParam().to);
    use(other);
    chord(KEY_V);
    EXPECT_TRUE(told("nothing-to-paste"));
}

INSTANTIATE_TEST_SUITE_P(Applications, ClipboardBetween,
                         testing::Values(Ways{wayland, x11}, Ways{x11, wayland}),
                         [](auto const& info) {
                             return std::string(info.param.from.name) + "_to_" + info.param.to.name;
                         });

TEST_F(Clipboard, a_picture_is_pasted_with_its_pixels_and_no_byte_of_its_file)
{
    start();
    copy_by("magick -size 64x48 plasma:blue-yellow -set comment somebody PNG24:$HOME/picture; "
            "wl-copy --type image/png < ~/picture");
    ASSERT_TRUE(told("copied"));
    auto const held = desktop->clipboard();
    EXPECT_EQ(held.type, "image");
    EXPECT_EQ(held.width, 64);
    EXPECT_EQ(held.height, 48);
    desktop->keep_picture("copied");
    auto const target = open("personal",
                             "foot --title story sh -c 'read -r line; wl-paste --type image/png > "
                             "~/got; echo yes > ~/done; read -r line'",
                             "story");
    use(target);
    chord(KEY_V);
    ASSERT_TRUE(told("given"));
    desktop->keep_picture("given");
    ASSERT_TRUE(desktop->type("\n"));
    ASSERT_TRUE(desktop->wait_for_file("personal", "done", "yes\n"));
    auto const before = desktop->home("work") / "picture";
    auto const after = desktop->home("personal") / "got";
    auto const sent = read_png(before), came = read_png(after);
    ASSERT_TRUE(sent) << sent.error().message();
    ASSERT_TRUE(came) << came.error().message();
    EXPECT_EQ(came->width, 64);
    EXPECT_EQ(count_differences(*sent, *came), 0);
    auto const old_bytes = read_file(before), new_bytes = read_file(after);
    ASSERT_TRUE(old_bytes && new_bytes);
    EXPECT_TRUE(old_bytes->contains("somebody"));
    EXPECT_FALSE(new_bytes->contains("somebody"));
    EXPECT_NE(*old_bytes, *new_bytes);
}

TEST_F(Clipboard, a_picture_that_is_none_is_refused_and_said)
{
    start();
    copy_by("{ printf \"\\211PNG\\r\\n\\032\\n\"; head -c 5000 "
            "/dev/urandom; } > ~/picture; "
            "wl-copy --type image/png < ~/picture");
    ASSERT_TRUE(told("bad-image"));
    desktop->keep_picture("refused");
    EXPECT_FALSE(desktop->clipboard().held);
    auto const target = open_terminal("personal", wayland);
    use(target);
    chord(KEY_V);
    EXPECT_TRUE(told("nothing-to-paste"));
}

/// As a file manager does it.
constexpr char const* copy_letter =
    "echo hello > ~/letter; printf \"copy\\nfile://$HOME/letter\" | "
    "wl-copy --type x-special/gnome-copied-files";

TEST_F(Clipboard, files_copied_in_one_qube_stand_in_another_after_the_paste_chord)
{
    start();
    copy_by(copy_letter);
    ASSERT_TRUE(told("copied"));
    EXPECT_EQ(desktop->clipboard().type, "files");
    EXPECT_EQ(desktop->clipboard().bytes, 0);
    auto const target = open_terminal("personal", wayland);
    use(target);
    chord(KEY_V);
    ASSERT_TRUE(told("given"));
    desktop->keep_picture("given");
    EXPECT_TRUE(desktop->wait_for_file("personal", "QubesIncoming/work/letter", "hello\n"));
    EXPECT_EQ(desktop->clipboard().event, "given");
    // The user's word counted once: the same call, made again, is asked about.
    ASSERT_TRUE(desktop->run_in("work", "qvm-copy-to-vm personal ~/letter"));
    EXPECT_TRUE(desktop->wait_until([&] {
        auto const tree = desktop->ctl({"tree", "--json"});
        return tree && tree->contains("vitrail-prompt");
    }));
    desktop->keep_picture("asked");
}

TEST_F(Clipboard, files_that_policy_denies_are_refused_and_said)
{
    start("", "qubes.Filecopy * work vault deny\n");
    copy_by(copy_letter);
    ASSERT_TRUE(told("copied"));
    auto const target = open_terminal("vault", wayland);
    use(target);
    chord(KEY_V);
    ASSERT_TRUE(told("denied"));
    desktop->keep_picture("denied");
    EXPECT_FALSE(std::filesystem::exists(desktop->home("vault") / "QubesIncoming"));
    auto const other = open_terminal("personal", wayland);
    use(other);
    chord(KEY_V);
    ASSERT_TRUE(told("given"));
    EXPECT_TRUE(desktop->wait_for_file("personal", "QubesIncoming/work/letter", "hello\n"));
    EXPECT_FALSE(std::filesystem::exists(desktop->home("vault") / "QubesIncoming"));
}

TEST_F(Clipboard, files_that_are_gone_at_the_paste_are_said)
{
    start();
    copy_by(copy_letter);
    ASSERT_TRUE(told("copied"));
    ASSERT_TRUE(desktop->run_in("work", "rm ~/letter"));
    ASSERT_TRUE(desktop->wait_until(
        [&] { return !std::filesystem::exists(desktop->home("work") / "letter"); }));
    auto const target = open_terminal("personal", wayland);
    use(target);
    chord(KEY_V);
    EXPECT_TRUE(told("files-failed"));
    desktop->keep_picture("failed");
}

TEST_F(Clipboard, policy_may_let_text_cross_and_no_pictures)
{
    start("", "qubes.ClipboardPaste +image work personal deny\n");
    copy_by("magick -size 8x6 xc:red PNG:$HOME/picture; "
            "wl-copy --type image/png < ~/picture");
    ASSERT_TRUE(told("copied"));
    auto const target = open_terminal("personal", wayland);
    use(target);
    chord(KEY_V);
    EXPECT_TRUE(told("denied"));
    auto const editor = open_editor("work", wayland, "only a word");
    copy_all(editor);
    ASSERT_TRUE(told("copied"));
    use(target);
    chord(KEY_V);
    EXPECT_TRUE(told("given"));
}

TEST_F(Clipboard, a_paste_that_policy_denies_is_refused_and_said)
{
    start("", "qubes.ClipboardPaste * work vault deny\n");
    auto const terminal = open_terminal("vault", wayland);
    auto const editor = open_editor("work", wayland, "not for the vault");
    copy_all(editor);
    ASSERT_TRUE(told("copied"));
    use(terminal);
    chord(KEY_V);
    ASSERT_TRUE(told("denied"));
    desktop->keep_picture("denied");
    paste_in_terminal(terminal);
    EXPECT_TRUE(desktop->wait_for_file("vault", "got", ""));
    EXPECT_TRUE(desktop->clipboard().held) << "another qube may have it";
    auto const other = open_terminal("personal", wayland);
    use(other);
    chord(KEY_V);
    EXPECT_TRUE(told("given"));
}

TEST_F(Clipboard, escape_while_the_target_is_named_keeps_it_from_getting_anything)
{
    start("[clipboard]\nmoment = 10000\n");
    auto const terminal = open_terminal("personal", wayland);
    auto const editor = open_editor("work", wayland, "not for everybody");
    copy_all(editor);
    ASSERT_TRUE(told("copied"));
    use(terminal);
    chord(KEY_V);
    ASSERT_TRUE(told("naming"));
    desktop->keep_picture("naming");
    ASSERT_TRUE(desktop->hands().chord({KEY_ESC}));
    ASSERT_TRUE(told("cancelled"));
    desktop->keep_picture("cancelled");
    paste_in_terminal(terminal);
    EXPECT_TRUE(desktop->wait_for_file("personal", "got", "")) << "it got the text, or the Escape";
    EXPECT_TRUE(desktop->clipboard().held) << "it can be pasted elsewhere";
}

TEST_F(Clipboard, a_qube_that_got_the_keyboard_just_before_the_chord_gets_nothing)
{
    start();
    auto const terminal = open_terminal("personal", wayland);
    auto const editor = open_editor("work", wayland, "a secret");
    copy_all(editor);
    ASSERT_TRUE(told("copied"));
    // The keyboard changes its owner, and the chord comes in the same moment.
    auto& hands = desktop->hands();
    ASSERT_TRUE(hands.move_to({terminal.content.x + 40, terminal.content.y + 12}));
    hands.press_button(BTN_LEFT);
    hands.release_button(BTN_LEFT);
    for (std::uint32_t const key : {KEY_LEFTCTRL, KEY_LEFTSHIFT, KEY_V})
        hands.press_key(key);
    for (std::uint32_t const key : {KEY_V, KEY_LEFTSHIFT, KEY_LEFTCTRL})
        hands.release_key(key);
    ASSERT_TRUE(hands.flush());
    ASSERT_TRUE(told("paste-unfocused"));
    desktop->keep_picture("refused");
    EXPECT_TRUE(desktop->clipboard().held);
    // And the same chord counts once it is plain whose the keyboard is.
    ASSERT_TRUE(settled(terminal));
    chord(KEY_V);
    EXPECT_TRUE(told("given"));
}

TEST_F(Clipboard, what_is_over_the_limit_is_not_copied_and_what_is_at_it_is)
{
    start();
    auto const full =
        open("work", "head -c 64000 /dev/zero | tr '\\0' x > ~/full; exec mousepad ~/full", "full");
    copy_all(full);
    ASSERT_TRUE(told("copied"));
    EXPECT_EQ(desktop->clipboard().bytes, 64000);
    auto const over = open(
        "vault", "head -c 64001 /dev/zero | tr '\\0' x > ~/over; exec mousepad ~/over", "over");
    copy_all(over);
    ASSERT_TRUE(told("copy-too-large"));
    desktop->keep_picture("too-large");
    EXPECT_FALSE(desktop->clipboard().held);
}

TEST_F(Clipboard, what_was_copied_too_long_ago_is_wiped_and_said)
{
    start("[clipboard]\nkeep = 1\n");
    auto const terminal = open_terminal("personal", wayland);
    auto const editor = open_editor("work", wayland, "an old secret");
    copy_all(editor);
    ASSERT_TRUE(told("wiped"));
    use(terminal);
    chord(KEY_V);
    ASSERT_TRUE(told("expired"));
    desktop->keep_picture("expired");
    paste_in_terminal(terminal);
    EXPECT_TRUE(desktop->wait_for_file("personal", "got", ""));
}

TEST_F(Clipboard, a_broker_that_is_killed_comes_back_empty_and_works)
{
    start();
    auto const terminal = open_terminal("personal", wayland);
    auto const editor = open_editor("work", wayland, "gone with it");
    copy_all(editor);
    ASSERT_TRUE(told("copied"));
    auto const broker = desktop->find_process("vitrail-clipboard");
    ASSERT_TRUE(broker);
    ASSERT_EQ(kill(*broker, SIGKILL), 0);
    ASSERT_TRUE(desktop->wait_until([&] {
        auto const now = desktop->find_process("vitrail-clipboard");
        return now && now != broker;
    }));
    use(terminal);
    ASSERT_TRUE(desktop->wait_until([&] {
        chord(KEY_V); // heard as soon as the new one is connected
        return desktop->clipboard().event == "nothing-to-paste";
    }));
    copy_all(editor);
    ASSERT_TRUE(told("copied"));
    use(terminal);
    chord(KEY_V);
    EXPECT_TRUE(told("given"));
}

TEST_F(Clipboard, the_users_own_chords_are_the_chords)
{
    start("[bindings]\n\"Ctrl+Shift+C\" = \"none\"\n\"Ctrl+Shift+V\" = \"none\"\n"
          "\"Super+C\" = \"copy\"\n\"Super+V\" = \"paste\"\n");
    auto const terminal = open_terminal("personal", wayland);
    auto const editor = open_editor("work", wayland, "mine");
    use(editor);
    ASSERT_TRUE(desktop->hands().chord({KEY_LEFTCTRL, KEY_A}));
    ASSERT_TRUE(desktop->hands().chord({KEY_LEFTCTRL, KEY_C}));
    ASSERT_TRUE(desktop->wait_until([&] {
        EXPECT_TRUE(desktop->hands().chord({KEY_LEFTMETA, KEY_C}));
        return desktop->clipboard().event == "copied";
    }));
    use(terminal);
    ASSERT_TRUE(desktop->hands().chord({KEY_LEFTMETA, KEY_V}));
    EXPECT_TRUE(told("given"));
}

} // namespace
} // namespace vitrail::test
