#pragma once

#include "lib/base/geometry.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace vitrail::guid {

using Time = std::chrono::milliseconds; ///< of a monotonic clock

/// Where one 1.8 window is, agreed between its agent and the compositor.
///
/// The compositor is the authority. At most one CONFIGURE to the agent is unanswered; what the
/// agent says meanwhile is answered with what was asked of it. An answer that never comes is given
/// up after `answer_timeout`; when the place changed meanwhile it is asked for again, so both ends
/// settle on the last one. Source: fact sheet gui-protocol §5.3.
class GeometrySync {
public:
    static constexpr Time answer_timeout{1000};
    enum class Kind : std::uint8_t { ordinary, docked, screen };

    /// What the caller has to do, in the order of the members.
    struct Outcome {
        bool tell_compositor = false;       ///< set_geometry(stored()), then request_geometry_seen
        bool send_to_agent = false;         ///< CONFIGURE(stored())
        std::optional<std::uint32_t> ack{}; ///< ack_configure with this serial
        friend bool operator==(Outcome const&, Outcome const&) = default;
    };

    explicit GeometrySync(Rect const& created) : stored_(created), sent_(created) {}

    /// CONFIGURE came from the agent; `wanted` is clamped already.
    [[nodiscard]] Outcome handle_agent(Rect const& wanted, Kind kind, Time now);
    /// The compositor's configure, sizes of 0 replaced by the stored ones already.
    [[nodiscard]] Outcome handle_compositor(Rect const& place, std::uint32_t serial, Kind kind,
                                            Time now);
    /// The compositor has seen one more of the set_geometry that were told to it.
    void handle_seen();
    [[nodiscard]] Outcome handle_time(Time now);

    [[nodiscard]] Rect const& stored() const { return stored_; }
    /// When handle_time() is due.
    [[nodiscard]] std::optional<Time> deadline() const { return deadline_; }

private:
    void ask(Time now);

    Rect stored_;
    Rect sent_;                           ///< the last CONFIGURE to the agent
    std::optional<Time> deadline_;        ///< set while a CONFIGURE to the agent is unanswered
    std::optional<std::uint32_t> serial_; ///< of the compositor, to be acknowledged
    std::uint32_t unseen_ = 0;            ///< set_geometry requests on their way to the compositor
};

} // namespace vitrail::guid
