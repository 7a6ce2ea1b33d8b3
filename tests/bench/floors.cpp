#include "tests/bench/floors.hpp"

#include "tests/bench/machine.hpp"

#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdlib>

namespace vitrail::bench {

namespace {

constexpr std::size_t message_size = 44;

std::array<Fd, 2> stream_pair()
{
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        std::abort();
    return {Fd(ends[0]), Fd(ends[1])};
}

/// Receives one message from each descriptor that has one, and calls back; ends when one is closed.
template <typename Handle> void serve(std::initializer_list<int> sockets, Handle handle)
{
    Fd const epoll(epoll_create1(EPOLL_CLOEXEC));
    for (int const socket : sockets) {
        epoll_event event{.events = EPOLLIN, .data = {.fd = socket}};
        epoll_ctl(epoll.get(), EPOLL_CTL_ADD, socket, &event);
    }
    std::array<char, 4096> bytes;
    for (;;) {
        epoll_event event{};
        if (epoll_wait(epoll.get(), &event, 1, -1) != 1)
            continue;
        ssize_t const count = recv(event.data.fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (count <= 0)
            return;
        handle(bytes.data(), static_cast<std::size_t>(count));
    }
}

} // namespace

CopyFloor::CopyFloor(std::size_t pixels)
{
    std::size_t const bytes = pixels * 4 * 4;
    Fd const memory(memfd_create("floor", MFD_CLOEXEC));
    if (ftruncate(memory.get(), static_cast<off_t>(bytes)) != 0)
        std::abort();
    void* const start =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memory.get(), 0);
    if (start == MAP_FAILED)
        std::abort();
    memory_ = {static_cast<std::uint32_t*>(start), bytes / 4};
    std::ranges::fill(memory_, 1U);
}

CopyFloor::~CopyFloor()
{
    munmap(memory_.data(), memory_.size_bytes());
}

double CopyFloor::copy_us(bool streaming)
{
    Nanoseconds const start = now();
    streaming ? copy_streaming(part(2 + turn_), part(turn_))
              : copy_plain(part(2 + turn_), part(turn_));
    turn_ = 1 - turn_;
    return static_cast<double>(now() - start) / 1000;
}

WakeFloor::WakeFloor()
    : to_relay_(stream_pair()),
      to_sink_(stream_pair()),
      direct_(stream_pair()),
      back_(stream_pair()),
      relay_([this] { relay(); }),
      sink_([this] { sink(); })
{
}

WakeFloor::~WakeFloor()
{
    to_relay_[0].reset();
    relay_.join();
    to_sink_[0].reset();
    sink_.join();
}

void WakeFloor::relay()
{
    serve({to_relay_[1].get()}, [this](char const* bytes, std::size_t size) {
        (void)!send(to_sink_[0].get(), bytes, size, MSG_NOSIGNAL);
    });
}

void WakeFloor::sink()
{
    serve({to_sink_[1].get(), direct_[1].get()}, [this](char const* bytes, std::size_t) {
        arrived_ = now();
        (void)!send(back_[0].get(), bytes, 1, MSG_NOSIGNAL);
    });
}

std::vector<double> WakeFloor::measure(int samples, int over)
{
    std::array<char, message_size> const message{};
    std::vector<double> times;
    for (int i = 0; i < samples; ++i) {
        Nanoseconds const start = now();
        (void)!send(over, message.data(), message.size(), MSG_NOSIGNAL);
        char answer = 0;
        (void)!recv(back_[1].get(), &answer, 1, 0);
        times.push_back(static_cast<double>(arrived_ - start) / 1000);
    }
    return times;
}

std::vector<double> WakeFloor::one_hop(int samples)
{
    return measure(samples, direct_[0].get());
}

std::vector<double> WakeFloor::two_hops(int samples)
{
    return measure(samples, to_relay_[0].get());
}

} // namespace vitrail::bench
