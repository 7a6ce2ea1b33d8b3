#include "tools/qvm/columns.hpp"

#include <algorithm>
#include <array>

namespace vitrail::qvm {
namespace {

constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;

std::string volume_text(Seen const& seen, char const* volume, char const* key)
{
    auto const found = seen.volumes.find(volume);
    if (found == seen.volumes.end())
        return {};
    auto const value = found->second.find(key);
    return value == found->second.end() ? std::string() : value->second;
}

std::uint64_t volume_bytes(Seen const& seen, char const* volume, char const* key)
{
    return qube::parse_number(volume_text(seen, volume, key)).value_or(0);
}

std::string mib(Seen const& seen, char const* volume, char const* key)
{
    if (!seen.volumes.contains(volume))
        return {};
    return std::to_string(volume_bytes(seen, volume, key) / mebibyte);
}

std::string percent(Seen const& seen, char const* volume)
{
    std::uint64_t const size = volume_bytes(seen, volume, "size");
    if (size == 0)
        return {};
    std::uint64_t const usage = volume_bytes(seen, volume, "usage");
    return std::to_string(usage / ((size + 99) / 100)) + "%"; // never over 64 bits
}

std::string disk(Seen const& seen)
{
    if (seen.volumes.empty())
        return {};
    std::uint64_t total = 0;
    for (auto const& [name, info] : seen.volumes)
        total += volume_bytes(seen, name.c_str(), "usage");
    return std::to_string(total / mebibyte);
}

std::string memory(Seen const& seen)
{
    if (!seen.is_on() || seen.memory_kib == 0)
        return {};
    return std::to_string(seen.memory_kib / 1024);
}

char type_flag(Seen const& seen)
{
    constexpr std::array<std::pair<std::string_view, char>, 5> letters{{{"AdminVM", '0'},
                                                                        {"AppVM", 'a'},
                                                                        {"DispVM", 'd'},
                                                                        {"StandaloneVM", 's'},
                                                                        {"TemplateVM", 't'}}};
    for (auto const& [name, letter] : letters)
        if (name == seen.listed.qube_class)
            return seen.property("virt_mode") == "hvm" && letter != '0'
                       ? static_cast<char>(letter - 'a' + 'A')
                       : letter;
    return '-';
}

char state_flag(Seen const& seen)
{
    constexpr std::array<std::pair<std::string_view, char>, 8> letters{{{"Running", 'r'},
                                                                        {"Transient", 't'},
                                                                        {"Paused", 'p'},
                                                                        {"Suspended", 's'},
                                                                        {"Halting", 'h'},
                                                                        {"Dying", 'd'},
                                                                        {"Crashed", 'c'},
                                                                        {"Halted", '-'}}};
    for (auto const& [name, letter] : letters)
        if (name == seen.listed.state)
            return letter;
    return '-';
}

std::string flags(Seen const& seen)
{
    auto const is = [&](char const* name) { return seen.property(name) == "True"; };
    auto const internal = seen.features.find("internal");
    bool const is_internal = internal != seen.features.end() && !internal->second.empty();
    return {type_flag(seen),
            state_flag(seen),
            is("updateable") ? 'U' : '-',
            is("provides_network") ? 'N' : '-',
            is("installed_by_rpm") ? 'R' : '-',
            is_internal ? 'i' : '-',
            is("debug") ? 'D' : '-',
            is("autostart") ? 'A' : '-'};
}

std::string upper(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    });
    return out;
}

std::string lower(std::string_view text)
{
    std::string out(text);
    std::ranges::transform(out, out.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return out;
}

} // namespace

std::string Seen::property(std::string_view name) const
{
    auto const found = properties.find(name);
    return found == properties.end() ? std::string() : found->second.text;
}

bool Seen::is_on() const
{
    return listed.state != "Halted" && listed.state != "NA" && listed.state != "Crashed";
}

std::span<Column const> known_columns()
{
    static std::array const table{
        Column{"CLASS", "Its class", needs_nothing, false,
               [](Seen const& seen) { return seen.listed.qube_class; }},
        Column{"DISK", "What all its volumes take (MiB)", needs_volumes, true, disk},
        Column{"FLAGS",
               "Type (0 dom0, a app, d disposable, s standalone, t template; capital: HVM), state, "
               "Updateable, Network, Rpm, internal, Debug, Autostart",
               needs_properties | needs_features, false, flags},
        Column{"GATEWAY", "The gateway it uses", needs_properties, false,
               [](Seen const& seen) { return seen.property("visible_gateway"); }},
        Column{"IPBACK", "The address its own clients use as gateway", needs_properties, false,
               [](Seen const& seen) { return seen.property("gateway"); }},
        Column{"MEMORY", "What it uses now (MiB)", needs_memory, true, memory},
        Column{"NAME", "Its name", needs_nothing, false,
               [](Seen const& seen) { return seen.listed.name; }},
        Column{"PRIV-CURR", "What its private volume takes (MiB)", needs_volumes, true,
               [](Seen const& seen) { return mib(seen, "private", "usage"); }},
        Column{"PRIV-MAX", "The size of its private volume (MiB)", needs_volumes, true,
               [](Seen const& seen) { return mib(seen, "private", "size"); }},
        Column{"PRIV-POOL", "The pool of its private volume", needs_volumes, false,
               [](Seen const& seen) { return volume_text(seen, "private", "pool"); }},
        Column{"PRIV-USED", "How full its private volume is", needs_volumes, true,
               [](Seen const& seen) { return percent(seen, "private"); }},
        Column{"ROOT-CURR", "What its root volume takes (MiB)", needs_volumes, true,
               [](Seen const& seen) { return mib(seen, "root", "usage"); }},
        Column{"ROOT-MAX", "The size of its root volume (MiB)", needs_volumes, true,
               [](Seen const& seen) { return mib(seen, "root", "size"); }},
        Column{"ROOT-POOL", "The pool of its root volume", needs_volumes, false,
               [](Seen const& seen) { return volume_text(seen, "root", "pool"); }},
        Column{"ROOT-USED", "How full its root volume is", needs_volumes, true,
               [](Seen const& seen) { return percent(seen, "root"); }},
        Column{"STATE", "Its state", needs_nothing, false,
               [](Seen const& seen) { return seen.listed.state; }},
        Column{"UUID", "Its UUID", needs_nothing, false,
               [](Seen const& seen) { return seen.listed.uuid; }},
    };
    return table;
}

std::span<Format const> known_formats()
{
    static constexpr std::array table{
        Format{"disk", "name,state,disk,priv-curr,priv-max,priv-used,root-curr,root-max,root-used"},
        Format{"full", "name,state,class,label,qid,xid,uuid"},
        Format{"kernel", "name,state,class,template,kernel,kernelopts"},
        Format{"network", "name,state,netvm,ip,ipback,gateway"},
        Format{"prefs", "name,label,template,netvm,vcpus,initialmem,maxmem,virt_mode"},
        Format{"simple", "name,state,class,label,template,netvm"},
    };
    return table;
}

bool is_number_column(std::string_view name)
{
    constexpr std::array<std::string_view, 12> numbers{
        "QID",    "XID",         "MEMORY",         "INITIALMEM",       "MAXMEM",     "VCPUS",
        "DISPID", "STUBDOM_MEM", "QREXEC_TIMEOUT", "SHUTDOWN_TIMEOUT", "START_TIME", "STUBDOM_XID"};
    return std::ranges::contains(numbers, name);
}

Column column_named(std::string_view name)
{
    std::string wanted = upper(name);
    for (Column const& one : known_columns())
        if (one.name == wanted)
            return one;
    return {.name = wanted,
            .help = "The property of this name",
            .needs = needs_properties,
            .is_number = is_number_column(wanted)};
}

/// The prefs format has a name of its own for the property memory.
static std::string property_of(std::string const& column)
{
    return column == "INITIALMEM" ? "memory" : lower(column);
}

bool Column::is_of(Seen const& seen) const
{
    return value || seen.properties.contains(property_of(name));
}

std::string Column::of(Seen const& seen) const
{
    return value ? value(seen) : seen.property(property_of(name));
}

} // namespace vitrail::qvm
