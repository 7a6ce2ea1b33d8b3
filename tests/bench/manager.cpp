#include "tests/bench/manager.hpp"

#include "lib/os/line_socket.hpp"
#include "tests/bench/qube.hpp"
#include "tests/bench/record.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace vitrail::bench {
namespace {

[[noreturn]] void give_up(std::string const& why)
{
    std::fprintf(stderr, "bench: %s\n", why.c_str());
    std::exit(1);
}

test::ChildProcess start(std::filesystem::path const& runtime, std::filesystem::path const& state)
{
    auto made = test::ChildProcess::start(
        {.arguments = {program("services/qubesd/vitrail-qubesd"), "--state", state, "--runtime-dir",
                       runtime / "vitrail"},
         .environment = {},
         .output = runtime / "qubesd.log"});
    if (!made)
        give_up(made.error().message());
    return std::move(*made);
}

} // namespace

Manager::Manager(std::filesystem::path const& runtime, std::filesystem::path const& state)
    : runtime_(runtime), client_(runtime / "vitrail/qubesd.sock"), process_(start(runtime, state))
{
    while (!client_.call(qube::dom0, "admin.vmclass.List")) { // it makes its store meanwhile
        if (!process_.running())
            give_up("qubesd ended; see " + (runtime / "qubesd.log").string());
        ::usleep(5000);
    }
}

std::string Manager::call(std::string_view destination, std::string_view method,
                          std::string_view argument, std::string_view payload) const
{
    auto answer = client_.call(destination, method, argument, payload);
    if (!answer)
        give_up(std::string(method) + ": " + answer.error().message);
    return std::move(*answer);
}

double Manager::tool_ms(std::vector<std::string> arguments) const
{
    arguments.front() = program("tools/qvm/" + arguments.front());
    Nanoseconds const start = now();
    auto const done = test::output_of({.arguments = arguments,
                                       .environment = {{"QUBESD_SOCKET", client_.socket()}},
                                       .output = {}});
    Nanoseconds const end = now();
    if (!done)
        give_up(done.error().message());
    return static_cast<double>(end - start) / 1e6;
}

CallFloor::CallFloor(std::filesystem::path const& socket, std::string const& content)
    : client_(socket)
{
    auto made = listen_unix(socket);
    if (!made || ::listen(made->get(), SOMAXCONN) != 0)
        give_up("no socket for the floor");
    listening_ = std::move(*made);
    int const flags = fcntl(listening_.get(), F_GETFL);
    fcntl(listening_.get(), F_SETFL, flags & ~O_NONBLOCK);
    server_ = std::thread([this, reply = qube::build_success(content)] { serve(reply); });
}

CallFloor::~CallFloor()
{
    shutdown(listening_.get(), SHUT_RDWR); // accept ends
    server_.join();
}

void CallFloor::serve(std::string const& reply) const
{
    std::array<char, 65536> bytes; // NOLINT: filled by read
    for (;;) {
        Fd const caller(accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (!caller)
            return;
        while (read(caller.get(), bytes.data(), bytes.size()) > 0) {
        }
        (void)send(caller.get(), reply.data(), reply.size(), MSG_NOSIGNAL);
    }
}

EventWatch::EventWatch(qube::AdminClient const& client)
{
    auto stream = client.open_stream(qube::dom0, "admin.Events");
    if (!stream)
        give_up(stream.error().message);
    stream_ = std::move(*stream);
    wait_for("connection-established");
}

std::optional<qube::AdminEvent> EventWatch::next(int patience_ms)
{
    for (;;) {
        auto event = parser_.next();
        if (!event)
            give_up(event.error().message);
        if (*event)
            return std::move(**event);
        pollfd ready{stream_.get(), POLLIN, 0};
        if (poll(&ready, 1, patience_ms) <= 0)
            return std::nullopt;
        std::array<char, 65536> bytes; // NOLINT: filled by read
        ssize_t const got = read(stream_.get(), bytes.data(), bytes.size());
        if (got <= 0)
            give_up("the stream of events ended");
        parser_.feed({bytes.data(), static_cast<std::size_t>(got)});
    }
}

qube::AdminEvent EventWatch::wait_for(std::string_view name)
{
    constexpr int patience_ms = 10000;
    while (auto event = next(patience_ms))
        if (event->name == name)
            return std::move(*event);
    give_up("an event never came: " + std::string(name));
}

int EventWatch::drain(std::string_view prefix)
{
    int found = 0;
    while (auto const event = next(0))
        found += event->name.starts_with(prefix) ? 1 : 0;
    return found;
}

} // namespace vitrail::bench
