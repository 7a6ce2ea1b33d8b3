#pragma once

#include "tests/bench/machine.hpp"

#include <filesystem>

namespace vitrail::bench {

/// What every scenario gets.
struct Run {
    Machine& machine;
    std::filesystem::path folder; ///< XDG_RUNTIME_DIR too; removed at the end
    std::filesystem::path disk;   ///< a folder that is no memory, as run.py has named it
    int blocks = 10;
};

// Each prints its series; run.py knows which metric of docs/performance.md they make.
void run_small_frames(Run const& run);          ///< P1, P2, P5, P14
void run_full_frames(Run const& run, bool uhd); ///< P1, P3, P4, P7, P10
void run_input(Run const& run);                 ///< P6, P14
void run_updates(Run const& run);               ///< P11, P12
void run_windows(Run const& run);               ///< P20, P21
void run_create(Run const& run);                ///< P15
void run_hidden(Run const& run);                ///< P9, P10 covered
void run_bytes(Run const& run);                 ///< P8
void run_start(Run const& run);                 ///< P27
void run_clipboard(Run const& run);             ///< P32
void run_qrexec(Run const& run);                ///< Q1
void run_launcher_search(Run const& run);       ///< P35
void run_idle(Run const& run);                  ///< P22, P23, P24, P25, P26

void run_calls(Run const& run);      ///< Q1 to Q5, Q9
void run_qube_start(Run const& run); ///< Q6 to Q8

} // namespace vitrail::bench
