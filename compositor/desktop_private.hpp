#pragma once

#include "compositor/desktop.hpp"

#include <cmath>

namespace vitrail::compositor {

/// A menu or a tray icon: shown, but not among the windows that have frame, buttons and stacking.
inline bool is_menu(FramedView const* view)
{
    return view && !view->mapped();
}

inline Point whole(wlr_cursor const* cursor)
{
    return {static_cast<std::int32_t>(std::floor(cursor->x)),
            static_cast<std::int32_t>(std::floor(cursor->y))};
}

/// Milliseconds of the clock that input events are stamped with.
inline std::uint32_t now_ms()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint32_t>(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

inline wl_client* client_of(wlr_surface const* surface)
{
    return surface ? wl_resource_get_client(surface->resource) : nullptr;
}

/// Which tier a client has; gone with the client.
struct Desktop::TierOf {
    TierOf(Desktop& of, wl_client* for_client, Tier given)
        : desktop(of), client(for_client), tier(given)
    {
        listener.self = this;
        listener.base.notify = [](wl_listener* gone, void*) noexcept {
            Hook* hook;
            hook = wl_container_of(gone, hook, base);
            TierOf* const self = hook->self;
            std::erase_if(self->desktop.tiers_,
                          [self](auto const& other) { return other.get() == self; });
        };
        wl_client_add_destroy_late_listener(client, &listener.base);
    }
    ~TierOf() { wl_list_remove(&listener.base.link); }
    Desktop& desktop;
    wl_client* client;
    Tier tier;
    struct Hook {
        wl_listener base{};
        TierOf* self = nullptr;
    } listener;
};

/// A finger on a surface.
struct Desktop::Touch {
    Touch(Desktop& of, std::int32_t number, Hit const& hit, double at_x, double at_y)
        : desktop(of),
          id(number),
          x(at_x - hit.x),
          y(at_y - hit.y),
          destroy(*this, hit.surface->events.destroy)
    {
    }
    /// Before wlroots forgets it without a word to its client.
    void handle_destroy()
    {
        wlr_seat* const seat = desktop.seat_;
        desktop.touch_up(now_ms(), id); // and this is gone
        wlr_seat_touch_notify_frame(seat);
    }
    Desktop& desktop;
    std::int32_t id;
    double x, y; ///< where the surface began when it was touched, layout units
    Listener<&Touch::handle_destroy> destroy;
};

/// One output's frames.
class Desktop::Screen {
public:
    Screen(Desktop& desktop, wlr_output* output)
        : desktop_(desktop),
          output(output),
          scene_output(wlr_scene_output_create(desktop.scene_, output)),
          frame_(*this, output->events.frame),
          request_state_(*this, output->events.request_state),
          destroy_(*this, output->events.destroy)
    {
    }

private:
    void handle_frame()
    {
        // Each change of what is shown comes by here, whoever made it.
        desktop_.follow_scene();
        desktop_.cursor_image_->update();
        wlr_scene_output_commit(scene_output, nullptr);
        timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        wlr_scene_output_send_frame_done(scene_output, &now);
    }
    void handle_request_state(wlr_output_event_request_state& event)
    {
        wlr_output_commit_state(output, event.state);
        desktop_.settle_outputs();
    }
    void handle_destroy()
    {
        Desktop& desktop = desktop_;
        wlr_output* const gone = output;
        desktop.layer_shell_->remove_output(gone);
        std::erase_if(desktop.screens_, [this](auto const& s) { return s.get() == this; });
        desktop.output_management_->remove_output(gone);
        wlr_output_layout_remove(desktop.layout_, gone);
        desktop.settle_outputs();
    }
    Desktop& desktop_;

public:
    wlr_output* output;
    wlr_scene_output* scene_output; ///< gone with the output

private:
    Listener<&Screen::handle_frame> frame_;
    Listener<&Screen::handle_request_state> request_state_;
    Listener<&Screen::handle_destroy> destroy_;
};

/// One keyboard, real or virtual.
class Desktop::KeyboardDevice {
public:
    KeyboardDevice(Desktop& desktop, wlr_keyboard* keyboard)
        : desktop_(desktop),
          keyboard(keyboard),
          key_(*this, keyboard->events.key),
          modifiers_(*this, keyboard->events.modifiers),
          destroy_(*this, keyboard->base.events.destroy)
    {
    }

private:
    void handle_key(wlr_keyboard_key_event& event)
    {
        desktop_.notify_activity();
        if (event.state == WL_KEYBOARD_KEY_STATE_PRESSED)
            desktop_.claim_.reset();
        wlr_seat_set_keyboard(desktop_.seat_, keyboard);
        bool const pressed = event.state == WL_KEYBOARD_KEY_STATE_PRESSED;
        if (!pressed)
            desktop_.key_released(event.keycode);
        auto const swallowed = std::ranges::find(swallowed_, event.keycode);
        if (!pressed && swallowed != swallowed_.end()) {
            swallowed_.erase(swallowed); // its press was ours: nobody sees the release
            return;
        }
        if (pressed && desktop_.key_pressed(*this, event.keycode)) {
            swallowed_.push_back(event.keycode);
            return;
        }
        // A key held since before the focus came is nobody's here: neither press nor release.
        auto& sent = desktop_.sent_keys_;
        if (pressed)
            sent.push_back(event.keycode);
        else if (std::erase(sent, event.keycode) == 0)
            return desktop_.stop_repeat();
        wlr_seat_keyboard_notify_key(desktop_.seat_, event.time_msec, event.keycode, event.state);
        if (pressed && xkb_keymap_key_repeats(keyboard->keymap, event.keycode + 8))
            desktop_.start_repeat(event.time_msec, event.keycode);
        else
            desktop_.stop_repeat();
    }
    void handle_modifiers()
    {
        wlr_seat_set_keyboard(desktop_.seat_, keyboard);
        desktop_.modifiers_changed(wlr_keyboard_get_modifiers(keyboard));
        wlr_seat_keyboard_notify_modifiers(desktop_.seat_, &keyboard->modifiers);
        desktop_.host_.handle_desktop_told(); // the layout
    }
    void handle_destroy()
    {
        Desktop& desktop = desktop_;
        desktop.modifiers_changed(0);
        std::erase_if(desktop.keyboards_, [this](auto const& k) { return k.get() == this; });
    }
    Desktop& desktop_;
    std::vector<std::uint32_t> swallowed_;

public:
    wlr_keyboard* keyboard;

private:
    Listener<&KeyboardDevice::handle_key> key_;
    Listener<&KeyboardDevice::handle_modifiers> modifiers_;
    Listener<&KeyboardDevice::handle_destroy> destroy_;
};

} // namespace vitrail::compositor
