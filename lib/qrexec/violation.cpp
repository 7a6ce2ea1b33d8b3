#include "lib/qrexec/violation.hpp"

#include "lib/qrexec/message.hpp"

#include <algorithm>
#include <format>

namespace vitrail::qrexec {

std::string_view name(Rule rule) noexcept
{
    switch (rule) {
    case Rule::bad_version: return "bad_version";
    case Rule::unknown_type: return "unknown_type";
    case Rule::wrong_direction: return "wrong_direction";
    case Rule::wrong_version: return "wrong_version";
    case Rule::bad_length: return "bad_length";
    case Rule::wrong_state: return "wrong_state";
    case Rule::bad_text: return "bad_text";
    case Rule::bad_port: return "bad_port";
    case Rule::unknown_request: return "unknown_request";
    case Rule::flood: return "flood";
    }
    return "unnamed rule";
}

std::string Violation::describe() const
{
    auto const row = std::ranges::find_if(messages, [this](Message const& one) {
        return static_cast<std::uint32_t>(one.type) == type;
    });
    return std::format(
        "{} in {}: {}", name(rule),
        row != messages.end() ? std::string(row->name) : std::format("type {:#x}", type), value);
}

} // namespace vitrail::qrexec
