#include "tools/qvm/progress.hpp"

#include <poll.h>
#include <unistd.h>

#include <cstdio>

namespace vitrail::qvm {
namespace {

constexpr std::chrono::milliseconds before_first{300};
constexpr std::chrono::milliseconds between{200};

} // namespace

Progress::Progress(std::string doing, bool wanted)
    : doing_(std::move(doing)), wanted_(wanted && isatty(STDERR_FILENO) == 1)
{
}

Progress::~Progress()
{
    if (shown_)
        std::fputs("\r\033[K", stderr);
}

void Progress::wait_for(int fd)
{
    pollfd one{.fd = fd, .events = POLLIN, .revents = 0};
    while (poll(&one, 1, wanted_ ? static_cast<int>(between.count()) : -1) == 0) {
        auto const passed = std::chrono::steady_clock::now() - started_;
        if (passed < before_first)
            continue;
        show(std::to_string(std::chrono::duration_cast<std::chrono::seconds>(passed).count()) +
             " s");
    }
}

void Progress::show_bytes(std::uint64_t done, std::uint64_t total)
{
    auto const now = std::chrono::steady_clock::now();
    if (now - started_ < before_first || now - last_ < between)
        return;
    last_ = now;
    std::string detail = std::to_string(done >> 20) + " MiB";
    if (total > 0)
        detail += " of " + std::to_string(total >> 20) + " MiB, " +
                  std::to_string(done * 100 / total) + " %";
    show(detail);
}

void Progress::show(std::string const& detail)
{
    if (!wanted_)
        return;
    shown_ = true;
    std::fprintf(stderr, "\r\033[K%s… %s", doing_.c_str(), detail.c_str());
    std::fflush(stderr);
}

} // namespace vitrail::qvm
