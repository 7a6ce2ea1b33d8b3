#pragma once

#include "lib/base/strong.hpp"
#include "lib/qrexec/message.hpp"
#include "lib/qrexec/names.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

/// Messages after the check: what parse_… returns and build_… takes.
///
/// Ports are 0 (the daemon is to choose) or 513 to 768. Texts hold no NUL. What depends on state
/// (was this request made, is this port in use) is the caller's to check.
namespace vitrail::qrexec {

/// The name of a request, as its qube wrote it: handed back byte by byte.
struct RequestId {
    std::array<char, sizeof(ServiceParams::ident)> bytes{};

    [[nodiscard]] static RequestId of(std::string_view text)
    {
        RequestId id;
        text.copy(id.bytes.data(), id.bytes.size() - 1);
        return id;
    }
    [[nodiscard]] std::string_view field() const { return {bytes.data(), bytes.size()}; }
    /// Up to the first NUL: for the qube itself, and for logs once is_request_ident(field()).
    [[nodiscard]] std::string_view text() const { return field().substr(0, field().find('\0')); }
    friend bool operator==(RequestId const&, RequestId const&) = default;
    friend auto operator<=>(RequestId const&, RequestId const&) = default;
};

struct Hello {
    std::uint32_t version = highest_version;
    friend bool operator==(Hello const&, Hello const&) = default;
};

/// EXEC_CMDLINE and JUST_EXEC.
struct Execute {
    bool just = false; ///< without streams, and nobody waits
    DomainId domain;   ///< to meet
    std::uint32_t port = 0;
    std::string command; ///< `user:command` (command_line.hpp)
    friend bool operator==(Execute const&, Execute const&) = default;
};
/// SERVICE_CONNECT: the request was allowed, meet there.
struct Connect {
    DomainId domain;
    std::uint32_t port = 0;
    RequestId request;
    friend bool operator==(Connect const&, Connect const&) = default;
};
struct Refused {
    RequestId request;
    friend bool operator==(Refused const&, Refused const&) = default;
};
/// CONNECTION_TERMINATED.
struct Terminated {
    DomainId domain;
    std::uint32_t port = 0;
    friend bool operator==(Terminated const&, Terminated const&) = default;
};
/// CALL_PIPES: the two descriptors that came with it are this end of the call that the next message
/// for the same place is about: what is read, what is written.
struct CallPipes {
    DomainId domain;
    std::uint32_t port = 0;
    friend bool operator==(CallPipes const&, CallPipes const&) = default;
};
/// The daemon's answer to a client: where it is to meet the qube.
struct Assigned {
    Type type = Type::exec_cmdline; ///< of the message it answers
    DomainId domain;
    std::uint32_t port = 0;
    friend bool operator==(Assigned const&, Assigned const&) = default;
};

/// TRIGGER_SERVICE in its three forms: somebody in the qube wants a service.
struct Trigger {
    RequestId request;
    std::string target;              ///< cleaned (clean_target()); empty: @default
    std::string source;              ///< likewise; empty but from a relay
    std::optional<ServiceCall> call; ///< nothing: to be refused, the connection goes on
    friend bool operator==(Trigger const&, Trigger const&) = default;
};

/// Bytes of one stream of a call; empty: its end. `bytes` points into the frame.
struct Data {
    Type type = Type::data_stdin;
    std::span<std::byte const> bytes;
};
struct ExitCode {
    std::int32_t code = 0;
    friend bool operator==(ExitCode const&, ExitCode const&) = default;
};

using AgentMessage = std::variant<Hello, Trigger, Terminated>;
using DaemonMessage = std::variant<Hello, Execute, Connect, Refused, CallPipes>;
using ClientMessage = std::variant<Hello, Execute, Connect, CallPipes>;
using DaemonAnswer = std::variant<Hello, Assigned>;
using CallMessage = std::variant<Hello, Data, ExitCode>;

} // namespace vitrail::qrexec
