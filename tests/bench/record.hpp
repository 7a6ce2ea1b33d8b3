#pragma once

#include <cstdint>
#include <ctime>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::bench {

using Nanoseconds = std::int64_t;

inline Nanoseconds clock_of(clockid_t clock)
{
    timespec t{};
    clock_gettime(clock, &t);
    return Nanoseconds{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}
/// CLOCK_MONOTONIC: the same for every process of this kernel.
inline Nanoseconds now()
{
    return clock_of(CLOCK_MONOTONIC);
}

/// What distinguishes one series of figures from another: {"metric": "pixel", "peer": "ours", …}.
using Tags = std::map<std::string, std::string>;

/// Prints one JSON object a line: the tags, the block, the samples. run.py makes the table of them.
void record(Tags const& tags, int block, std::vector<double> const& samples);
/// A line for the person who waits, on stderr.
void say(std::string_view text);

} // namespace vitrail::bench
