#include "lib/transport/socket_connector.hpp"

#include "lib/os/beneath.hpp"
#include "lib/os/line_socket.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace vitrail::transport {
namespace {

/// bind() makes the socket's name before listen() takes connections: a moment apart, or longer on a
/// busy machine. Each wait is twice the one before: a socket that stays refused wakes us seldom.
constexpr std::chrono::milliseconds first_wait{1};

} // namespace

SocketConnector::SocketConnector(wl_event_loop* loop, std::string const& folder,
                                 std::string const& name, std::chrono::milliseconds timeout,
                                 Handle handle)
    : SocketConnector(
          loop, folder, [path = folder + "/" + name] { return connect_unix(path); },
          folder + "/" + name, timeout, std::move(handle))
{
}

SocketConnector::SocketConnector(wl_event_loop* loop, int folder, std::string const& name,
                                 std::chrono::milliseconds timeout, Handle handle)
    : SocketConnector(
          loop, "/proc/self/fd/" + std::to_string(folder),
          [folder, name] { return connect_beneath(folder, name); }, name, timeout,
          std::move(handle))
{
}

SocketConnector::SocketConnector(wl_event_loop* loop, std::string const& folder,
                                 std::function<Result<Fd>()> connect, std::string what,
                                 std::chrono::milliseconds timeout, Handle handle)
    : loop_(loop),
      folder_(folder),
      connect_(std::move(connect)),
      what_(std::move(what)),
      handle_(std::move(handle)),
      wait_(first_wait),
      retry_(loop, *this),
      timeout_(loop, *this)
{
    if (timeout.count() > 0)
        timeout_.arm(timeout);
    first_ = wl_event_loop_add_idle(
        loop,
        [](void* data) noexcept {
            auto* const self = static_cast<SocketConnector*>(data);
            self->first_ = nullptr; // the loop has removed it
            self->try_connect();
        },
        this);
}

SocketConnector::~SocketConnector()
{
    if (first_)
        wl_event_source_remove(first_);
}

void SocketConnector::handle_change(std::uint32_t)
{
    alignas(inotify_event) std::array<char, 4096> events;
    while (read(inotify_.get(), events.data(), events.size()) > 0) {
    }
    wait_ = first_wait;
    try_connect();
}

void SocketConnector::handle_retry()
{
    try_connect();
}

void SocketConnector::handle_timeout()
{
    tell(std::unexpected(Error{ETIMEDOUT, "waiting for " + what_}));
}

/// Only while there is nothing: a user may have few of these (128 is usual).
void SocketConnector::watch()
{
    inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    if (inotify_ &&
        inotify_add_watch(inotify_.get(), folder_.c_str(), IN_CREATE | IN_MOVED_TO) >= 0)
        watch_.emplace(loop_, *this, inotify_.get(), WL_EVENT_READABLE);
}

void SocketConnector::try_connect()
{
    auto socket = connect_();
    if (!socket && socket.error().code == ENOENT && !watch_) {
        watch();
        socket = connect_(); // it may have come in between
    }
    if (socket)
        return tell(std::move(socket));
    int const code = socket.error().code;
    bool const is_told = code == ENOENT && watch_;
    if (code != ENOENT && code != ECONNREFUSED && code != EAGAIN)
        return tell(std::move(socket));
    if (!is_told) {
        retry_.arm(wait_);
        wait_ *= 2;
    }
}

void SocketConnector::tell(Result<Fd> result)
{
    watch_.reset();
    inotify_.reset();
    retry_.disarm();
    timeout_.disarm();
    if (auto const handle = std::exchange(handle_, {}))
        handle(std::move(result));
}

} // namespace vitrail::transport
