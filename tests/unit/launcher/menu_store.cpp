// The menus on the disk, and the programs that are asked for them.

#include "launcher/menu_store.hpp"
#include "launcher/children.hpp"
#include "tests/support/folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace vitrail::launcher {
namespace {

namespace fs = std::filesystem;

std::vector<formats::AppmenuEntry> menu(std::string const& text)
{
    return formats::parse_appmenu(text, {}).entries;
}

class MenuStoreTest : public testing::Test {
protected:
    [[nodiscard]] std::string place() const { return folder_ / "menus"; }
    std::unique_ptr<MenuStore> open()
    {
        auto store = std::make_unique<MenuStore>(loop_.get(), place(), std::vector<std::string>(),
                                                 [this] { ++changes_; });
        EXPECT_TRUE(store->open());
        return store;
    }
    void until(std::function<bool()> const& condition)
    {
        while (!condition())
            wl_event_loop_dispatch(loop_.get(), -1);
    }
    static std::string names(MenuStore const& store, std::string const& qube)
    {
        std::string all;
        if (auto const found = store.menus().find(qube); found != store.menus().end())
            for (auto const& entry : found->second)
                all += entry.name.text + " ";
        return all;
    }

    test::Folder folder_;
    EventLoop loop_;
    int changes_ = 0;
};

TEST_F(MenuStoreTest, keeps_what_a_qube_told_over_a_restart)
{
    auto store = open();
    EXPECT_TRUE(store->menus().empty());
    ASSERT_TRUE(store->keep("work", menu("a:Name=A\na:Categories=Utility\nb:Name=B\n")));
    EXPECT_EQ(names(*store, "work"), "A B ");
    EXPECT_EQ(changes_, 1);
    ASSERT_TRUE(store->keep("work", menu("a:Name=A\na:Categories=Utility\nb:Name=B\n")));
    EXPECT_EQ(changes_, 1) << "the same again is no change";
    store = open();
    EXPECT_EQ(names(*store, "work"), "A B ");
    ASSERT_TRUE(store->keep("work", menu("c:Name=C\n")));
    EXPECT_EQ(names(*store, "work"), "C ");
    EXPECT_FALSE(fs::exists(place() + "/work/apps.templates.new"));
    EXPECT_FALSE(store->keep("../x", menu("c:Name=C\n")));
}

TEST_F(MenuStoreTest, sees_what_another_program_writes)
{
    auto const store = open();
    fs::create_directories(place() + "/vault/apps.templates");
    until([&] { return fs::exists(place() + "/vault/apps.templates"); });
    std::ofstream(place() + "/vault/apps.templates/a.desktop")
        << "[Desktop Entry]\nName=%VMNAME%: Told\n";
    until([&] { return names(*store, "vault") == "Told "; });
    fs::remove_all(place() + "/vault");
    until([&] { return names(*store, "vault").empty(); });
}

TEST_F(MenuStoreTest, leaves_out_what_is_no_menu)
{
    fs::create_directories(place() + "/work/apps.templates/folder.desktop");
    fs::create_directories(place() + "/.. odd/apps.templates");
    std::ofstream(place() + "/.. odd/apps.templates/a.desktop") << "[Desktop Entry]\nName=A\n";
    std::ofstream(place() + "/work/apps.templates/b.desktop") << "\x1b rubbish";
    std::ofstream(place() + "/work/apps.templates/c.desktop") << "[Desktop Entry]\nName=C\n";
    std::ofstream(place() + "/work/apps.templates/notes.txt") << "[Desktop Entry]\nName=N\n";
    auto const store = open();
    EXPECT_EQ(names(*store, "work"), "C ");
    EXPECT_EQ(store->menus().size(), 1U);
}

TEST_F(MenuStoreTest, children_tell_how_they_ended_and_no_more_than_was_wanted)
{
    Children children(loop_.get(), {{"PATH", "/usr/bin:/bin"}});
    auto const run = [&](Children::Order const& order) {
        std::optional<ChildOutcome> outcome;
        children.run(order, [&](ChildOutcome const& told) { outcome = told; });
        until([&] { return outcome.has_value(); });
        EXPECT_EQ(children.running(), 0U);
        return *outcome;
    };
    auto const good =
        run({.words = {"sh", "-c", "echo out; echo err >&2; exit 3"}, .most_output = 100});
    EXPECT_EQ(good.status, 3);
    EXPECT_EQ(good.output, "out\n");
    EXPECT_EQ(good.errors, "err\n");
    EXPECT_FALSE(good.too_long);
    auto const endless = run({.words = {"sh", "-c", "exec yes"}, .most_output = 1000});
    EXPECT_TRUE(endless.too_long);
    EXPECT_EQ(endless.output.size(), 1000U);
    EXPECT_EQ(run({.words = {"sleep", "1000"}, .patience = std::chrono::seconds(1)}).status,
              128 + 9);
    EXPECT_EQ(run({.words = {"no-such-program"}}).status, 127);
}

} // namespace
} // namespace vitrail::launcher
