#pragma once

namespace vitrail::qrexecd {

/// What a carrier finds open.
struct CarrierFd {
    static constexpr int from_caller = 3; ///< pipe of the call's data channel
    static constexpr int to_caller = 4;
    static constexpr int from_service = 5; ///< qubesd's connection, or pipes of a program of ours
    static constexpr int to_service = 6;
    static constexpr int exit_code =
        7; ///< one byte, when the program has ended; or its end at once
};

/// The process between a qube and one service of the GUI domain: enters a sandbox, then is the only
/// one that reads the qube's messages. The service gets the bytes in them and no more.
/// Returns the exit status of this process.
[[nodiscard]] int carry_own_service();

} // namespace vitrail::qrexecd
