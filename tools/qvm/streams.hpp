#pragma once

#include "lib/call/call_end.hpp"
#include "tools/qvm/run_channel.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vitrail::qvm {

/// What is done with a program's output on its way to us.
struct Terminal {
    bool filters = false;  ///< control characters, which a terminal would obey
    int output_colour = 0; ///< of the terminal's palette, 30 to 37; 0: none
    int errors_colour = 0;
};

/// Carries our input to the program (to none of several), the programs' output and errors to ours,
/// until all have ended and everything is written. Returns the highest exit status, 255 for a
/// program whose qube has gone; 130 when we were interrupted meanwhile.
[[nodiscard]] int carry_streams(std::vector<RemoteProgram> programs, Terminal const& terminal);
/// The same for one program, whose input and output are those of a command of ours.
[[nodiscard]] Done<int> carry_with_local(RemoteProgram program, std::string const& local,
                                         Terminal const& terminal);

/// All that the program puts out, up to 16 MiB; nothing when it ended with another status than 0 or
/// put out more. It gets no input.
[[nodiscard]] std::optional<std::string> read_output(RemoteProgram program);

/// From now on SIGINT, SIGTERM and SIGHUP end carry_streams() and not us: for callers that have
/// something to clear away.
void catch_interrupts();

} // namespace vitrail::qvm
