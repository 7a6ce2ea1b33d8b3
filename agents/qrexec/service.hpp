#pragma once

#include "lib/base/result.hpp"
#include "lib/call/call_end.hpp"
#include "lib/os/process.hpp"
#include "lib/qrexec/command_line.hpp"
#include "lib/qrexec/service_config.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vitrail::agent_qrexec {

/// Where services and their configuration are looked for, and as whom they run.
struct Places {
    std::vector<std::string> services; ///< $QREXEC_SERVICE_PATH
    std::vector<std::string> configs;  ///< $QUBES_RPC_CONFIG_PATH
    std::string user;                  ///< as whom programs run; or as root:
    std::string root_with; ///< with `--as-root -- COMMAND` it runs it so; empty: there is no root
    std::string shell;

    [[nodiscard]] static Places from_environment();
};

/// Why a command is not run: the exit code says whether there is none or it cannot be run.
struct NotStarted {
    int code = 0;
    std::string why;         ///< for our log
    bool is_callers = false; ///< of a command of his: he is told as well
};
inline constexpr int not_found = 127;
inline constexpr int cannot_run = 125;
inline constexpr int not_executable = 126;

/// What was found for a command line, before it runs.
struct Command {
    enum class Kind : std::uint8_t { program, socket, tcp };
    Kind kind = Kind::program;
    std::vector<std::string> argv; ///< of a program
    bool is_callers = false;       ///< the program is what the caller named
    Environment environment;       ///< of a program
    std::string path;              ///< of a socket
    std::string host, port;        ///< numeric
    qrexec::ServiceConfig config;
    std::string descriptor; ///< of a service: what sockets are told
};

/// Looks the command up. Source: fact sheet qrexec §11 to §13.
[[nodiscard]] std::expected<Command, NotStarted> find_command(Places const& places,
                                                              qrexec::CommandLine const& line);

/// A command that runs: its streams for a CallEnd, and the program where it is one.
struct Running {
    call::LocalEnds ends;
    Process process;               ///< none: a socket's service
    bool ends_with_output = false; ///< of a socket's service
};
/// With `just`: without streams.
[[nodiscard]] std::expected<Running, NotStarted> start_command(Command const& command, bool just);

} // namespace vitrail::agent_qrexec
