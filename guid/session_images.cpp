#include "guid/session.hpp"

#include <algorithm>

namespace vitrail::guid {

// ---- 1.8: dumps and damage (fact sheet gui-protocol §4) ----

Verdict Session::handle(wire::from_agent::Dump const& dump)
{
    Window& window = *TRY(known(dump.window));
    auto const width = static_cast<std::uint32_t>(dump.size.width);
    auto const height = static_cast<std::uint32_t>(dump.size.height);
    BufferShape const shape{width, height, width * 4, 0};
    // More references than needed are tolerated and not used.
    std::uint64_t const bytes = std::uint64_t{shape.stride} * height;
    auto const references =
        std::span(dump.refs).first((bytes + wire::page_size - 1) / wire::page_size);

    auto const same = [&](std::optional<PortBuffer> candidate) {
        Buffer const* const buffer = candidate ? buffers_.find(*candidate) : nullptr;
        return buffer && !buffer->failed && buffer->shape == shape &&
               std::ranges::equal(buffer->references, references);
    };
    // Linux agents dump the same pages after every CONFIGURE: the mapping is still there.
    if (same(window.image)) {
        acks_.push_back({window.id, std::nullopt});
        window.damage.add_all();
        window.image_new = true;
        return {};
    }
    PortBuffer next;
    if (same(window.previous)) {
        next = *window.previous;
        window.previous.reset();
        for (PendingAck& ack : acks_) // the agent itself wants it read again
            if (ack.waits_for == next)
                ack.waits_for.reset();
    } else {
        auto const made = buffers_.create(window.id, references, shape);
        if (!made && made.error() == BufferStore::Problem::quota)
            return broken(wire::Rule::too_many_pixels, buffers_.pages() + references.size());
        if (!made) { // not granted to us: tolerated, the window keeps what it shows
            acks_.push_back({window.id, std::nullopt});
            return {};
        }
        next = *made;
    }
    if (window.previous)
        buffers_.retire(*window.previous);
    window.previous = window.image;
    window.image = next;
    window.image_new = true;
    window.damage.add_all();
    Buffer const* const old = window.previous ? buffers_.find(*window.previous) : nullptr;
    acks_.push_back(
        {window.id, old && old->busy && window.visible() ? window.previous : std::nullopt});
    return {};
}

Verdict Session::handle(wire::from_agent::Damage const& damage)
{
    Window& window = *TRY(known(damage.window));
    if (!window.visible() && window.id.value != 0)
        return {};
    Buffer const* const image = window.image ? buffers_.find(*window.image) : nullptr;
    if (!image)
        return {};
    Rect const changed =
        intersection(damage.area, {0, 0, static_cast<std::int32_t>(image->shape.width),
                                   static_cast<std::int32_t>(image->shape.height)});
    window.damage.add(changed);
    return {};
}

void Session::drop_images(Window& window)
{
    if (extended())
        give_back_unshown(window);
    port_.detach(window.id);
    window.shown.reset();
    window.damage.clear();
    window.image_new = false;
    window.frame_pending = false;
    window.serial = 0;
    for (PendingAck& ack : acks_)
        if (ack.window == window.id)
            ack.waits_for.reset();
    if (extended()) {
        window.image.reset(); // the agent's buffers stay; it commits again before it shows
        return;
    }
    if (window.id.value == 0)
        return;
    if (window.image)
        buffers_.retire(*window.image);
    if (window.previous)
        buffers_.retire(*window.previous);
    window.image.reset();
    window.previous.reset();
}

// ---- both: what goes to the compositor ----

void Session::commit(Window& window)
{
    Buffer* const buffer = buffers_.find(*window.image);
    if (!buffer)
        return;
    Commit commit{.content = window.content,
                  .damage = window.damage.rects(),
                  .serial = window.serial,
                  .want_frame = !window.frame_pending};
    // 1.8 agents draw into the buffer that is shown: attaching it again tells that it changed.
    commit.attach = *window.image;
    buffer->busy = true;
    port_.commit(window.id, commit);
    ++work_;
    window.shown = window.image;
    window.image_new = false;
    window.frame_pending = true;
    window.serial = 0;
    window.damage.clear();
}

void Session::send_acks()
{
    while (!acks_.empty()) {
        PendingAck const& ack = acks_.front();
        Buffer const* const before = ack.waits_for ? buffers_.find(*ack.waits_for) : nullptr;
        if (before && before->busy)
            return;
        if (minor() >= 7)
            outbox_.send(wire::Type::window_dump_ack, ack.window);
        acks_.pop_front();
    }
}

void Session::handle_buffer_released(PortBuffer released)
{
    Buffer* const buffer = buffers_.find(released);
    if (!buffer)
        return;
    if (extended()) {
        if (Window* const window = windows_.find(buffer->window)) {
            for (auto const& [number, port_buffer] : window->buffers)
                if (port_buffer == released) {
                    outbox_.send(wire::Type::x_buffer_release, window->id,
                                 wire::XBufferRelease{number.value});
                    break;
                }
            for (auto at = window->doomed.begin(); at != window->doomed.end(); ++at)
                if (at->second == released) {
                    outbox_.send(wire::Type::x_buffer_release, window->id,
                                 wire::XBufferRelease{at->first.value});
                    window->doomed.erase(at);
                    break;
                }
        }
    }
    buffers_.handle_released(released);
}

void Session::handle_buffer_failed(PortBuffer failed)
{
    if (Buffer* const buffer = buffers_.find(failed))
        buffer->failed = true;
}

void Session::handle_frame(WindowId id, std::uint32_t time_ms)
{
    Window* const window = windows_.find(id);
    if (!window)
        return;
    window->frame_pending = false;
    if (extended())
        outbox_.send(wire::Type::x_frame_done, id, wire::XFrameDone{time_ms});
}

} // namespace vitrail::guid
