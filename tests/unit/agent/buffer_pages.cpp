#include "agents/gui/file_granter.hpp"
#include "agents/gui/page_pool.hpp"
#include "lib/wire/message.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <numeric>
#include <set>

namespace vitrail::agent {
namespace {

/// A folder that goes with the test.
class Folder {
public:
    Folder()
    {
        char path[] = "/tmp/vitrail-agent-XXXXXX";
        path_ = mkdtemp(path);
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string const& path() const { return path_; }

private:
    std::string path_;
};

/// Counts what is granted; the memory is ordinary.
class CountingGranter final : public transport::SharedPagesGranter {
public:
    Result<Grant> grant(DomainId, std::size_t pages) override
    {
        if (granted_ + pages > limit_)
            return std::unexpected(Error{ENOSPC, "granting pages"});
        Grant grant;
        grant.refs.resize(pages);
        std::iota(grant.refs.begin(), grant.refs.end(), next_);
        next_ += static_cast<std::uint32_t>(pages);
        granted_ += pages;
        ++calls_;
        return grant;
    }
    void revoke(Grant const& grant) override { granted_ -= grant.refs.size(); }

    std::size_t limit_ = 1u << 20, granted_ = 0;
    int calls_ = 0;
    std::uint32_t next_ = 1;
};

std::vector<std::uint32_t> table_of(std::string const& path, std::uint32_t first, std::size_t count)
{
    std::vector<std::uint32_t> entries(count);
    int const fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    EXPECT_EQ(pread(fd, entries.data(), count * 4, off_t{first} * 4),
              static_cast<ssize_t>(count * 4));
    close(fd);
    return entries;
}

TEST(PagePool, a_size_a_little_larger_takes_the_pages_that_the_smaller_one_gave_back)
{
    CountingGranter granter;
    PagePool pool(granter, DomainId{0});
    auto first = pool.take(1000 * 700 * 4);
    ASSERT_TRUE(first);
    pool.give_back(*std::move(first));
    auto const second = pool.take(1010 * 700 * 4);
    ASSERT_TRUE(second);
    EXPECT_EQ(granter.calls_, 1);
}

TEST(PagePool, pages_given_back_beyond_64_MiB_are_revoked)
{
    CountingGranter granter;
    PagePool pool(granter, DomainId{0});
    std::vector<PagePool::Grant> grants;
    for (int i = 0; i < 6; ++i)
        grants.push_back(*pool.take(16u << 20));
    for (auto& grant : grants)
        pool.give_back(std::move(grant));
    EXPECT_LE(pool.free_pages(), 16384u);
    EXPECT_EQ(granter.granted_, pool.free_pages());
}

TEST(PagePool, when_the_quota_is_used_up_unused_pages_make_room)
{
    CountingGranter granter;
    granter.limit_ = 1200;
    PagePool pool(granter, DomainId{0});
    pool.give_back(*pool.take(400u * wire::page_size));
    EXPECT_TRUE(pool.take(1100u * wire::page_size));
    EXPECT_FALSE(pool.take(200u * wire::page_size));
}

TEST(PagePool, a_picture_over_the_limit_of_references_is_refused)
{
    CountingGranter granter;
    PagePool pool(granter, DomainId{0});
    EXPECT_FALSE(pool.take(std::size_t{wire::max_grant_refs + 1} * wire::page_size));
    EXPECT_LE(step_up(wire::max_grant_refs), wire::max_grant_refs);
}

TEST(FileGranter, a_grant_is_valid_for_its_peer_in_the_table_until_revoked)
{
    Folder const folder;
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
    Folder const folder;
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
    Folder const folder;
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
    Folder const folder;
    auto const granter = FileGranter::open(folder.path(), DomainId{5});
    ASSERT_TRUE(granter);
    std::vector<transport::SharedPagesGranter::Grant> grants;
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

} // namespace
} // namespace vitrail::agent
