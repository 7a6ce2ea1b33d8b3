#include "lib/transport/xen_channel.hpp"

#include "lib/transport/xen_vchan.hpp"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <format>
#include <limits>

namespace vitrail::transport {

namespace {

/// What libxenvchan_is_open() says; the byte comes from the peer, so it may be anything.
constexpr int gone = 0;
constexpr int nobody_yet = 2;

Result<> watch(int epoll, int fd)
{
    epoll_event wanted{};
    wanted.events = EPOLLIN;
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &wanted) != 0)
        return errno_error("watching a vchan");
    return {};
}

} // namespace

XenChannel::XenChannel(Vchan vchan, std::size_t bound)
    : vchan_(std::move(vchan)),
      queue_(bound),
      more_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      epoll_(epoll_create1(EPOLL_CLOEXEC))
{
}

Result<std::unique_ptr<XenChannel>> XenChannel::serve(DomainId client, unsigned port,
                                                      std::size_t ring, std::size_t queue_bound)
{
    // Relative: below our own domain's home in xenstore.
    std::string const path = std::format("data/vchan/{}/{}", client.value, port);
    Vchan vchan(
        libxenvchan_server_init(nullptr, static_cast<int>(client.value), path.c_str(), ring, ring));
    return adopt(std::move(vchan), queue_bound,
                 std::format("serving a vchan to domain {} at port {}", client.value, port));
}

Result<std::unique_ptr<XenChannel>> XenChannel::connect(DomainId server, DomainId own,
                                                        unsigned port, std::size_t queue_bound)
{
    std::string const path =
        std::format("/local/domain/{}/data/vchan/{}/{}", server.value, own.value, port);
    Vchan vchan(libxenvchan_client_init(nullptr, static_cast<int>(server.value), path.c_str()));
    auto channel = TRY(adopt(std::move(vchan), queue_bound,
                             std::format("the vchan of domain {} at port {}", server.value, port)));
    channel->met_ = true; // only a server waits
    return channel;
}

Result<std::unique_ptr<XenChannel>> XenChannel::adopt(Vchan vchan, std::size_t queue_bound,
                                                      std::string const& what)
{
    if (!vchan)
        return errno_error(what);
    vchan->blocking = 0;
    int const event = libxenvchan_fd_for_select(vchan.get());
    // libxenvchan_wait() reads this descriptor: it must not wait where there is no event.
    int const flags = fcntl(event, F_GETFL);
    if (flags < 0 || fcntl(event, F_SETFL, flags | O_NONBLOCK) < 0)
        return errno_error(what);
    std::unique_ptr<XenChannel> channel(new XenChannel(std::move(vchan), queue_bound));
    if (!channel->more_ || !channel->epoll_)
        return errno_error(what);
    TRY_VOID(watch(channel->epoll_.get(), event));
    TRY_VOID(watch(channel->epoll_.get(), channel->more_.get()));
    return channel;
}

XenChannel::~XenChannel()
{
    flush();
}

Channel::State XenChannel::state() const
{
    if (ended_)
        return State::disconnected;
    int const open = libxenvchan_is_open(vchan_.get());
    if (open == nobody_yet && !met_)
        return State::waiting;
    // What the peer sent before its end is read first.
    if (open == gone && libxenvchan_data_ready(vchan_.get()) <= 0)
        return State::disconnected;
    return State::connected;
}

void XenChannel::handle_event()
{
    // Fails where there was no event, only our own word that there is more to read.
    static_cast<void>(libxenvchan_wait(vchan_.get()));
    met_ = met_ || state() == State::connected;
}

void XenChannel::say_more(bool more)
{
    if (more == std::exchange(said_more_, more))
        return;
    eventfd_t count = 0;
    static_cast<void>(more ? eventfd_write(more_.get(), 1) : eventfd_read(more_.get(), &count));
}

Result<std::size_t> XenChannel::read(std::span<std::byte> into)
{
    if (into.empty() || ended_ || state() == State::waiting)
        return 0;
    met_ = true;
    constexpr std::size_t most = std::numeric_limits<int>::max();
    int const got =
        libxenvchan_read(vchan_.get(), into.data(), std::min<std::size_t>(into.size(), most));
    if (got < 0) {
        ended_ = true; // closed, or its event channel is
        queue_.clear();
    }
    // The event was for all that came; the next one is only for what comes after it is read. The
    // end is to be read too: data_ready() asks for an event, but a peer that is gone sends none.
    say_more(!ended_ && (libxenvchan_data_ready(vchan_.get()) > 0 ||
                         libxenvchan_is_open(vchan_.get()) == gone));
    return got > 0 ? static_cast<std::size_t>(got) : 0;
}

bool XenChannel::write(std::span<std::byte const> bytes)
{
    if (state() != State::connected)
        return true; // nobody will miss it
    if (queue_.add(bytes))
        return true;
    flush();
    return queue_.add(bytes);
}

void XenChannel::flush()
{
    while (queue_.size() > 0) {
        auto const pending = queue_.pending();
        int const sent = libxenvchan_write(vchan_.get(), pending.data(), pending.size());
        if (sent < 0)
            queue_.clear(); // its end shows when reading
        if (sent <= 0)
            return;
        queue_.drop(static_cast<std::size_t>(sent));
    }
}

} // namespace vitrail::transport
