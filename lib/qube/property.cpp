#include "lib/qube/property.hpp"

#include "lib/qube/names.hpp"

#include <algorithm>
#include <array>

namespace vitrail::qube {
namespace {

using enum PropertyType;
using enum Access;
using enum Fallback;

constexpr std::uint8_t bit(QubeClass one)
{
    return static_cast<std::uint8_t>(one);
}
constexpr std::uint8_t D = bit(QubeClass::disposable);
constexpr std::uint8_t R = bit(QubeClass::remote);
constexpr std::uint8_t M = bit(QubeClass::admin);
constexpr std::uint8_t T = bit(QubeClass::template_);
constexpr std::uint8_t A = bit(QubeClass::app);
constexpr std::uint8_t S = bit(QubeClass::standalone);
constexpr std::uint8_t V = A | D | S | T; // runs on this machine
constexpr std::uint8_t all = V | R | M;

constexpr std::int64_t max_mib = std::int64_t{1} << 30;

constexpr std::array qube_table{
    Property{"appvm_default_bootmode", text, T, writable, fixed, "default",
             "Boot mode of qubes based on this template."},
    Property{"audiovm", qube, V, writable, global, "default_audiovm",
             "Qube that plays and records this one's sound."},
    Property{"auto_cleanup", boolean, D, writable, fixed, "False",
             "Remove the disposable when it stops."},
    Property{"autostart", boolean, V, writable, fixed, "False", "Start with the machine."},
    Property{"backup_timestamp", integer, V, writable, none, "",
             "Time of the last backup, Unix seconds.", 0, INT64_MAX},
    Property{"bootmode", text, V, writable, fixed, "default", "Boot mode that is used."},
    Property{"debug", boolean, V, writable, fixed, "False",
             "Show more of the start and write more logs."},
    Property{"default_dispvm", qube, V | M, writable, computed, "",
             "Template of disposables started from here."},
    Property{"default_user", text, V, writable, from_template, "user",
             "Account in the qube that programs run under."},
    Property{"devices_denied", text, V | M, writable, fixed, "",
             "Codes of device interfaces that may not be attached."},
    Property{"dispid", integer, D, once, none, "", "Number of the disposable.", 0, 9999},
    Property{"dns", text, V, read_only, computed, "", "Addresses of the resolvers."},
    Property{"gateway", text, V, read_only, computed, "",
             "Address that clients use as their gateway."},
    Property{"gateway6", text, V, read_only, computed, "",
             "IPv6 address that clients use as their gateway."},
    Property{"guivm", qube, V, writable, global, "default_guivm",
             "Qube that shows this one's windows."},
    Property{"icon", text, all, read_only, computed, "", "Name of the icon."},
    Property{"include_in_backups", boolean, all, writable, computed, "", "Offer it for a backup."},
    Property{"installed_by_rpm", boolean, V, writable, fixed, "False",
             "Owned by the package manager: not removed here."},
    Property{"ip", text, V, writable, computed, "", "Address."},
    Property{"ip6", text, V, writable, computed, "", "IPv6 address."},
    Property{"is_preload", boolean, D, read_only, computed, "", "Kept ready for the next request."},
    Property{"kernel", text, V, writable, template_or_global, "default_kernel",
             "Kernel to start with; empty: the qube's own."},
    Property{"kernelopts", text, V, writable, computed, "",
             "Further words of the kernel's command line."},
    Property{"keyboard_layout", text, V | M, writable, computed, "",
             "Layout, variant and options, joined by plus signs."},
    Property{"klass", text, all, read_only, computed, "", "Class of the qube."},
    Property{"label", PropertyType::label, all, writable, none, "", "Colour of its frames."},
    Property{"mac", text, V, writable, fixed, "00:16:3e:5e:6c:00",
             "Hardware address of its network interface."},
    Property{"management_dispvm", qube, V, writable, template_or_global, "management_dispvm",
             "Template of the disposables that configure it."},
    Property{"maxmem", integer, V | M, writable, computed, "",
             "Most memory it may get, MiB; 0: fixed memory.", 0, max_mib},
    Property{"memory", integer, V, writable, from_template, "400", "Memory at start, MiB.", 1,
             max_mib},
    Property{"name", text, all, once, none, "", "Name of the qube."},
    Property{"netvm", qube, V, writable, computed, "", "Qube that gives it network."},
    Property{"provides_network", boolean, V, writable, fixed, "False",
             "May be the netvm of others."},
    Property{"qid", integer, all, once, none, "", "Number of the qube.", 0, 9999},
    Property{"qrexec_timeout", integer, V, writable, template_or_global, "default_qrexec_timeout",
             "Seconds that a start may take.", 1},
    Property{"relayvm", qube, R, writable, none, "", "Qube through which it is reached."},
    Property{"remote_name", text, R, writable, computed, "", "Its name on the other machine."},
    Property{"shutdown_timeout", integer, V, writable, template_or_global,
             "default_shutdown_timeout", "Seconds that a shutdown may take.", 1},
    Property{"start_time", text, V, read_only, computed, "", "Time of its start, Unix seconds."},
    Property{"stubdom_mem", integer, V, writable, none, "", "Memory of its device model, MiB.", 1,
             max_mib},
    Property{"stubdom_uuid", text, V, read_only, computed, "",
             "UUID of its device model's domain."},
    Property{"stubdom_xid", integer, V, read_only, computed, "",
             "Number of its device model's domain.", -1},
    Property{"template", qube, A | D, while_halted, none, "", "Qube that it starts from."},
    Property{"template_for_dispvms", boolean, A | S, writable, fixed, "False",
             "May be the template of disposables."},
    Property{"transport_rpc", text, R, writable, none, "", "Service that reaches it."},
    Property{"updateable", boolean, all, read_only, computed, "", "Updates installed in it stay."},
    Property{"uuid", text, all, once, none, "", "UUID of the qube."},
    Property{"vcpus", integer, V, writable, from_template, "2", "Virtual processors.", 1, 1024},
    Property{"virt_mode", text, V, writable, computed, "",
             "Kind of virtualization: hvm, pvh or pv."},
    Property{"visible_gateway", text, V, read_only, computed, "", "Gateway as the qube sees it."},
    Property{"visible_gateway6", text, V, read_only, computed, "",
             "IPv6 gateway as the qube sees it."},
    Property{"visible_ip", text, V, read_only, computed, "", "Address as the qube sees it."},
    Property{"visible_ip6", text, V, read_only, computed, "", "IPv6 address as the qube sees it."},
    Property{"visible_netmask", text, V, read_only, computed, "", "Netmask as the qube sees it."},
    Property{"xid", integer, V, read_only, computed, "", "Number of its running domain.", -1},
};

constexpr std::array global_table{
    Property{"check_updates_vm", boolean, 0, writable, fixed, "True", "Qubes look for updates."},
    Property{"clockvm", qube, 0, writable, none, "", "Qube that knows the time."},
    Property{"default_audiovm", qube, 0, writable, fixed, "dom0", "Default audiovm of qubes."},
    Property{"default_dispvm", qube, 0, writable, none, "", "Default template of disposables."},
    Property{"default_guivm", qube, 0, writable, fixed, "dom0", "Default guivm of qubes."},
    Property{"default_kernel", text, 0, writable, computed, "", "Default kernel of qubes."},
    Property{"default_netvm", qube, 0, writable, none, "", "Default netvm of qubes."},
    Property{"default_pool", text, 0, writable, computed, "", "Pool of new volumes."},
    Property{"default_pool_kernel", text, 0, writable, computed, "", "Pool of new kernel volumes."},
    Property{"default_pool_private", text, 0, writable, global, "default_pool",
             "Pool of new private volumes."},
    Property{"default_pool_root", text, 0, writable, global, "default_pool",
             "Pool of new root volumes."},
    Property{"default_pool_volatile", text, 0, writable, global, "default_pool",
             "Pool of new volatile volumes."},
    Property{"default_qrexec_timeout", integer, 0, writable, fixed, "60",
             "Default seconds that a start may take.", 1},
    Property{"default_shutdown_timeout", integer, 0, writable, fixed, "60",
             "Default seconds that a shutdown may take.", 1},
    Property{"default_template", qube, 0, writable, none, "", "Template of new qubes."},
    Property{"management_dispvm", qube, 0, writable, none, "",
             "Template of the disposables that configure qubes."},
    Property{"maxmem", integer, 0, read_only, computed, "", "Memory of the machine, MiB."},
    Property{"no_cpus", integer, 0, read_only, computed, "", "Processors of the machine."},
    Property{"stats_interval", integer, 0, writable, fixed, "3",
             "Seconds between two reports of vm-stats.", 1, 3600},
    Property{"updatevm", qube, 0, writable, none, "", "Qube that fetches updates of dom0."},
};

static_assert(std::ranges::is_sorted(qube_table, {}, &Property::name));
static_assert(std::ranges::is_sorted(global_table, {}, &Property::name));

Property const* find_in(std::span<Property const> table, std::string_view name)
{
    auto const found = std::ranges::lower_bound(table, name, {}, &Property::name);
    return found != table.end() && found->name == name ? &*found : nullptr;
}

bool is_hex_mac(std::string_view text)
{
    if (text.size() != 17)
        return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i % 3 == 2 ? text[i] != ':' : !std::string_view("0123456789abcdef").contains(text[i]))
            return false;
    return (text[1] - '0') % 2 == 0 || text[1] == 'a' || text[1] == 'c' || text[1] == 'e';
}

bool is_made_of(std::string_view value, std::string_view marks)
{
    return std::ranges::all_of(value, [marks](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.contains(c);
    });
}

/// What a text property may hold beyond printable ASCII.
bool is_good_text(std::string_view name, std::string_view value)
{
    constexpr std::size_t max_kernelopts = 512;
    constexpr std::size_t interface_code = 7;
    if (!is_feature_value(value))
        return false;
    if (name == "kernelopts")
        return value.size() <= max_kernelopts;
    if (name == "mac")
        return is_hex_mac(value);
    if (name == "virt_mode")
        return value == "hvm" || value == "pvh" || value == "pv";
    if (name == "default_user")
        return !value.empty() && is_made_of(value, "_.-");
    if (name == "kernel" || name == "default_kernel")
        return value.empty() || (is_made_of(value, "._-") && value != "." && value != "..");
    if (name == "devices_denied")
        return value.size() % interface_code == 0 && is_made_of(value, "?*");
    if (name == "keyboard_layout")
        return std::ranges::count(value, '+') == 2 && is_made_of(value, "+_,:-");
    if (name.starts_with("default_pool"))
        return is_pool_name(value);
    return true;
}

} // namespace

std::string_view type_name(PropertyType type)
{
    switch (type) {
    case text: return "str";
    case integer: return "int";
    case boolean: return "bool";
    case qube: return "vm";
    case PropertyType::label: return "label";
    }
    return "";
}

std::span<Property const> qube_properties()
{
    return qube_table;
}
std::span<Property const> global_properties()
{
    return global_table;
}

Property const* find_property(QubeClass qube_class, std::string_view name)
{
    Property const* const found = find_in(qube_table, name);
    return found && found->belongs_to(qube_class) ? found : nullptr;
}

Property const* find_global(std::string_view name)
{
    return find_in(global_table, name);
}

Outcome<std::string> check_value(Property const& property, std::string_view value)
{
    auto const bad = [&](std::string_view why) {
        return refuse(exception::property_value, "Invalid value of property '" +
                                                     std::string(property.name) +
                                                     "': " + std::string(why));
    };
    switch (property.type) {
    case text:
        if (!is_good_text(property.name, value))
            return bad("it may not hold this text");
        return std::string(value);
    case integer: {
        auto const number = parse_number(value);
        if (!number || *number > INT64_MAX)
            return bad("a decimal number is expected");
        auto const in_range = static_cast<std::int64_t>(*number);
        if (in_range < property.least || in_range > property.most)
            return bad("it must be between " + std::to_string(property.least) + " and " +
                       std::to_string(property.most));
        return std::to_string(in_range);
    }
    case boolean:
        if (auto const truth = parse_bool(value))
            return std::string(bool_text(*truth));
        return bad("True or False is expected");
    case qube:
        if (!value.empty() && !is_qube_name(value))
            return bad("the name of a qube is expected");
        return std::string(value);
    case PropertyType::label:
        if (!is_label_name(value))
            return bad("the name of a label is expected");
        return std::string(value);
    }
    return bad("unknown type");
}

} // namespace vitrail::qube
