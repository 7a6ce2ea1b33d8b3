#include "lib/os/line_socket.hpp"

#include "lib/os/rights.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <utility>

namespace vitrail {
namespace {

Result<sockaddr_un> unix_address(std::string const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return error("this path is too long for a socket: " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    return address;
}

} // namespace

LineSocket::LineSocket(wl_event_loop* loop, Fd socket,
                       std::function<void(std::string_view)> handle_line,
                       std::function<void()> handle_end)
    : socket_(std::move(socket)),
      handle_line_(std::move(handle_line)),
      handle_end_(std::move(handle_end)),
      source_(std::in_place, loop, *this, socket_.get(), WL_EVENT_READABLE)
{
}

LineSocket::~LineSocket()
{
    if (gone_)
        *gone_ = true;
}

void LineSocket::end()
{
    if (std::exchange(ended_, true))
        return;
    source_.reset();                 // a mask of 0 would still be woken, for ever, by the hang-up
    auto const handle = handle_end_; // it may destroy us and with us itself
    if (handle)
        handle();
}

void LineSocket::handle_ready(std::uint32_t ready)
{
    if ((ready & WL_EVENT_WRITABLE) != 0)
        flush();
    std::array<char, 16384> bytes;
    ssize_t const got = receive_with_rights(socket_.get(), std::as_writable_bytes(std::span(bytes)),
                                            received_, MSG_DONTWAIT)
                            .count;
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    bool gone = false;
    gone_ = &gone;
    if (got > 0)
        in_.append(bytes.data(), static_cast<std::size_t>(got));
    for (auto end = in_.find('\n'); end != std::string::npos; end = in_.find('\n')) {
        std::string const line = in_.substr(0, end);
        in_.erase(0, end + 1);
        handle_line_(line);
        if (gone)
            return;
    }
    gone_ = nullptr;
    if (got <= 0 || in_.size() > max_line)
        end();
}

void LineSocket::send(std::string_view line)
{
    if (ended_)
        return;
    out_.append(line);
    out_ += '\n';
    flush();
}

bool LineSocket::send_with(std::string_view line, std::vector<int> const& descriptors)
{
    if (ended_ || !out_.empty() || descriptors.empty() || descriptors.size() > max_rights)
        return false;
    std::string const text = std::string(line) + "\n";
    ssize_t const sent =
        send_with_rights(socket_.get(), std::as_bytes(std::span(text)), descriptors, MSG_DONTWAIT);
    if (sent < 0)
        return false;
    out_.append(text, static_cast<std::size_t>(sent));
    flush();
    return true;
}

void LineSocket::flush()
{
    while (!out_.empty()) {
        ssize_t const sent =
            ::send(socket_.get(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno == EAGAIN)
            break;
        if (sent < 0) { // its end is told from the loop, never from within send()
            out_.clear();
            break;
        }
        out_.erase(0, static_cast<std::size_t>(sent));
    }
    if (out_.size() > max_queue)
        shutdown(socket_.get(), SHUT_RDWR);
    source_->set_mask(WL_EVENT_READABLE | (out_.empty() ? 0U : std::uint32_t{WL_EVENT_WRITABLE}));
}

LineListener::LineListener(wl_event_loop* loop, Fd socket, std::string path,
                           std::function<void(Fd)> handle)
    : socket_(std::move(socket)),
      path_(std::move(path)),
      handle_(std::move(handle)),
      source_(loop, *this, socket_.get(), WL_EVENT_READABLE)
{
}

Result<std::unique_ptr<LineListener>> LineListener::listen(wl_event_loop* loop, std::string path,
                                                           std::function<void(Fd)> handle)
{
    Fd socket = TRY(listen_unix(path));
    return std::make_unique<LineListener>(loop, std::move(socket), std::move(path),
                                          std::move(handle));
}

LineListener::~LineListener()
{
    if (!path_.empty())
        unlink(path_.c_str());
}

void LineListener::handle_ready(std::uint32_t)
{
    Fd connection(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection)
        handle_(std::move(connection));
}

Result<Fd> listen_unix(std::string const& path)
{
    sockaddr_un const address = TRY(unix_address(path));
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    unlink(path.c_str());
    mode_t const before = umask(0177);
    bool const bound = socket && bind(socket.get(), reinterpret_cast<sockaddr const*>(&address),
                                      sizeof address) == 0;
    umask(before);
    if (!bound || listen(socket.get(), 64) != 0)
        return errno_error("the socket " + path);
    return socket;
}

Result<Fd> connect_unix(std::string const& path)
{
    sockaddr_un const address = TRY(unix_address(path));
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket ||
        connect(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
        return errno_error("the socket " + path);
    return socket;
}

Result<std::pair<Fd, Fd>> socket_pair(int type)
{
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) != 0)
        return errno_error("a pair of sockets");
    return std::pair{Fd(ends[0]), Fd(ends[1])};
}

} // namespace vitrail
