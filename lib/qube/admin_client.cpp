#include "lib/qube/admin_client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace vitrail::qube {
namespace {

/// Blocking on purpose: a tool waits.
Result<Fd> connect_blocking(std::string const& path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return error("this path is too long for a socket: " + path);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket ||
        connect(socket.get(), reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0)
        return errno_error("qubesd at " + path);
    return socket;
}

Result<> send_all(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        ssize_t const sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
            return {}; // it may have answered all the same: read what there is
        if (sent < 0)
            return errno_error("sending to qubesd");
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return {};
}

Result<Fd> send_request(std::string const& socket, AdminRequest const& request)
{
    Fd connection = TRY(connect_blocking(socket));
    TRY_VOID(send_all(connection.get(), build_request(request)));
    shutdown(connection.get(), SHUT_WR);
    return connection;
}

Result<std::string> receive_all(int fd)
{
    std::string all;
    std::array<char, 65536> bytes{};
    for (;;) {
        ssize_t const got = read(fd, bytes.data(), bytes.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == ECONNRESET)
            return all; // dropped without a reply
        if (got < 0)
            return errno_error("reading from qubesd");
        if (got == 0)
            return all;
        all.append(bytes.data(), static_cast<std::size_t>(got));
    }
}

} // namespace

AdminClient::AdminClient(std::string socket, std::string source)
    : socket_(std::move(socket)), source_(std::move(source))
{
}

std::string AdminClient::default_socket()
{
    if (char const* const given = std::getenv("QUBESD_SOCKET"); given && *given)
        return given;
    if (char const* const folder = std::getenv("XDG_RUNTIME_DIR"); folder && *folder) {
        std::string own = std::string(folder) + "/vitrail/qubesd.sock";
        if (access(own.c_str(), F_OK) == 0)
            return own;
    }
    return "/var/run/qubesd.sock";
}

Outcome<std::string> PendingCall::finish()
{
    auto const reply = receive_all(connection_.get());
    if (!reply)
        return refuse(exception::generic, reply.error().message());
    return parse_reply(*reply);
}

Outcome<PendingCall> AdminClient::begin(std::string_view destination, std::string_view method,
                                        std::string_view argument, std::string_view payload) const
{
    auto connection =
        send_request(socket_, {std::string(method), std::string(argument), party_named(source_),
                               party_named(destination), std::string(payload)});
    if (!connection)
        return refuse(exception::generic, connection.error().message());
    return PendingCall(std::move(*connection));
}

Outcome<std::string> AdminClient::call(std::string_view destination, std::string_view method,
                                       std::string_view argument, std::string_view payload) const
{
    return TRY(begin(destination, method, argument, payload)).finish();
}

Outcome<Fd> AdminClient::open_stream(std::string_view destination, std::string_view method) const
{
    auto connection = send_request(
        socket_, {std::string(method), "", party_named(source_), party_named(destination), ""});
    if (!connection)
        return refuse(exception::generic, connection.error().message());
    return std::move(*connection);
}

} // namespace vitrail::qube
