#include "panel/notification_desk.hpp"

#include "lib/base/quota.hpp"
#include "lib/call/frame_stream.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

namespace vitrail::panel {
namespace {

/// What the service's program sends is bounded: it was parsed there.
constexpr std::size_t longest_frame = 16384;
/// A link that does not take what it is told.
constexpr std::size_t too_much_queued = 65536;

void complain(std::string_view why)
{
    std::fprintf(stderr, "vitrail-panel: a connection for notifications is ended: %.*s\n",
                 static_cast<int>(why.size()), why.data());
}

} // namespace

struct NotificationDesk::Link {
    std::optional<formats::NotificationOrigin> origin; ///< none: not said yet
    Quota quota{2 * most_a_second, std::chrono::milliseconds(1000 / most_a_second)};
    call::FrameStream stream;

    Link(wl_event_loop* loop, Fd socket, call::FrameStream::Handlers handlers)
        : stream(loop, call::both_ways(std::move(socket)), longest_frame, std::move(handlers))
    {
    }
};

NotificationDesk::NotificationDesk(wl_event_loop* loop, Events& events)
    : loop_(loop), events_(events)
{
}
NotificationDesk::~NotificationDesk() = default;

Result<> NotificationDesk::listen(std::string const& path)
{
    listener_ = TRY(
        LineListener::listen(loop_, path, [this](Fd one) { handle_connection(std::move(one)); }));
    return {};
}

void NotificationDesk::handle_connection(Fd socket)
{
    if (links_.size() >= most_links)
        return complain("there are too many");
    LinkId const number = ++last_;
    links_[number] = std::make_unique<Link>(
        loop_, std::move(socket),
        call::FrameStream::Handlers{
            .word = {},
            .frame = [this, number](auto frame) { handle_frame(number, frame); },
            .end = [this, number] { handle_end(number); },
            .drained = {}});
}

void NotificationDesk::handle_frame(LinkId number, std::span<std::byte const> untrusted_frame)
{
    Link& link = *links_.at(number);
    if (!link.origin) {
        auto origin = formats::parse_notification_origin(untrusted_frame);
        if (origin)
            return begin(number, *std::move(origin));
        complain(formats::name(origin.error()));
        return handle_end(number);
    }
    auto const message =
        link.quota.take(std::chrono::steady_clock::now())
            ? formats::parse_notification(untrusted_frame, formats::NotificationDialect::internal)
            : std::unexpected(formats::NotificationViolation::too_many);
    if (message)
        return events_.handle_told(number, *link.origin, *message);
    complain(link.origin->name + ": " + std::string(formats::name(message.error())));
    handle_end(number);
}

void NotificationDesk::begin(LinkId number, formats::NotificationOrigin origin)
{
    auto const older = std::ranges::find_if(links_, [&](auto const& one) {
        return one.second->origin == origin && origin.about.empty();
    });
    LinkId const gone = older == links_.end() ? 0 : older->first;
    links_.at(number)->origin = std::move(origin);
    if (gone != 0)
        handle_end(gone);
}

void NotificationDesk::handle_end(LinkId number)
{
    links_.erase(number);
    events_.handle_link_end(number);
}

void NotificationDesk::send(LinkId number, formats::NotificationReply const& reply)
{
    auto const found = links_.find(number);
    if (found != links_.end() && found->second->stream.queued() < too_much_queued)
        found->second->stream.send_frame(formats::build_notification_reply(reply));
}

} // namespace vitrail::panel
