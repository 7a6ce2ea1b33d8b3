#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vitrail::transport {

/// Connects to a socket vchan's server that may not be there yet: waits for its file in the folder
/// (fact sheet vchan-socket §1, qrexec §7c).
///
/// Tells once, from the loop: the connected socket, or why not (ETIMEDOUT after `timeout`). The
/// handler may destroy this object.
class SocketConnector {
public:
    using Handle = std::function<void(Result<Fd>)>;
    /// `timeout` 0: no limit.
    SocketConnector(wl_event_loop* loop, std::string const& folder, std::string const& name,
                    std::chrono::milliseconds timeout, Handle handle);
    /// In a folder (O_PATH) that somebody untrusted writes: nothing there is opened by a path.
    SocketConnector(wl_event_loop* loop, int folder, std::string const& name,
                    std::chrono::milliseconds timeout, Handle handle);
    ~SocketConnector();
    SocketConnector(SocketConnector const&) = delete;
    SocketConnector& operator=(SocketConnector const&) = delete;

private:
    SocketConnector(wl_event_loop* loop, std::string const& folder,
                    std::function<Result<Fd>()> connect, std::string what,
                    std::chrono::milliseconds timeout, Handle handle);
    void handle_change(std::uint32_t ready);
    void handle_retry();
    void handle_timeout();
    void try_connect();
    void watch();
    void tell(Result<Fd> result);

    wl_event_loop* loop_;
    std::string folder_;
    std::function<Result<Fd>()> connect_;
    std::string what_;
    Handle handle_;
    std::chrono::milliseconds wait_;   ///< before the next try where nothing else tells
    wl_event_source* first_ = nullptr; ///< the first try, once the loop turns
    Fd inotify_;
    std::optional<FdSource<&SocketConnector::handle_change>> watch_;
    Timer<&SocketConnector::handle_retry> retry_;
    Timer<&SocketConnector::handle_timeout> timeout_;
};

} // namespace vitrail::transport
