// What properties are worth that nobody set. Source: fact sheet admin-api §7, §8 and
// storage-and-lifecycle §14.

#include "services/qubesd/state.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace vitrail::qubesd {
namespace {

using qube::Property;
using qube::QubeClass;
using Text = std::optional<std::string>;

Qube const* template_of(State const& state, Qube const& qube)
{
    return state.find(qube.property("template"));
}

/// The template's value of a property that is inherited.
Text from_template(State const& state, Qube const& qube, Property const& property)
{
    Qube const* const from = template_of(state, qube);
    if (!from || from->name == qube.name || !property.belongs_to(from->qube_class))
        return std::nullopt;
    return property_value(state, *from, property).text;
}

bool has_pci(Qube const& qube)
{
    return std::ranges::any_of(qube.assignments, [](qube::Assignment const& one) {
        return one.device.device_class == "pci";
    });
}

std::string address(State const& state, Qube const& qube, bool six)
{
    unsigned number = qube.qid;
    bool const disposable = qube.is(QubeClass::disposable) && !qube.property("dispid").empty();
    if (disposable)
        number =
            static_cast<unsigned>(qube::parse_number(qube.property("dispid")).value_or(number));
    std::array<char, 48> text{};
    if (six) {
        if (!feature_with_template(state, qube, "ipv6").value_or("").empty())
            std::snprintf(text.data(), text.size(), "fd09:24ef:4179::%s:%x",
                          disposable ? "a8a" : "a89", number);
        return text.data();
    }
    unsigned const net = disposable ? 138 : 137;
    if (number < 255)
        std::snprintf(text.data(), text.size(), "10.%u.%u.%u", net, number >> 8, number & 255);
    else
        std::snprintf(text.data(), text.size(), "10.%u.%u.%u", net, (number - 1) / 254,
                      (number - 1) % 254 + 1);
    return text.data();
}

Text default_netvm(State const& state, Qube const& qube)
{
    if (qube.is(QubeClass::template_))
        return "";
    std::string netvm = global_text(state, "default_netvm");
    return makes_loop(state, qube, netvm) ? "" : netvm;
}

Text network_value(State const& state, Qube const& qube, std::string_view name)
{
    std::string const netvm = property_text(state, qube, "netvm");
    bool const provides = property_is_true(state, qube, "provides_network");
    Qube const* const through = state.find(netvm);
    auto const seen_as = [&](std::string_view feature, Text real) {
        return through && qube.feature(feature) ? Text(*qube.feature(feature)) : real;
    };
    auto const through_text = [&](std::string_view property) {
        return through ? Text(property_text(state, *through, property)) : std::nullopt;
    };
    if (name == "ip" || name == "ip6") {
        if (netvm.empty() && !provides)
            return std::nullopt;
        std::string found = address(state, qube, name == "ip6");
        return found.empty() ? std::nullopt : Text(found);
    }
    if (name == "gateway" || name == "gateway6")
        return provides ? Text(property_text(state, qube, name == "gateway" ? "ip" : "ip6"))
                        : std::nullopt;
    if (name == "dns")
        return through ? Text("10.139.1.1 10.139.1.2") : std::nullopt;
    if (name == "visible_ip")
        return seen_as("net.fake-ip", property_text(state, qube, "ip"));
    if (name == "visible_ip6")
        return Text(property_text(state, qube, "ip6"));
    if (name == "visible_netmask")
        return seen_as("net.fake-netmask", through ? Text("255.255.255.255") : std::nullopt);
    if (name == "visible_gateway")
        return seen_as("net.fake-gateway", through_text("gateway"));
    return through_text("gateway6"); // visible_gateway6
}

std::string icon(State const& state, Qube const& qube)
{
    std::string kind = "appvm-";
    switch (qube.qube_class) {
    case QubeClass::admin: return "adminvm-black";
    case QubeClass::template_: kind = "templatevm-"; break;
    case QubeClass::disposable: kind = "dispvm-"; break;
    case QubeClass::remote: kind = "remotevm-"; break;
    case QubeClass::standalone: kind = "standalonevm-"; break;
    case QubeClass::app: break;
    }
    bool const on_this_machine = !qube.is(QubeClass::remote);
    if (on_this_machine && property_is_true(state, qube, "template_for_dispvms"))
        kind = "templatevm-";
    else if (on_this_machine &&
             (property_is_true(state, qube, "provides_network") ||
              (qube.feature("servicevm") && !qube.feature("servicevm")->empty())))
        kind = "servicevm-";
    return kind + std::string(qube.property("label"));
}

Text max_memory(State const& state, Qube const& qube, Property const& property)
{
    if (qube.is(QubeClass::admin))
        return std::to_string(state.machine.memory_mib);
    bool const hvm = property_text(state, qube, "virt_mode") == "hvm";
    if (has_pci(qube) || (hvm && !feature_with_template(state, qube, "qrexec")))
        return "0"; // its memory cannot be balanced
    if (auto inherited = from_template(state, qube, property))
        return inherited;
    auto const memory = qube::parse_number(property_text(state, qube, "memory")).value_or(400);
    std::uint64_t const most = std::max<std::uint64_t>(state.machine.memory_mib / 2, memory);
    return std::to_string(std::min<std::uint64_t>(most, 10 * memory));
}

Text life_value(Qube const& qube, std::string_view name)
{
    bool const on = qube.now.domain >= 0;
    if (name == "xid")
        return std::to_string(on ? qube.now.domain : -1);
    if (name == "stubdom_xid")
        return "-1";
    if (name == "start_time" && on)
        return std::to_string(qube.now.start_time);
    return std::nullopt; // start_time of a halted one, stubdom_uuid
}

Text virt_mode(State const& state, Qube const& qube, Property const& property)
{
    if (has_pci(qube))
        return "hvm";
    if (auto inherited = from_template(state, qube, property))
        return inherited;
    return "pvh";
}

Text computed(State const& state, Qube const& qube, Property const& property)
{
    std::string_view const name = property.name;
    if (name == "netvm")
        return default_netvm(state, qube);
    if (name == "default_dispvm")
        return qube.is(QubeClass::disposable) ? std::string(qube.property("template"))
                                              : global_text(state, "default_dispvm");
    if (name == "icon")
        return icon(state, qube);
    if (name == "klass")
        return std::string(qube::class_name(qube.qube_class));
    if (name == "include_in_backups")
        return std::string(qube::bool_text(
            !qube.is(QubeClass::remote) &&
            !(qube.is(QubeClass::disposable) && property_is_true(state, qube, "auto_cleanup"))));
    if (name == "is_preload")
        return std::string(qube::bool_text(qube.feature("preload-dispvm-in-progress") ||
                                           qube.feature("preload-dispvm-completed")));
    if (name == "updateable")
        return std::string(qube::bool_text(!qube.is(QubeClass::app) &&
                                           !qube.is(QubeClass::disposable) &&
                                           !qube.is(QubeClass::remote)));
    if (name == "kernelopts") {
        auto inherited = from_template(state, qube, property);
        return inherited ? inherited : Text(has_pci(qube) ? "" : "swiotlb=2048");
    }
    if (name == "keyboard_layout") {
        Qube const* const gui = state.find(
            qube.is(QubeClass::admin) ? std::string() : property_text(state, qube, "guivm"));
        return gui && gui->name != qube.name ? property_text(state, *gui, name) : "us++";
    }
    if (name == "maxmem")
        return max_memory(state, qube, property);
    if (name == "virt_mode")
        return virt_mode(state, qube, property);
    if (name == "remote_name")
        return qube.name;
    if (name == "xid" || name.starts_with("stubdom_") || name == "start_time")
        return life_value(qube, name);
    return network_value(state, qube, name);
}

} // namespace

std::optional<std::string> property_default(State const& state, Qube const& qube,
                                            Property const& property)
{
    using enum qube::Fallback;
    switch (property.rule) {
    case none: return std::nullopt;
    case fixed: return std::string(property.fallback);
    case global: return global_text(state, property.fallback);
    case from_template: {
        auto inherited = qubesd::from_template(state, qube, property);
        return inherited ? inherited : Text(property.fallback);
    }
    case template_or_global: {
        auto inherited = qubesd::from_template(state, qube, property);
        return inherited ? inherited : Text(global_text(state, property.fallback));
    }
    case computed: return qubesd::computed(state, qube, property);
    }
    return std::nullopt;
}

Value property_value(State const& state, Qube const& qube, Property const& property)
{
    if (property.name == "name")
        return {false, qube.name};
    if (property.name == "qid")
        return {false, std::to_string(qube.qid)};
    if (property.name == "uuid")
        return {false, qube.uuid};
    if (auto const set = qube.properties.find(property.name); set != qube.properties.end())
        return {false, set->second};
    return {true, property_default(state, qube, property)};
}

std::optional<std::string> global_default(State const& state, Property const& property)
{
    using enum qube::Fallback;
    if (property.rule == fixed)
        return std::string(property.fallback);
    if (property.rule == global)
        return global_text(state, property.fallback);
    if (property.rule == none)
        return std::nullopt;
    if (property.name == "maxmem")
        return std::to_string(state.machine.memory_mib);
    if (property.name == "no_cpus")
        return std::to_string(state.machine.processors);
    if (property.name == "default_kernel")
        return "";
    if (property.name == "default_pool_kernel" && state.pools.contains("linux-kernel"))
        return "linux-kernel";
    for (char const* const usual : {"default", "varlibqubes"}) // default_pool
        if (state.pools.contains(usual))
            return usual;
    for (auto const& [name, pool] : state.pools)
        if (pool.driver != "linux-kernel")
            return name;
    return std::nullopt;
}

Value global_value(State const& state, Property const& property)
{
    if (auto const set = state.globals.find(property.name); set != state.globals.end())
        return {false, set->second};
    return {true, global_default(state, property)};
}

std::string property_text(State const& state, Qube const& qube, std::string_view name)
{
    Property const* const property = qube::find_property(qube.qube_class, name);
    return property ? property_value(state, qube, *property).text.value_or("") : "";
}

std::string global_text(State const& state, std::string_view name)
{
    Property const* const property = qube::find_global(name);
    return property ? global_value(state, *property).text.value_or("") : "";
}

bool property_is_true(State const& state, Qube const& qube, std::string_view name)
{
    return property_text(state, qube, name) == "True";
}

} // namespace vitrail::qubesd
