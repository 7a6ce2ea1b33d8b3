#pragma once

#include "lib/qrexec/names.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qrexec {

/// What a qube is told to run: `USER:[nogui:]COMMAND`, where COMMAND is for the user's shell or
/// `QUBESRPC SERVICE+ARGUMENT SOURCE [TYPE TARGET]`. Source: fact sheet qrexec §11.
struct CommandLine {
    std::string user; ///< DEFAULT: the qube's default user
    bool waits_for_session = true;
    std::string shell;                  ///< the command, when `service` is not set
    std::optional<ServiceCall> service; ///< else this one
    std::string source;                 ///< the qube that calls it
    std::string requested_target_type;  ///< `name`, `keyword` or empty
    std::string requested_target;       ///< a keyword is without its `@`

    /// The part of a service call after `QUBESRPC `: what socket services are told.
    [[nodiscard]] std::string descriptor() const;
    [[nodiscard]] std::string text() const;
    friend bool operator==(CommandLine const&, CommandLine const&) = default;
};

inline constexpr std::string_view default_user = "DEFAULT";

/// Nothing for a line without a user, or a service call with a bad name, argument or source.
[[nodiscard]] std::optional<CommandLine> parse_command_line(std::string_view untrusted_text);

/// The file names a service is searched by, in order: its own argument's, then the bare name.
[[nodiscard]] std::vector<std::string> service_file_names(ServiceCall const& call);

} // namespace vitrail::qrexec
