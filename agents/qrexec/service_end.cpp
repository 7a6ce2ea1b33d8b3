#include "agents/qrexec/service_end.hpp"

#include "lib/base/text.hpp"
#include "lib/os/pipe.hpp"
#include "lib/transport/socket_channel.hpp"
#include "lib/transport/socket_server.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <utility>

namespace vitrail::agent_qrexec {
namespace {

constexpr std::chrono::seconds patience{120}; // fact sheet qrexec §10

std::string file_name(std::string const& path)
{
    return std::filesystem::path(path).filename();
}

} // namespace

ServiceEnd::ServiceEnd(wl_event_loop* loop, Places const& places, std::string const& folder,
                       DomainId own, qrexec::Execute order)
    : loop_(loop), places_(places), order_(std::move(order))
{
    // The caller serves the channel of a call (fact sheet qrexec §2).
    connector_.emplace(
        loop, folder, file_name(transport::vchan_path(folder, order_.domain, own, order_.port)),
        patience, [this](Result<Fd> connection) { handle_connection(std::move(connection)); });
}

ServiceEnd::ServiceEnd(wl_event_loop* loop, Places const& places, qrexec::Execute order,
                       transport::PipeEnds pipes)
    : loop_(loop),
      places_(places),
      order_(std::move(order)),
      channel_(std::make_unique<transport::PipeChannel>(std::move(pipes)))
{
}

std::vector<Process> ServiceEnd::take_processes()
{
    session_source_.reset();
    process_source_.reset();
    std::vector<Process> left;
    for (Process* const one : {&session_wait_, &process_})
        if (*one)
            left.push_back(std::exchange(*one, Process()));
    return left;
}

void ServiceEnd::handle_connection(Result<Fd> connection)
{
    auto channel = connection ? transport::SocketChannel::adopt(std::move(*connection))
                              : std::unexpected(connection.error());
    if (channel) {
        channel_ = std::move(*channel);
        return begin();
    }
    std::fprintf(stderr, "vitrail-agent-qrexec: %s\n", channel.error().message().c_str());
    finish();
}

void ServiceEnd::begin()
{
    auto const line = qrexec::parse_command_line(order_.command);
    auto command = line ? find_command(places_, *line)
                        : std::unexpected(NotStarted{cannot_run, "no command line"});
    if (!command)
        return give_up(command.error());
    command_ = std::move(*command);
    if (!command_.config.wait_for_session || !line->waits_for_session)
        return start(command_);
    auto const waiter = find_command(
        places_, {.user = places_.user,
                  .service = qrexec::ServiceCall{.name = "qubes.WaitForSession", .argument = ""},
                  .source = line->source});
    auto running = waiter ? start_command(*waiter, true)
                          : std::expected<Running, NotStarted>(std::unexpected(waiter.error()));
    if (!running || !running->process)
        return start(command_); // a qube that has no such service has nothing to wait for
    session_wait_ = std::move(running->process);
    session_source_.emplace(loop_, *this, session_wait_.pidfd(), WL_EVENT_READABLE);
}

void ServiceEnd::handle_session(std::uint32_t)
{
    session_source_.reset();
    (void)session_wait_.reap();
    session_wait_ = Process();
    // Once more: its variables are those of the session that is there now.
    auto const line = qrexec::parse_command_line(order_.command);
    auto command = find_command(places_, *line);
    if (!command)
        return give_up(command.error());
    command_ = std::move(*command);
    start(command_);
}

void ServiceEnd::start(Command const& command)
{
    auto running = start_command(command, order_.just);
    if (!running)
        return give_up(running.error());
    process_ = std::move(running->process);
    connect_streams(std::move(running->ends));
    if (order_.just) {
        end_->set_exit(0);
    } else if (!process_) {
        std::string const who = command.descriptor + '\0';
        if (!command.config.skip_service_descriptor)
            end_->write_first(std::as_bytes(std::span(who)));
        end_->set_exit_at_end(0, !running->ends_with_output);
    }
    if (process_)
        process_source_.emplace(loop_, *this, process_.pidfd(), WL_EVENT_READABLE);
}

void ServiceEnd::handle_process(std::uint32_t)
{
    process_source_.reset();
    int const status = process_.reap();
    process_ = Process();
    if (!order_.just)
        end_->set_exit(status);
}

void ServiceEnd::connect_streams(call::LocalEnds ends)
{
    end_ = std::make_unique<call::CallEnd>(
        loop_, std::move(channel_), call::Side::service, std::move(ends),
        [this](call::Outcome const& outcome) {
            if (outcome.violation)
                std::fprintf(stderr, "vitrail-agent-qrexec: a caller: %s\n",
                             outcome.violation->describe().c_str());
            finish();
        });
}

void ServiceEnd::give_up(NotStarted const& why)
{
    std::fprintf(stderr, "vitrail-agent-qrexec: %s: %s\n", escape_for_log(order_.command).c_str(),
                 why.why.c_str());
    call::LocalEnds ends;
    if (why.is_callers)
        if (auto said = make_pipe()) {
            std::string const line = why.why + "\n"; // shorter than any pipe holds
            fcntl(said->reader.get(), F_SETFL, O_NONBLOCK);
            if (write(said->writer.get(), line.data(), line.size()) > 0)
                ends.errors = std::move(said->reader);
        }
    connect_streams(std::move(ends));
    end_->set_exit(why.code);
}

void ServiceEnd::finish()
{
    auto const handle = std::exchange(handle_end_, {});
    if (handle)
        handle();
}

} // namespace vitrail::agent_qrexec
