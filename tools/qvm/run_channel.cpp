#include "tools/qvm/run_channel.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/pipe.hpp"
#include "lib/os/rights.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>

namespace vitrail::qvm {
namespace {

using Json = nlohmann::json;

/// Keepers stand beside the socket of their qubesd.
std::string keeper_of(Tool const& tool, std::string const& qube)
{
    std::string const& socket = tool.client().socket();
    return socket.substr(0, socket.rfind('/') + 1) + "qubes/" + qube + "/keeper.sock";
}

/// Our own descriptors never go into a qube: it could open the file behind one again. And it may
/// run as another user, who opens /dev/stdout: hence the mode.
Done<Pipe> make_open_pipe()
{
    auto made = make_pipe();
    if (!made)
        return std::unexpected(Failure(made.error()));
    fchmod(made->reader.get(), 0666);
    return std::move(*made);
}

Done<> send_line(int socket, std::string const& line, std::vector<int> const& descriptors)
{
    ssize_t const sent = send_with_rights(socket, std::as_bytes(std::span(line)), descriptors);
    if (sent < 0)
        return std::unexpected(Failure(errno_error("the qube's keeper").error()));
    std::string_view rest = std::string_view(line).substr(static_cast<std::size_t>(sent));
    while (!rest.empty()) {
        ssize_t const more = send(socket, rest.data(), rest.size(), MSG_NOSIGNAL);
        if (more < 0)
            return std::unexpected(Failure(errno_error("the qube's keeper").error()));
        rest.remove_prefix(static_cast<std::size_t>(more));
    }
    return {};
}

void set_non_blocking(Fd const& fd)
{
    fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

} // namespace

Done<RemoteProgram> RemoteProgram::start(Tool const& tool, RunOrder const& order)
{
    auto connection = connect_unix(keeper_of(tool, order.qube));
    if (!connection)
        return fail("the qube '" + order.qube + "' cannot be reached (" +
                    connection.error().message() + ")");
    fcntl(connection->get(), F_SETFL, 0); // until it is started we have nothing else to do
    RemoteProgram program(std::move(*connection));
    Json const request{
        {"op", "run"}, {"argv", order.argv}, {"gui", order.needs_session}, {"root", order.as_root}};
    std::string const line = request.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    if (order.with_streams) {
        Pipe in = TRY(make_open_pipe());
        Pipe out = TRY(make_open_pipe());
        Pipe err = TRY(make_open_pipe());
        TRY_VOID(send_line(program.control(), line,
                           {in.reader.get(), out.writer.get(), err.writer.get()}));
        program.input = std::move(in.writer);
        program.output = std::move(out.reader);
        program.errors = std::move(err.reader);
        for (Fd const* const one : {&program.input, &program.output, &program.errors})
            set_non_blocking(*one);
    } else
        TRY_VOID(send_line(program.control(), line, {}));
    Json const reply = Json::parse(TRY(program.read_line()), nullptr, false);
    if (reply.is_object() && reply.contains("started")) {
        set_non_blocking(program.control_);
        return program;
    }
    if (reply.is_object() && reply.contains("error") && reply["error"].is_string())
        return fail(reply["error"].get<std::string>());
    return fail("the qube '" + order.qube + "' has ended");
}

Done<std::string> RemoteProgram::read_line()
{
    for (;;) {
        if (auto const end = text_.find('\n'); end != std::string::npos) {
            std::string line = text_.substr(0, end);
            text_.erase(0, end + 1);
            return line;
        }
        std::array<char, 4096> bytes{};
        ssize_t const got = read(control_.get(), bytes.data(), bytes.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail("the qube has ended");
        text_.append(bytes.data(), static_cast<std::size_t>(got));
    }
}

std::optional<int> RemoteProgram::read_status()
{
    constexpr int gone = 255;
    std::array<char, 4096> bytes{};
    ssize_t const got = read(control_.get(), bytes.data(), bytes.size());
    bool const is_over = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    if (got > 0)
        text_.append(bytes.data(), static_cast<std::size_t>(got));
    for (auto end = text_.find('\n'); end != std::string::npos; end = text_.find('\n')) {
        Json const said = Json::parse(text_.substr(0, end), nullptr, false);
        text_.erase(0, end + 1);
        if (said.is_object() && said.contains("ended") && said.contains("status") &&
            said["status"].is_number_integer())
            return said["status"].get<int>();
    }
    return is_over ? std::optional(gone) : std::nullopt;
}

} // namespace vitrail::qvm
