#include "services/sessiond/compositor_link.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/log_sink.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace vitrail::session {
namespace {

std::optional<std::string> contents(int fd)
{
    constexpr off_t most = off_t{64} << 20;
    struct stat status{};
    if (fstat(fd, &status) != 0 || status.st_size > most)
        return std::nullopt;
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    ssize_t const got = pread(fd, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

} // namespace

/// libwayland's callbacks: each finds its link and says what it was told.
struct CompositorLink::Handlers {
    static CompositorLink& of(void* data) { return *static_cast<CompositorLink*>(data); }

    static void ready(void* data, vitrail_session_v1*, char const* display) noexcept
    {
        of(data).display_ = display;
        of(data).events_.handle_ready(display);
    }
    static void window_state(void* data, vitrail_session_v1*, std::uint32_t origin,
                             std::uint32_t window, std::uint32_t epoch, std::int32_t x,
                             std::int32_t y, std::uint32_t width, std::uint32_t height,
                             std::uint32_t stacking, std::uint32_t workspace,
                             std::uint32_t flags) noexcept
    {
        bool const is_new = !of(data).windows_.contains({origin, window});
        of(data).windows_[{origin, window}] = {origin, window, epoch,    x,         y,
                                               width,  height, stacking, workspace, flags};
        if (is_new)
            of(data).events_.handle_window(origin);
    }
    static void placeholder_closed(void* data, vitrail_session_v1*, std::uint32_t id) noexcept
    {
        of(data).events_.handle_placeholder_closed(id);
    }
    static void window_gone(void* data, vitrail_session_v1*, std::uint32_t origin,
                            std::uint32_t window, std::uint32_t) noexcept
    {
        of(data).windows_.erase({origin, window});
    }
    static void workspace(void* data, vitrail_session_v1*, std::uint32_t number) noexcept
    {
        of(data).workspace_ = number;
    }
    static void locked(void* data, vitrail_session_v1*, std::uint32_t locked) noexcept
    {
        of(data).events_.handle_locked(locked != 0);
    }
    static void client_gone(void* data, vitrail_session_v1*, std::uint32_t origin,
                            char const* reason) noexcept
    {
        of(data).events_.handle_client_gone(origin, reason);
    }
    static void inspected(void* data, vitrail_session_v1*, std::uint32_t serial,
                          std::int32_t fd) noexcept
    {
        Fd const owned(fd);
        auto const found = of(data).waiting_.extract(serial);
        if (!found.empty())
            found.mapped()(contents(owned.get()));
    }
    static void chord(void* data, vitrail_session_v1*, char const* name, std::uint32_t origin,
                      std::uint32_t) noexcept
    {
        of(data).events_.handle_chord(name, origin);
    }
    static void spawn(void* data, vitrail_session_v1*, char const* command) noexcept
    {
        of(data).events_.handle_spawn(command);
    }
    static constexpr vitrail_session_v1_listener listener{
        ready,       window_state, window_gone, workspace, locked,
        client_gone, inspected,    chord,       spawn,     placeholder_closed};
};

Result<std::unique_ptr<CompositorLink>> CompositorLink::start(wl_event_loop* loop,
                                                              CompositorSetup const& setup,
                                                              bool locked, Windows& windows,
                                                              CompositorEvents& events)
{
    auto [ours, theirs] = TRY(socket_pair(SOCK_STREAM));
    Fd const log = TRY(open_log(setup.log));
    Spawn spawn{.arguments = {setup.program, "--control-fd", "3"},
                .environment = setup.environment,
                .descriptors = {{theirs.get(), 3}, {log.get(), 1}, {log.get(), 2}},
                .new_session = false};
    if (!setup.config.empty())
        spawn.arguments.insert(spawn.arguments.end(), {"--config", setup.config});
    if (locked)
        spawn.arguments.emplace_back("--locked");
    Process process = TRY(Process::start(spawn));
    theirs.reset();
    wl_display* const connection = wl_display_connect_to_fd(ours.release());
    if (!connection)
        return errno_error("the connection to the compositor");
    std::unique_ptr<CompositorLink> link(
        new CompositorLink(loop, std::move(process), connection, windows, events));
    TRY_VOID(link->bind());
    return link;
}

CompositorLink::CompositorLink(wl_event_loop* loop, Process process, wl_display* connection,
                               Windows& windows, CompositorEvents& events)
    : loop_(loop),
      process_(std::move(process)),
      connection_(connection),
      windows_(windows),
      events_(events),
      connection_source_(loop, *this, wl_display_get_fd(connection), WL_EVENT_READABLE),
      process_source_(loop, *this, process_.pidfd(), WL_EVENT_READABLE)
{
}

CompositorLink::~CompositorLink()
{
    for (auto& [serial, answer] : std::exchange(waiting_, {}))
        answer(std::nullopt);
    if (idle_)
        wl_event_source_remove(idle_);
    if (session_)
        vitrail_session_v1_destroy(session_);
    wl_display_disconnect(connection_);
}

/// The globals of one round trip. This is the one place that waits for the compositor: until it
/// answers there is nothing to do.
Result<> CompositorLink::bind()
{
    wl_registry* const registry = wl_display_get_registry(connection_);
    static constexpr wl_registry_listener listener{
        [](void* data, wl_registry* from, std::uint32_t name, char const* interface,
           std::uint32_t) noexcept {
            auto& self = *static_cast<CompositorLink*>(data);
            if (std::strcmp(interface, vitrail_session_v1_interface.name) == 0)
                self.session_ = static_cast<vitrail_session_v1*>(
                    wl_registry_bind(from, name, &vitrail_session_v1_interface, 1));
        },
        [](void*, wl_registry*, std::uint32_t) noexcept {}};
    wl_registry_add_listener(registry, &listener, this);
    bool const answered = wl_display_roundtrip(connection_) >= 0;
    wl_registry_destroy(registry);
    if (!answered || !session_)
        return error("the compositor ended at its start; its log says why");
    vitrail_session_v1_add_listener(session_, &Handlers::listener, this);
    changed();
    return {};
}

void CompositorLink::flush_when_idle(void* data) noexcept
{
    auto& self = *static_cast<CompositorLink*>(data);
    self.idle_ = nullptr;
    self.flush();
}

/// Requests go out together at the end of the loop's turn.
void CompositorLink::changed()
{
    if (!idle_)
        idle_ = wl_event_loop_add_idle(loop_, &flush_when_idle, this);
}

void CompositorLink::flush()
{
    if (broken_)
        return;
    bool const full = wl_display_flush(connection_) < 0 && errno == EAGAIN;
    connection_source_.set_mask(WL_EVENT_READABLE | (full ? std::uint32_t{WL_EVENT_WRITABLE} : 0U));
}

void CompositorLink::handle_connection(std::uint32_t ready)
{
    if ((ready & WL_EVENT_WRITABLE) != 0)
        flush();
    bool alive = true;
    if ((ready & WL_EVENT_READABLE) != 0) {
        while (wl_display_prepare_read(connection_) != 0)
            alive = alive && wl_display_dispatch_pending(connection_) >= 0;
        alive = wl_display_read_events(connection_) >= 0 && alive;
        alive = wl_display_dispatch_pending(connection_) >= 0 && alive;
    }
    if (!alive || (ready & (WL_EVENT_HANGUP | WL_EVENT_ERROR)) != 0) {
        broken_ = true; // its process ends too, or is made to
        connection_source_.set_mask(0);
        process_.signal(SIGKILL);
    } else
        flush();
}

void CompositorLink::handle_process(std::uint32_t)
{
    process_source_.set_mask(0);
    events_.handle_compositor_end(process_.reap()); // ends us
}

void CompositorLink::set_origin(OriginSpec const& origin)
{
    vitrail_session_v1_set_origin(session_, origin.number, origin.name.c_str(),
                                  origin.label.c_str(), origin.rgb, origin.code.c_str(),
                                  origin.permissions, origin.max_windows, origin.max_pages,
                                  origin.max_clipboard);
    changed();
}

void CompositorLink::remove_origin(std::uint32_t origin)
{
    vitrail_session_v1_remove_origin(session_, origin);
    changed();
}

void CompositorLink::add_client(Fd client, vitrail_session_v1_tier tier, std::uint32_t origin,
                                std::uint32_t epoch)
{
    vitrail_session_v1_add_client(session_, client.get(), tier, origin, epoch);
    changed(); // libwayland sent or kept a copy of the descriptor
}

void CompositorLink::restore(WindowState const& window)
{
    vitrail_session_v1_restore_window(session_, window.origin, window.window, window.epoch,
                                      window.x, window.y, window.width, window.height,
                                      window.stacking, window.workspace, window.flags);
    changed();
}

void CompositorLink::set_workspace(std::uint32_t workspace)
{
    vitrail_session_v1_set_workspace(session_, workspace);
    workspace_ = workspace;
    changed();
}

void CompositorLink::lock()
{
    vitrail_session_v1_lock(session_);
    changed();
}

void CompositorLink::notify(std::uint32_t origin, std::string const& summary,
                            std::string const& body)
{
    vitrail_session_v1_notify(session_, origin, summary.c_str(), body.c_str());
    changed();
}

void CompositorLink::set_focus_claim(std::uint32_t origin)
{
    vitrail_session_v1_set_focus_claim(session_, origin);
    changed();
}

void CompositorLink::set_clipboard(Fd broker)
{
    vitrail_session_v1_set_clipboard(session_, broker.get());
    changed(); // libwayland sent or kept a copy of the descriptor
}

void CompositorLink::set_placeholder(PlaceholderSpec const& placeholder)
{
    vitrail_session_v1_set_placeholder(session_, placeholder.id, placeholder.name.c_str(),
                                       placeholder.label.c_str(), placeholder.rgb,
                                       placeholder.code.c_str(), placeholder.title.c_str(),
                                       placeholder.text.c_str(), placeholder.failed ? 1 : 0);
    changed();
}

void CompositorLink::remove_placeholder(std::uint32_t id)
{
    vitrail_session_v1_remove_placeholder(session_, id);
    changed();
}

void CompositorLink::inspect(std::string const& what,
                             std::function<void(std::optional<std::string>)> answer)
{
    waiting_[next_serial_] = std::move(answer);
    vitrail_session_v1_inspect(session_, next_serial_++, what.c_str());
    changed();
}

} // namespace vitrail::session
