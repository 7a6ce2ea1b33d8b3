#pragma once

#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"

#include <functional>
#include <string>
#include <vector>

namespace vitrail::network {

/// Makes this process the owner of a zone: a user namespace that knows its own id alone, under the
/// same number. It has CAP_NET_ADMIN and CAP_SYS_ADMIN there, over every network namespace made
/// in it, and hands them to programs that it starts; outside it has no more rights than before. It
/// stays in the network namespace that it was started in. Needs a process of one thread.
[[nodiscard]] Result<> enter_zone();

/// Makes this process the owner of a zone that was there: its user namespace, of the same user.
[[nodiscard]] Result<> join_zone(Fd const& owner);

/// The user namespace of this process.
[[nodiscard]] Result<Fd> own_user_namespace();

/// A new network namespace that this process's user namespace owns: loopback only, and up.
[[nodiscard]] Result<Fd> make_network_namespace();

/// Runs `act` in a child that is in network namespace `where`; what `act` returns is its status.
/// Waits for it. The child has descriptors `given` from 3 on and `input` on its standard input;
/// when it fails, the error is what it printed.
[[nodiscard]] Result<> run_in(int where, std::function<int()> const& act,
                              std::string const& input = {}, std::vector<int> const& given = {});

/// The same with a program (looked up in PATH).
[[nodiscard]] Result<> run_program_in(int where, std::vector<std::string> arguments,
                                      std::string const& input, std::vector<int> const& given = {});

/// Replaces the calling process, a child, by a program; returns only when it cannot.
int exec_program(std::vector<std::string> arguments);

/// For a child: no signal is blocked or ignored any more.
void reset_signals();

} // namespace vitrail::network
