#include "tests/bench/record.hpp"

#include <cstdio>

namespace vitrail::bench {

void record(Tags const& tags, int block, std::vector<double> const& samples)
{
    std::printf("{\"block\": %d", block);
    for (auto const& [key, value] : tags)
        std::printf(", \"%s\": \"%s\"", key.c_str(), value.c_str());
    std::printf(", \"samples\": [");
    for (std::size_t i = 0; i < samples.size(); ++i)
        std::printf("%s%.4g", i == 0 ? "" : ", ", samples[i]);
    std::printf("]}\n");
    std::fflush(stdout);
}

void say(std::string_view text)
{
    std::fprintf(stderr, "bench: %.*s\n", static_cast<int>(text.size()), text.data());
}

} // namespace vitrail::bench
