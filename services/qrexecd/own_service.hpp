#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/process.hpp"
#include "lib/qrexec/evaluate.hpp"
#include "lib/transport/pipe_channel.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vitrail::qrexecd {

/// Where the GUI domain's own services are.
struct OwnPlaces {
    std::string qubesd; ///< its socket: admin.* goes there; beside it the one for qubes' notices
    std::string folder; ///< programs, each named after its service; empty: none but ours
};

struct OwnCall {
    qrexec::CallRequest call;
    std::string requested; ///< the target as policy read it: what an admin.* call is about
};

/// A service of the GUI domain on its way: the Admin API, or a program of ours. What the qube sends
/// is read by a process of its own in a sandbox (own_carrier.hpp); we only connect and start.
class OwnService {
public:
    /// `handle_end` once, from the loop; may destroy this object.
    [[nodiscard]] static Result<std::unique_ptr<OwnService>>
    start(wl_event_loop* loop, OwnPlaces const& places, OwnCall const& call,
          transport::PipeEnds pipes, std::function<void()> handle_end);
    ~OwnService();

private:
    OwnService(wl_event_loop* loop, std::function<void()> handle_end)
        : loop_(loop), handle_end_(std::move(handle_end))
    {
    }
    void handle_program(std::uint32_t ready);
    void handle_carrier(std::uint32_t ready);

    wl_event_loop* loop_;
    std::function<void()> handle_end_;
    Process program_; ///< none: the Admin API
    Process carrier_;
    Fd exit_; ///< to the carrier: the program's exit code
    std::optional<FdSource<&OwnService::handle_program>> program_source_;
    std::optional<FdSource<&OwnService::handle_carrier>> carrier_source_;
};

} // namespace vitrail::qrexecd
