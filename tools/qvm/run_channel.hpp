#pragma once

#include "lib/os/fd.hpp"
#include "tools/qvm/tool.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vitrail::qvm {

/// What runs in a qube.
struct RunOrder {
    std::string qube;
    std::vector<std::string> argv;
    bool needs_session = false; ///< starts when windows can be shown
    bool as_root = false;       ///< as the root of the qube, not as its user
    bool with_streams = false;  ///< input, output and errors come to us; else they go to its log
};

/// A program in a qube, started. The one place that knows how a program gets there: by the qube's
/// keeper; qrexec takes its place.
class RemoteProgram {
public:
    /// Fails when the qube cannot be reached or does not start it.
    [[nodiscard]] static Done<RemoteProgram> start(Tool const& tool, RunOrder const& order);

    /// Non-blocking ends of its streams; not open without them.
    Fd input;
    Fd output;
    Fd errors;
    /// Readable when read_status() has more to say.
    [[nodiscard]] int control() const { return control_.get(); }
    /// Its exit status, 255 when the qube has gone, nullopt when it still runs. To be asked once
    /// before control() is waited for: a short program has ended before it was told to be started.
    [[nodiscard]] std::optional<int> read_status();

private:
    explicit RemoteProgram(Fd control) : control_(std::move(control)) {}
    [[nodiscard]] Done<std::string> read_line(); ///< waits

    Fd control_;
    std::string text_;
};

} // namespace vitrail::qvm
