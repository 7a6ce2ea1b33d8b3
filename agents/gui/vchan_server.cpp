#include "agents/gui/vchan_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <format>

namespace vitrail::agent {

std::string vchan_path(std::string const& directory, DomainId server, DomainId client,
                       unsigned port)
{
    return std::format("{}/vchan.{}.{}.{}.sock", directory, server.value, client.value, port);
}

Result<std::unique_ptr<VchanServer>> VchanServer::listen(std::string path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return error("the path of the vchan socket is too long: " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    std::unique_ptr<VchanServer> server(new VchanServer(path));
    server->socket_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::unlink(path.c_str());
    // The folder's group is the GUI domain, where that is another user (root launcher).
    mode_t const before = umask(0007);
    bool const bound =
        server->socket_ &&
        ::bind(server->socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    umask(before);
    if (!bound || ::listen(server->socket_.get(), 1) != 0)
        return errno_error("the vchan socket " + path);
    return server;
}

VchanServer::~VchanServer()
{
    flush();
    if (socket_)
        ::unlink(path_.c_str());
}

void VchanServer::handle_event()
{
    if (peer_ || !socket_)
        return;
    peer_.reset(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!peer_)
        return;
    state_ = State::connected;
    ::unlink(path_.c_str());
    socket_.reset();
}

Result<std::size_t> VchanServer::read(std::span<std::byte> into)
{
    if (!peer_ || state_ == State::disconnected)
        return 0;
    ssize_t const got = ::recv(peer_.get(), into.data(), into.size(), 0);
    if (got > 0)
        return static_cast<std::size_t>(got);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    state_ = State::disconnected; // its end, or ECONNRESET
    return 0;
}

bool VchanServer::write(std::span<std::byte const> bytes)
{
    if (state_ != State::connected)
        return true; // nobody will miss it
    if (queued() + bytes.size() > transport::default_queue_bound)
        flush();
    if (queued() + bytes.size() > transport::default_queue_bound)
        return false;
    if (sent_ > 0) {
        queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(sent_));
        sent_ = 0;
    }
    queue_.insert(queue_.end(), bytes.begin(), bytes.end());
    return true;
}

void VchanServer::flush()
{
    while (peer_ && queued() > 0) {
        ssize_t const sent =
            ::send(peer_.get(), queue_.data() + sent_, queued(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return; // its end shows when reading
        sent_ += static_cast<std::size_t>(sent);
    }
    queue_.clear();
    sent_ = 0;
}

} // namespace vitrail::agent
