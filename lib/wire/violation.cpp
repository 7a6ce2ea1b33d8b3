#include "lib/wire/violation.hpp"

#include "lib/wire/message.hpp"

#include <format>

namespace vitrail::wire {

std::string_view name(Rule rule) noexcept
{
    switch (rule) {
    case Rule::bad_version: return "bad_version";
    case Rule::unknown_type: return "unknown_type";
    case Rule::wrong_direction: return "wrong_direction";
    case Rule::not_negotiated: return "not_negotiated";
    case Rule::bad_length: return "bad_length";
    case Rule::unknown_window: return "unknown_window";
    case Rule::duplicate_window: return "duplicate_window";
    case Rule::bad_geometry: return "bad_geometry";
    case Rule::bad_dump: return "bad_dump";
    case Rule::bad_reference: return "bad_reference";
    case Rule::bad_flags: return "bad_flags";
    case Rule::bad_cursor: return "bad_cursor";
    case Rule::bad_buffer: return "bad_buffer";
    case Rule::bad_popup: return "bad_popup";
    case Rule::bad_request: return "bad_request";
    case Rule::clipboard_too_large: return "clipboard_too_large";
    case Rule::too_many_windows: return "too_many_windows";
    case Rule::too_many_pixels: return "too_many_pixels";
    case Rule::too_many_buffers: return "too_many_buffers";
    case Rule::flood: return "flood";
    }
    return "unnamed rule";
}

std::string Violation::describe() const
{
    auto const* row = find_message(type);
    return std::format("{} in {} of window {:#x}: {}", name(rule),
                       row ? std::string(row->name) : std::format("type {}", type), window, value);
}

} // namespace vitrail::wire
