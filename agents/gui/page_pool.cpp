#include "agents/gui/page_pool.hpp"

#include "lib/wire/message.hpp"

#include <algorithm>
#include <bit>

namespace vitrail::agent {

std::size_t step_up(std::size_t pages)
{
    std::size_t const step = std::max<std::size_t>(std::bit_floor(pages) / 8, 1);
    return std::min<std::size_t>((pages + step - 1) / step * step, wire::max_grant_refs);
}

PagePool::~PagePool()
{
    trim(0);
}

Result<PagePool::Grant> PagePool::take(std::size_t bytes)
{
    std::size_t const needed = (bytes + wire::page_size - 1) / wire::page_size;
    if (needed == 0 || needed > wire::max_grant_refs)
        return error("a picture of this size cannot be granted");
    auto best = free_.end();
    for (auto at = free_.begin(); at != free_.end(); ++at)
        if (at->refs.size() >= needed && at->refs.size() <= 2 * needed &&
            (best == free_.end() || at->refs.size() < best->refs.size()))
            best = at;
    if (best != free_.end()) {
        Grant grant = std::move(*best);
        free_.erase(best);
        free_pages_ -= grant.refs.size();
        return grant;
    }
    auto granted = granter_.grant(peer_, step_up(needed));
    if (!granted) {
        trim(0);
        granted = granter_.grant(peer_, needed);
    }
    return granted;
}

void PagePool::give_back(Grant grant)
{
    free_pages_ += grant.refs.size();
    free_.push_back(std::move(grant));
    trim(max_free_pages);
}

void PagePool::trim(std::size_t pages)
{
    while (free_pages_ > pages && !free_.empty()) {
        free_pages_ -= free_.front().refs.size();
        granter_.revoke(free_.front());
        free_.erase(free_.begin());
    }
}

} // namespace vitrail::agent
