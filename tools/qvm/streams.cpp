#include "tools/qvm/streams.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <span>

namespace vitrail::qvm {
namespace {

constexpr std::size_t block = 65536;

/// Waits until all is written. False: nobody reads any more.
bool write_all(int fd, std::string_view bytes)
{
    while (!bytes.empty()) {
        ssize_t const written = write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EAGAIN) {
            pollfd one{.fd = fd, .events = POLLOUT, .revents = 0};
            poll(&one, 1, -1);
        } else if (written < 0 && errno != EINTR)
            return false;
        else if (written > 0)
            bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

/// One of the program's outputs on its way to one of ours.
class Outward {
public:
    Outward(Fd& from, int to, int colour, bool filters)
        : from_(from), to_(to), colour_(colour), filters_(filters)
    {
    }
    ~Outward()
    {
        if (coloured_)
            write_all(to_, "\033[0m");
    }
    Outward(Outward const&) = delete;
    Outward& operator=(Outward const&) = delete;

    [[nodiscard]] pollfd watched() const
    {
        return {.fd = from_ ? from_.get() : -1, .events = POLLIN, .revents = 0};
    }
    [[nodiscard]] bool is_open() const { return static_cast<bool>(from_); }
    void move()
    {
        std::array<char, block> bytes; // filled by read
        ssize_t const got = read(from_.get(), bytes.data(), bytes.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0)
            return from_.reset();
        std::string_view const text(bytes.data(), static_cast<std::size_t>(got));
        if (colour_ > 0 && !coloured_)
            coloured_ = write_all(to_, "\033[0;" + std::to_string(colour_) + "m");
        if (!(filters_ ? write_all(to_, filtered(text)) : write_all(to_, text)))
            from_.reset(); // the program learns of it when it writes again
    }

private:
    Fd& from_;
    int to_;
    int colour_;
    bool filters_;
    bool coloured_ = false;
};

/// Our input on its way to the program.
class Inward {
public:
    Inward(Fd& to, bool wanted) : to_(to)
    {
        if (!wanted)
            to_.reset();
    }
    [[nodiscard]] pollfd reading() const
    {
        return {.fd = to_ && waiting_.empty() ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0};
    }
    /// Also tells when the program reads no more.
    [[nodiscard]] pollfd writing() const
    {
        return {.fd = to_ ? to_.get() : -1,
                .events = static_cast<short>(waiting_.empty() ? 0 : POLLOUT),
                .revents = 0};
    }
    void read_some()
    {
        std::array<char, block> bytes; // filled by read
        ssize_t const got = read(STDIN_FILENO, bytes.data(), bytes.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0)
            return to_.reset();
        waiting_.assign(bytes.data(), static_cast<std::size_t>(got));
        write_some();
    }
    void write_some()
    {
        if (waiting_.empty())
            return to_.reset(); // woken with nothing to write: nobody reads
        ssize_t const written = write(to_.get(), waiting_.data(), waiting_.size());
        if (written > 0)
            waiting_.erase(0, static_cast<std::size_t>(written));
        else if (written < 0 && errno != EAGAIN && errno != EINTR)
            to_.reset();
    }

private:
    Fd& to_;
    std::string waiting_;
};

/// All that belongs to one program.
class Carried {
public:
    static constexpr std::size_t descriptors = 5;

    Carried(RemoteProgram& program, Terminal const& terminal, bool takes_input)
        : program_(program),
          input_(program.input, takes_input),
          output_(program.output, STDOUT_FILENO, terminal.output_colour, terminal.filters),
          errors_(program.errors, STDERR_FILENO, terminal.errors_colour, terminal.filters),
          status_(program.read_status())
    {
    }
    void watch(std::vector<pollfd>& into) const
    {
        into.insert(
            into.end(),
            {output_.watched(), errors_.watched(), input_.reading(), input_.writing(),
             pollfd{.fd = status_ ? -1 : program_.control(), .events = POLLIN, .revents = 0}});
    }
    void move(std::span<pollfd const, descriptors> ready)
    {
        if (ready[0].revents != 0)
            output_.move();
        if (ready[1].revents != 0)
            errors_.move();
        if (ready[2].revents != 0)
            input_.read_some();
        else if (ready[3].revents != 0)
            input_.write_some();
        if (ready[4].revents != 0)
            status_ = program_.read_status();
        if (status_) // nobody reads it any more
            program_.input.reset();
    }
    [[nodiscard]] bool is_over() const
    {
        return status_ && !output_.is_open() && !errors_.is_open();
    }
    [[nodiscard]] int status() const { return *status_; }

private:
    RemoteProgram& program_;
    Inward input_;
    Outward output_;
    Outward errors_;
    std::optional<int> status_;
};

volatile std::sig_atomic_t interrupted = 0;

} // namespace

std::string filtered(std::string_view untrusted_bytes)
{
    std::string out(untrusted_bytes);
    std::ranges::replace_if(
        out,
        [](char c) {
            bool const printable = c >= 0x20 && c <= 0x7e;
            return !printable && !std::string_view("\a\b\n\r\t").contains(c);
        },
        '_');
    return out;
}

std::optional<std::string> read_output(RemoteProgram& program)
{
    constexpr std::size_t most = std::size_t{16} << 20;
    program.input.reset();
    std::string text;
    std::optional<int> status = program.read_status();
    std::array<char, block> bytes; // filled by read
    while (!status || program.output || program.errors) {
        std::array<pollfd, 3> watched{{{program.output ? program.output.get() : -1, POLLIN, 0},
                                       {program.errors ? program.errors.get() : -1, POLLIN, 0},
                                       {status ? -1 : program.control(), POLLIN, 0}}};
        if (poll(watched.data(), watched.size(), -1) < 0)
            continue;
        for (std::size_t i = 0; i < 2; ++i) {
            Fd& stream = i == 0 ? program.output : program.errors;
            if (watched[i].revents == 0)
                continue;
            ssize_t const got = read(stream.get(), bytes.data(), bytes.size());
            if (got > 0 && i == 0)
                text.append(bytes.data(), static_cast<std::size_t>(got));
            else if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
                stream.reset();
        }
        if (text.size() > most)
            return std::nullopt;
        if (watched[2].revents != 0)
            status = program.read_status();
    }
    return *status == 0 ? std::optional(text) : std::nullopt;
}

void catch_interrupts()
{
    struct sigaction action{};
    action.sa_handler = [](int) { interrupted = 1; };
    for (int const number : {SIGINT, SIGTERM, SIGHUP})
        sigaction(number, &action, nullptr); // without SA_RESTART: poll returns
}

int carry_streams(std::vector<RemoteProgram>& programs, Terminal const& terminal)
{
    std::vector<std::unique_ptr<Carried>> all;
    for (RemoteProgram& program : programs)
        all.push_back(std::make_unique<Carried>(program, terminal, programs.size() == 1));
    int highest = 0;
    auto const drop_ended = [&] {
        std::erase_if(all, [&](auto const& one) {
            if (one->is_over())
                highest = std::max(highest, one->status());
            return one->is_over();
        });
    };
    for (drop_ended(); !all.empty(); drop_ended()) {
        std::vector<pollfd> watched;
        for (auto const& one : all)
            one->watch(watched);
        if (interrupted != 0)
            return 130;
        if (poll(watched.data(), watched.size(), -1) < 0)
            continue;
        std::span<pollfd const> rest(watched);
        for (auto const& one : all) {
            one->move(rest.first<Carried::descriptors>());
            rest = rest.subspan(Carried::descriptors);
        }
    }
    return highest;
}

} // namespace vitrail::qvm
