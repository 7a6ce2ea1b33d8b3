#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "lib/os/process.hpp"
#include "vitrail-session-v1-client-protocol.h"

#include <csignal>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::session {

/// A window as the compositor tells it. Positions of the content in layout units; stacking counts
/// from the bottom; flags are vitrail_session_v1.window_flag.
struct WindowState {
    std::uint32_t origin = 0, window = 0, epoch = 0;
    std::int32_t x = 0, y = 0;
    std::uint32_t width = 0, height = 0, stacking = 0, workspace = 0, flags = 0;
};

/// An origin as set_origin takes it.
struct OriginSpec {
    std::uint32_t number = 0;
    std::string name, label, code;
    std::uint32_t rgb = 0;
    std::uint32_t permissions = 0;
    std::uint32_t max_windows = 500;
    std::uint32_t max_pages = 0;
    std::uint32_t max_clipboard = 64000;
};

/// What set_placeholder shows.
struct PlaceholderSpec {
    std::uint32_t id = 0;
    std::string name, label, code;
    std::uint32_t rgb = 0;
    std::string title, text;
    bool failed = false;
};

struct CompositorSetup {
    std::string program;
    std::string config;
    std::string log;
    Environment environment;
};

/// What the session does about the compositor's events.
class CompositorEvents {
public:
    virtual void handle_ready(std::string const& display) = 0;
    virtual void handle_compositor_end(int status) = 0;
    virtual void handle_locked(bool locked) = 0;
    virtual void handle_client_gone(std::uint32_t origin, std::string const& reason) = 0;
    virtual void handle_chord(std::string const& name, std::uint32_t origin) = 0;
    virtual void handle_spawn(std::string const& command) = 0;
    /// A window of this qube that was not there before.
    virtual void handle_window(std::uint32_t origin) = 0;
    virtual void handle_placeholder_closed(std::uint32_t id) = 0;

protected:
    ~CompositorEvents() = default;
};

/// The compositor's process and our end of vitrail_session_v1, the connection of tier control.
///
/// One of these lives as long as one compositor process. The state it is told of windows belongs to
/// the session and outlives it.
class CompositorLink {
public:
    using Windows = std::map<std::pair<std::uint32_t, std::uint32_t>, WindowState>;

    [[nodiscard]] static Result<std::unique_ptr<CompositorLink>>
    start(wl_event_loop* loop, CompositorSetup const& setup, bool locked, Windows& windows,
          CompositorEvents& events);
    ~CompositorLink();
    CompositorLink(CompositorLink const&) = delete;
    CompositorLink& operator=(CompositorLink const&) = delete;

    void set_origin(OriginSpec const& origin);
    void remove_origin(std::uint32_t origin);
    void add_client(Fd client, vitrail_session_v1_tier tier, std::uint32_t origin,
                    std::uint32_t epoch);
    void restore(WindowState const& window);
    void set_workspace(std::uint32_t workspace);
    void lock();
    void notify(std::uint32_t origin, std::string const& summary, std::string const& body);
    void set_focus_claim(std::uint32_t origin);
    void set_clipboard(Fd broker);
    void set_placeholder(PlaceholderSpec const& placeholder);
    void remove_placeholder(std::uint32_t id);
    /// `answer` gets the JSON text, or nothing when the compositor ended before it answered.
    void inspect(std::string const& what, std::function<void(std::optional<std::string>)> answer);
    void terminate() { process_.signal(SIGTERM); }

    [[nodiscard]] std::string const& display() const { return display_; }
    [[nodiscard]] std::uint32_t workspace() const { return workspace_; }
    [[nodiscard]] pid_t pid() const { return process_.pid(); }

private:
    CompositorLink(wl_event_loop* loop, Process process, wl_display* connection, Windows& windows,
                   CompositorEvents& events);
    [[nodiscard]] Result<> bind();
    void flush();
    void handle_connection(std::uint32_t ready);
    void handle_process(std::uint32_t ready);
    static void flush_when_idle(void* data) noexcept;
    void changed();

    struct Handlers;
    friend struct Handlers;

    wl_event_loop* loop_;
    Process process_;
    wl_display* connection_;
    vitrail_session_v1* session_ = nullptr;
    Windows& windows_;
    CompositorEvents& events_;
    std::string display_;
    std::uint32_t workspace_ = 1;
    std::uint32_t next_serial_ = 1;
    std::map<std::uint32_t, std::function<void(std::optional<std::string>)>> waiting_;
    wl_event_source* idle_ = nullptr;
    bool broken_ = false;
    FdSource<&CompositorLink::handle_connection> connection_source_;
    FdSource<&CompositorLink::handle_process> process_source_;
};

} // namespace vitrail::session
