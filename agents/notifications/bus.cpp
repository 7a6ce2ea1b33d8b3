#include "agents/notifications/bus.hpp"

#include "lib/base/utf8.hpp"

#include <poll.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace vitrail::notifications {
namespace {

constexpr char const* name = "org.freedesktop.Notifications";
constexpr char const* path = "/org/freedesktop/Notifications";

/// Bytes of a text that go to the GUI domain: it shows no more.
constexpr std::size_t longest = 4 * formats::longest_notification_body;

std::unexpected<Error> bus_error(int negative, char const* what)
{
    return std::unexpected(Error{-negative, what});
}

std::string cut(char const* text)
{
    return std::string(cut_utf8(text, longest));
}

/// The value of a hint, from a variant: a byte, a truth or a number, whatever the application took.
std::uint32_t read_hint(sd_bus_message* from)
{
    char type = 0;
    char const* contents = nullptr;
    if (sd_bus_message_peek_type(from, &type, &contents) <= 0 || !contents || contents[0] == '\0' ||
        contents[1] != '\0' || !std::string_view("ybiu").contains(contents[0])) {
        sd_bus_message_skip(from, "v");
        return 0;
    }
    std::uint32_t value = 0;
    std::uint8_t byte = 0;
    sd_bus_message_enter_container(from, SD_BUS_TYPE_VARIANT, contents);
    if (contents[0] == 'y') {
        sd_bus_message_read_basic(from, 'y', &byte);
        value = byte;
    } else // four bytes, each of them
        sd_bus_message_read_basic(from, contents[0], &value);
    sd_bus_message_exit_container(from);
    return value;
}

void read_hints(sd_bus_message* from, formats::Notification& into)
{
    if (sd_bus_message_enter_container(from, SD_BUS_TYPE_ARRAY, "{sv}") < 0)
        return;
    while (sd_bus_message_enter_container(from, SD_BUS_TYPE_DICT_ENTRY, "sv") > 0) {
        char const* key = "";
        sd_bus_message_read_basic(from, 's', &key);
        std::string_view const hint(key);
        if (hint == "urgency")
            into.urgency = static_cast<formats::Urgency>(std::min(read_hint(from), 2U));
        else if (hint == "transient")
            into.transient = read_hint(from) != 0;
        else if (hint == "resident")
            into.resident = read_hint(from) != 0;
        else
            sd_bus_message_skip(from, "v");
        sd_bus_message_exit_container(from);
    }
    sd_bus_message_exit_container(from);
}

void read_actions(sd_bus_message* from, formats::Notification& into)
{
    if (sd_bus_message_enter_container(from, SD_BUS_TYPE_ARRAY, "s") < 0)
        return;
    char const* key = nullptr;
    char const* label = nullptr;
    while (sd_bus_message_read_basic(from, 's', &key) > 0) {
        // A key without a label goes on as it is: the other end says what is wrong with it.
        if (sd_bus_message_read_basic(from, 's', &label) <= 0)
            label = "";
        into.actions.push_back({cut(key), cut(label)});
    }
    sd_bus_message_exit_container(from);
}

/// susssasa{sv}i; the icon is not read: it would be a file of the qube.
formats::Notification read_notify(sd_bus_message* from)
{
    formats::Notification made;
    char const* app = "";
    char const* icon = "";
    char const* summary = "";
    char const* body = "";
    sd_bus_message_read(from, "susss", &app, &made.replaces, &icon, &summary, &body);
    made.app = cut(app);
    made.summary = cut(summary);
    made.body = cut(body);
    read_actions(from, made);
    read_hints(from, made);
    sd_bus_message_read_basic(from, 'i', &made.timeout);
    return made;
}

} // namespace

struct Bus::Table {
    static int notify(sd_bus_message* call, void* data, sd_bus_error*) noexcept
    {
        static_cast<Bus*>(data)->events_.handle_notify(BusMessage(sd_bus_message_ref(call)),
                                                       read_notify(call));
        return 1; // it is answered later
    }
    static int close(sd_bus_message* call, void* data, sd_bus_error*) noexcept
    {
        std::uint32_t id = 0;
        sd_bus_message_read_basic(call, 'u', &id);
        static_cast<Bus*>(data)->events_.handle_close(id);
        return sd_bus_reply_method_return(call, "");
    }
    static int capabilities(sd_bus_message* call, void*, sd_bus_error*) noexcept
    {
        return sd_bus_reply_method_return(call, "as", 3, "actions", "body", "persistence");
    }
    static int server(sd_bus_message* call, void*, sd_bus_error*) noexcept
    {
        return sd_bus_reply_method_return(call, "ssss", "Vitrail", "Vitrail", "1.0", "1.2");
    }
    static sd_bus_vtable const methods[];
};

sd_bus_vtable const Bus::Table::methods[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Notify", "susssasa{sv}i", "u", notify, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("CloseNotification", "u", "", close, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("GetCapabilities", "", "as", capabilities, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD("GetServerInformation", "", "ssss", server, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL("NotificationClosed", "uu", 0),
    SD_BUS_SIGNAL("ActionInvoked", "us", 0),
    SD_BUS_VTABLE_END,
};

Result<std::unique_ptr<Bus>> Bus::create(wl_event_loop* loop, Events& events)
{
    std::unique_ptr<Bus> made(new Bus(events));
    sd_bus* bus = nullptr;
    if (int const failed = sd_bus_open_user(&bus); failed < 0)
        return bus_error(failed, "the session bus");
    made->bus_.reset(bus);
    if (int const failed =
            sd_bus_add_object_vtable(bus, nullptr, path, name, Table::methods, made.get());
        failed < 0)
        return bus_error(failed, "the object of notifications");
    if (int const failed = sd_bus_request_name(bus, name, 0); failed < 0)
        return bus_error(failed, name);
    made->source_.emplace(loop, *made, sd_bus_get_fd(bus), WL_EVENT_READABLE);
    made->source_->call_every_turn(); // for what was read while applications waited
    return made;
}

void Bus::handle_ready(std::uint32_t)
{
    int done = 1;
    while (reading_ && done > 0)
        done = sd_bus_process(bus_.get(), nullptr);
    if (done < 0) {
        source_.reset();
        return events_.handle_bus_end();
    }
    watch();
}

void Bus::watch()
{
    if (!source_)
        return;
    bool const writes = (sd_bus_get_events(bus_.get()) & POLLOUT) != 0;
    std::uint32_t mask = 0;
    if (reading_)
        mask |= WL_EVENT_READABLE;
    if (writes)
        mask |= WL_EVENT_WRITABLE;
    source_->set_mask(mask);
}

void Bus::set_reading(bool reading)
{
    if (std::exchange(reading_, reading) != reading)
        watch();
}

void Bus::answer(BusMessage const& call, std::uint32_t id)
{
    sd_bus_reply_method_return(call.get(), "u", id);
    watch();
}

void Bus::refuse(BusMessage const& call, std::string const& error, std::string const& text)
{
    sd_bus_reply_method_errorf(call.get(), error.c_str(), "%s", text.c_str());
    watch();
}

void Bus::tell_closed(std::uint32_t id, formats::CloseReason reason)
{
    sd_bus_emit_signal(bus_.get(), path, name, "NotificationClosed", "uu", id,
                       static_cast<std::uint32_t>(reason));
    watch();
}

void Bus::tell_invoked(std::uint32_t id, std::string const& key)
{
    sd_bus_emit_signal(bus_.get(), path, name, "ActionInvoked", "us", id, key.c_str());
    watch();
}

} // namespace vitrail::notifications
