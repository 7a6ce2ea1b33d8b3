#include "guid/trace.hpp"

#include <algorithm>
#include <cstring>
#include <format>

namespace vitrail::guid {

namespace {

/// Titles and pasted text stay out of logs; a key press would tell what is typed.
bool private_body(wire::Type type)
{
    switch (type) {
    case wire::Type::wmname:
    case wire::Type::wmclass:
    case wire::Type::clipboard_data:
    case wire::Type::x_clipboard_offer:
    case wire::Type::x_clipboard_chunk:
    case wire::Type::x_text_input_event:
    case wire::Type::keypress:
    case wire::Type::keymap_notify: return true;
    default: return false;
    }
}

} // namespace

void Trace::add(Direction direction, wire::Header const& header, std::span<std::byte const> body)
{
    Entry& entry = entries_[count_++ % entries_.size()];
    entry = {direction, header, {}, 0};
    if (private_body(static_cast<wire::Type>(header.type)))
        return;
    entry.word_count = static_cast<std::uint32_t>(std::min<std::size_t>(body.size() / 4, 5));
    if (entry.word_count > 0) // an empty body may lie nowhere
        std::memcpy(entry.words.data(), body.data(), entry.word_count * std::size_t{4});
}

std::string Trace::dump() const
{
    std::string text;
    std::size_t const first = count_ > entries_.size() ? count_ - entries_.size() : 0;
    for (std::size_t i = first; i < count_; ++i) {
        Entry const& entry = entries_[i % entries_.size()];
        auto const* row = wire::find_message(entry.header.type);
        text += std::format(
            "  {} {} window {:#x} length {}", entry.direction == Direction::from_agent ? "<" : ">",
            row ? std::string(row->name) : std::format("type {}", entry.header.type),
            entry.header.window, entry.header.length);
        for (std::uint32_t w = 0; w < entry.word_count; ++w)
            text += std::format(" {:#x}", entry.words[w]);
        text += '\n';
    }
    return text;
}

} // namespace vitrail::guid
