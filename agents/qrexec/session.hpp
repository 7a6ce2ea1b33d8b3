#pragma once

#include "lib/os/process.hpp"

#include <string>

namespace vitrail::agent_qrexec {

/// The file in which init keeps what programs with windows need to know (`WAYLAND_DISPLAY` and so
/// on), as NAME=VALUE NUL, for as long as windows can be shown. Empty: there is none here.
[[nodiscard]] std::string session_file();
/// What it says now; nothing while there is no session.
[[nodiscard]] Environment read_session(std::string const& file);
/// Waits, as a process of its own, until there is a session. Returns the exit status.
[[nodiscard]] int wait_for_session(std::string const& file);

} // namespace vitrail::agent_qrexec
