#pragma once

#include "guid/geometry_sync.hpp"
#include "guid/image.hpp"
#include "guid/window_port.hpp"

#include <cstdint>
#include <map>
#include <optional>

namespace vitrail::guid {

/// One window of the qube, as its agent and the compositor last agreed on it.
struct Window {
    enum class Dock : std::uint8_t { no, asked, embedded };

    Window(WindowId number, Rect const& created, bool ovr)
        : id(number), override_redirect(ovr), geometry(created)
    {
    }

    WindowId id;
    bool override_redirect;
    bool mapped = false;
    Dock docked = Dock::no;
    std::optional<WindowId> transient_for;

    GeometrySync geometry;        ///< 1.8 only
    std::uint32_t states = 0;     ///< of the last configure, vitrail_window_v1.state
    std::uint32_t flags = 0;      ///< the last that both ends know, wire::flag_…
    bool fake_fullscreen = false; ///< maximised counts as full screen (§5.7)

    // What it shows.
    std::optional<PortBuffer> image;    ///< the newest dump or commit
    std::optional<PortBuffer> previous; ///< 1.8: the dump before, for one that comes again
    std::optional<PortBuffer> shown;    ///< attached by the last commit
    Damage damage;
    bool frame_pending = false; ///< a frame callback is out
    bool image_new = false;     ///< image was not attached yet

    // Extension 1.
    std::map<BufferId, PortBuffer> buffers;
    std::map<BufferId, PortBuffer> doomed; ///< destroyed by the agent, still read by the compositor
    std::uint32_t serial = 0;              ///< of the commit that is waiting
    Size content;                          ///< layout units of the commit that is waiting
    std::optional<WindowId> popup_parent;

    CursorChoice cursor;

    [[nodiscard]] GeometrySync::Kind kind() const
    {
        if (docked != Dock::no)
            return GeometrySync::Kind::docked;
        return id.value == 0 ? GeometrySync::Kind::screen : GeometrySync::Kind::ordinary;
    }
    /// Whether the compositor may be shown its pixels.
    [[nodiscard]] bool visible() const { return mapped || docked == Dock::embedded; }
};

} // namespace vitrail::guid
