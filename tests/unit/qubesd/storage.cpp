#include "services/qubesd/storage/dir_driver.hpp"
#include "services/qubesd/storage/files.hpp"
#include "services/qubesd/storage/layer.hpp"
#include "services/qubesd/storage/reflink_driver.hpp"
#include "tests/unit/qubesd/scratch.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include <csignal>
#include <filesystem>
#include <fstream>

using namespace vitrail::qubesd;
using vitrail::read_file;
namespace fs = std::filesystem;

namespace {

/// Both drivers keep the same promises: each test runs with either.
struct Kind {
    char const* name;
    bool images;
};

class Storage : public testing::TestWithParam<Kind> {
protected:
    Storage()
    {
        Pool const pool{"p", GetParam().name, {{"dir_path", folder.path("pool")}}};
        driver = make_driver(pool);
        EXPECT_TRUE(driver->set_up());
    }
    static Volume saved(char const* vid)
    {
        return {
            .name = "private", .pool = "p", .vid = vid, .use = VolumeUse::saved, .size = 1 << 20};
    }
    static Volume snapshot(char const* vid, char const* source)
    {
        return {.name = "root",
                .pool = "p",
                .vid = vid,
                .source = source,
                .use = VolumeUse::snapshot,
                .size = 1 << 20};
    }
    /// What a running qube does: the first bytes of an image, or a file of a folder.
    void write(Volume const& volume, std::string const& text, std::int64_t keep = 1)
    {
        auto const at = driver->attachment(volume, keep);
        ASSERT_TRUE(at) << at.error().message();
        if (GetParam().images) {
            std::fstream file(at->path, std::ios::in | std::ios::out | std::ios::binary);
            file.write(text.c_str(), static_cast<std::streamsize>(text.size() + 1));
        } else
            std::ofstream(at->path + "/file") << text;
    }
    std::string read(Volume const& volume, std::int64_t keep = 1)
    {
        auto const at = driver->attachment(volume, keep);
        if (!at)
            return at.error().message();
        if (GetParam().images) {
            std::ifstream file(at->path, std::ios::binary);
            std::string text;
            std::getline(file, text, '\0');
            return text;
        }
        // As overlayfs shows it: the uppermost that has it.
        for (std::string const& text : {read_file(at->path + "/file").value_or("")})
            if (!text.empty())
                return text;
        for (auto layer = at->layers.rbegin(); layer != at->layers.rend(); ++layer)
            if (auto const text = read_file(*layer + "/file"))
                return *text;
        return "";
    }
    void run_once(Volume const& volume, std::string const& text, std::int64_t keep = 1)
    {
        ASSERT_TRUE(driver->start(volume, keep));
        write(volume, text, keep);
        auto const stopped = driver->stop(volume, keep);
        ASSERT_TRUE(stopped) << stopped.error().message();
    }
    std::string committed(Volume const& volume)
    {
        EXPECT_TRUE(driver->start(volume, 1));
        std::string text = read(volume);
        EXPECT_TRUE(driver->stop(volume, 1));
        return text;
    }

    Scratch folder;
    std::unique_ptr<StorageDriver> driver;
};

} // namespace

INSTANTIATE_TEST_SUITE_P(Drivers, Storage,
                         testing::Values(Kind{"file-reflink", true}, Kind{"dir", false}),
                         [](auto const& one) { return one.param.images ? "images" : "folders"; });

TEST_P(Storage, of_a_saved_volume_keeps_what_was_written)
{
    Volume const volume = saved("appvms/work/private");
    ASSERT_TRUE(driver->create(volume));
    EXPECT_EQ(committed(volume), "");
    run_once(volume, "one");
    EXPECT_EQ(committed(volume), "one");
    run_once(volume, "two");
    EXPECT_EQ(committed(volume), "two");
}

TEST_P(Storage, keeps_as_many_revisions_as_it_is_told_and_goes_back_to_them)
{
    Volume const volume = saved("appvms/work/private");
    ASSERT_TRUE(driver->create(volume));
    for (char const* const text : {"one", "two", "three", "four"})
        run_once(volume, text, 2);
    auto const ids = *driver->revisions(volume);
    ASSERT_EQ(ids.size(), 2U);
    ASSERT_TRUE(driver->revert(volume, ids.front(), 2));
    EXPECT_EQ(committed(volume), "two");
    EXPECT_FALSE(driver->revert(volume, "77", 2));
    EXPECT_EQ(committed(volume), "two");
}

TEST_P(Storage, makes_no_revision_of_a_run_that_wrote_nothing)
{
    Volume const volume = saved("appvms/work/private");
    ASSERT_TRUE(driver->create(volume));
    run_once(volume, "one", 3);
    auto const before = driver->revisions(volume)->size();
    EXPECT_EQ(committed(volume), "one");
    EXPECT_EQ(driver->revisions(volume)->size(), before);
}

TEST_P(Storage, uses_again_what_an_interrupted_run_has_written)
{
    Volume const volume = saved("appvms/work/private");
    ASSERT_TRUE(driver->create(volume));
    ASSERT_TRUE(driver->start(volume, 1));
    write(volume, "unsaved"); // and the machine loses power
    ASSERT_TRUE(driver->set_up());
    ASSERT_TRUE(driver->start(volume, 1));
    EXPECT_EQ(read(volume), "unsaved");
    ASSERT_TRUE(driver->stop(volume, 1));
    EXPECT_EQ(committed(volume), "unsaved");
}

TEST_P(Storage, of_a_snapshot_shows_the_committed_source_and_forgets_what_is_written)
{
    Volume const root = saved("vm-templates/debian/root");
    Volume const copy = snapshot("appvms/work/root", "vm-templates/debian/root");
    ASSERT_TRUE(driver->create(root));
    ASSERT_TRUE(driver->create(copy));
    run_once(root, "v1");
    ASSERT_TRUE(driver->start(copy, 0));
    EXPECT_EQ(read(copy), "v1");
    EXPECT_EQ(driver->is_outdated(copy), false);
    write(copy, "mine");
    ASSERT_TRUE(driver->start(root, 1)); // the template runs and changes meanwhile
    write(root, "v2");
    EXPECT_EQ(read(copy), "mine");
    EXPECT_EQ(driver->is_outdated(copy), false) << "not committed yet";
    ASSERT_TRUE(driver->stop(root, 0));
    EXPECT_EQ(driver->is_outdated(copy), true);
    ASSERT_TRUE(driver->stop(copy, 0));
    EXPECT_EQ(driver->is_outdated(copy), std::nullopt);
    ASSERT_TRUE(driver->start(copy, 0));
    EXPECT_EQ(read(copy), "v2");
}

TEST_P(Storage, of_a_running_snapshot_stays_when_its_source_is_gone)
{
    Volume const root = saved("vm-templates/debian/root");
    Volume const copy = snapshot("appvms/work/root", "vm-templates/debian/root");
    ASSERT_TRUE(driver->create(root));
    run_once(root, "v1");
    ASSERT_TRUE(driver->create(copy));
    ASSERT_TRUE(driver->start(copy, 0));
    ASSERT_TRUE(driver->remove(root));
    EXPECT_EQ(read(copy), "v1");
}

TEST_P(Storage, of_a_scratch_volume_is_empty_at_each_start)
{
    Volume volume = saved("appvms/work/volatile");
    volume.use = VolumeUse::scratch;
    ASSERT_TRUE(driver->create(volume));
    run_once(volume, "x");
    ASSERT_TRUE(driver->start(volume, 0));
    EXPECT_EQ(read(volume), "");
}

TEST_P(Storage, clones_a_committed_state_that_then_lives_its_own_life)
{
    Volume const one = saved("appvms/one/private");
    Volume const two = saved("appvms/two/private");
    ASSERT_TRUE(driver->create(one));
    run_once(one, "same");
    ASSERT_TRUE(driver->create(two));
    ASSERT_TRUE(driver->clone(one, two, 1));
    EXPECT_EQ(committed(two), "same");
    run_once(two, "other");
    EXPECT_EQ(committed(one), "same");
    ASSERT_TRUE(driver->remove(one));
    EXPECT_EQ(committed(two), "other");
}

TEST_P(Storage, without_snapshots_is_written_in_place)
{
    Volume const volume = saved("appvms/work/private");
    Volume const other = saved("appvms/other/private");
    ASSERT_TRUE(driver->create(volume));
    ASSERT_TRUE(driver->create(other));
    run_once(volume, "one", -1);
    EXPECT_EQ(committed(volume), "one");
    ASSERT_TRUE(driver->clone(volume, other, 1));
    run_once(other, "two", 1);
    EXPECT_EQ(committed(volume), "one");
    EXPECT_EQ(driver->revisions(volume)->size(), 0U);
}

TEST_P(Storage, without_snapshots_changes_none_of_its_clones)
{
    Volume const volume = saved("appvms/work/private");
    Volume const clone = saved("appvms/clone/private");
    ASSERT_TRUE(driver->create(volume));
    ASSERT_TRUE(driver->create(clone));
    run_once(volume, "one", 2);
    run_once(volume, "two", 2);
    ASSERT_TRUE(driver->clone(volume, clone, 1));
    ASSERT_TRUE(driver->start(volume, -1));
    auto const at = driver->attachment(volume, -1);
    ASSERT_TRUE(at);
    { // in the file itself: a qube that appends, or a database
        std::fstream file(GetParam().images ? at->path : at->path + "/file",
                          std::ios::in | std::ios::out | std::ios::binary);
        file << "TWO";
    }
    ASSERT_TRUE(driver->stop(volume, -1));
    EXPECT_EQ(committed(volume), "TWO");
    EXPECT_EQ(committed(clone), "two");
    ASSERT_TRUE(driver->clone(volume, clone, 1)); // and so again, of what was written in place
    ASSERT_TRUE(driver->start(volume, -1));
    auto const again = driver->attachment(volume, -1);
    {
        std::fstream file(GetParam().images ? again->path : again->path + "/file",
                          std::ios::in | std::ios::out | std::ios::binary);
        file << "2nd";
    }
    ASSERT_TRUE(driver->stop(volume, -1));
    EXPECT_EQ(committed(volume), "2nd");
    EXPECT_EQ(committed(clone), "TWO");
}

TEST_P(Storage, leaves_nothing_of_a_removed_volume)
{
    Volume const volume = saved("appvms/work/private");
    ASSERT_TRUE(driver->create(volume));
    for (char const* const text : {"one", "two", "three"})
        run_once(volume, text, 5);
    ASSERT_TRUE(driver->start(volume, 5));
    ASSERT_TRUE(driver->remove(volume));
    ASSERT_TRUE(driver->remove(volume)) << "gone already";
    std::vector<std::string> left;
    for (auto const& entry : fs::recursive_directory_iterator(folder.path("pool")))
        if (entry.path().filename() != "lock" && entry.path().filename() != "layers" &&
            entry.path().filename() != "appvms")
            left.push_back(entry.path());
    EXPECT_EQ(left, std::vector<std::string>());
}

TEST_P(Storage, remembers_many_runs_and_stays_the_same)
{
    Volume const volume = saved("appvms/work/private");
    ASSERT_TRUE(driver->create(volume));
    for (int i = 0; i < 30; ++i)
        run_once(volume, "run " + std::to_string(i), 3);
    EXPECT_EQ(committed(volume), "run 29");
    ASSERT_TRUE(driver->revert(volume, driver->revisions(volume)->front(), 3));
    EXPECT_EQ(committed(volume), "run 26");
}

TEST(ReflinkStorage, that_finds_the_disk_full_loses_nothing)
{
    Scratch const folder;
    ReflinkDriver driver(folder.path("pool"));
    Volume const volume{.name = "private",
                        .pool = "p",
                        .vid = "appvms/work/private",
                        .use = VolumeUse::saved,
                        .size = std::uint64_t{1} << 20};
    ASSERT_TRUE(driver.set_up());
    ASSERT_TRUE(driver.create(volume));
    std::string const image = folder.path("pool/appvms/work/private.img");
    std::ofstream(image, std::ios::in | std::ios::out) << std::string(1 << 20, 'x');
    std::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    getrlimit(RLIMIT_FSIZE, &before);
    rlimit const full{1 << 16, before.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
    auto const started = driver.start(volume, 1);
    setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_FALSE(started);
    EXPECT_FALSE(exists(folder.path("pool/appvms/work/private-dirty.img")));
    EXPECT_EQ(read_file(image)->size(), std::size_t{1} << 20);
    EXPECT_TRUE(driver.start(volume, 1)) << "and works again when there is room";
}

TEST(ReflinkStorage, copies_an_image_with_its_holes)
{
    Scratch const folder;
    std::string const from = folder.path("from");
    ASSERT_TRUE(make_sparse(from, std::uint64_t{64} << 20));
    std::ofstream(from, std::ios::in | std::ios::out).seekp(32 << 20) << "in the middle";
    ASSERT_TRUE(copy_file(from, folder.path("to")));
    EXPECT_EQ(fs::file_size(folder.path("to")), std::uintmax_t{64} << 20);
    EXPECT_LT(disk_usage(folder.path("to")), std::uint64_t{1} << 20);
    EXPECT_EQ(*read_file(from), *read_file(folder.path("to")));
}

TEST(ReflinkStorage, takes_an_imported_image_whole_or_not_at_all)
{
    Scratch const folder;
    ReflinkDriver driver(folder.path("pool"));
    Volume const volume{.name = "private",
                        .pool = "p",
                        .vid = "appvms/work/private",
                        .use = VolumeUse::saved,
                        .size = 16};
    ASSERT_TRUE(driver.create(volume));
    std::ofstream(*driver.begin_import(volume, 16)) << "half";
    ASSERT_TRUE(driver.end_import(volume, false, 1));
    std::string const image = folder.path("pool/appvms/work/private.img");
    EXPECT_EQ(*read_file(image), std::string(16, '\0'));
    std::ofstream(*driver.begin_import(volume, 16)) << "sixteen letters.";
    ASSERT_TRUE(driver.end_import(volume, true, 1));
    EXPECT_EQ(*read_file(image), "sixteen letters.");
    EXPECT_EQ(driver.revisions(volume)->size(), 1U);
}

TEST(DirStorage, finishes_a_commit_that_was_interrupted_after_any_step)
{
    for (bool const moved : {false, true}) {
        Scratch const folder;
        DirDriver driver(folder.path("pool"));
        ASSERT_TRUE(driver.set_up());
        Volume const volume{.name = "private", .pool = "p", .vid = "appvms/work/private"};
        ASSERT_TRUE(driver.create(volume));
        ASSERT_TRUE(driver.start(volume, 1));
        std::string const dirty = driver.attachment(volume, 1)->path;
        std::ofstream(dirty + "/file") << "written";
        // As stop() does it, up to a point.
        ASSERT_TRUE(
            write_file(folder.path("pool/appvms/work/private/commit"), "0123456789abcdef\n"));
        fs::create_directories(folder.path("pool/layers/0123456789abcdef"));
        if (moved)
            fs::rename(dirty, folder.path("pool/layers/0123456789abcdef/tree"));
        ASSERT_TRUE(driver.set_up());
        ASSERT_TRUE(driver.start(volume, 1));
        auto const at = driver.attachment(volume, 1);
        ASSERT_TRUE(at) << at.error().message();
        std::string const seen = moved ? at->layers.back() : at->path;
        EXPECT_EQ(read_file(seen + "/file").value_or("lost"), "written") << moved;
    }
}

TEST(DirStorage, goes_on_where_a_power_cut_took_back_what_a_layer_was_made_for)
{
    Scratch const folder;
    DirDriver driver(folder.path("pool"));
    ASSERT_TRUE(driver.set_up());
    Volume const volume{.name = "private", .pool = "p", .vid = "appvms/work/private"};
    ASSERT_TRUE(driver.create(volume));
    ASSERT_TRUE(driver.start(volume, 1));
    std::ofstream(driver.attachment(volume, 1)->path + "/file") << "written";
    // As an import leaves it whose first step did not reach the disk whole.
    std::ofstream(folder.path("pool/appvms/work/private/commit"));
    fs::create_directories(folder.path("pool/layers/0123456789abcdef/tree"));
    ASSERT_TRUE(driver.set_up());
    auto const stopped = driver.stop(volume, 1);
    ASSERT_TRUE(stopped) << stopped.error().message();
    EXPECT_FALSE(fs::exists(folder.path("pool/layers/0123456789abcdef")));
    ASSERT_TRUE(driver.start(volume, 1));
    EXPECT_EQ(*read_file(driver.attachment(volume, 1)->layers.back() + "/file"), "written");
}

TEST(DirStorage, unpacks_an_imported_archive)
{
    Scratch const folder;
    DirDriver driver(folder.path("pool"));
    ASSERT_TRUE(driver.set_up());
    Volume const volume{.name = "private", .pool = "p", .vid = "appvms/work/private"};
    ASSERT_TRUE(driver.create(volume));
    std::ofstream(*driver.begin_import(volume, 0)) << "no archive";
    EXPECT_FALSE(driver.end_import(volume, true, 1));
    fs::create_directory(folder.path("from"));
    std::ofstream(folder.path("from/file")) << "imported";
    auto const path = *driver.begin_import(volume, 0);
    std::string const archive = "tar -C " + folder.path("from") + " -cf " + path + " .";
    ASSERT_EQ(std::system(archive.c_str()), 0); // lint: allow, a test's own words
    auto const done = driver.end_import(volume, true, 1);
    ASSERT_TRUE(done) << done.error().message();
    ASSERT_TRUE(driver.start(volume, 1));
    EXPECT_EQ(*read_file(driver.attachment(volume, 1)->layers.back() + "/file"), "imported");
}

TEST(DirStorage, of_the_host_template_is_a_folder_outside_that_stays)
{
    Scratch const folder;
    fs::create_directory(folder.path("machine"));
    DirDriver driver(folder.path("pool"));
    ASSERT_TRUE(driver.set_up());
    Volume const root{.name = "root", .pool = "p", .vid = "vm-templates/host/root"};
    ASSERT_TRUE(driver.adopt(root, folder.path("machine")));
    Volume const copy{.name = "root",
                      .pool = "p",
                      .vid = "appvms/work/root",
                      .source = "vm-templates/host/root",
                      .use = VolumeUse::snapshot};
    ASSERT_TRUE(driver.start(copy, 0));
    EXPECT_EQ(driver.attachment(copy, 0)->layers, std::vector{folder.path("machine")});
    ASSERT_TRUE(driver.stop(copy, 0));
    ASSERT_TRUE(driver.remove(root));
    EXPECT_TRUE(fs::exists(folder.path("machine")));
}

TEST(Layers, put_on_a_tree_add_replace_and_remove)
{
    Scratch const folder;
    auto const file = [&](char const* name, char const* text) {
        fs::create_directories(fs::path(folder.path(name)).parent_path());
        std::ofstream(folder.path(name)) << text;
    };
    file("base/kept", "k");
    file("base/changed", "old");
    file("base/gone", "g");
    file("base/folder/below", "b");
    file("base/replaced/below", "b");
    file("base/becomes-folder", "f");
    file("layer/changed", "new");
    file("layer/folder/above", "a");
    file("layer/replaced/above", "a");
    file("layer/becomes-folder/x", "x");
    if (mknod(folder.path("layer/gone").c_str(), S_IFCHR, makedev(0, 0)) != 0 ||
        setxattr(folder.path("layer/replaced").c_str(), "user.overlay.opaque", "y", 1, 0) != 0)
        GTEST_SKIP() << "this file system or user makes no white-outs";
    auto const done = apply_layer(folder.path("layer"), folder.path("base"));
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_EQ(*read_file(folder.path("base/changed")), "new");
    EXPECT_EQ(*read_file(folder.path("base/kept")), "k");
    EXPECT_FALSE(exists(folder.path("base/gone")));
    EXPECT_TRUE(exists(folder.path("base/folder/below")));
    EXPECT_TRUE(exists(folder.path("base/folder/above")));
    EXPECT_FALSE(exists(folder.path("base/replaced/below")));
    EXPECT_TRUE(exists(folder.path("base/replaced/above")));
    EXPECT_EQ(*read_file(folder.path("base/becomes-folder/x")), "x");
}
