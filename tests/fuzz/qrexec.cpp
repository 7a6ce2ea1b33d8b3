#include "lib/qrexec/build.hpp"
#include "lib/qrexec/command_line.hpp"
#include "lib/qrexec/parse.hpp"
#include "lib/qrexec/service_config.hpp"
#include "lib/qrexec/vmexec.hpp"
#include "tests/fuzz/harness.hpp"

#include <algorithm>
#include <string_view>

namespace {

using namespace vitrail;
using namespace vitrail::qrexec;

/// What was parsed is built and parsed to the same again.
template <typename Variant, typename Parse>
void check_same(std::expected<Variant, Violation> const& message, Type type, Parse parse)
{
    if (!message)
        return;
    std::visit(
        [&](auto const& one) {
            if constexpr (requires { build(std::declval<Bytes&>(), one); }) {
                Bytes bytes;
                build(bytes, one);
                auto const again = parse(Frame{type, std::span(bytes).subspan(sizeof(Header))});
                fuzz::require(again.has_value(), "what was built is parsed");
                if constexpr (requires { one == one; })
                    fuzz::require(std::get<std::decay_t<decltype(one)>>(*again) == one,
                                  "a message is built as it was parsed");
            }
        },
        *message);
}

void check_trigger(Trigger const& trigger, std::uint32_t version)
{
    if (!trigger.call)
        return;
    fuzz::require(is_request_ident(trigger.request.field()), "a request has a good name");
    Bytes bytes;
    build(bytes, trigger, version);
    Header header{};
    std::copy_n(bytes.begin(), sizeof header,
                std::as_writable_bytes(std::span(&header, 1)).begin());
    auto const again =
        parse_from_agent({static_cast<Type>(header.type), std::span(bytes).subspan(sizeof header)});
    fuzz::require(again && std::get<Trigger>(*again) == trigger, "a request is built as parsed");
}

void handle(Frame const& frame, Stream stream, std::uint32_t version)
{
    switch (stream) {
    case Stream::agent_to_daemon: {
        auto const message = parse_from_agent(frame);
        if (message && std::holds_alternative<Trigger>(*message))
            check_trigger(std::get<Trigger>(*message), version);
        else
            check_same(message, frame.type, parse_from_agent);
        break;
    }
    case Stream::daemon_to_agent:
        check_same(parse_from_daemon(frame), frame.type, parse_from_daemon);
        break;
    case Stream::client_to_daemon:
        check_same(parse_from_client(frame), frame.type, parse_from_client);
        break;
    case Stream::daemon_to_client: check_same(parse_answer(frame), frame.type, parse_answer); break;
    case Stream::trigger:
        if (auto const trigger = parse_trigger(frame))
            check_trigger(*trigger, 4);
        break;
    case Stream::to_service:
    case Stream::to_caller: check_same(parse_call(frame), frame.type, parse_call); break;
    }
}

void check_texts(std::string_view text)
{
    if (auto const line = parse_command_line(text))
        fuzz::require(parse_command_line(line->text()) == line,
                      "a command line is written as read");
    if (auto const words = decode_words(text))
        fuzz::require(decode_words(encode_words(*words)) == words, "words are written as read");
    (void)parse_service_config(text);
}

} // namespace

/// The first byte names the stream and the version, the second where the rest is cut in two.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2)
        return 0;
    auto const stream = static_cast<Stream>(data[0] % 7);
    std::uint32_t const version = 2 + data[0] / 7U % 3;
    auto const bytes = fuzz::bytes_of(data, size).subspan(2);
    check_texts({reinterpret_cast<char const*>(bytes.data()), bytes.size()});
    Splitter splitter(stream);
    std::size_t const cut = std::min<std::size_t>(data[1], bytes.size());
    for (auto part : {bytes.first(cut), bytes.subspan(cut)})
        while (true) {
            auto const frame = splitter.next(part);
            if (!frame)
                return 0;
            if (!*frame)
                break;
            if ((*frame)->type == Type::hello)
                splitter.set_version(version);
            handle(**frame, stream, splitter.version());
            fuzz::require(splitter.buffered() <= max_service_bytes + sizeof(TriggerService4) ||
                              splitter.buffered() <= max_chunk_3,
                          "no more is stored than a message is long");
        }
    return 0;
}
