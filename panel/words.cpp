#include "panel/words.hpp"

#include "panel/notification_book.hpp"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace vitrail::panel {

namespace {

std::string with_decimal(double value, char const* unit)
{
    char text[32];
    std::snprintf(text, sizeof text, value < 10 ? "%.1f %s" : "%.0f %s", value, unit);
    return text;
}

} // namespace

std::string memory_text(std::uint64_t kib)
{
    constexpr double mib = 1024;
    constexpr double gib = mib * 1024;
    double const value = static_cast<double>(kib);
    if (value < 1000 * mib)
        return std::to_string(static_cast<std::uint64_t>(value / mib + 0.5)) + " MB";
    return with_decimal(value / gib, "GB");
}

std::string count_text(std::size_t count, std::string_view one, std::string_view many)
{
    return std::to_string(count) + " " + std::string(count == 1 ? one : many);
}

std::string bytes_text(std::uint32_t bytes)
{
    if (bytes < 1000)
        return count_text(bytes, "byte", "bytes");
    if (bytes < 1'000'000)
        return with_decimal(bytes / 1e3, "kB");
    return with_decimal(bytes / 1e6, "MB");
}

std::string held_text(std::string_view type, std::uint32_t bytes, std::uint32_t width,
                      std::uint32_t height)
{
    if (type == "files")
        return "files";
    if (type == "image")
        return "an image of " + std::to_string(width) + " × " + std::to_string(height);
    return bytes_text(bytes) + " of " + std::string(type);
}

std::string layout_code(std::string_view name)
{
    auto const open = name.find('(');
    auto const close = name.find(')', open == std::string_view::npos ? 0 : open);
    std::string_view code = name.substr(0, 2);
    if (open != std::string_view::npos && close != std::string_view::npos && close - open >= 3 &&
        close - open <= 4)
        code = name.substr(open + 1, close - open - 1);
    std::string upper(code);
    std::ranges::transform(upper, upper.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return upper;
}

std::string time_text(std::time_t when)
{
    std::tm local{};
    char text[16];
    localtime_r(&when, &local);
    return {text, std::strftime(text, sizeof text, "%H:%M", &local)};
}

std::string times_text(unsigned times)
{
    return times > 1 ? ", " + std::to_string(times) + " times" : std::string();
}

std::string notification_name(NotificationEntry const& entry)
{
    std::string const& what = entry.summary.empty() ? entry.app : entry.summary;
    return what + " of " + entry.origin.name;
}

std::string notification_text(NotificationEntry const& entry)
{
    std::string text = entry.origin.name + " tells";
    for (std::string const* const part : {&entry.app, &entry.summary, &entry.body})
        if (!part->empty())
            text += ", " + *part;
    return text + times_text(entry.times);
}

std::string list_text(std::vector<std::string> const& names)
{
    constexpr std::size_t most = 4;
    std::string text;
    std::size_t const shown = std::min(names.size(), most);
    for (std::size_t i = 0; i < shown; ++i)
        text += (i == 0                                          ? ""
                 : i + 1 == names.size() && names.size() <= most ? " and "
                                                                 : ", ") +
                names[i];
    if (names.size() > most)
        text += " and " + std::to_string(names.size() - most) + " more";
    return text;
}

} // namespace vitrail::panel
