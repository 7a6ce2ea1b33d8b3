#include "guid/cursor.hpp"
#include "guid/session.hpp"
#include "lib/base/text.hpp"

namespace vitrail::guid {

namespace {

constexpr std::uint32_t state_minimized = 32, state_demands_attention = 64;

std::uint32_t flag_bits(wire::StateFlags const& flags)
{
    return (flags.fullscreen ? wire::flag_fullscreen : 0) |
           (flags.demands_attention ? wire::flag_demands_attention : 0) |
           (flags.minimize ? wire::flag_minimize : 0);
}

} // namespace

// Order of the tests: fact sheet gui-protocol §6.3. The compositor applies them once more.
bool Session::may_override_redirect(Window const& window, bool wanted) const
{
    if (!wanted || profile_.override_redirect_disabled || window.docked != Window::Dock::no)
        return false;
    if (extended() || !profile_.override_redirect_protection)
        return true;
    Rect const& place = window.geometry.stored();
    std::int64_t const area = std::int64_t{place.width} * place.height;
    std::int64_t const allowed = std::int64_t{work_area_.width} * work_area_.height;
    return area * 10 <= allowed * 9;
}

bool Session::may_be_parent(Window const& window, WindowId parent)
{
    // A chain of parents that comes back to the window is a circle.
    std::optional<WindowId> next = parent;
    for (std::size_t steps = 0; next && steps <= windows_.size(); ++steps) {
        if (*next == window.id)
            return false;
        Window const* const above = windows_.find(*next);
        if (!above)
            return false;
        next = above->popup_parent ? above->popup_parent : above->transient_for;
    }
    return true;
}

Verdict Session::handle(wire::from_agent::Create const& create)
{
    WindowId const id = create.window;
    if (windows_.find(id))
        return broken(wire::Rule::duplicate_window, id.value);
    if (windows_.size() >= profile_.windows_count_limit)
        return broken(wire::Rule::too_many_windows, windows_.size());
    Window& window = windows_.add(id, create.geometry, false);
    window.override_redirect = may_override_redirect(window, create.override_redirect);
    port_.create_window(id, window.override_redirect);
    port_.set_geometry(id, window.geometry.stored());
    return {};
}

Verdict Session::handle(wire::from_agent::Destroy const& destroy)
{
    WindowId const id = TRY(known(destroy.window))->id;
    for (auto& [other_id, other] : windows_) {
        if (other.transient_for == id) {
            other.transient_for.reset();
            if (other_id != id)
                port_.set_transient_for(other_id, std::nullopt);
        }
        if (other.popup_parent == id)
            other.popup_parent.reset();
    }
    input_.forget(id);
    outbox_.forget(id);
    for (PendingAck& ack : acks_)
        if (ack.window == id)
            ack.waits_for.reset();
    port_.destroy_window(id);
    buffers_.forget_window(id);
    windows_.remove(id);
    send_acks();
    if (minor() >= 5)
        outbox_.send(wire::Type::destroy, id);
    return {};
}

Verdict Session::handle(wire::from_agent::Map const& map)
{
    Window& window = *TRY(known(map.window));
    if (window.mapped || window.docked != Window::Dock::no)
        return {};
    std::optional<WindowId> transient = map.transient_for;
    if (transient && !may_be_parent(window, *transient))
        transient.reset();
    if (window.transient_for != transient) {
        window.transient_for = transient;
        port_.set_transient_for(window.id, transient);
    }
    bool const ovr = may_override_redirect(window, map.override_redirect);
    if (ovr != window.override_redirect) {
        window.override_redirect = ovr;
        port_.set_override_redirect(window.id, ovr);
    }
    window.mapped = true;
    if (window.image)
        commit(window); // first, so that it appears with its picture
    port_.map(window.id);
    return {};
}

Verdict Session::handle(wire::from_agent::Unmap const& unmap)
{
    Window& window = *TRY(known(unmap.window));
    if (window.docked != Window::Dock::no || !window.mapped)
        return {};
    window.mapped = false;
    port_.unmap(window.id);
    drop_images(window);
    return {};
}

Verdict Session::handle(wire::from_agent::Configure const& configure)
{
    Window& window = *TRY(known(configure.window));
    Rect const& wanted = configure.geometry;
    if (extended()) { // no positions, no answers: a wish for a size
        port_.set_geometry(window.id, wanted);
        return {};
    }
    auto const outcome = window.geometry.handle_agent(wanted, window.kind(), now_);
    apply(window, outcome);
    if (outcome.tell_compositor) {
        withdraw_override_redirect(window);
    }
    return {};
}

/// A window that grew beyond what such a window may cover becomes an ordinary one, with a frame. It
/// does so unmapped, as every change of that kind (fact sheet gui-protocol §6.3, QSB-072).
void Session::withdraw_override_redirect(Window& window)
{
    if (!window.override_redirect || may_override_redirect(window, true))
        return;
    if (window.mapped)
        port_.unmap(window.id);
    window.override_redirect = false;
    port_.set_override_redirect(window.id, false);
    if (window.mapped)
        port_.map(window.id);
}

void Session::apply(Window& window, GeometrySync::Outcome const& outcome)
{
    if (outcome.tell_compositor) {
        port_.set_geometry(window.id, window.geometry.stored());
        port_.request_geometry_seen(window.id);
    }
    if (outcome.send_to_agent)
        send_configure(window);
    if (outcome.ack)
        port_.ack_configure(window.id, *outcome.ack);
}

void Session::send_configure(Window const& window)
{
    Rect const& place = window.geometry.stored();
    outbox_.send(wire::Type::configure, window.id,
                 wire::Configure{place.x, place.y, static_cast<std::uint32_t>(place.width),
                                 static_cast<std::uint32_t>(place.height), 0});
}

Verdict Session::handle(wire::from_agent::Hints const& message)
{
    Window const& window = *TRY(known(message.window));
    Hints hints; // bits: vitrail_window_v1.hint
    if (message.us_position || message.p_position)
        hints.flags |= 1;
    if (message.min) {
        hints.flags |= 2;
        hints.min = *message.min;
    }
    if (message.max && message.max->width >= hints.min.width &&
        message.max->height >= hints.min.height) {
        hints.flags |= 4;
        hints.max = *message.max;
    }
    if (message.increment &&
        !Rect{0, 0, message.increment->width, message.increment->height}.empty()) {
        hints.flags |= 8;
        hints.increment = *message.increment;
    }
    if (message.base) {
        hints.flags |= 16;
        hints.base = *message.base;
    }
    port_.set_hints(window.id, hints);
    return {};
}

Verdict Session::handle(wire::from_agent::Flags const& message)
{
    Window& window = *TRY(known(message.window));
    std::uint32_t set = flag_bits(message.set);
    std::uint32_t unset = flag_bits(message.unset);
    if (!window
             .mapped) { // the state it shall be mapped with; replaces what was asked before (§5.7)
        set &= ~wire::flag_minimize;
        unset = (wire::flag_fullscreen | wire::flag_demands_attention) & ~set;
    } else if ((set & wire::flag_minimize) != 0 && (set & wire::flag_fullscreen) != 0) {
        set &= ~wire::flag_fullscreen;
        unset |= wire::flag_fullscreen;
    }
    // Without permission the compositor maximises; to the qube that counts as full screen.
    if ((set & wire::flag_fullscreen) != 0)
        window.fake_fullscreen = !profile_.allow_fullscreen;
    if ((unset & wire::flag_fullscreen) != 0)
        window.fake_fullscreen = false;
    if (!window.mapped)
        window.flags = set;
    if (set != 0 || unset != 0)
        port_.set_flags(window.id, set, unset);
    return {};
}

void Session::update_flags(Window& window, std::uint32_t states)
{
    bool const real = (states & wire::state_fullscreen) != 0;
    bool const maximized = (states & wire::state_maximized) != 0;
    bool const was_maximized = (window.states & wire::state_maximized) != 0;
    window.states = states;
    if (real || (was_maximized && !maximized))
        window.fake_fullscreen = false;
    std::uint32_t flags = 0;
    if (real || (window.fake_fullscreen && maximized))
        flags |= wire::flag_fullscreen;
    if ((states & state_demands_attention) != 0)
        flags |= wire::flag_demands_attention;
    if ((states & state_minimized) != 0)
        flags |= wire::flag_minimize;
    if (!window.mapped || flags == window.flags)
        return;
    outbox_.send(wire::Type::window_flags, window.id,
                 wire::WindowFlags{flags & ~window.flags, window.flags & ~flags});
    window.flags = flags;
}

Verdict Session::handle(wire::from_agent::Title const& message)
{
    Window const& window = *TRY(known(message.window));
    port_.set_title(window.id, profile_.allow_utf8_titles ? display_text(message.title)
                                                          : ascii_text(message.title));
    return {};
}

Verdict Session::handle(wire::from_agent::Class const& message)
{
    Window const& window = *TRY(known(message.window));
    if (!window.mapped)
        port_.set_class(window.id, ascii_text(message.res_class), ascii_text(message.res_name));
    return {};
}

Verdict Session::handle(wire::from_agent::Cursor const& message)
{
    Window& window = *TRY(known(message.window));
    window.cursor = {.kind = CursorChoice::Kind::shape,
                     .shape = message.glyph ? glyph_shape(*message.glyph) : cursor_shape_default};
    show_cursor(window);
    return {};
}

void Session::show_cursor(Window const& window)
{
    if (input_.under_pointer() == window.id)
        port_.set_cursor(window.cursor);
}

Verdict Session::handle(wire::from_agent::Dock const& message)
{
    Window& window = *TRY(known(message.window));
    if (window.mapped || window.docked != Window::Dock::no)
        return {};
    if (window.override_redirect) {
        window.override_redirect = false;
        port_.set_override_redirect(window.id, false);
    }
    window.docked = Window::Dock::asked;
    port_.dock(window.id);
    return {};
}

// ---- what the compositor says of a window ----

void Session::handle_configure(WindowId id, Configure const& configure)
{
    Window* const window = windows_.find(id);
    if (!window)
        return;
    if (extended()) {
        update_flags(*window, configure.states);
        send_x_configure(*window, configure);
        return;
    }
    Rect place = configure.place;
    if (place.width <= 0 || place.height <= 0) {
        place.width = window->geometry.stored().width;
        place.height = window->geometry.stored().height;
    }
    apply(*window,
          window->geometry.handle_compositor(place, configure.serial, window->kind(), now_));
    update_flags(*window, configure.states);
}

void Session::handle_geometry_seen(WindowId id)
{
    if (Window* const window = windows_.find(id))
        window->geometry.handle_seen();
}

void Session::handle_close(WindowId id)
{
    if (windows_.find(id))
        outbox_.send(wire::Type::close, id);
}

void Session::handle_docked(WindowId id)
{
    Window* const window = windows_.find(id);
    if (!window || window->docked == Window::Dock::no)
        return;
    window->docked = Window::Dock::embedded;
    outbox_.send(wire::Type::map, id, wire::Map{0, 0});
    window->image_new = window->image.has_value();
}

} // namespace vitrail::guid
