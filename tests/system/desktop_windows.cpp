// What a person does with windows of qubes: real applications, Wayland and X11, in the whole
// desktop.

#include "tests/support/desktop.hpp"

#include <gtest/gtest.h>

namespace vitrail::test {
namespace {

/// An application under test: how it is started, and how the test is to be called.
struct Toolkit {
    char const* name;
    char const* terminal; ///< runs "$1" in a terminal called "story"
    char const* editor;   ///< a GTK 3 editor
};

void PrintTo(Toolkit const& toolkit, std::ostream* out)
{
    *out << toolkit.name;
}

constexpr Toolkit wayland{"wayland", "foot --title story sh -c", "mousepad"};
constexpr Toolkit x11{"x11", "xterm -T story -e", "env GDK_BACKEND=x11 mousepad"};

/// One desktop for all stories of a toolkit: a person does not log in for each either.
class Windows : public testing::TestWithParam<Toolkit> {
protected:
    void SetUp() override
    {
        auto started = Desktop::start(
            std::string("windows-") + GetParam().name + "-" +
                testing::UnitTest::GetInstance()->current_test_info()->name(),
            {.qubes = {{"work", "blue", {}}, {"untrusted", "red", {}}}, .config = {}});
        ASSERT_TRUE(started) << started.error().message();
        desktop_ = std::move(*started);
    }
    [[nodiscard]] WindowInfo open_terminal(std::string const& qube, std::string const& script)
    {
        return opened(qube, std::string(GetParam().terminal) + " '" + script + "'", "story");
    }
    [[nodiscard]] WindowInfo open_editor(std::string const& qube)
    {
        return opened(qube, GetParam().editor, "Mousepad");
    }
    [[nodiscard]] WindowInfo opened(std::string const& qube, std::string const& command,
                                    std::string const& title)
    {
        EXPECT_TRUE(
            desktop_->wait_until([&] { return desktop_->run_in(qube, command).has_value(); }));
        auto window = desktop_->window_of(qube, title);
        EXPECT_TRUE(window) << window.error().message();
        if (!window)
            return {};
        EXPECT_TRUE(desktop_->wait_still(window->content));
        return desktop_->now(*window).value_or(*window);
    }
    [[nodiscard]] Point title_of(WindowInfo const& window) const
    {
        return {window.content.x + window.content.width / 2, window.content.y - 15};
    }
    void focus(WindowInfo const& window)
    {
        ASSERT_TRUE(desktop_->hands().click(title_of(window)));
        ASSERT_TRUE(desktop_->wait_until(
            [&] { return desktop_->now(window).value_or(WindowInfo{}).focused; }));
    }
    /// Waits for the window's content to be this.
    [[nodiscard]] bool comes_to(WindowInfo const& window, Rect const& content)
    {
        return desktop_->wait_until([&] {
            auto const now = desktop_->now(window);
            return now && now->content == content;
        });
    }

    std::unique_ptr<Desktop> desktop_;
};

TEST_P(Windows, what_is_typed_reaches_the_application_and_no_other)
{
    WindowInfo const mine =
        open_terminal("work", "stty -echo; read line; echo -n \"$line\" > ~/typed");
    WindowInfo const other =
        open_terminal("untrusted", "stty -echo; read line; echo -n \"$line\" > ~/typed");
    focus(mine);
    ASSERT_TRUE(desktop_->type("Every pane has its own colour, 100%!\n"));
    EXPECT_TRUE(desktop_->wait_for_file("work", "typed", "Every pane has its own colour, 100%!"));
    EXPECT_FALSE(std::filesystem::exists(desktop_->home("untrusted") / "typed"));
    EXPECT_TRUE(desktop_->now(other));
}

TEST_P(Windows, a_menu_entry_that_is_clicked_does_what_it_says)
{
    WindowInfo const editor = open_editor("work");
    focus(editor);
    // "File", then "New Window": the second entry of the menu.
    ASSERT_TRUE(desktop_->click_in(editor, 20, 12));
    auto const menu = desktop_->window([](WindowInfo const& w) { return w.popup; });
    ASSERT_TRUE(menu) << menu.error().message();
    EXPECT_EQ(menu->qube, "work");
    EXPECT_EQ(menu->color, editor.color);
    ASSERT_TRUE(desktop_->wait_still(menu->content));
    desktop_->keep_picture("menu");
    // A person sees the entry light up under the pointer before he clicks.
    Point const entry{menu->content.x + 60, menu->content.y + 42};
    ASSERT_TRUE(desktop_->hands().move_to(entry));
    ASSERT_TRUE(desktop_->wait_still(menu->content));
    ASSERT_TRUE(desktop_->hands().click(entry));
    EXPECT_TRUE(desktop_->wait_until([&] {
        auto const all = desktop_->windows();
        return all && std::ranges::count_if(*all, [](WindowInfo const& w) {
                          return !w.popup && w.title.contains("Mousepad");
                      }) == 2;
    }));
    EXPECT_TRUE(desktop_->wait_until([&] {
        auto const all = desktop_->windows();
        return all && std::ranges::none_of(*all, &WindowInfo::popup);
    })) << "the menu stays";
}

TEST_P(Windows, a_window_dragged_by_its_title_bar_is_where_it_was_let_go)
{
    WindowInfo const terminal = open_terminal("work", "read line");
    Point const from = title_of(terminal);
    ASSERT_TRUE(desktop_->hands().drag(from, {from.x - 120, from.y + 90}));
    Rect const wanted{terminal.content.x - 120, terminal.content.y + 90, terminal.content.width,
                      terminal.content.height};
    EXPECT_TRUE(comes_to(terminal, wanted));
    EXPECT_TRUE(desktop_->wait_still(wanted));
}

TEST_P(Windows, a_window_resized_at_its_right_edge_keeps_its_left_one)
{
    WindowInfo const editor = open_editor("work");
    Rect const before = editor.content;
    Point const edge{static_cast<int>(before.right()) + 1, before.y + before.height / 2};
    ASSERT_TRUE(desktop_->hands().drag(edge, {edge.x + 80, edge.y}));
    EXPECT_TRUE(comes_to(editor, {before.x, before.y, before.width + 80, before.height}));
}

TEST_P(Windows, a_window_resized_at_its_left_edge_keeps_its_right_one)
{
    WindowInfo const editor = open_editor("work");
    Rect const before = editor.content;
    Point const edge{before.x - 2, before.y + before.height / 2};
    ASSERT_TRUE(desktop_->hands().drag(edge, {edge.x - 60, edge.y}));
    EXPECT_TRUE(comes_to(editor, {before.x - 60, before.y, before.width + 60, before.height}));
}

TEST_P(Windows, a_menu_at_the_edge_of_the_screen_stays_on_it_with_its_frame)
{
    WindowInfo const editor = open_editor("work");
    // As far down and to the right as its title bar lets it go.
    Point const from = title_of(editor);
    ASSERT_TRUE(
        desktop_->hands().drag(from, {desktop_->size().width - 160 + editor.content.width / 2,
                                      desktop_->size().height - 60}));
    WindowInfo moved = editor;
    ASSERT_TRUE(desktop_->wait_until([&] {
        moved = desktop_->now(editor).value_or(editor);
        return moved.content.y > editor.content.y + 100;
    }));
    ASSERT_TRUE(desktop_->click_in(moved, 20, 12));
    auto const menu = desktop_->window([](WindowInfo const& w) { return w.popup; });
    ASSERT_TRUE(menu) << menu.error().message();
    Rect const screen{0, 0, desktop_->size().width, desktop_->size().height};
    EXPECT_TRUE(screen.contains(menu->frame)) << menu->frame.x << "," << menu->frame.y;
    desktop_->keep_picture("edge");
}

TEST_P(Windows, the_close_button_closes_the_window)
{
    WindowInfo const editor = open_editor("work");
    ASSERT_TRUE(desktop_->hands().click(
        {static_cast<int>(editor.content.right()) - 16, editor.content.y - 15}));
    EXPECT_TRUE(desktop_->wait_until([&] { return !desktop_->now(editor); }));
}

TEST_P(Windows, maximising_and_back_gives_the_window_its_old_place)
{
    WindowInfo const editor = open_editor("work");
    focus(editor);
    ASSERT_TRUE(desktop_->hands().chord({KEY_LEFTMETA, KEY_M}));
    ASSERT_TRUE(desktop_->wait_until(
        [&] { return desktop_->now(editor).value_or(WindowInfo{}).maximized; }));
    ASSERT_TRUE(desktop_->wait_until([&] {
        auto const now = desktop_->now(editor);
        return now && now->frame.width == desktop_->size().width;
    }));
    ASSERT_TRUE(desktop_->hands().chord({KEY_LEFTMETA, KEY_M}));
    EXPECT_TRUE(comes_to(editor, editor.content));
}

INSTANTIATE_TEST_SUITE_P(Applications, Windows, testing::Values(wayland, x11),
                         [](auto const& info) { return std::string(info.param.name); });

} // namespace
} // namespace vitrail::test
