#include "services/qrexecd/link.hpp"

#include "lib/base/untrusted.hpp"
#include "lib/os/rights.hpp"

#include <sys/socket.h>

#include <cstring>

namespace vitrail::qrexecd {
namespace {

constexpr std::size_t max_message = sizeof(LinkRecord) + qrexec::max_service_bytes;

template <std::size_t N> void set_text(char (&field)[N], std::string_view text)
{
    text.copy(field, N - 1); // the rest is zero
}

template <std::size_t N> std::optional<std::string> text_of(char const (&field)[N])
{
    std::string_view const all(field, N);
    auto const end = all.find('\0');
    return end == std::string_view::npos ? std::nullopt
                                         : std::optional(std::string(all.substr(0, end)));
}

bool is_kind(std::uint32_t kind)
{
    switch (static_cast<LinkKind>(kind)) {
    case LinkKind::agent:
    case LinkKind::client:
    case LinkKind::refuse:
    case LinkKind::meet:
    case LinkKind::ready:
    case LinkKind::lost:
    case LinkKind::request: return true;
    }
    return false;
}

} // namespace

bool send_link(int socket, LinkMessage const& message, std::span<int const> descriptors)
{
    LinkRecord record;
    record.kind = static_cast<std::uint32_t>(message.kind);
    record.domain = message.domain.value;
    record.port = message.port;
    record.text_length = static_cast<std::uint32_t>(message.text.size());
    std::memcpy(record.request, message.request.bytes.data(), sizeof record.request);
    set_text(record.source, message.source);
    set_text(record.target, message.target);
    std::vector<std::byte> bytes(sizeof record + message.text.size());
    std::memcpy(bytes.data(), &record, sizeof record);
    std::memcpy(bytes.data() + sizeof record, message.text.data(), message.text.size());
    return send_with_rights(socket, bytes, descriptors) == static_cast<ssize_t>(bytes.size());
}

std::optional<LinkMessage> parse_link(std::span<std::byte const> bytes)
{
    if (bytes.size() < sizeof(LinkRecord))
        return std::nullopt;
    auto const untrusted =
        load<LinkRecord>(bytes.first<sizeof(LinkRecord)>()).check([](LinkRecord const& record) {
            return record;
        });
    auto const text = bytes.subspan(sizeof(LinkRecord));
    auto const source = text_of(untrusted.source);
    auto const target = text_of(untrusted.target);
    if (!is_kind(untrusted.kind) || untrusted.text_length != text.size() || !source || !target)
        return std::nullopt;
    LinkMessage message{.kind = static_cast<LinkKind>(untrusted.kind),
                        .domain = DomainId(untrusted.domain),
                        .port = untrusted.port,
                        .request = {},
                        .source = *source,
                        .target = *target,
                        .text = {reinterpret_cast<char const*>(text.data()), text.size()},
                        .descriptors = {}};
    std::memcpy(message.request.bytes.data(), untrusted.request, sizeof untrusted.request);
    return message;
}

Result<std::optional<LinkMessage>> receive_link(int socket)
{
    std::vector<std::byte> bytes(max_message);
    std::vector<Fd> descriptors;
    auto const [got, whole] = receive_with_rights(socket, bytes, descriptors, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return std::nullopt;
    if (got < 0)
        return errno_error("the other process of this daemon");
    if (got == 0)
        return error("the other process of this daemon has ended");
    auto message = parse_link(std::span(bytes).first(static_cast<std::size_t>(got)));
    if (!message || !whole)
        return error("the other process of this daemon makes no sense");
    message->descriptors = std::move(descriptors);
    return message;
}

} // namespace vitrail::qrexecd
