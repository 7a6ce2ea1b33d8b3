#include "clipboard/offer.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::clipboard {

using transport::ClipboardType;

namespace {

struct Known {
    std::string_view name;
    ClipboardType type;
};
/// The one that stands first counts.
constexpr std::array known{
    Known{"x-special/gnome-copied-files", ClipboardType::files},
    Known{"text/uri-list", ClipboardType::files},
    Known{"text/plain;charset=utf-8", ClipboardType::text},
    Known{"UTF8_STRING", ClipboardType::text},
    Known{"text/plain", ClipboardType::text},
    Known{"STRING", ClipboardType::text},
    Known{"TEXT", ClipboardType::text},
    Known{"image/png", ClipboardType::image},
    Known{"image/jpeg", ClipboardType::image},
    Known{"image/webp", ClipboardType::image},
    Known{"text/html", ClipboardType::text},
};

constexpr std::size_t most_bytes_of_offer = 4096, most_types = 64, longest_type = 255;

} // namespace

std::optional<Choice> choose_offer(std::span<std::byte const> untrusted)
{
    if (untrusted.empty() || untrusted.size() > most_bytes_of_offer ||
        untrusted.back() != std::byte{0})
        return std::nullopt;
    std::vector<std::string> types(1);
    for (std::byte const untrusted_byte : untrusted.first(untrusted.size() - 1)) {
        auto const c = static_cast<unsigned char>(untrusted_byte);
        if (c == 0)
            types.emplace_back();
        else if (c < 0x20 || c > 0x7e)
            return std::nullopt;
        else
            types.back() += static_cast<char>(c);
    }
    if (types.size() > most_types || std::ranges::any_of(types, [](std::string const& type) {
            return type.empty() || type.size() > longest_type;
        }))
        return std::nullopt;
    for (Known const& wanted : known)
        if (auto const found = std::ranges::find(types, wanted.name); found != types.end())
            return Choice{static_cast<std::uint32_t>(found - types.begin()), wanted.type};
    return std::nullopt;
}

} // namespace vitrail::clipboard
