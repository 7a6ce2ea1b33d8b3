#pragma once

#include "lib/base/handle.hpp"
#include "lib/formats/notification.hpp"
#include "lib/os/event_loop.hpp"

#include <systemd/sd-bus.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace vitrail::notifications {

using BusMessage = Handle<sd_bus_message, sd_bus_message_unref>;

/// org.freedesktop.Notifications on the session bus. Source: the Desktop Notifications
/// Specification 1.2.
class Bus {
public:
    /// Called from the loop.
    struct Events {
        /// One Notify; it is answered by answer() or refuse(), in any order.
        virtual void handle_notify(BusMessage call, formats::Notification notification) = 0;
        virtual void handle_close(std::uint32_t id) = 0;
        virtual void handle_bus_end() = 0;

    protected:
        ~Events() = default;
    };
    /// Fails where there is no bus, or somebody else has the name.
    [[nodiscard]] static Result<std::unique_ptr<Bus>> create(wl_event_loop* loop, Events& events);
    Bus(Bus const&) = delete;
    Bus& operator=(Bus const&) = delete;

    /// Once, before the loop: what came while the name was asked for.
    void start() { handle_ready(0); }
    void answer(BusMessage const& call, std::uint32_t id);
    void refuse(BusMessage const& call, std::string const& name, std::string const& text);
    void tell_closed(std::uint32_t id, formats::CloseReason reason);
    void tell_invoked(std::uint32_t id, std::string const& key);
    /// False: applications wait.
    void set_reading(bool reading);

private:
    struct Table;
    explicit Bus(Events& events) : events_(events) {}
    void handle_ready(std::uint32_t ready);
    void watch();

    Events& events_;
    Handle<sd_bus, sd_bus_flush_close_unref> bus_;
    bool reading_ = true;
    std::optional<FdSource<&Bus::handle_ready>> source_;
};

} // namespace vitrail::notifications
