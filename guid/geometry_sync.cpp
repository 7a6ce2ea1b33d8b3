#include "guid/geometry_sync.hpp"

#include <utility>

namespace vitrail::guid {

void GeometrySync::ask(Time now)
{
    sent_ = stored_;
    deadline_ = now + answer_timeout;
}

GeometrySync::Outcome GeometrySync::handle_agent(Rect const& wanted, Kind kind, Time now)
{
    if (kind == Kind::docked) { // a tray icon does not choose its place
        deadline_.reset();
        return {.send_to_agent = wanted != stored_, .ack = std::exchange(serial_, {})};
    }
    if (deadline_) {
        if (wanted == stored_) {
            deadline_.reset();
            return {.ack = std::exchange(serial_, {})};
        }
        if (wanted == sent_)
            ask(now); // the answer to an older place
        else
            sent_ = stored_; // the agent's own wish; it may insist until the deadline
        return {.send_to_agent = true};
    }
    if (wanted == stored_)
        return {};
    stored_ = wanted;
    ++unseen_;
    return {.tell_compositor = true};
}

GeometrySync::Outcome GeometrySync::handle_compositor(Rect const& place, std::uint32_t serial,
                                                      Kind kind, Time now)
{
    if (unseen_ > 0) // it does not know yet what the agent asked for last; it will answer that
        return {.ack = serial};
    if (place == stored_ && !deadline_)
        return {.ack = serial};
    stored_ = place;
    serial_ = serial;
    if (deadline_ && place == sent_)
        return {};            // the agent was asked for just this
    if (kind == Kind::screen) // never waits for an answer (§5.9)
        return {.send_to_agent = true, .ack = std::exchange(serial_, {})};
    if (deadline_)
        return {};
    ask(now);
    return {.send_to_agent = true};
}

void GeometrySync::handle_seen()
{
    if (unseen_ > 0)
        --unseen_;
}

GeometrySync::Outcome GeometrySync::handle_time(Time now)
{
    if (!deadline_ || now < *deadline_)
        return {};
    if (sent_ != stored_) {
        ask(now);
        return {.send_to_agent = true};
    }
    deadline_.reset();
    return {.ack = std::exchange(serial_, {})};
}

} // namespace vitrail::guid
