#include "guid/session.hpp"

#include <algorithm>

namespace vitrail::guid {

namespace {

constexpr std::size_t max_buffers = 8;
constexpr int max_popup_chain = 16;
constexpr std::uint32_t configure_states = wire::state_maximized | wire::state_fullscreen |
                                           wire::state_activated | wire::state_resizing |
                                           wire::state_tiled;

} // namespace

Verdict Session::handle(wire::from_agent::Buffer const& message)
{
    Window& window = *TRY(known(message.window));
    if (window.buffers.contains(message.buffer) || window.doomed.contains(message.buffer))
        return broken(wire::Rule::bad_buffer, message.buffer.value);
    if (window.buffers.size() + window.doomed.size() >= max_buffers)
        return broken(wire::Rule::too_many_buffers, max_buffers);
    BufferShape const shape{static_cast<std::uint32_t>(message.size.width),
                            static_cast<std::uint32_t>(message.size.height), message.stride,
                            static_cast<std::uint32_t>(message.format)};
    std::uint64_t const bytes = std::uint64_t{shape.stride} * shape.height;
    auto const references =
        std::span(message.refs).first((bytes + wire::page_size - 1) / wire::page_size);
    auto const made = buffers_.create(window.id, references, shape);
    if (!made)
        return made.error() == BufferStore::Problem::quota
                   ? broken(wire::Rule::too_many_pixels, buffers_.pages() + references.size())
                   : broken(wire::Rule::bad_reference, message.buffer.value);
    window.buffers[message.buffer] = *made;
    return {};
}

Verdict Session::handle(wire::from_agent::BufferDestroy const& message)
{
    Window& window = *TRY(known(message.window));
    auto const at = window.buffers.find(message.buffer);
    if (at == window.buffers.end())
        return broken(wire::Rule::bad_buffer, message.buffer.value);
    PortBuffer const buffer = at->second;
    if (window.image == buffer) {
        if (!window.damage.empty() && window.mapped)
            commit(window); // its last picture shall be seen
        window.image.reset();
        window.image_new = false;
    }
    if (window.cursor.kind == CursorChoice::Kind::image && window.cursor.buffer == buffer) {
        window.cursor = {};
        show_cursor(window);
    }
    Buffer const* const shared = buffers_.find(buffer);
    window.buffers.erase(at);
    if (shared && shared->busy)
        window.doomed[message.buffer] = buffer;
    else
        outbox_.send(wire::Type::x_buffer_release, window.id,
                     wire::XBufferRelease{message.buffer.value});
    buffers_.retire(buffer);
    return {};
}

Verdict Session::handle(wire::from_agent::Commit const& message)
{
    Window& window = *TRY(known(message.window));
    auto const at = window.buffers.find(message.buffer);
    Buffer const* const buffer = at == window.buffers.end() ? nullptr : buffers_.find(at->second);
    if (!buffer || buffer->shape.format != 0)
        return broken(wire::Rule::bad_buffer, message.buffer.value);
    if (window.image != at->second)
        give_back_unshown(window);
    window.image = at->second;
    window.content = message.size;
    if (message.serial != 0)
        window.serial = message.serial;
    Rect const whole{0, 0, static_cast<std::int32_t>(buffer->shape.width),
                     static_cast<std::int32_t>(buffer->shape.height)};
    if (message.damage.list().empty())
        window.damage.add_all();
    for (Rect const& rect : message.damage.list())
        window.damage.add(intersection(rect, whole));
    // A commit that comes too early waits for the frame, but a resize is shown when it is there.
    if (!window.frame_pending || message.serial != 0 || !window.mapped)
        window.image_new = true;
    return {};
}

void Session::give_back_unshown(Window& window)
{
    if (!window.image || window.image == window.shown)
        return;
    for (auto const& [number, buffer] : window.buffers)
        if (buffer == *window.image)
            outbox_.send(wire::Type::x_buffer_release, window.id,
                         wire::XBufferRelease{number.value});
}

Verdict Session::handle(wire::from_agent::Popup const& popup)
{
    Window& window = *TRY(known(popup.window));
    if (!window.override_redirect || !may_be_parent(window, popup.parent))
        return broken(wire::Rule::bad_popup, popup.parent.value);
    int depth = 1;
    for (Window const* above = windows_.find(popup.parent); above && above->popup_parent;
         above = windows_.find(*above->popup_parent))
        if (++depth > max_popup_chain)
            return broken(wire::Rule::bad_popup, popup.parent.value);
    window.popup_parent = popup.parent;
    port_.set_popup(window.id, popup);
    return {};
}

Verdict Session::handle(wire::from_agent::CursorImage const& cursor)
{
    Window& window = *TRY(known(cursor.window));
    if (!cursor.image) {
        window.cursor = {.kind = CursorChoice::Kind::hidden};
        show_cursor(window);
        return {};
    }
    auto const at = window.buffers.find(cursor.image->buffer);
    Buffer const* const buffer = at == window.buffers.end() ? nullptr : buffers_.find(at->second);
    if (!buffer)
        return broken(wire::Rule::bad_buffer, cursor.image->buffer.value);
    Size const size = cursor.image->size;
    window.cursor = {.kind = CursorChoice::Kind::image,
                     .buffer = at->second,
                     .pixels = buffer->shape,
                     .size = size,
                     .hotspot = {std::clamp(cursor.image->hotspot.x, 0, size.width - 1),
                                 std::clamp(cursor.image->hotspot.y, 0, size.height - 1)}};
    show_cursor(window);
    return {};
}

Verdict Session::handle(wire::from_agent::Request const& request)
{
    Window const& window = *TRY(known(request.window));
    port_.interactive(window.id, static_cast<std::uint32_t>(request.kind), request.edges);
    return {};
}

Verdict Session::handle(wire::from_agent::PointerLock const& lock)
{
    Window const& window = *TRY(known(lock.window));
    port_.set_pointer_lock(window.id, static_cast<std::uint32_t>(lock.mode));
    return {};
}

Verdict Session::handle(wire::from_agent::TextInput const& input)
{
    TRY_VOID(known(input.window)); // the compositor has no input method for qubes yet
    return {};
}

// ---- to the agent ----

void Session::send_x_configure(Window const& window, Configure const& configure)
{
    auto const width = static_cast<std::uint32_t>(std::max(configure.place.width, 0));
    auto const height = static_cast<std::uint32_t>(std::max(configure.place.height, 0));
    std::uint32_t states = configure.states & configure_states;
    if (window.fake_fullscreen && (states & wire::state_maximized) != 0)
        states |= wire::state_fullscreen; // what it asked for, as far as the user lets it
    if (window.popup_parent)
        outbox_.send(wire::Type::x_popup_configure, window.id,
                     wire::XPopupConfigure{configure.serial, configure.token, configure.place.x,
                                           configure.place.y, width, height});
    else
        outbox_.send(wire::Type::x_configure, window.id,
                     wire::XConfigure{configure.serial, width, height, states,
                                      static_cast<std::uint32_t>(work_area_.width),
                                      static_cast<std::uint32_t>(work_area_.height)});
}

void Session::handle_popup_done(WindowId id)
{
    if (extended() && windows_.find(id))
        outbox_.send(wire::Type::x_popup_done, id);
}

void Session::handle_visibility(WindowId id, bool visible)
{
    if (extended() && windows_.find(id))
        outbox_.send(wire::Type::x_visibility, id, wire::XVisibility{visible ? 1U : 0U});
}

void Session::handle_scale(WindowId id, std::uint32_t scale_120)
{
    if (extended() && windows_.find(id))
        outbox_.send(wire::Type::x_scale, id, wire::XScale{scale_120});
}

void Session::handle_presented(WindowId id, wire::XPresented const& presented)
{
    if (extended() && windows_.find(id))
        outbox_.send(wire::Type::x_presented, id, presented);
}

} // namespace vitrail::guid
