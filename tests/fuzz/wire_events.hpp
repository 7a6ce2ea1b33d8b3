#pragma once

#include "lib/wire/framing.hpp"
#include "lib/wire/parse.hpp"
#include "tests/fuzz/harness.hpp"

#include <string>
#include <vector>

namespace vitrail::fuzz {

/// What a stream of one side comes to, a line an event, read in pieces of at most `piece` bytes.
/// The same bytes come to the same whatever the pieces: the property that both targets check.
inline std::vector<std::string> wire_events(wire::From sender, std::span<std::byte const> bytes,
                                            std::size_t piece)
{
    std::vector<std::string> events;
    wire::Splitter splitter(sender);
    while (!bytes.empty()) {
        auto input = bytes.first(std::min(piece, bytes.size()));
        bytes = bytes.subspan(input.size());
        for (;;) {
            auto const next = splitter.next(input);
            if (!next) {
                events.push_back(next.error().describe());
                return events;
            }
            if (!*next)
                break;
            if (auto const* const version = std::get_if<wire::PeerVersion>(&**next)) {
                auto const agreed =
                    sender == wire::From::agent
                        ? wire::negotiate(version->version)
                        : wire::check_answer(version->version, wire::version_extended);
                if (!agreed) {
                    events.push_back(agreed.error().describe());
                    return events;
                }
                splitter.set_version(*agreed);
                events.push_back("version " + std::to_string(agreed->minor));
            } else if (auto const* const xconf = std::get_if<wire::XConf>(&**next)) {
                Size const screen = wire::check_xconf(*xconf);
                require(screen.width > 0 && screen.height > 0, "a screen has a size");
                events.push_back("xconf " + std::to_string(screen.width));
            } else if (auto const* const frame = std::get_if<wire::Frame>(&**next)) {
                std::string said = std::to_string(frame->header.type) + " " +
                                   std::to_string(frame->header.window) + " " +
                                   std::to_string(frame->body.size());
                if (sender == wire::From::agent) {
                    auto const message =
                        wire::parse_agent_message(frame->header, frame->body, splitter.version());
                    said += message ? " " + std::to_string(message->index())
                                    : " " + message.error().describe();
                } else {
                    auto const message =
                        wire::parse_daemon_message(frame->header, frame->body, splitter.version());
                    said += message ? " " + std::to_string(message->index())
                                    : " " + message.error().describe();
                }
                events.push_back(std::move(said));
            }
        }
    }
    return events;
}

inline void check_pieces(wire::From sender, std::uint8_t const* data, std::size_t size)
{
    auto const bytes = bytes_of(data, size);
    auto const whole = wire_events(sender, bytes, size + 1);
    require(wire_events(sender, bytes, 7) == whole, "pieces of 7 bytes come to the same");
    if (size < 4096)
        require(wire_events(sender, bytes, 1) == whole, "single bytes come to the same");
}

} // namespace vitrail::fuzz
