#include "lib/transport/socket_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <format>

namespace vitrail::transport {

std::string vchan_path(std::string const& directory, DomainId server, DomainId client,
                       unsigned port)
{
    return std::format("{}/vchan.{}.{}.{}.sock", directory, server.value, client.value, port);
}

Result<std::unique_ptr<SocketServer>> SocketServer::listen(std::string path,
                                                           std::size_t queue_bound)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return error("the path of the vchan socket is too long: " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ::unlink(path.c_str());
    // The folder's group is the GUI domain, where that is another user (root launcher).
    mode_t const before = umask(0007);
    bool const bound =
        socket && ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    umask(before);
    if (!bound || ::listen(socket.get(), 1) != 0)
        return errno_error("the vchan socket " + path);
    std::unique_ptr<SocketServer> server(new SocketServer(std::move(path), queue_bound));
    server->socket_ = std::move(socket);
    return server;
}

SocketServer::~SocketServer()
{
    if (socket_)
        ::unlink(path_.c_str());
}

void SocketServer::handle_event()
{
    if (peer_)
        return;
    Fd peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!peer)
        return; // it went away again
    auto channel = SocketChannel::adopt(std::move(peer), bound_);
    if (!channel)
        return;
    peer_ = *std::move(channel);
    if (keeps_descriptors_)
        peer_->accept_descriptors();
    ::unlink(path_.c_str());
    socket_.reset();
}

Result<std::size_t> SocketServer::read(std::span<std::byte> into)
{
    if (!peer_)
        return 0;
    return peer_->read(into);
}

bool SocketServer::write(std::span<std::byte const> bytes)
{
    return !peer_ || peer_->write(bytes);
}

void SocketServer::flush()
{
    if (peer_)
        peer_->flush();
}

} // namespace vitrail::transport
