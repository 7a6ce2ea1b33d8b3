#pragma once

struct wl_display;

namespace vitrail::ui {

/// GTK for a program that sessiond starts with a connection of tier shell (WAYLAND_SOCKET), under
/// the name that screen readers and its log call it. nullptr: there is no such display; it is said.
[[nodiscard]] wl_display* open_display(char const* program);

/// Runs what was made on it until SIGTERM. `connected`: the compositor has vitrail_shell_v1 for it;
/// else that is said. The program's exit status.
[[nodiscard]] int run_until_terminated(char const* program, bool connected);

} // namespace vitrail::ui
