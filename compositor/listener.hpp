#pragma once

#include <wayland-server-core.h>

#include <type_traits>

namespace vitrail::compositor {

/// Connects one wl_signal to one member function for as long as it lives.
///
/// Declare it, last, in the object that owns the handler:
///     Listener<&Toplevel::handle_map> map_{*this, surface.events.map};
/// The handler takes the event's own type, or nothing. libwayland keeps a pointer to this object,
/// so it neither copies nor moves. The handler may destroy its owner: nothing here is touched
/// after.
template <auto Handler> class Listener;

template <typename Owner, typename... Event, void (Owner::*Handler)(Event...)>
class Listener<Handler> {
    static_assert(sizeof...(Event) <= 1);

public:
    Listener(Owner& owner, wl_signal& signal) : owner_(&owner)
    {
        listener_.notify = [](wl_listener* listener, void* data) noexcept {
            Listener* self;
            self = wl_container_of(listener, self, listener_);
            if constexpr (sizeof...(Event) == 0)
                (self->owner_->*Handler)();
            else
                (self->owner_->*Handler)(*static_cast<std::remove_reference_t<Event>*>(data)...);
        };
        wl_signal_add(&signal, &listener_);
    }
    ~Listener() { wl_list_remove(&listener_.link); }
    Listener(Listener const&) = delete;
    Listener& operator=(Listener const&) = delete;

private:
    wl_listener listener_{};
    Owner* owner_;
};

} // namespace vitrail::compositor
