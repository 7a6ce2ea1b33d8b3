#include "services/qubesd/jobs.hpp"

#include "lib/os/pipe.hpp"
#include "lib/os/whole.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <utility>

namespace vitrail::qubesd {
namespace {

/// What a child hands back: a digit (1: well), the error's number and a NUL, the text.
std::string encode(Result<std::string> const& result)
{
    if (result)
        return "1" + *result;
    return "0" + std::to_string(result.error().code) + '\0' + result.error().what;
}

Result<std::string> decode(std::string const& bytes)
{
    if (bytes.starts_with('1'))
        return bytes.substr(1);
    auto const end = bytes.find('\0');
    if (!bytes.starts_with('0') || end == std::string::npos)
        return error("a storage job died");
    return std::unexpected(Error{static_cast<int>(std::strtol(bytes.c_str() + 1, nullptr, 10)),
                                 bytes.substr(end + 1)});
}

/// Keeps its result's pipe as 3 and the lock, if there is one, as 4.
void keep_descriptors(int out, int lock)
{
    constexpr int above_targets = 64;
    int const pipe = fcntl(out, F_DUPFD_CLOEXEC, above_targets);
    int const held = lock >= 0 ? fcntl(lock, F_DUPFD_CLOEXEC, above_targets) : -1;
    dup3(pipe, 3, O_CLOEXEC);
    if (held >= 0)
        dup3(held, 4, O_CLOEXEC);
    close_range(held >= 0 ? 5 : 4, ~0U, 0); // connections of clients must end when we close them
}

[[noreturn]] void be_child(Jobs::Work const& work, int out, int lock, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1); // it had died before
    keep_descriptors(out, lock);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr); // our loop blocks what it reads
    std::string const bytes = encode(work());
    bool const told = write_all(3, std::as_bytes(std::span(bytes)));
    _exit(told ? 0 : 1); // no destructor of ours runs twice
}

} // namespace

class Jobs::Job {
public:
    Job(Jobs& owner, pid_t pid, Fd reader, Done done)
        : owner_(owner),
          pid_(pid),
          reader_(std::move(reader)),
          done_(std::move(done)),
          source_(owner.loop_, *this, reader_.get(), WL_EVENT_READABLE)
    {
    }
    void handle_readable(std::uint32_t)
    {
        if (read_some())
            return;
        Done const done = std::move(done_);
        Result<std::string> result = collect();
        owner_.end(this); // ends us
        done(std::move(result));
    }
    void finish()
    {
        while (read_some()) {
        }
        Done const done = std::move(done_);
        done(collect());
    }

private:
    bool read_some()
    {
        std::array<char, 4096> bytes{};
        ssize_t const got = read(reader_.get(), bytes.data(), bytes.size());
        if (got > 0)
            bytes_.append(bytes.data(), static_cast<std::size_t>(got));
        return got > 0 || (got < 0 && errno == EINTR);
    }
    Result<std::string> collect()
    {
        while (pid_ > 0 && waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
        return decode(bytes_);
    }

    Jobs& owner_;
    pid_t pid_;
    Fd reader_;
    std::string bytes_;
    Done done_;
    FdSource<&Job::handle_readable> source_;
};

Jobs::Jobs(wl_event_loop* loop, int lock) : loop_(loop), lock_(lock)
{
}
Jobs::~Jobs() = default;

void Jobs::run(Work work, Done done)
{
    auto pipe = make_pipe();
    if (!pipe)
        return done(std::unexpected(Error{pipe.error().code, "starting a storage job"}));
    pid_t const parent = getpid();
    pid_t const child = fork();
    if (child == 0)
        be_child(work, pipe->writer.get(), lock_, parent);
    // Without a child nobody writes, and the loop tells that as of a child that died.
    jobs_.push_back(std::make_unique<Job>(*this, child, std::move(pipe->reader), std::move(done)));
}

void Jobs::end(Job const* job)
{
    std::erase_if(jobs_, [job](auto const& one) { return one.get() == job; });
}

void Jobs::finish()
{
    while (!jobs_.empty()) {
        auto const job = std::move(jobs_.front());
        jobs_.pop_front();
        job->finish();
    }
}

} // namespace vitrail::qubesd
