#include "tools/qvm/streams.hpp"

#include "lib/call/borrowed_ends.hpp"
#include "lib/os/pipe.hpp"
#include "lib/os/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <memory>
#include <span>

namespace vitrail::qvm {
namespace {

constexpr int qube_gone = 255;
constexpr int was_interrupted = 130;

volatile std::sig_atomic_t interrupted = 0;
bool catches_interrupts = false;

void set_non_blocking(Fd const& fd)
{
    fcntl(fd.get(), F_SETFL, fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

/// Programs under way, until the last has ended or we are interrupted.
class Carrying {
public:
    Carrying()
    {
        if (catches_interrupts)
            for (int const number : {SIGINT, SIGTERM, SIGHUP})
                signals_.push_back(std::make_unique<SignalSource<&Carrying::handle_signal>>(
                    loop_.get(), *this, number));
    }
    void add(RemoteProgram program, call::LocalEnds ends)
    {
        ++running_;
        calls_.push_back(std::make_unique<call::CallEnd>(
            loop_.get(), std::make_unique<transport::PipeChannel>(std::move(program.pipes)),
            call::Side::caller, std::move(ends),
            [this](call::Outcome const& outcome) { handle_end(outcome); }));
        calls_.back()->send_first(program.first);
    }
    [[nodiscard]] EventLoop& loop() { return loop_; }
    int run()
    {
        if (interrupted != 0)
            return was_interrupted;
        if (running_ > 0)
            loop_.run();
        return status_;
    }

    void handle_signal(int)
    {
        status_ = was_interrupted;
        loop_.stop();
    }

private:
    void handle_end(call::Outcome const& outcome)
    {
        constexpr int most = 0xff;
        status_ = std::max(status_, outcome.code ? *outcome.code & most : qube_gone);
        if (--running_ == 0)
            loop_.stop();
    }

    EventLoop loop_;
    int status_ = 0;
    int running_ = 0;
    std::vector<std::unique_ptr<call::CallEnd>> calls_;
    std::vector<std::unique_ptr<SignalSource<&Carrying::handle_signal>>> signals_;
};

std::string colour_code(int colour)
{
    return colour > 0 ? "\033[0;" + std::to_string(colour) + "m" : "";
}

/// The terminal has its own colour again.
void end_colours(Terminal const& terminal)
{
    if (terminal.output_colour > 0)
        dprintf(STDOUT_FILENO, "\033[0m");
    if (terminal.errors_colour > 0)
        dprintf(STDERR_FILENO, "\033[0m");
}

/// Text that grows with what a pipe brings.
class Collector {
public:
    Collector(EventLoop& loop, Fd reader)
        : reader_(std::move(reader)),
          source_(std::in_place, loop.get(), *this, reader_.get(), WL_EVENT_READABLE)
    {
        set_non_blocking(reader_);
    }
    void handle_ready(std::uint32_t)
    {
        std::array<char, 65536> bytes; // filled by read
        ssize_t const got = read(reader_.get(), bytes.data(), bytes.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got > 0)
            text_.append(bytes.data(), static_cast<std::size_t>(got));
        if (got <= 0 || text_.size() > most) {
            source_.reset();
            reader_.reset();
        }
    }
    /// With what still lies in the pipe.
    [[nodiscard]] std::optional<std::string> take()
    {
        while (source_)
            if (pollfd one{reader_.get(), POLLIN, 0}; poll(&one, 1, -1) > 0)
                handle_ready(0);
        return text_.size() > most ? std::nullopt : std::optional(std::move(text_));
    }

private:
    static constexpr std::size_t most = std::size_t{16} << 20;

    Fd reader_;
    std::string text_;
    std::optional<FdSource<&Collector::handle_ready>> source_;
};

} // namespace

std::optional<std::string> read_output(RemoteProgram program)
{
    auto pipe = make_pipe();
    if (!pipe)
        return std::nullopt;
    set_non_blocking(pipe->writer);
    std::optional<std::string> text;
    int status = 0;
    {
        Carrying carrying;
        Collector collector(carrying.loop(), std::move(pipe->reader));
        carrying.add(std::move(program),
                     {.input = {}, .output = std::move(pipe->writer), .errors = {}});
        status = carrying.run();
        text = collector.take();
    }
    return status == 0 ? text : std::nullopt;
}

void catch_interrupts()
{
    catches_interrupts = true;
    struct sigaction action{};
    action.sa_handler = [](int) { interrupted = 1; };
    for (int const number : {SIGINT, SIGTERM, SIGHUP})
        sigaction(number, &action, nullptr);
}

int carry_streams(std::vector<RemoteProgram> programs, Terminal const& terminal)
{
    call::BorrowedEnds lender;
    Carrying carrying;
    bool const is_alone = programs.size() == 1;
    for (RemoteProgram& one : programs) {
        call::LocalEnds ends{.input = {},
                             .output = {},
                             .errors = {},
                             .filter_output = terminal.filters,
                             .filter_errors = terminal.filters,
                             .before_output = colour_code(terminal.output_colour),
                             .before_errors = colour_code(terminal.errors_colour)};
        if (one.with_streams) {
            if (is_alone)
                ends.input = lender.lend(STDIN_FILENO);
            ends.output = lender.lend(STDOUT_FILENO);
            ends.errors = lender.lend(STDERR_FILENO);
        }
        carrying.add(std::move(one), std::move(ends));
    }
    int const status = carrying.run();
    end_colours(terminal);
    return status;
}

Done<int> carry_with_local(RemoteProgram program, std::string const& local,
                           Terminal const& terminal)
{
    auto to_it = make_pipe();
    auto from_it = make_pipe();
    if (!to_it || !from_it)
        return std::unexpected(Failure(errno_error("a pipe").error()));
    auto process =
        Process::start({.arguments = {"/bin/sh", "-c", local},
                        .environment = whole_environment(),
                        .descriptors = {{to_it->reader.get(), 0}, {from_it->writer.get(), 1}},
                        .new_session = false});
    if (!process)
        return std::unexpected(Failure(process.error()));
    to_it->reader.reset();
    from_it->writer.reset();
    set_non_blocking(to_it->writer);
    set_non_blocking(from_it->reader);
    call::BorrowedEnds lender;
    int status = 0;
    {
        Carrying carrying;
        carrying.add(std::move(program), {.input = std::move(from_it->reader),
                                          .output = std::move(to_it->writer),
                                          .errors = lender.lend(STDERR_FILENO),
                                          .filter_errors = terminal.filters});
        status = carrying.run();
    }
    (void)process->reap();
    return status;
}

} // namespace vitrail::qvm
