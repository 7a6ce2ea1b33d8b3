#include "services/qubesd/store.hpp"
#include "tests/unit/qubesd/power_cut_vfs.hpp"
#include "tests/unit/qubesd/sample.hpp"
#include "tests/unit/qubesd/scratch.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>

using namespace vitrail::qubesd;
namespace qube = vitrail::qube;

namespace {

/// Everything of a state that is kept.
vitrail::Result<> keep(Store& store, State const& state)
{
    Transaction change(store);
    for (auto const& label : state.labels)
        change.add_label(label);
    for (auto const& [name, pool] : state.pools)
        change.set_pool(pool);
    for (auto const& [name, one] : state.qubes)
        change.add_qube(one);
    for (auto const& [name, value] : state.globals)
        change.set_global(name, value);
    return change.commit();
}

State full_state()
{
    State state = sample_state();
    Qube& work = *state.find("work");
    work.features = {{"service.x", "1"}, {"empty", ""}};
    work.tags = {"created-by-dom0", "blue"};
    work.volumes["private"] = {.name = "private",
                               .pool = "varlibqubes",
                               .vid = "appvms/work/private",
                               .source = "",
                               .use = VolumeUse::saved,
                               .size = std::uint64_t{2} << 30,
                               .rw = true,
                               .ephemeral = false,
                               .revisions_to_keep = -1};
    work.volumes["root"] = {.name = "root",
                            .pool = "varlibqubes",
                            .vid = "appvms/work/root",
                            .source = "vm-templates/debian/root",
                            .use = VolumeUse::snapshot,
                            .size = std::uint64_t{10} << 30,
                            .rw = true,
                            .ephemeral = true,
                            .revisions_to_keep = {}};
    work.assignments.push_back({.device = {"block", "sys-net", "sda", "0000:0000::b******"},
                                .mode = qube::AssignmentMode::required,
                                .options = {{"read-only", "yes"}}});
    work.firewall = qube::parse_rules("action=drop dsthost=1.1.1.1 comment=a b\n").value();
    work.notes = "it's\nnoted";
    return state;
}

bool is_kept(State const& found, State const& meant)
{
    return found.qubes == meant.qubes && found.globals == meant.globals &&
           found.labels == meant.labels && found.pools == meant.pools;
}

} // namespace

TEST(Store, gives_back_everything_that_it_was_given)
{
    Scratch const folder;
    State const state = full_state();
    {
        auto store = Store::open(folder.path("qubes.db"));
        ASSERT_TRUE(store) << store.error().message();
        ASSERT_TRUE(keep(**store, state));
    }
    auto store = Store::open(folder.path("qubes.db"));
    auto const found = (*store)->load();
    ASSERT_TRUE(found) << found.error().message();
    EXPECT_TRUE(is_kept(*found, state));
    EXPECT_EQ((*store)->check()->size(), 0U);
}

TEST(Store, keeps_nothing_of_a_change_that_was_not_committed)
{
    Scratch const folder;
    auto store = Store::open(folder.path("qubes.db"));
    ASSERT_TRUE(keep(**store, full_state()));
    {
        Transaction change(**store);
        change.remove_qube("work");
        change.set_global("default_netvm", std::nullopt);
    }
    EXPECT_TRUE(is_kept(*(*store)->load(), full_state()));
}

TEST(Store, keeps_nothing_of_a_change_of_which_a_part_failed)
{
    Scratch const folder;
    auto store = Store::open(folder.path("qubes.db"));
    ASSERT_TRUE(keep(**store, full_state()));
    Transaction change(**store);
    change.set_global("default_netvm", "work");
    change.set_feature("nobody", "x", "1"); // there is no such qube
    EXPECT_FALSE(change.commit());
    EXPECT_TRUE(is_kept(*(*store)->load(), full_state()));
}

TEST(Store, removes_a_qube_with_all_it_had)
{
    Scratch const folder;
    auto store = Store::open(folder.path("qubes.db"));
    State state = full_state();
    ASSERT_TRUE(keep(**store, state));
    Transaction change(**store);
    change.remove_qube("work");
    change.add_orphan({"varlibqubes", "appvms/work/private"});
    ASSERT_TRUE(change.commit());
    state.qubes.erase("work");
    EXPECT_TRUE(is_kept(*(*store)->load(), state));
    EXPECT_EQ(*(*store)->orphans(),
              (std::vector<OrphanVolume>{{"varlibqubes", "appvms/work/private"}}));
}

TEST(Store, is_full_without_losing_anything)
{
    Scratch const folder;
    std::string const path = folder.path("qubes.db");
    auto store = Store::open(path);
    ASSERT_TRUE(keep(**store, full_state()));
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    rlimit const full{std::filesystem::file_size(path + "-wal"), before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full); // no file may grow: as on a full disk
    Transaction change(**store);
    change.set_notes("work", std::string(std::size_t{1} << 20, 'x'));
    auto const done = change.commit();
    setrlimit(RLIMIT_FSIZE, &before);
    ASSERT_FALSE(done);
    EXPECT_TRUE(is_kept(*(*store)->load(), full_state()));
}

TEST(Store, says_what_is_wrong_with_it)
{
    Scratch const folder;
    auto store = Store::open(folder.path("qubes.db"));
    State state = full_state();
    state.find("work")->properties["template"] = "gone";
    state.find("work")->properties["memory"] = "lots";
    state.find("work")->properties["label"] = "pink";
    state.globals["clockvm"] = "gone";
    ASSERT_TRUE(keep(**store, state));
    EXPECT_EQ(
        *(*store)->check(),
        (std::vector<std::string>{"qube work: its label pink is not there",
                                  "qube work: it may not have the property memory = lots",
                                  "qube work: its template gone is not there",
                                  "the global property clockvm names gone, which is not there"}));
}

TEST(Store, of_a_later_version_is_not_touched)
{
    Scratch const folder;
    std::string const path = folder.path("qubes.db");
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "PRAGMA user_version = 99", nullptr, nullptr, nullptr),
              SQLITE_OK);
    sqlite3_close(other);
    auto const store = Store::open(path);
    ASSERT_FALSE(store);
    EXPECT_NE(store.error().message().find("version 99"), std::string::npos);
}

TEST(Store, after_a_power_cut_at_any_write_holds_what_was_before_or_after)
{
    State const before = full_state();
    State after = before;
    after.qubes.erase("work");
    after.globals["default_dispvm"] = "disp1";
    int points = 0;
    int kept_old = 0;
    for (auto const unsynced : {power_cut::Unsynced::kept, power_cut::Unsynced::lost}) {
        bool cut = true;
        for (int at = 0; cut; ++at) {
            Scratch const folder;
            std::string const path = folder.path("qubes.db");
            power_cut::arm(-1, unsynced);
            ASSERT_TRUE(keep(**Store::open(path, power_cut::vfs), before));
            bool committed = false;
            power_cut::arm(at, unsynced);
            if (auto store = Store::open(path, power_cut::vfs)) {
                Transaction change(**store);
                change.remove_qube("work");
                change.set_global("default_dispvm", "disp1");
                committed = change.commit().has_value();
            } // closing writes the log back into the database: points of their own
            cut = power_cut::happened();
            power_cut::settle();
            auto store = Store::open(path);
            ASSERT_TRUE(store) << "point " << at << ": " << store.error().message();
            EXPECT_EQ((*store)->check()->size(), 0U) << "point " << at;
            State const found = *(*store)->load();
            bool const is_new = is_kept(found, after);
            EXPECT_TRUE(is_new || is_kept(found, before)) << "point " << at;
            if (committed) {
                EXPECT_TRUE(is_new) << "point " << at << ": what was answered as done is lost";
            }
            kept_old += is_new ? 0 : 1;
            ++points;
        }
    }
    std::printf("power cut at %d points, %d of them left the old state\n", points, kept_old);
    EXPECT_GT(points, 20);
    EXPECT_GT(kept_old, 2);
}
