#include "launcher/uses.hpp"
#include "lib/base/number.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <format>

namespace vitrail::launcher {
namespace {

constexpr double half_life_seconds = 14.0 * 24 * 3600;
constexpr double most_boost = 0.6;
constexpr std::size_t longest_key = 512;

template <typename Number> bool read_number(std::string_view text, Number& number)
{
    auto const found = parse_whole<Number>(text);
    number = found.value_or(Number{});
    return found.has_value();
}

} // namespace

double Uses::count_at(Use const& use, std::int64_t now_seconds)
{
    auto const age = static_cast<double>(std::max<std::int64_t>(now_seconds - use.seconds, 0));
    return use.count * std::exp2(-age / half_life_seconds);
}

Uses Uses::parse(std::string_view text)
{
    Uses uses;
    while (!text.empty() && uses.uses_.size() < most) {
        auto const end = std::min(text.find('\n'), text.size());
        std::string_view const line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        auto const last = line.rfind('\t');
        auto const middle = last == std::string_view::npos || last == 0
                                ? std::string_view::npos
                                : line.rfind('\t', last - 1);
        Use use;
        if (middle == std::string_view::npos || middle == 0 || middle > longest_key ||
            !read_number(line.substr(middle + 1, last - middle - 1), use.count) ||
            !read_number(line.substr(last + 1), use.seconds) || !(use.count > 0) ||
            !(use.count < 1e6))
            continue;
        uses.uses_.emplace(line.substr(0, middle), use);
    }
    return uses;
}

std::string Uses::text() const
{
    std::string text;
    for (auto const& [key, use] : uses_)
        text += std::format("{}\t{}\t{}\n", key, use.count, use.seconds);
    return text;
}

void Uses::note(std::string const& key, std::int64_t now_seconds)
{
    if (key.empty() || key.size() > longest_key || key.contains('\n'))
        return;
    Use& use = uses_[key];
    use = {.count = count_at(use, now_seconds) + 1, .seconds = now_seconds};
    if (uses_.size() <= most)
        return;
    auto const least = std::ranges::min_element(uses_, {}, [&](auto const& one) {
        return one.first == key ? HUGE_VAL : count_at(one.second, now_seconds);
    });
    uses_.erase(least);
}

float Uses::boost(std::string_view key, std::int64_t now_seconds) const
{
    auto const found = uses_.find(key);
    if (found == uses_.end())
        return 1;
    double const count = count_at(found->second, now_seconds);
    return static_cast<float>(1 + most_boost * (1 - std::exp2(-count / 4)));
}

} // namespace vitrail::launcher
