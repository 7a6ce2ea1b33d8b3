#include "lib/base/utf8.hpp"

namespace vitrail {

Decoded decode_utf8(std::string_view untrusted_bytes) noexcept
{
    auto const byte = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(untrusted_bytes[i]));
    };
    if (untrusted_bytes.empty())
        return {};
    std::uint32_t const lead = byte(0);
    if (lead < 0x80)
        return {lead, 1};
    std::size_t const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || untrusted_bytes.size() < length)
        return {};
    std::uint32_t point = lead & (0x7fu >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80)
            return {};
        point = point << 6 | (byte(i) & 0x3f);
    }
    constexpr std::uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    bool const surrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < least[length] || point > 0x10ffff || surrogate)
        return {};
    return {point, length};
}

bool is_utf8(std::string_view untrusted_bytes) noexcept
{
    while (!untrusted_bytes.empty()) {
        std::size_t const bytes = decode_utf8(untrusted_bytes).bytes;
        if (bytes == 0)
            return false;
        untrusted_bytes.remove_prefix(bytes);
    }
    return true;
}

void append_utf8(std::string& out, std::uint32_t code_point)
{
    auto const put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code_point < 0x80) {
        put(code_point);
        return;
    }
    if (code_point < 0x800) {
        put(0xc0 | code_point >> 6);
    } else if (code_point < 0x10000) {
        put(0xe0 | code_point >> 12);
        put(0x80 | (code_point >> 6 & 0x3f));
    } else {
        put(0xf0 | code_point >> 18);
        put(0x80 | (code_point >> 12 & 0x3f));
        put(0x80 | (code_point >> 6 & 0x3f));
    }
    put(0x80 | (code_point & 0x3f));
}

std::string_view cut_utf8(std::string_view bytes, std::size_t limit) noexcept
{
    if (bytes.size() <= limit)
        return bytes;
    // Back over at most three continuation bytes to a lead byte whose sequence crosses the limit.
    for (std::size_t back = 1; back <= 3 && back <= limit; ++back) {
        Decoded const decoded = decode_utf8(bytes.substr(limit - back));
        if (decoded.bytes > back)
            return bytes.substr(0, limit - back);
    }
    return bytes.substr(0, limit);
}

} // namespace vitrail
