#pragma once

#include "lib/transport/clipboard_control.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace vitrail::clipboard {

/// Which type of an offer to ask for.
struct Choice {
    std::uint32_t index = 0; ///< in the offer
    transport::ClipboardType type = transport::ClipboardType::none;
    friend bool operator==(Choice const&, Choice const&) = default;
};

/// Files before all, since file managers offer their names as text too; then text; a picture where
/// there is none; markup, as the text it is written in, where there is neither (a browser offers it
/// beside a picture). `untrusted` are mime types, each with its NUL, as a guid sends them
/// (lib/transport/clipboard_record.hpp). Nothing: there is none that may go to another qube, or it
/// is no offer: more than 64 types, one that is not 1 to 255 bytes of printable ASCII, more than
/// 4096 bytes, no NUL at the end.
[[nodiscard]] std::optional<Choice> choose_offer(std::span<std::byte const> untrusted);

} // namespace vitrail::clipboard
