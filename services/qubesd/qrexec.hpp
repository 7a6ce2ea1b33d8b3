#pragma once

#include "lib/os/log_sink.hpp"
#include "lib/os/process.hpp"
#include "services/qubesd/system.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace vitrail::qubesd {

/// Where the daemons of qubes' calls find each other and what they need.
struct QrexecSetup {
    std::string daemon;  ///< our program vitrail-qrexecd
    std::string policy;  ///< our program vitrail-qrexec-policy
    std::string runtime; ///< below it qrexec/ (sockets), policy.sock, qubesd.sock, qubes/NAME/vchan
    std::string log;     ///< a file
    std::string services; ///< folder of the GUI domain's own services
};

/// One daemon for each running qube and one policy process, for as long as we live: their calls go
/// on without them, and whoever comes after us starts them anew.
class Qrexec {
public:
    Qrexec(wl_event_loop* loop, System& system, QrexecSetup setup);
    ~Qrexec();
    Qrexec(Qrexec const&) = delete;
    Qrexec& operator=(Qrexec const&) = delete;

    /// Once, after Lifecycle::recover(): for the qubes that run already too.
    [[nodiscard]] Result<> start();

private:
    class Program;
    void handle_event(qube::AdminEvent const& event);
    void begin(Qube const& qube);
    [[nodiscard]] Spawn policy_command() const;
    [[nodiscard]] Spawn daemon_command(Qube const& qube) const;

    wl_event_loop* loop_;
    System& system_;
    QrexecSetup setup_;
    Fd session_; ///< its end is theirs
    Fd session_theirs_;
    std::unique_ptr<LogSink> log_;
    std::unique_ptr<Program> policy_;
    std::map<std::string, std::unique_ptr<Program>> daemons_; ///< by qube
    std::uint64_t subscription_;
};

} // namespace vitrail::qubesd
