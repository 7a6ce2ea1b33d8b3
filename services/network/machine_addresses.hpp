#pragma once

#include "lib/base/result.hpp"
#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::network {

/// Addresses of the machine itself in the network that this process is in, without loopback and
/// link-local ones: what listens there is none of the qubes' business, though pasta, which connects
/// for them as a program of the machine, would reach it.
class MachineAddresses {
public:
    /// `changed` is called whenever they may have changed.
    [[nodiscard]] static Result<std::unique_ptr<MachineAddresses>>
    watch(wl_event_loop* loop, std::function<void()> changed);

    /// In order, each once. Fails rather than to leave one out.
    [[nodiscard]] static Result<std::vector<std::string>> now();

private:
    MachineAddresses(wl_event_loop* loop, Fd socket, std::function<void()> changed);
    void handle_readable(std::uint32_t ready);

    Fd socket_;
    std::function<void()> changed_;
    FdSource<&MachineAddresses::handle_readable> source_;
};

} // namespace vitrail::network
