#pragma once

#include "lib/base/untrusted.hpp"

#include <array>
#include <cstdint>
#include <string_view>

/// qrexec on the wire: every message of protocols 2, 3 and 4, as data.
///
/// One struct for the fixed part of each message, one row in `messages` for where it is sent and
/// how long it may be. Framing, parsers, tests and traces read that table. All integers are
/// little-endian, no struct has padding. Source: fact sheet qrexec §3 and §4.
namespace vitrail::qrexec {

inline constexpr std::uint32_t lowest_version = 2;
inline constexpr std::uint32_t highest_version = 4;
/// Between a client of the GUI domain and a daemon, always.
inline constexpr std::uint32_t client_version = 3;

inline constexpr std::uint32_t control_port = 512;
inline constexpr std::uint32_t first_data_port = 513;
inline constexpr std::uint32_t last_data_port = 768;
/// Calls waiting for policy, connections and ports of one qube: 256 of each.
inline constexpr std::size_t max_connections = 256;

/// Bytes of one message of data: of version 2, and from version 3 on.
inline constexpr std::uint32_t max_chunk_2 = 4096;
inline constexpr std::uint32_t max_chunk_3 = 65536;
/// Bytes of a service with its argument and the NUL.
inline constexpr std::uint32_t max_service_bytes = 65000;
/// Bytes of a command's message, its two numbers included.
inline constexpr std::uint32_t max_command_message = 65535;

enum class Type : std::uint32_t {
    data_stdin = 0x190,
    data_stdout = 0x191,
    data_stderr = 0x192,
    data_exit_code = 0x193,
    exec_cmdline = 0x200,
    just_exec = 0x201,
    service_connect = 0x202,
    service_refused = 0x203,
    trigger_service = 0x210, ///< version 2 only
    connection_terminated = 0x211,
    trigger_service3 = 0x212,
    trigger_service4 = 0x213,
    hello = 0x300,
    /// Ours: with the two descriptors of a call's pipes (docs/protocols/qrexec-pipes.md).
    call_pipes = 0x2f0,
};

struct Header {
    std::uint32_t type;
    std::uint32_t length; ///< bytes of the body that follow
};

struct PeerInfo {
    std::uint32_t version;
};
/// Which domain to meet on which port; followed by a command line in some messages.
struct ExecParams {
    std::uint32_t connect_domain, connect_port;
};
/// A name that the qube gave its own request: the daemon hands it back as it came.
struct ServiceParams {
    char ident[32];
};
struct ServiceConnect {
    std::uint32_t connect_domain, connect_port;
    char ident[32];
};
struct TriggerService {
    char service_name[64];
    char target_domain[32];
    char ident[32];
};
struct TriggerService3 {
    char target_domain[64];
    char ident[32];
};
struct TriggerService4 {
    char source_domain[64]; ///< all zero but for calls that a relay hands on
    char target_domain[64];
    char ident[32];
};

/// One direction of one kind of connection: who reads it knows what may come.
enum class Stream : std::uint8_t {
    agent_to_daemon,
    daemon_to_agent,
    client_to_daemon, ///< of the GUI domain: on the daemon's socket
    daemon_to_client,
    trigger,    ///< in the qube: who calls, to the agent
    to_service, ///< the channel of one call, towards where the service runs
    to_caller,
};

[[nodiscard]] constexpr std::uint8_t bit(Stream stream)
{
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(stream));
}

/// One row a message and use: the only place where its facts stand.
struct Message {
    Type type;
    std::string_view name;
    std::uint8_t streams;   ///< bits
    std::uint32_t fixed;    ///< bytes of the struct
    std::uint32_t min_tail; ///< bytes that follow it, at least
    std::uint32_t max_tail; ///< and at most; of data, from version 3 on
    std::uint32_t since = lowest_version;
    std::uint32_t until = highest_version;
};

namespace detail {
template <typename T>
inline constexpr std::uint32_t size_of = [] {
    static_assert(Pod<T>);
    return static_cast<std::uint32_t>(sizeof(T));
}();
inline constexpr std::uint8_t commands =
    bit(Stream::client_to_daemon) | bit(Stream::daemon_to_agent);
/// A receiver takes input and output as the same thing (fact sheet qrexec §8).
inline constexpr std::uint8_t both_ways = bit(Stream::to_service) | bit(Stream::to_caller);
inline constexpr std::uint32_t max_command = max_command_message - size_of<ExecParams>;
} // namespace detail

inline constexpr std::array messages{
    Message{Type::hello, "HELLO",
            bit(Stream::agent_to_daemon) | bit(Stream::daemon_to_agent) |
                bit(Stream::client_to_daemon) | bit(Stream::daemon_to_client) | detail::both_ways,
            detail::size_of<PeerInfo>, 0, 0},
    Message{Type::exec_cmdline, "EXEC_CMDLINE", detail::commands, detail::size_of<ExecParams>, 1,
            detail::max_command},
    Message{Type::just_exec, "JUST_EXEC", detail::commands, detail::size_of<ExecParams>, 1,
            detail::max_command},
    Message{Type::service_connect, "SERVICE_CONNECT", detail::commands,
            detail::size_of<ServiceConnect>, 0, 0},
    // Before one of those three, between ends that both are ours.
    Message{Type::call_pipes, "CALL_PIPES", detail::commands, detail::size_of<ExecParams>, 0, 0},
    // The daemon's answers to those three: where to connect.
    Message{Type::exec_cmdline, "EXEC_CMDLINE", bit(Stream::daemon_to_client),
            detail::size_of<ExecParams>, 0, 0},
    Message{Type::just_exec, "JUST_EXEC", bit(Stream::daemon_to_client),
            detail::size_of<ExecParams>, 0, 0},
    Message{Type::service_connect, "SERVICE_CONNECT", bit(Stream::daemon_to_client),
            detail::size_of<ExecParams>, 0, 0},
    Message{Type::service_refused, "SERVICE_REFUSED", bit(Stream::daemon_to_agent),
            detail::size_of<ServiceParams>, 0, 0},
    Message{Type::trigger_service, "TRIGGER_SERVICE", bit(Stream::agent_to_daemon),
            detail::size_of<TriggerService>, 0, 0, 2, 2},
    Message{Type::connection_terminated, "CONNECTION_TERMINATED", bit(Stream::agent_to_daemon),
            detail::size_of<ExecParams>, 0, 0},
    Message{Type::trigger_service3, "TRIGGER_SERVICE3", bit(Stream::agent_to_daemon),
            detail::size_of<TriggerService3>, 1, max_service_bytes, 3},
    Message{Type::trigger_service4, "TRIGGER_SERVICE4",
            bit(Stream::agent_to_daemon) | bit(Stream::trigger), detail::size_of<TriggerService4>,
            1, max_service_bytes, 4},
    Message{Type::data_stdin, "DATA_STDIN", detail::both_ways, 0, 0, max_chunk_3},
    Message{Type::data_stdout, "DATA_STDOUT", detail::both_ways, 0, 0, max_chunk_3},
    Message{Type::data_stderr, "DATA_STDERR", detail::both_ways, 0, 0, max_chunk_3},
    // Four bytes; with fewer the code counts as 255 (fact sheet qrexec §9).
    Message{Type::data_exit_code, "DATA_EXIT_CODE", detail::both_ways, 0, 0, 4},
};

[[nodiscard]] constexpr bool is_data(Type type)
{
    return type == Type::data_stdin || type == Type::data_stdout || type == Type::data_stderr;
}

[[nodiscard]] constexpr std::uint32_t max_chunk(std::uint32_t version)
{
    return version < 3 ? max_chunk_2 : max_chunk_3;
}

/// The row of a message in this stream; null when there is none.
[[nodiscard]] constexpr Message const* find_message(std::uint32_t untrusted_type, Stream stream)
{
    for (Message const& row : messages)
        if (static_cast<std::uint32_t>(row.type) == untrusted_type &&
            (row.streams & bit(stream)) != 0)
            return &row;
    return nullptr;
}

} // namespace vitrail::qrexec
