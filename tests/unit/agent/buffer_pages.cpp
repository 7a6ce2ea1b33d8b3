#include "agents/gui/page_pool.hpp"
#include "lib/wire/message.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace vitrail::agent {
namespace {

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

} // namespace
} // namespace vitrail::agent
