#pragma once

#include "lib/transport/pipe_channel.hpp"
#include "tools/qvm/tool.hpp"

#include <string>
#include <vector>

namespace vitrail::qvm {

/// What runs in a qube.
struct RunOrder {
    std::string qube;
    std::vector<std::string> argv; ///< a program and its words, or
    std::string service = {};      ///< NAME or NAME+ARGUMENT
    bool needs_session = false;    ///< starts when windows can be shown
    bool as_root = false;          ///< as the root of the qube, not as its user
    bool with_streams = false;     ///< input, output and errors come to us; else there are none
};

/// A call of a service in a qube that its daemon has taken.
struct RemoteProgram {
    transport::PipeEnds pipes; ///< its data channel
    std::string first;         ///< goes to it before anything of our input
    bool with_streams = false;

    /// Fails when the qube cannot be reached. Whether it starts is told on the channel.
    [[nodiscard]] static Done<RemoteProgram> start(Tool const& tool, RunOrder const& order);
};

} // namespace vitrail::qvm
