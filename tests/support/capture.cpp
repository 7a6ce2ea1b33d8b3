#include "tests/support/capture.hpp"

#include "tests/support/process.hpp"

#include <array>
#include <cstring>

namespace vitrail::test {
namespace {

constexpr std::string_view magic = "QPCAP1\n";
constexpr std::size_t version_size = 4;
constexpr std::size_t daemon_handshake = 4 + 16; // version and xconf

template <typename T> T load(std::string_view bytes, std::size_t at)
{
    T value{};
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

/// Bytes of one direction, cut into messages.
class Stream {
public:
    Stream(bool from_agent, std::size_t handshake) : from_agent_(from_agent), skip_(handshake) {}

    void add(std::string_view bytes, std::chrono::nanoseconds at,
             std::vector<CapturedEvent>& events)
    {
        buffer_ += bytes;
        std::size_t const skipped = std::min(skip_, buffer_.size());
        buffer_.erase(0, skipped);
        skip_ -= skipped;
        while (buffer_.size() >= sizeof(wire::Header)) {
            auto const header = load<wire::Header>(buffer_, 0);
            std::size_t const whole = sizeof header + header.length;
            if (buffer_.size() < whole)
                break;
            CapturedMessage message{from_agent_, header, {}, at};
            message.body.resize(header.length);
            std::memcpy(message.body.data(), buffer_.data() + sizeof header, header.length);
            events.emplace_back(std::move(message));
            buffer_.erase(0, whole);
        }
    }

private:
    bool from_agent_;
    std::size_t skip_;
    std::string buffer_;
};

CapturedPixels pixels_of(std::string_view bytes)
{
    CapturedPixels shown;
    shown.window = load<std::uint32_t>(bytes, 0);
    shown.width = load<std::int32_t>(bytes, 4);
    shown.height = load<std::int32_t>(bytes, 8);
    auto const count =
        static_cast<std::size_t>(shown.width) * static_cast<std::size_t>(shown.height);
    shown.pixels.resize(count);
    std::memcpy(shown.pixels.data(), bytes.data() + 20, std::min(count * 4, bytes.size() - 20));
    return shown;
}

} // namespace

Result<std::vector<CapturedEvent>> read_capture(std::string const& name)
{
    std::string const file = VITRAIL_SOURCE_DIR "/tests/golden/captures/" + name + ".qpcap.xz";
    std::string const bytes =
        TRY(output_of({.arguments = {"xz", "-dc", file}, .environment = {}, .output = {}}));
    std::string_view rest = bytes;
    if (!rest.starts_with(magic))
        return error(file + ": no capture");
    rest.remove_prefix(magic.size());
    std::vector<CapturedEvent> events;
    std::array<Stream, 2> streams{Stream(true, version_size), Stream(false, daemon_handshake)};
    constexpr std::size_t record_head = 8 + 1 + 4;
    while (rest.size() >= record_head) {
        std::chrono::nanoseconds const at{load<std::int64_t>(rest, 0)};
        auto const kind = load<std::uint8_t>(rest, 8);
        auto const length = load<std::uint32_t>(rest, 9);
        if (rest.size() < record_head + length)
            return error(file + ": ends in a record");
        std::string_view const body = rest.substr(record_head, length);
        rest.remove_prefix(record_head + length);
        switch (kind) {
        case 0:
        case 1: streams[kind].add(body, at, events); break;
        case 2: events.emplace_back(CapturedMarker{std::string(body)}); break;
        case 3: events.emplace_back(pixels_of(body)); break;
        default:
            if (body == "connected") {
                events.clear();
                streams = {Stream(true, version_size), Stream(false, daemon_handshake)};
            }
        }
    }
    return events;
}

} // namespace vitrail::test
