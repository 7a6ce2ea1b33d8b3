#include "lib/call/local_stream.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace vitrail::call {
namespace {

bool is_fifo(int fd)
{
    struct stat status{};
    return fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

} // namespace

LocalStream::LocalStream(wl_event_loop* loop, Fd fd, std::uint32_t mask,
                         std::function<void()> handle_ready)
    : loop_(loop),
      fd_(std::move(fd)),
      mask_(mask),
      is_pipe_(is_fifo(fd_.get())),
      handle_ready_(std::move(handle_ready))
{
}

LocalStream::~LocalStream()
{
    unwatch();
}

void LocalStream::want(bool wanted)
{
    wanted = wanted && is_open();
    if (wanted == wanted_)
        return;
    wanted_ = wanted;
    wanted ? watch() : unwatch();
}

void LocalStream::watch()
{
    source_ = wl_event_loop_add_fd(
        loop_, fd_.get(), mask_,
        [](int, std::uint32_t, void* data) noexcept {
            static_cast<LocalStream*>(data)->handle_ready_();
            return 0;
        },
        this);
    is_idle_ = source_ == nullptr;
    if (is_idle_)
        source_ = wl_event_loop_add_idle(
            loop_,
            [](void* data) noexcept {
                auto* const self = static_cast<LocalStream*>(data);
                self->source_ = nullptr; // the loop has removed it
                self->wanted_ = false;   // whoever wants more says so again
                self->handle_ready_();
            },
            this);
}

void LocalStream::unwatch()
{
    if (source_)
        wl_event_source_remove(std::exchange(source_, nullptr));
}

std::ptrdiff_t LocalStream::read(std::span<std::byte> into)
{
    ssize_t const got = ::read(fd_.get(), into.data(), into.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return -1;
    return got < 0 ? 0 : got;
}

void LocalStream::write(std::span<std::byte const> bytes)
{
    if (!is_open())
        return;
    if (pending_.empty())
        while (!bytes.empty()) {
            ssize_t const sent = ::write(fd_.get(), bytes.data(), bytes.size());
            if (sent > 0) {
                bytes = bytes.subspan(static_cast<std::size_t>(sent));
                continue;
            }
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent < 0 && errno == EAGAIN)
                break;
            return close();
        }
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
}

void LocalStream::flush()
{
    auto const pending = std::exchange(pending_, {});
    write(pending);
    if (closing_ && pending_.empty())
        close();
}

void LocalStream::close_when_flushed()
{
    closing_ = true;
    if (pending_.empty())
        close();
}

void LocalStream::close()
{
    unwatch();
    wanted_ = false;
    pending_.clear();
    if (fd_ && mask_ == WL_EVENT_WRITABLE)
        shutdown(fd_.get(), SHUT_WR); // a socket that others hold too; no matter for the rest
    fd_.reset();
}

} // namespace vitrail::call
