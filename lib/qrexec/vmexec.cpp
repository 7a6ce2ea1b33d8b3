#include "lib/qrexec/vmexec.hpp"

namespace vitrail::qrexec {
namespace {

constexpr std::string_view hex = "0123456789ABCDEF";

constexpr bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.';
}

} // namespace

std::string encode_words(std::span<std::string const> words)
{
    std::string out;
    bool first = true;
    for (std::string const& word : words) {
        if (!first)
            out += '+';
        first = false;
        for (char const c : word) {
            auto const byte = static_cast<unsigned char>(c);
            if (is_plain(c))
                out += c;
            else if (c == '-')
                out += "--";
            else
                out += {'-', hex[byte >> 4], hex[byte & 15]};
        }
    }
    return out;
}

std::optional<std::vector<std::string>> decode_words(std::string_view text)
{
    std::vector<std::string> words(1);
    for (std::size_t at = 0; at < text.size(); ++at) {
        char const c = text[at];
        if (c == '+') {
            words.emplace_back();
        } else if (is_plain(c)) {
            words.back() += c;
        } else if (c != '-' || at + 1 == text.size()) {
            return std::nullopt;
        } else if (text[at + 1] == '-') {
            words.back() += '-';
            ++at;
        } else {
            auto const high = hex.find(text[at + 1]);
            auto const low = at + 2 < text.size() ? hex.find(text[at + 2]) : std::string_view::npos;
            if (high == std::string_view::npos || low == std::string_view::npos)
                return std::nullopt;
            char const byte = static_cast<char>(high << 4 | low);
            if (byte == '\0') // no word of a program holds one
                return std::nullopt;
            words.back() += byte;
            at += 2;
        }
    }
    return words;
}

} // namespace vitrail::qrexec
