#include "lib/transport/file_grant_reader.hpp"
#include "lib/transport/file_granter.hpp"
#include "lib/wire/message.hpp"
#include "tests/support/folder.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>
#include <vector>

namespace vitrail::transport {
namespace {

std::vector<std::uint32_t> table_of(std::string const& path, std::uint32_t first, std::size_t count)
{
    std::vector<std::uint32_t> entries(count);
    int const fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(pread(fd, entries.data(), count * 4, off_t{first} * 4),
              static_cast<ssize_t>(count * 4));
    close(fd);
    return entries;
}

TEST(FileGranter, a_grant_is_valid_for_its_peer_in_the_table_until_revoked)
{
    vitrail::test::Folder const folder;
    auto const granter = FileGranter::open(folder.path(), DomainId{5});
    ASSERT_TRUE(granter);
    auto const grant = (*granter)->grant(DomainId{3}, 4);
    ASSERT_TRUE(grant);
    EXPECT_NE(grant->refs[0], 0u);
    std::string const table = folder.path() + "/dom5.tab";
    EXPECT_EQ(table_of(table, grant->refs[0], 4), std::vector<std::uint32_t>(4, 0x80000003));
    (*granter)->revoke(*grant);
    EXPECT_EQ(table_of(table, grant->refs[0], 4), std::vector<std::uint32_t>(4, 0));
}

TEST(FileGranter, what_is_written_to_a_grant_stands_at_its_references_in_the_file)
{
    vitrail::test::Folder const folder;
    auto const granter = FileGranter::open(folder.path(), DomainId{5});
    ASSERT_TRUE(granter);
    auto const grant = (*granter)->grant(DomainId{0}, 2);
    ASSERT_TRUE(grant);
    grant->address[wire::page_size] = std::byte{42};
    int const fd = open((folder.path() + "/dom5.mem").c_str(), O_RDONLY | O_CLOEXEC);
    std::byte found{};
    EXPECT_EQ(pread(fd, &found, 1, off_t{grant->refs[1]} * wire::page_size), 1);
    EXPECT_EQ(found, std::byte{42});
    close(fd);
}

TEST(FileGranter, pages_granted_again_are_zero)
{
    vitrail::test::Folder const folder;
    auto const granter = FileGranter::open(folder.path(), DomainId{5});
    ASSERT_TRUE(granter);
    auto const first = (*granter)->grant(DomainId{0}, 1);
    ASSERT_TRUE(first);
    first->address[7] = std::byte{1};
    (*granter)->revoke(*first);
    auto const second = (*granter)->grant(DomainId{0}, 1);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->refs, first->refs);
    EXPECT_EQ(second->address[7], std::byte{0});
}

TEST(FileGranter, no_reference_is_granted_twice)
{
    vitrail::test::Folder const folder;
    auto const granter = FileGranter::open(folder.path(), DomainId{5});
    ASSERT_TRUE(granter);
    std::vector<SharedPagesGranter::Grant> grants;
    for (std::size_t const pages : {3u, 5u, 2u, 7u})
        grants.push_back(*(*granter)->grant(DomainId{0}, pages));
    (*granter)->revoke(grants[1]);
    (*granter)->revoke(grants[2]);
    grants.erase(grants.begin() + 1, grants.begin() + 3);
    for (std::size_t const pages : {4u, 3u, 9u})
        grants.push_back(*(*granter)->grant(DomainId{0}, pages));
    std::set<std::uint32_t> seen;
    for (auto const& grant : grants)
        for (std::uint32_t const ref : grant.refs)
            EXPECT_TRUE(seen.insert(ref).second) << ref;
}

TEST(FileGranter, the_files_are_rewritten_and_never_replaced)
{
    vitrail::test::Folder const folder;
    auto const inode = [&](char const* name) {
        struct stat status{};
        EXPECT_EQ(stat((folder / name).c_str(), &status), 0);
        return status.st_ino;
    };
    ino_t memory = 0, table = 0;
    {
        auto const granter = FileGranter::open(folder.path(), DomainId{5});
        ASSERT_TRUE(granter);
        ASSERT_TRUE((*granter)->grant(DomainId{0}, 4));
        memory = inode("dom5.mem");
        table = inode("dom5.tab");
    }
    auto const again = FileGranter::open(folder.path(), DomainId{5});
    ASSERT_TRUE(again);
    EXPECT_EQ(inode("dom5.mem"), memory);
    EXPECT_EQ(inode("dom5.tab"), table);
    EXPECT_EQ(table_of(folder / "dom5.tab", 1, 8), std::vector<std::uint32_t>(8, 0))
        << "what an earlier agent granted is forgotten";
}

TEST(FileGranter, nothing_more_than_all_references_nothing_less_than_a_page)
{
    vitrail::test::Folder const folder;
    auto const granter = FileGranter::open(folder.path(), DomainId{5});
    ASSERT_TRUE(granter);
    for (std::size_t const pages : {std::size_t{0}, std::size_t{file_grant_references}, SIZE_MAX,
                                    (std::size_t{1} << 32) + 1}) {
        auto const refused = (*granter)->grant(DomainId{0}, pages);
        ASSERT_FALSE(refused) << pages;
        EXPECT_EQ(refused.error().code, ENOSPC);
    }
}

TEST(FileGranter, a_link_in_place_of_its_file_is_not_followed)
{
    vitrail::test::Folder const folder;
    std::filesystem::create_symlink(folder / "elsewhere", folder / "dom5.mem");
    EXPECT_FALSE(FileGranter::open(folder.path(), DomainId{5}));
    EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
}

// ---- the reading side --------------------------------------------------------------------------

/// A table as a qube may write it, and a reader of domain 7 that was given both files.
class FileGrantReaderTest : public testing::Test {
protected:
    void SetUp() override
    {
        table_.reset(open((folder_ / "dom5.tab").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        ASSERT_TRUE(table_);
        ASSERT_EQ(ftruncate(table_.get(), off_t{file_grant_references} * 4), 0);
        Fd memory(open((folder_ / "dom5.mem").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
        Fd theirs(open((folder_ / "dom5.tab").c_str(), O_RDONLY | O_CLOEXEC));
        memory_ = memory.get();
        reader_ =
            std::make_unique<FileGrantReader>(std::move(memory), std::move(theirs), DomainId{7});
    }
    void write_entries(std::uint32_t first, std::vector<std::uint32_t> const& entries) const
    {
        ASSERT_EQ(pwrite(table_.get(), entries.data(), entries.size() * 4, off_t{first} * 4),
                  static_cast<ssize_t>(entries.size() * 4));
    }
    /// 0, or the error's code.
    int verdict(std::vector<std::uint32_t> const& refs)
    {
        auto const pages = reader_->resolve(refs);
        return pages ? 0 : pages.error().code;
    }

    static constexpr std::uint32_t ours = file_grant_valid | 7;
    vitrail::test::Folder folder_;
    Fd table_;
    int memory_ = -1;
    std::unique_ptr<FileGrantReader> reader_;
};

TEST_F(FileGrantReaderTest, references_that_follow_each_other_are_one_run)
{
    write_entries(10, std::vector<std::uint32_t>(100, ours));
    auto const pages = reader_->resolve(std::vector<std::uint32_t>{10, 11, 12, 50, 51, 20, 12});
    ASSERT_TRUE(pages);
    EXPECT_EQ(pages->fd, memory_);
    EXPECT_EQ(pages->runs, (std::vector<PageRun>{{10, 3}, {50, 2}, {20, 1}, {12, 1}}));
}

TEST_F(FileGrantReaderTest, every_page_of_a_long_run_is_looked_up)
{
    std::vector<std::uint32_t> refs(wire::max_grant_refs);
    for (std::uint32_t i = 0; i < refs.size(); ++i)
        refs[i] = 100 + i;
    write_entries(100, std::vector<std::uint32_t>(refs.size(), ours));
    EXPECT_EQ(verdict(refs), 0);
    for (std::uint32_t const hole : {0u, 1023u, 1024u, 1025u, wire::max_grant_refs - 1}) {
        write_entries(100 + hole, {0});
        EXPECT_EQ(verdict(refs), EACCES) << hole;
        write_entries(100 + hole, {ours});
    }
    EXPECT_EQ(verdict(refs), 0);
}

TEST_F(FileGrantReaderTest, what_was_not_granted_or_not_to_us_is_refused)
{
    write_entries(1, {7, file_grant_valid | 6, file_grant_valid | 8, file_grant_valid, ours,
                      ours | 1u << 30, 0});
    EXPECT_EQ(verdict({1}), EACCES) << "not valid";
    EXPECT_EQ(verdict({2}), EACCES) << "another domain";
    EXPECT_EQ(verdict({3}), EACCES) << "another domain";
    EXPECT_EQ(verdict({4}), EACCES) << "domain 0";
    EXPECT_EQ(verdict({5}), 0);
    EXPECT_EQ(verdict({6}), 0) << "writable too";
    EXPECT_EQ(verdict({7}), EACCES) << "revoked";
    EXPECT_EQ(verdict({5, 6, 7}), EACCES) << "one of them";
}

TEST_F(FileGrantReaderTest, references_outside_the_file_are_refused_before_anything_is_read)
{
    write_entries(file_grant_references - 1, {ours});
    EXPECT_EQ(verdict({file_grant_references - 1}), 0);
    EXPECT_EQ(verdict({0}), ERANGE);
    EXPECT_EQ(verdict({file_grant_references}), ERANGE);
    EXPECT_EQ(verdict({0x7fffffff}), ERANGE);
    EXPECT_EQ(verdict({0xffffffff}), ERANGE);
    EXPECT_EQ(verdict({file_grant_references - 1, file_grant_references}), ERANGE);
}

TEST_F(FileGrantReaderTest, a_table_that_was_cut_grants_nothing_beyond_the_cut)
{
    write_entries(1, std::vector<std::uint32_t>(3000, ours));
    EXPECT_EQ(verdict({2000, 2001}), 0);
    ASSERT_EQ(ftruncate(table_.get(), 2001 * 4), 0);
    EXPECT_EQ(verdict({2000}), 0);
    EXPECT_EQ(verdict({2001}), EACCES);
    EXPECT_EQ(verdict({2000, 2001}), EACCES);
    ASSERT_EQ(ftruncate(table_.get(), 2001 * 4 - 1), 0); // in the middle of an entry
    EXPECT_EQ(verdict({2000}), EACCES);
    ASSERT_EQ(ftruncate(table_.get(), 0), 0);
    EXPECT_EQ(verdict({1}), EACCES);
}

TEST_F(FileGrantReaderTest, a_punched_table_grants_nothing)
{
    write_entries(1, std::vector<std::uint32_t>(3000, ours));
    ASSERT_EQ(fallocate(table_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096), 0);
    EXPECT_EQ(verdict({1023}), 0);
    EXPECT_EQ(verdict({1024}), EACCES);
    EXPECT_EQ(verdict({2048}), 0);
}

TEST_F(FileGrantReaderTest, a_table_that_cannot_be_read_is_an_error_of_the_world)
{
    FileGrantReader reader(Fd(), Fd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)), DomainId{7});
    auto const pages = reader.resolve(std::vector<std::uint32_t>{1});
    ASSERT_FALSE(pages);
    EXPECT_EQ(pages.error().code, EISDIR);
}

TEST_F(FileGrantReaderTest, no_references_are_no_pages)
{
    auto const pages = reader_->resolve({});
    ASSERT_TRUE(pages);
    EXPECT_TRUE(pages->runs.empty());
}

TEST(FileGrants, what_one_end_grants_the_other_resolves_until_it_is_revoked)
{
    vitrail::test::Folder const folder;
    auto const granter = FileGranter::open(folder.path(), DomainId{5});
    ASSERT_TRUE(granter);
    auto const open_file = [&](char const* name) {
        return Fd(open((folder / name).c_str(), O_RDONLY | O_CLOEXEC));
    };
    FileGrantReader reader(open_file("dom5.mem"), open_file("dom5.tab"), DomainId{7});
    FileGrantReader other(open_file("dom5.mem"), open_file("dom5.tab"), DomainId{8});
    auto const grant = (*granter)->grant(DomainId{7}, 300);
    ASSERT_TRUE(grant);
    grant->address[299 * wire::page_size] = std::byte{9};
    auto const pages = reader.resolve(grant->refs);
    ASSERT_TRUE(pages);
    ASSERT_EQ(pages->runs.size(), 1u);
    std::byte seen{};
    EXPECT_EQ(
        pread(pages->fd, &seen, 1, (off_t{pages->runs[0].first_page} + 299) * wire::page_size), 1);
    EXPECT_EQ(seen, std::byte{9});
    EXPECT_FALSE(other.resolve(grant->refs));
    (*granter)->revoke(*grant);
    EXPECT_FALSE(reader.resolve(grant->refs));
}

} // namespace
} // namespace vitrail::transport
