#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/process.hpp"
#include "lib/transport/clipboard_control.hpp"
#include "services/sessiond/clipboard_policy.hpp"
#include "services/sessiond/compositor_link.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace vitrail::session {

/// The clipboard broker's process and its connections: one to each guid, one to the compositor,
/// one here. It keeps the broker's ends of the guids' links, so that the broker after one that died
/// takes over and no guid notices; what had been copied is gone with it.
class ClipboardBroker {
public:
    ClipboardBroker(wl_event_loop* loop, std::string program, std::string log,
                    ClipboardPolicy& policy);
    ~ClipboardBroker();
    ClipboardBroker(ClipboardBroker const&) = delete;
    ClipboardBroker& operator=(ClipboardBroker const&) = delete;

    [[nodiscard]] Result<> start();
    /// Null while it is being started again.
    void set_compositor(CompositorLink* compositor);
    /// What is true of a qube from now on; limit: bytes.
    void set_qube(std::uint32_t domain, std::string const& name, std::uint32_t limit);
    /// A link for the new guid of a qube that is set, in place of the one before: the guid's end.
    [[nodiscard]] Result<Fd> connect(std::uint32_t domain);
    void remove_qube(std::uint32_t domain);
    /// The user's wish: nothing is held any more.
    void clear();
    [[nodiscard]] pid_t pid() const { return process_ ? process_.pid() : 0; }

private:
    struct Known {
        std::string name;
        std::uint32_t limit = 0;
        Fd link; ///< the broker's end
    };
    void handle_process(std::uint32_t ready);
    void handle_control(std::uint32_t ready);
    void handle_restart();
    void ask_policy(transport::ClipboardQuestion const& question);
    void end();
    void tell(std::uint32_t domain, Known const& qube, bool with_link);
    void connect_compositor();
    void send(transport::ClipboardOrder const& order, int descriptor = -1);

    wl_event_loop* loop_;
    std::string program_;
    std::string log_;
    ClipboardPolicy& policy_;
    CompositorLink* compositor_ = nullptr;
    std::map<std::uint32_t, Known> qubes_;
    Process process_;
    Fd control_;
    int restarts_ = 0;
    std::optional<FdSource<&ClipboardBroker::handle_process>> process_source_;
    std::optional<FdSource<&ClipboardBroker::handle_control>> control_source_;
    Timer<&ClipboardBroker::handle_restart> restart_;
};

} // namespace vitrail::session
