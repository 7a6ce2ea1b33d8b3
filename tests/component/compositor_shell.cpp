// vitrail_shell_v1: what panel and launcher are told and may do, and when a prompt may be answered.

#include "lib/ui/shell_link.hpp"
#include "tests/component/compositor_stage.hpp"
#include "vitrail-shell-v1-client-protocol.h"

#include <gtest/gtest.h>
#include <linux/input-event-codes.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace vitrail::test {
namespace {

constexpr std::uint32_t work = 3;
constexpr std::uint32_t prompt_color = 0x10e040;
constexpr std::uint32_t overlay_layer = 3;
constexpr std::uint32_t exclusive_keys = 1;
constexpr std::uint32_t super_key = 125;

/// What a panel hears.
struct Heard final : ui::ShellLink::Observer {
    void handle_toplevels() override { ++toplevels; }
    void handle_desktop() override { ++desktops; }
    void handle_chord(std::string_view name) override { chords.emplace_back(name); }
    int toplevels = 0, desktops = 0;
    std::vector<std::string> chords;
};

/// A panel: a client of tier shell with our own end of the protocol.
struct PanelHand {
    explicit PanelHand(Stage& of)
        : stage(of),
          client(of.add_shell()),
          link(std::make_unique<ui::ShellLink>(client->display(), heard))
    {
        of.settle();
    }
    ~PanelHand()
    {
        link.reset();
        stage.drop(client);
    }
    PanelHand(PanelHand const&) = delete;
    PanelHand& operator=(PanelHand const&) = delete;
    [[nodiscard]] ui::Toplevel const* window(std::string_view title) const
    {
        for (auto const* const one : link->windows())
            if (one->facts().title == title)
                return &one->facts();
        return nullptr;
    }
    [[nodiscard]] ui::ShellLink::Window& at(std::string_view title) const
    {
        for (auto* const one : link->windows())
            if (one->facts().title == title)
                return *one;
        ADD_FAILURE() << "there is no window " << title;
        return *link->windows().at(0);
    }
    Stage& stage;
    Heard heard;
    std::unique_ptr<ShellHand> client;
    std::unique_ptr<ui::ShellLink> link;
};

class CompositorShell : public testing::Test {
protected:
    CompositorShell()
    {
        stage.set_origin(work, {.name = "work", .label = "blue", .rgb = 0x3465a4, .code = "BL"});
        qube = stage.add_qube(work);
    }
    ~CompositorShell() override { stage.drop(qube); }
    void open(std::uint32_t number, std::string const& title, Rect const& place)
    {
        qube->create(number);
        qube->title(number, title);
        qube->geometry(number, place);
        qube->paint(number, {place.width, place.height}, 0x808080);
        qube->map(number);
        stage.settle();
    }

    Stage stage;
    std::unique_ptr<QubeHand> qube;
};

// Who hears of it

TEST_F(CompositorShell, only_the_shell_sees_the_global)
{
    for (std::uint32_t const tier : {VITRAIL_SESSION_V1_TIER_QUBE, VITRAIL_SESSION_V1_TIER_SHELL,
                                     VITRAIL_SESSION_V1_TIER_SESSION}) {
        auto onlooker = stage.add<Onlooker>(tier, work, 1);
        EXPECT_EQ(std::ranges::count(onlooker->globals(), "vitrail_shell_v1"),
                  tier == VITRAIL_SESSION_V1_TIER_SHELL ? 1 : 0);
        stage.drop(onlooker);
    }
    EXPECT_EQ(std::ranges::count(stage.session().globals(), "vitrail_shell_v1"), 0);
}

// Windows

TEST_F(CompositorShell, a_window_is_told_with_sessionds_word_on_whose_it_is)
{
    open(1, "<b>vault</b> \xe2\x80\xaereport", {100, 100, 300, 200});
    PanelHand const panel(stage);
    ASSERT_EQ(panel.link->windows().size(), 1U);
    ui::Toplevel const& facts = panel.link->windows()[0]->facts();
    EXPECT_EQ(facts.owner, (Badge{Badge::Kind::qube, "work", "blue", 0x3465a4, "BL"}));
    EXPECT_EQ(facts.title, "<b>vault</b> \xef\xbf\xbdreport");
    EXPECT_TRUE(facts.focused());
    EXPECT_EQ(facts.workspace, 1U);
}

TEST_F(CompositorShell, windows_that_come_change_and_go_are_told)
{
    PanelHand const panel(stage);
    EXPECT_TRUE(panel.link->windows().empty());
    open(1, "one", {100, 100, 300, 200});
    ASSERT_TRUE(panel.window("one"));
    qube->title(1, "another");
    stage.settle();
    EXPECT_FALSE(panel.window("one"));
    ASSERT_TRUE(panel.window("another"));
    qube->unmap(1);
    stage.settle();
    EXPECT_TRUE(panel.link->windows().empty());
}

TEST_F(CompositorShell, a_new_label_is_told_at_once)
{
    open(1, "one", {100, 100, 300, 200});
    PanelHand const panel(stage);
    stage.set_origin(work, {.name = "work", .label = "red", .rgb = 0xcc0000, .code = "RE"});
    EXPECT_EQ(panel.window("one")->owner.label, "red");
    EXPECT_EQ(panel.link->desktop().focus.label, "red");
}

TEST_F(CompositorShell, the_panel_may_minimise_activate_move_and_close)
{
    open(1, "one", {100, 100, 300, 200});
    open(2, "two", {500, 100, 300, 200});
    PanelHand const panel(stage);
    panel.at("two").set_minimized(true);
    stage.settle();
    EXPECT_TRUE(panel.window("two")->minimized());
    EXPECT_TRUE(panel.window("one")->focused());
    panel.at("two").activate();
    stage.settle();
    EXPECT_FALSE(panel.window("two")->minimized());
    EXPECT_TRUE(panel.window("two")->focused());
    panel.at("two").move_to_workspace(3);
    stage.settle();
    EXPECT_EQ(panel.window("two")->workspace, 3U);
    EXPECT_TRUE(panel.window("one")->focused());
    panel.at("two").activate();
    stage.settle();
    EXPECT_EQ(panel.link->desktop().workspace, 3U);
    panel.at("two").close();
    stage.settle();
    EXPECT_EQ(qube->at(2).closes, 1);
}

TEST_F(CompositorShell, a_lost_window_stays_in_the_list_as_lost)
{
    open(1, "one", {100, 100, 300, 200});
    PanelHand const panel(stage);
    stage.drop(qube);
    ASSERT_TRUE(panel.window("one"));
    EXPECT_TRUE(panel.window("one")->lost());
    EXPECT_EQ(panel.window("one")->owner.name, "work");
    qube = stage.add_qube(work);
}

TEST_F(CompositorShell, a_window_that_is_gone_hears_of_requests_no_more)
{
    open(1, "one", {100, 100, 300, 200});
    PanelHand const panel(stage);
    qube->destroy(1);
    panel.link->windows().at(0)->close(); // said before the end was heard
    stage.settle();
    EXPECT_FALSE(panel.client->ended());
    EXPECT_TRUE(panel.link->windows().empty());
}

// The desktop

TEST_F(CompositorShell, workspaces_and_whose_keyboard_it_is_are_told)
{
    PanelHand const panel(stage);
    EXPECT_EQ(panel.link->desktop().workspaces, 4U);
    EXPECT_EQ(panel.link->desktop().keyboard, ui::DesktopFacts::Keyboard::none);
    open(1, "one", {100, 100, 300, 200});
    EXPECT_EQ(panel.link->desktop().keyboard, ui::DesktopFacts::Keyboard::qube);
    EXPECT_EQ(panel.link->desktop().focus.name, "work");
    panel.link->set_workspace(2);
    stage.settle();
    EXPECT_EQ(panel.link->desktop().workspace, 2U);
    EXPECT_EQ(panel.link->desktop().keyboard, ui::DesktopFacts::Keyboard::none);
}

TEST_F(CompositorShell, the_lock_is_told)
{
    PanelHand const panel(stage);
    EXPECT_FALSE(panel.link->desktop().locked);
    stage.lock();
    EXPECT_TRUE(panel.link->desktop().locked);
}

TEST_F(CompositorShell, what_the_session_does_is_asked_of_sessiond)
{
    PanelHand panel(stage);
    panel.link->act(ui::ShellLink::Action::clear_clipboard);
    panel.link->act(ui::ShellLink::Action::quit);
    panel.link->act(ui::ShellLink::Action::terminal);
    stage.settle();
    EXPECT_EQ(stage.session().chords, (std::vector<std::string>{"clear-clipboard", "quit"}));
    EXPECT_EQ(stage.session().spawned, (std::vector<std::string>{"foot"}));
}

// Values that are none

TEST_F(CompositorShell, a_value_that_the_protocol_does_not_have_ends_the_client)
{
    struct Bad {
        char const* what;
        void (*say)(vitrail_shell_v1*);
    };
    for (Bad const& bad : {
             Bad{"an action", [](vitrail_shell_v1* s) { vitrail_shell_v1_act(s, 99); }},
             Bad{"workspace 0", [](vitrail_shell_v1* s) { vitrail_shell_v1_set_workspace(s, 0); }},
             Bad{"a workspace",
                 [](vitrail_shell_v1* s) { vitrail_shell_v1_set_workspace(s, ~0U); }},
             Bad{"no name", [](vitrail_shell_v1* s) { vitrail_shell_v1_claim_focus(s, ""); }},
             Bad{"a long name",
                 [](vitrail_shell_v1* s) {
                     vitrail_shell_v1_claim_focus(s, std::string(300, 'a').c_str());
                 }},
         }) {
        auto client = stage.add_shell();
        wl_registry* const registry = wl_display_get_registry(client->display());
        vitrail_shell_v1* shell = nullptr;
        wl_registry_listener const table{
            .global =
                [](void* data, wl_registry* from, std::uint32_t name, char const* interface,
                   std::uint32_t) {
                    if (std::string_view(interface) == "vitrail_shell_v1")
                        *static_cast<vitrail_shell_v1**>(data) = static_cast<vitrail_shell_v1*>(
                            wl_registry_bind(from, name, &vitrail_shell_v1_interface, 1));
                },
            .global_remove = [](void*, wl_registry*, std::uint32_t) {}};
        wl_registry_add_listener(registry, &table, &shell);
        stage.settle();
        ASSERT_TRUE(shell);
        bad.say(shell);
        stage.settle();
        EXPECT_EQ(client->error(), VITRAIL_SHELL_V1_ERROR_VALUE) << bad.what;
        wl_registry_destroy(registry);
        vitrail_shell_v1_destroy(shell);
        stage.drop(client);
    }
}

TEST_F(CompositorShell, a_surface_without_a_layer_is_no_prompt)
{
    PanelHand panel(stage);
    vitrail_prompt_v1* const prompt = panel.link->get_prompt(panel.client->bare_surface());
    stage.settle();
    EXPECT_EQ(panel.client->error(), VITRAIL_SHELL_V1_ERROR_ROLE);
    vitrail_prompt_v1_destroy(prompt);
}

// The launcher's chord

TEST_F(CompositorShell, super_alone_is_the_launchers_and_super_with_a_key_is_not)
{
    PanelHand const panel(stage);
    stage.tap(super_key);
    EXPECT_EQ(panel.heard.chords, (std::vector<std::string>{"launcher"}));
    stage.key(super_key, true);
    stage.tap(KEY_2);
    stage.key(super_key, false);
    EXPECT_EQ(panel.heard.chords.size(), 1U);
    EXPECT_EQ(panel.link->desktop().workspace, 2U);
    stage.key(super_key, true);
    stage.click({500, 500});
    stage.key(super_key, false);
    EXPECT_EQ(panel.heard.chords.size(), 1U) << "a click came between";
}

TEST(CompositorShellBindings, the_launchers_chord_is_a_binding_like_others)
{
    Stage stage({.config = "[bindings]\n\"Super\" = \"none\"\n\"Alt+F1\" = \"launcher\"\n"});
    PanelHand const panel(stage);
    stage.tap(super_key);
    EXPECT_TRUE(panel.heard.chords.empty());
    stage.key(KEY_LEFTALT, true);
    stage.tap(KEY_F1);
    stage.key(KEY_LEFTALT, false);
    EXPECT_EQ(panel.heard.chords, (std::vector<std::string>{"launcher"}));
}

// The focus of what the user starts

TEST_F(CompositorShell, what_the_launcher_starts_gets_the_focus_also_in_a_qube_that_did_not_run)
{
    open(1, "one", {100, 100, 300, 200});
    PanelHand panel(stage);
    panel.link->claim_focus("mail");
    stage.settle();
    stage.set_origin(4, {.name = "mail", .label = "green", .rgb = 0x73d216, .code = "GN"});
    auto mail = stage.add_qube(4);
    mail->open(1, {500, 100, 300, 200}, 0x112233);
    stage.settle();
    EXPECT_EQ(panel.link->desktop().focus.name, "mail");
    stage.drop(mail);
}

TEST_F(CompositorShell, a_claim_of_one_qube_is_not_anothers)
{
    open(1, "one", {100, 100, 300, 200});
    PanelHand panel(stage);
    panel.link->claim_focus("mail");
    stage.settle();
    stage.set_origin(4, {.name = "evil", .label = "red", .rgb = 0xcc0000, .code = "RE"});
    auto evil = stage.add_qube(4);
    evil->title(evil->create(1).number, "mail");
    evil->open(2, {500, 100, 300, 200}, 0x112233);
    stage.settle();
    EXPECT_EQ(panel.link->desktop().focus.name, "work");
    stage.drop(evil);
}

// Prompts

/// A prompt in the middle of the screen, as it stands.
class CompositorPrompt : public CompositorShell {
protected:
    static constexpr Point middle{512, 384};
    static constexpr Size size{300, 200};

    void SetUp() override
    {
        panel = std::make_unique<PanelHand>(stage);
        panel->client->with_role = [this](wl_surface* surface) {
            prompt = panel->link->get_prompt(surface);
            vitrail_prompt_v1_add_listener(prompt, &table, this);
        };
    }
    void TearDown() override
    {
        if (prompt)
            vitrail_prompt_v1_destroy(prompt);
        panel.reset();
    }
    void show()
    {
        panel->client->open(overlay_layer, 0, size, 0, prompt_color, exclusive_keys);
        stage.settle();
    }
    [[nodiscard]] bool becomes_ready()
    {
        return stage.run_until([this] { return ready; });
    }
    [[nodiscard]] std::vector<std::uint32_t> const& keys() const { return panel->client->keys; }
    [[nodiscard]] std::vector<std::uint32_t> const& buttons() const
    {
        return panel->client->buttons;
    }

    static vitrail_prompt_v1_listener const table;
    std::unique_ptr<PanelHand> panel;
    vitrail_prompt_v1* prompt = nullptr;
    bool ready = false;
    int readies = 0, cancelled = 0;
};

vitrail_prompt_v1_listener const CompositorPrompt::table{
    .ready =
        [](void* data, vitrail_prompt_v1*, std::uint32_t is_ready) {
            auto& self = *static_cast<CompositorPrompt*>(data);
            self.ready = is_ready != 0;
            self.readies += self.ready ? 1 : 0;
        },
    .cancelled = [](void* data,
                    vitrail_prompt_v1*) { ++static_cast<CompositorPrompt*>(data)->cancelled; },
};

TEST_F(CompositorPrompt, is_deaf_at_first_and_hears_when_it_says_so)
{
    show();
    stage.click(middle);
    stage.tap(KEY_ENTER);
    stage.tap(KEY_A);
    EXPECT_TRUE(buttons().empty());
    EXPECT_TRUE(keys().empty());
    ASSERT_TRUE(becomes_ready());
    stage.click(middle);
    stage.tap(KEY_ENTER);
    EXPECT_EQ(buttons().size(), 1U);
    EXPECT_EQ(keys(), (std::vector<std::uint32_t>{KEY_ENTER}));
}

TEST_F(CompositorPrompt, takes_no_key_that_was_held_when_it_came_before_it_is_released)
{
    open(1, "one", {100, 100, 300, 200});
    stage.key(KEY_ENTER, true);
    show();
    ASSERT_TRUE(becomes_ready());
    stage.key(KEY_ENTER, true); // a keyboard that says it again
    EXPECT_TRUE(keys().empty());
    stage.key(KEY_ENTER, false);
    stage.tap(KEY_ENTER);
    EXPECT_EQ(keys(), (std::vector<std::uint32_t>{KEY_ENTER}));
}

TEST_F(CompositorPrompt, a_key_pressed_too_early_and_held_is_not_taken_later)
{
    show();
    stage.key(KEY_SPACE, true);
    ASSERT_TRUE(becomes_ready());
    EXPECT_TRUE(keys().empty());
    stage.key(KEY_SPACE, false);
    stage.tap(KEY_SPACE);
    EXPECT_EQ(keys(), (std::vector<std::uint32_t>{KEY_SPACE}));
}

TEST_F(CompositorPrompt, is_deaf_again_while_something_beside_it_moves)
{
    open(1, "one", {380, 300, 200, 100});
    show();
    ASSERT_TRUE(becomes_ready());
    stage.desktop().move_view(*stage.desktop().stack().at(0), {390, 300});
    stage.settle();
    EXPECT_FALSE(ready);
    stage.click(middle);
    EXPECT_TRUE(buttons().empty());
    ASSERT_TRUE(becomes_ready());
    EXPECT_EQ(readies, 2);
    stage.click(middle);
    EXPECT_EQ(buttons().size(), 1U);
}

TEST_F(CompositorPrompt, hears_while_something_beside_it_draws_and_not_while_it_grows)
{
    open(1, "one", {380, 300, 200, 100});
    show();
    ASSERT_TRUE(becomes_ready());
    qube->paint(1, {200, 100}, 0x404040);
    stage.settle();
    EXPECT_TRUE(ready) << "a clock beside it does not keep it deaf";
    qube->paint(1, {220, 100}, 0x404040);
    stage.settle();
    EXPECT_FALSE(ready);
    ASSERT_TRUE(becomes_ready());
}

TEST_F(CompositorPrompt, does_not_mind_what_happens_far_away)
{
    open(1, "one", {20, 60, 100, 60});
    show();
    ASSERT_TRUE(becomes_ready());
    stage.desktop().move_view(*stage.desktop().stack().at(0), {30, 70});
    stage.settle();
    EXPECT_TRUE(ready);
}

TEST_F(CompositorPrompt, lies_above_everything_and_has_the_keyboard)
{
    show();
    ASSERT_TRUE(becomes_ready());
    qube->create(1);
    qube->geometry(1, {0, 0, 1024, 768});
    qube->paint(1, {1024, 768}, 0x808080);
    qube->map(1);
    stage.settle();
    stage.desktop().set_fullscreen(*stage.desktop().stack().at(0), true);
    auto other = stage.add_shell();
    other->open(overlay_layer, 0, {400, 300}, 0, 0x0000ff, exclusive_keys);
    stage.settle();
    Image const picture = stage.look();
    EXPECT_EQ(count_color(picture, prompt_color, {0, 0, picture.width, picture.height}),
              size.width * size.height);
    ASSERT_TRUE(becomes_ready());
    stage.tap(KEY_B);
    EXPECT_EQ(keys(), (std::vector<std::uint32_t>{KEY_B}));
    EXPECT_TRUE(other->keys.empty());
    EXPECT_TRUE(qube->keys.empty());
    stage.drop(other);
}

TEST_F(CompositorPrompt, the_desktops_chords_wait_until_it_is_answered)
{
    show();
    ASSERT_TRUE(becomes_ready());
    stage.key(super_key, true);
    stage.tap(KEY_2);
    stage.key(super_key, false);
    EXPECT_EQ(panel->link->desktop().workspace, 1U);
    EXPECT_TRUE(panel->heard.chords.empty());
}

TEST_F(CompositorPrompt, gives_the_keyboard_back_when_it_goes)
{
    open(1, "one", {100, 100, 300, 200});
    show();
    EXPECT_EQ(panel->link->desktop().keyboard, ui::DesktopFacts::Keyboard::session);
    panel->client->hide();
    stage.settle();
    EXPECT_EQ(panel->link->desktop().focus.name, "work");
    EXPECT_FALSE(ready);
}

TEST_F(CompositorPrompt, is_cancelled_by_the_lock)
{
    show();
    stage.lock();
    EXPECT_EQ(cancelled, 1);
}

TEST_F(CompositorPrompt, its_client_may_die_while_it_is_shown)
{
    open(1, "one", {100, 100, 300, 200});
    show();
    vitrail_prompt_v1_destroy(prompt);
    prompt = nullptr;
    panel.reset();
    stage.settle();
    stage.tap(KEY_C);
    EXPECT_EQ(qube->keys.size(), 2U);
}

} // namespace
} // namespace vitrail::test
