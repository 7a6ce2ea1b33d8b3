#include "tools/qvm/run_channel.hpp"

#include "lib/os/rights.hpp"
#include "lib/qrexec/build.hpp"
#include "lib/qrexec/command_line.hpp"
#include "lib/qrexec/framing.hpp"
#include "lib/qrexec/parse.hpp"
#include "lib/qrexec/vmexec.hpp"
#include "lib/transport/socket_connector.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <optional>

namespace vitrail::qvm {
namespace {

/// Until the daemon of a qube that has just been started must be there (fact sheet qrexec §10).
constexpr std::chrono::seconds patience{60};

/// The daemons' sockets stand beside the socket of their qubesd.
std::string daemons_of(Tool const& tool)
{
    std::string const& socket = tool.client().socket();
    return socket.substr(0, socket.rfind('/') + 1) + "qrexec";
}

Done<Fd> connect_daemon(Tool const& tool, std::string const& qube)
{
    EventLoop loop;
    std::optional<Result<Fd>> connected;
    transport::SocketConnector const connector(loop.get(), daemons_of(tool), "qrexec." + qube,
                                               patience, [&](Result<Fd> result) {
                                                   connected = std::move(result);
                                                   loop.stop();
                                               });
    loop.run();
    if (!*connected)
        return fail("the qube '" + qube + "' cannot be reached (" + connected->error().message() +
                    ")");
    fcntl((*connected)->get(), F_SETFL, 0); // until it is started we have nothing else to do
    return std::move(**connected);
}

std::string shell_word(std::string_view word)
{
    std::string text = "'";
    for (char const c : word)
        text += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return text + "'";
}

/// `USER:QUBESRPC SERVICE dom0`: a shell reads what no service's name has room for.
std::string command_for(RunOrder const& order, std::string& first)
{
    std::string service = order.service;
    if (service.empty())
        service = (order.needs_session ? "qubes.VMExecGUI+" : "qubes.VMExec+") +
                  qrexec::encode_words(order.argv);
    if (service.size() >= qrexec::max_service_bytes) {
        service = order.needs_session ? "qubes.VMShell+WaitForSession" : "qubes.VMShell";
        first = "exec";
        for (std::string const& word : order.argv)
            first += " " + shell_word(word);
        first += "\n";
    }
    if (!service.contains('+'))
        service += '+';
    return std::string(order.as_root ? std::string_view("root") : qrexec::default_user) +
           ":QUBESRPC " + service + " dom0";
}

/// The daemon's word that the order is taken.
Done<> await_answer(int daemon, std::string const& qube)
{
    qrexec::Splitter splitter(qrexec::Stream::daemon_to_client);
    for (std::array<std::byte, 256> bytes{};;) {
        ssize_t const got = recv(daemon, bytes.data(), bytes.size(), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail("the qube '" + qube + "' takes no call");
        std::span<std::byte const> input = std::span(bytes).first(static_cast<std::size_t>(got));
        while (true) {
            auto const frame = splitter.next(input);
            if (frame && !*frame)
                break;
            auto const message =
                frame ? qrexec::parse_answer(**frame) : std::unexpected(frame.error());
            if (!message)
                return fail("the daemon of '" + qube + "' makes no sense");
            if (std::holds_alternative<qrexec::Assigned>(*message))
                return {};
            splitter.set_version(qrexec::client_version);
        }
    }
}

} // namespace

Done<RemoteProgram> RemoteProgram::start(Tool const& tool, RunOrder const& order)
{
    Fd const daemon = TRY(connect_daemon(tool, order.qube));
    auto made = transport::make_pipe_ends();
    if (!made)
        return std::unexpected(Failure(made.error()));
    RemoteProgram program{
        .pipes = std::move(made->first), .first = "", .with_streams = order.with_streams};
    qrexec::Bytes bytes;
    qrexec::build(bytes, qrexec::Hello{qrexec::client_version});
    qrexec::build(bytes, qrexec::CallPipes{DomainId{0}, 0});
    qrexec::build(bytes, qrexec::Execute{.just = false,
                                         .domain = DomainId{0},
                                         .port = 0,
                                         .command = command_for(order, program.first)});
    std::array<int, 2> const theirs{made->second.reader.get(), made->second.writer.get()};
    ssize_t const sent = send_with_rights(daemon.get(), bytes, theirs);
    if (sent != static_cast<ssize_t>(bytes.size()))
        return std::unexpected(Failure(errno_error("the daemon of the qube").error()));
    TRY_VOID(await_answer(daemon.get(), order.qube));
    return program;
}

} // namespace vitrail::qvm
