#include "lib/transport/memory_channel.hpp"

#include <algorithm>

namespace vitrail::transport {

Result<std::size_t> MemoryChannel::read(std::span<std::byte> into)
{
    auto const count = std::min(into.size(), peer_.sent.size());
    auto const end = peer_.sent.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(peer_.sent.begin(), end, into.begin());
    peer_.sent.erase(peer_.sent.begin(), end);
    return count;
}

bool MemoryChannel::write(std::span<std::byte const> bytes)
{
    if (peer_.closed)
        return true;
    flush();
    if (!queue_.add(bytes))
        return false;
    flush();
    return true;
}

void MemoryChannel::flush()
{
    if (peer_.received.size() >= peer_.capacity)
        return;
    auto const bytes =
        queue_.pending().first(std::min(queue_.size(), peer_.capacity - peer_.received.size()));
    peer_.received.insert(peer_.received.end(), bytes.begin(), bytes.end());
    queue_.drop(bytes.size());
}

Channel::State MemoryChannel::state() const
{
    return peer_.closed && peer_.sent.empty() ? State::disconnected : State::connected;
}

} // namespace vitrail::transport
