#pragma once

#include "services/sessiond/compositor_link.hpp"
#include "services/sessiond/ctl_server.hpp"
#include "services/sessiond/guid_pool.hpp"
#include "services/sessiond/qube_book.hpp"
#include "services/sessiond/shell_program.hpp"
#include "services/sessiond/user_programs.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::session {

struct SessionSetup {
    std::string runtime; ///< $XDG_RUNTIME_DIR
    std::string config;  ///< the compositor's, may not exist
    std::vector<QubeSpec> qubes;
    std::vector<std::string> programs; ///< shell commands of the GUI domain, started with it
    Environment compositor;            ///< which backend, which outputs
    Fd launcher;                       ///< the root launcher's socket, where there is one
    bool locked = false;               ///< comes up locked: the session before it crashed
};

/// The user's session: starts compositor and guids, makes every connection, and so decides who is
/// who (design: processes and trust).
class Session final : public CompositorEvents, public QubeHost, public CtlCommands {
public:
    explicit Session(SessionSetup setup);
    ~Session();

    [[nodiscard]] Result<> start();
    /// Until it was asked to end. The exit status.
    int run();

    // CompositorEvents
    void handle_ready(std::string const& display) override;
    void handle_compositor_end(int status) override;
    void handle_locked(bool locked) override;
    void handle_client_gone(std::uint32_t origin, std::string const& reason) override;
    void handle_chord(std::string const& name, std::uint32_t origin) override;
    void handle_spawn(std::string const& command) override;
    void handle_window(std::uint32_t origin) override { book_.handle_window(origin); }
    void handle_placeholder_closed(std::uint32_t id) override
    {
        book_.handle_placeholder_closed(id);
    }
    // QubeHost
    wl_event_loop* loop() override { return loop_.get(); }
    GuidPool& guids() override { return guids_; }
    CompositorLink* compositor() override { return compositor_.get(); }
    ClipboardBroker& clipboard() override { return clipboard_; }
    void handle_qube_changed() override;
    // CtlCommands
    void inspect(std::string const& what, Answer answer) override;
    std::vector<QubeReport> qubes() override;
    SessionReport status() override;
    void trace(std::string const& qube, Answer answer) override;
    void launch(std::string const& qube, std::vector<std::string> const& argv,
                Answer answer) override;
    void start_qube(std::string const& qube, Answer answer) override;
    void stop_qube(std::string const& qube, bool at_once, Answer answer) override;
    void set_label(std::string const& qube, std::string const& label, Answer answer) override;
    Result<> attach(Attachment const& attachment) override { return book_.attach(attachment); }
    Result<> detach(std::string const& qube) override { return book_.detach(qube); }
    void clear_clipboard() override { clipboard_.clear(); }
    void lock() override;
    void quit() override { end(); }

    void handle_signal(int number);
    void handle_restart();
    void handle_grace();

private:
    [[nodiscard]] Result<> start_compositor();
    void lose_compositor();
    void end();
    void finish();

    SessionSetup setup_;
    std::string folder_; ///< $XDG_RUNTIME_DIR/vitrail
    EventLoop loop_;
    GuidPool guids_;
    ClipboardPolicy clipboard_policy_;
    ClipboardBroker clipboard_;
    CompositorLink::Windows windows_;
    std::unique_ptr<CompositorLink> compositor_;
    QubeBook book_;
    ShellProgram panel_;
    ShellProgram launcher_;
    ShellProgram prompt_;
    std::unique_ptr<UserPrograms> programs_;
    std::unique_ptr<CtlServer> ctl_;
    std::uint32_t workspace_ = 1;
    bool locked_ = false;
    bool ending_ = false;
    bool was_ready_ = false;
    bool out_of_grace_ = false;
    int status_ = 0;
    int restarts_ = 0;
    SignalSource<&Session::handle_signal> interrupt_;
    SignalSource<&Session::handle_signal> terminate_;
    SignalSource<&Session::handle_signal> child_;
    Timer<&Session::handle_restart> restart_;
    Timer<&Session::handle_grace> grace_;
};

} // namespace vitrail::session
