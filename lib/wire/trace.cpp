#include "lib/wire/trace.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace vitrail::wire {

void Trace::add(From sender, Header const& header, std::chrono::nanoseconds at) noexcept
{
    entries_[count_++ % capacity] = {at, header, sender};
}

Trace::Entry const& Trace::nth(std::size_t i) const noexcept
{
    return entries_[(count_ - size() + i) % capacity];
}

std::size_t Trace::print(Entry const& entry, std::array<char, line_size>& line) noexcept
{
    auto const* row = find_message(entry.header.type);
    auto const us = static_cast<long long>(
        std::chrono::duration_cast<std::chrono::microseconds>(entry.at).count());
    int const length = std::snprintf(
        line.data(), line.size(), "%lld.%06lld %s %.*s(%u) window %#x length %u\n", us / 1'000'000,
        us % 1'000'000, entry.sender == From::agent ? "agent" : "guid ",
        row ? static_cast<int>(row->name.size()) : 7, row ? row->name.data() : "unknown",
        entry.header.type, entry.header.window, entry.header.length);
    return std::min(static_cast<std::size_t>(std::max(length, 0)), line.size() - 1);
}

std::string Trace::dump() const
{
    std::string text;
    std::array<char, line_size> line;
    for (std::size_t i = 0; i < size(); ++i)
        text.append(line.data(), print(nth(i), line));
    return text;
}

void Trace::dump_to(int fd) const noexcept
{
    std::array<char, line_size> line;
    for (std::size_t i = 0; i < size(); ++i)
        if (::write(fd, line.data(), print(nth(i), line)) < 0)
            return;
}

} // namespace vitrail::wire
