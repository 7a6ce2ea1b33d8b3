#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/process.hpp"
#include "services/sessiond/compositor_link.hpp"

#include <optional>
#include <string>
#include <vector>

namespace vitrail::session {

/// A program of the shell, such as the panel: of tier shell by the connection it is started with,
/// and started again when it dies. One that ends with status 0 has nothing to do and stays away.
class ShellProgram {
public:
    struct Setup {
        std::string program;
        std::string log;
        std::vector<std::string> arguments;
        std::string admin_socket; ///< of qubesd
    };
    ShellProgram(wl_event_loop* loop, Setup setup);
    ~ShellProgram();
    ShellProgram(ShellProgram const&) = delete;
    ShellProgram& operator=(ShellProgram const&) = delete;

    /// Starts it, once there is a screen. `display`: the public socket, for what it starts itself.
    /// Null while the compositor is being started again.
    void set_compositor(CompositorLink* compositor, std::string const& display);
    void end();
    [[nodiscard]] pid_t pid() const { return process_ ? process_.pid() : 0; }

private:
    [[nodiscard]] Result<> start();
    [[nodiscard]] Environment environment() const;
    void handle_process(std::uint32_t ready);
    void handle_restart();
    void start_or_say();
    void stop();

    wl_event_loop* loop_;
    Setup setup_;
    CompositorLink* compositor_ = nullptr;
    std::string display_;
    Process process_;
    int restarts_ = 0;
    std::optional<FdSource<&ShellProgram::handle_process>> process_source_;
    Timer<&ShellProgram::handle_restart> restart_;
};

} // namespace vitrail::session
