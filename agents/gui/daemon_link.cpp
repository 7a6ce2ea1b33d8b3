#include "agents/gui/daemon_link.hpp"

#include "agents/gui/agent.hpp"
#include "lib/wire/parse.hpp"

#include <array>

namespace vitrail::agent {

DaemonLink::DaemonLink(wl_event_loop* loop, Agent& agent, Serve serve)
    : loop_(loop), agent_(agent), serve_(std::move(serve)), retry_(loop, *this)
{
}

DaemonLink::~DaemonLink()
{
    if (idle_)
        wl_event_source_remove(idle_);
}

Result<> DaemonLink::start()
{
    channel_ = TRY(serve_());
    splitter_.emplace(wire::From::daemon);
    greeted_ = false;
    watch_channel();
    return {};
}

void DaemonLink::watch_channel()
{
    int const fd = channel_->fd(); // another one after the accept
    if (fd == watched_fd_)
        return;
    watched_fd_ = fd;
    source_.reset();
    if (fd >= 0)
        source_.emplace(loop_, *this, fd, WL_EVENT_READABLE);
}

void DaemonLink::handle_channel(std::uint32_t ready)
{
    if (ready & WL_EVENT_WRITABLE)
        channel_->flush();
    if (ready & (WL_EVENT_READABLE | WL_EVENT_HANGUP | WL_EVENT_ERROR))
        channel_->handle_event();
    watch_channel();
    pump();
}

void DaemonLink::pump()
{
    if (!channel_)
        return;
    auto const state = channel_->state();
    if (state == transport::Channel::State::waiting)
        return;
    if (!greeted_) {
        greeted_ = true;
        out_.clear();
        wire::build_version(out_, wire::version_extended);
        put(out_);
    }
    std::array<std::byte, 65536> bytes;
    while (channel_) {
        auto const got = channel_->read(bytes);
        if (!got) {
            drop(got.error().message());
            return;
        }
        if (*got == 0)
            break;
        std::span<std::byte const> input(bytes.data(), *got);
        while (true) {
            auto const event = splitter_->next(input);
            if (!event) {
                drop(event.error().describe());
                return;
            }
            if (!*event)
                break;
            if (!handle_event(**event))
                return;
        }
    }
    if (channel_->state() == transport::Channel::State::disconnected) {
        drop("the daemon is gone");
        return;
    }
    channel_->flush();
    update_mask();
}

bool DaemonLink::handle_event(wire::FramingEvent const& event)
{
    if (auto const* answer = std::get_if<wire::PeerVersion>(&event)) {
        auto const version = wire::check_answer(answer->version, wire::version_extended);
        if (!version) {
            drop(version.error().describe());
            return false;
        }
        version_ = *version;
        splitter_->set_version(version_);
        return true;
    }
    if (auto const* xconf = std::get_if<wire::XConf>(&event)) {
        connected_ = true;
        agent_.handle_connected(wire::check_xconf(*xconf));
        return channel_ != nullptr;
    }
    auto const& frame = std::get<wire::Frame>(event);
    auto const message = wire::parse_daemon_message(frame.header, frame.body, version_);
    if (!message) {
        drop(message.error().describe());
        return false;
    }
    agent_.handle_message(*message);
    return channel_ != nullptr && !dropping_;
}

void DaemonLink::put(std::span<std::byte const> bytes)
{
    if (!channel_->write(bytes)) {
        // The daemon does not read: what it would miss cannot be repaired but by a new start.
        wlr_log(WLR_ERROR, "the daemon does not read");
        connected_ = false;
        dropping_ = true;
    }
    if (!idle_)
        idle_ = wl_event_loop_add_idle(
            loop_, [](void* data) { static_cast<DaemonLink*>(data)->handle_idle(); }, this);
}

void DaemonLink::handle_idle()
{
    idle_ = nullptr;
    if (dropping_) {
        drop("its queue is full");
        return;
    }
    if (!channel_)
        return;
    channel_->flush();
    update_mask();
}

void DaemonLink::update_mask()
{
    if (source_)
        source_->set_mask(WL_EVENT_READABLE |
                          (channel_->wants_write() ? std::uint32_t{WL_EVENT_WRITABLE} : 0u));
    if (connected_ && channel_->queued() == 0)
        agent_.handle_room();
}

void DaemonLink::drop(std::string_view why)
{
    wlr_log(WLR_INFO, "daemon connection ended: %.*s", static_cast<int>(why.size()), why.data());
    connected_ = false;
    dropping_ = false;
    source_.reset();
    watched_fd_ = -1;
    channel_.reset();
    splitter_.reset();
    agent_.handle_disconnected();
    handle_retry();
}

void DaemonLink::handle_retry()
{
    if (auto const served = start(); !served) {
        wlr_log(WLR_ERROR, "%s", served.error().message().c_str());
        retry_.arm(std::chrono::seconds(2));
    }
}

} // namespace vitrail::agent
