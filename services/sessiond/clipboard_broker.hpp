#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/process.hpp"
#include "lib/transport/clipboard_control.hpp"
#include "services/sessiond/clipboard_policy.hpp"
#include "services/sessiond/compositor_link.hpp"
#include "services/sessiond/file_sender.hpp"
#include "services/sessiond/image_job.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace vitrail::session {

/// The clipboard broker's process and its connections: one to each guid, one to the compositor,
/// one here. It keeps the broker's ends of the guids' links, so that the broker after one that died
/// takes over and no guid notices; what had been copied is gone with it. Starts what a picture that
/// is copied needs, at the broker's word.
class ClipboardBroker {
public:
    struct Setup {
        std::string program;
        std::string log;
        ImageJob::Programs images;
        FileSender::Setup files;
    };
    /// Bytes that may be copied from a qube and pasted to it.
    struct Limits {
        std::uint32_t text = 0, image = 0;
    };
    ClipboardBroker(wl_event_loop* loop, Setup setup, ClipboardPolicy& policy);
    ~ClipboardBroker();
    ClipboardBroker(ClipboardBroker const&) = delete;
    ClipboardBroker& operator=(ClipboardBroker const&) = delete;

    [[nodiscard]] Result<> start();
    /// Null while it is being started again.
    void set_compositor(CompositorLink* compositor);
    /// What is true of a qube from now on.
    void set_qube(std::uint32_t domain, std::string const& name, Limits const& limits);
    /// A link for the new guid of a qube that is set, in place of the one before: the guid's end.
    [[nodiscard]] Result<Fd> connect(std::uint32_t domain);
    void remove_qube(std::uint32_t domain);
    /// The user's wish: nothing is held any more.
    void clear();
    [[nodiscard]] pid_t pid() const { return process_ ? process_.pid() : 0; }

private:
    struct Known {
        std::string name;
        Limits limits;
        Fd link; ///< the broker's end
    };
    void handle_process(std::uint32_t ready);
    void handle_control(std::uint32_t ready);
    void handle_restart();
    void answer(transport::ClipboardQuestion const& question);
    void ask_policy(transport::ClipboardQuestion const& question);
    void send_files(transport::ClipboardQuestion const& question);
    void handle_files_sent(std::uint32_t serial, bool sent);
    void start_image(transport::ClipboardQuestion const& question);
    void end();
    void tell(std::uint32_t domain, Known const& qube, bool with_link);
    void connect_compositor();
    void send(transport::ClipboardOrder const& order, std::span<int const> descriptors = {});

    wl_event_loop* loop_;
    Setup setup_;
    ClipboardPolicy& policy_;
    CompositorLink* compositor_ = nullptr;
    std::map<std::uint32_t, Known> qubes_;
    Process process_;
    Fd control_;
    std::unique_ptr<ImageJob> image_; ///< the newest
    /// By their questions' serials. They go on where the broker dies: the user was told already.
    std::map<std::uint32_t, std::unique_ptr<FileSender>> senders_;
    int restarts_ = 0;
    std::optional<FdSource<&ClipboardBroker::handle_process>> process_source_;
    std::optional<FdSource<&ClipboardBroker::handle_control>> control_source_;
    Timer<&ClipboardBroker::handle_restart> restart_;
};

} // namespace vitrail::session
