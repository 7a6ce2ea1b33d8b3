#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/process.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vitrail::session {

/// Has one qube send the files that were copied in it to another, as the user's paste chord wants
/// it: tells policy of the user's yes (docs/decisions/0021), and calls the service
/// vitrail.SendFiles of the source. No name of a file comes by here.
class FileSender {
public:
    struct Setup {
        std::string qvm_run; ///< program
        std::string grants;  ///< socket of policy
        std::string qubesd;  ///< socket
    };
    using Handle = std::function<void(bool sent)>;
    /// `handle` once, from the loop: whether the source says that all were sent. May destroy this
    /// object.
    FileSender(wl_event_loop* loop, Setup setup, std::string source, std::string target,
               Handle handle);
    ~FileSender();
    FileSender(FileSender const&) = delete;
    FileSender& operator=(FileSender const&) = delete;

private:
    void handle_granted(std::string_view line);
    [[nodiscard]] Result<> start();
    void handle_process(std::uint32_t ready);
    void fail(std::string const& why);
    void handle_failure();
    void end(bool sent);

    wl_event_loop* loop_;
    Setup setup_;
    std::string source_, target_;
    Handle handle_;
    std::unique_ptr<LineSocket> policy_;
    Process process_;
    std::optional<FdSource<&FileSender::handle_process>> process_source_;
    Timer<&FileSender::handle_failure> failure_; ///< from the loop, as promised
};

} // namespace vitrail::session
