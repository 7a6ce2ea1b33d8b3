#pragma once

#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"
#include "lib/qrexec/types.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace vitrail::qrexecd {

/// What the two processes of a daemon say to each other: one SOCK_SEQPACKET message each, this
/// struct and a text.
///
/// The front opens, asks policy and connects; the reader, in its sandbox, is the only one that sees
/// bytes of the qube. The front takes nothing from it unchecked: it may be broken into.
enum class LinkKind : std::uint32_t {
    // To the reader.
    agent = 1, ///< with a descriptor: the connected control channel
    client,    ///< with a descriptor: somebody of the GUI domain
    refuse,    ///< request
    meet,      ///< request, domain, port (0: the reader's choice), maybe two pipes: allowed
    // From the reader.
    ready = 64, ///< the agent has greeted
    lost,       ///< the agent is gone
    request,    ///< request, source, target, text: the service
};

struct LinkRecord {
    std::uint32_t kind = 0;
    std::uint32_t domain = 0;
    std::uint32_t port = 0;
    std::uint32_t text_length = 0;
    char request[32] = {};
    char source[64] = {};
    char target[64] = {};
};
static_assert(std::has_unique_object_representations_v<LinkRecord>);

/// One message, checked for its form: texts end, lengths fit.
struct LinkMessage {
    LinkKind kind = LinkKind::lost;
    DomainId domain;
    std::uint32_t port = 0;
    qrexec::RequestId request;
    std::string source, target, text;
    std::vector<Fd> descriptors;
};

/// False when it could not be sent: the other process is gone or does not read.
[[nodiscard]] bool send_link(int socket, LinkMessage const& message,
                             std::span<int const> descriptors = {});
/// Nothing when there is none now; an error at the end, or for what is no message.
[[nodiscard]] Result<std::optional<LinkMessage>> receive_link(int socket);

/// Of the bytes of a message. Pure.
[[nodiscard]] std::optional<LinkMessage> parse_link(std::span<std::byte const> untrusted_bytes);

} // namespace vitrail::qrexecd
