#include "services/qubesd/state.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace vitrail::qubesd {

using qube::QubeClass;

std::string_view Qube::property(std::string_view property_name) const
{
    auto const found = properties.find(property_name);
    return found == properties.end() ? std::string_view() : std::string_view(found->second);
}

std::string const* Qube::feature(std::string_view feature_name) const
{
    auto const found = features.find(feature_name);
    return found == features.end() ? nullptr : &found->second;
}

Qube const* State::find(std::string_view name) const
{
    auto const found = qubes.find(name);
    return found == qubes.end() ? nullptr : &found->second;
}

Qube* State::find(std::string_view name)
{
    auto const found = qubes.find(name);
    return found == qubes.end() ? nullptr : &found->second;
}

Qube const* State::find(qube::Party const& party) const
{
    if (party.kind != qube::Party::Kind::uuid)
        return find(party.text);
    auto const found =
        std::ranges::find(qubes, party.text, [](auto const& entry) -> std::string const& {
            return entry.second.uuid;
        });
    return found == qubes.end() ? nullptr : &found->second;
}

qube::Label const* State::find_label(std::string_view name) const
{
    auto const found = std::ranges::find(labels, name, &qube::Label::name);
    return found == labels.end() ? nullptr : &*found;
}

std::optional<std::string> feature_with_template(State const& state, Qube const& qube,
                                                 std::string_view name)
{
    constexpr int deepest = 8; // a disposable's template has a template; a loop cannot be made
    Qube const* at = &qube;
    for (int i = 0; at && i < deepest; ++i) {
        if (std::string const* const found = at->feature(name))
            return *found;
        at = state.find(at->property("template"));
    }
    return std::nullopt;
}

std::vector<std::string> uses_of(State const& state, std::string_view name)
{
    std::vector<std::string> uses;
    for (auto const& [property, value] : state.globals)
        if (value == name && qube::find_global(property) &&
            qube::find_global(property)->type == qube::PropertyType::qube)
            uses.push_back("global property " + property);
    for (auto const& [other, one] : state.qubes) {
        if (other == name)
            continue;
        for (auto const& [property, value] : one.properties) {
            auto const* const known = qube::find_property(one.qube_class, property);
            if (value == name && known && known->type == qube::PropertyType::qube)
                uses.push_back(property + " of " + other);
        }
        for (auto const& assignment : one.assignments)
            if (assignment.device.backend == name)
                uses.push_back("device assigned to " + other);
    }
    return uses;
}

std::vector<std::string> running_clients(State const& state, std::string_view netvm)
{
    std::vector<std::string> clients;
    for (auto const& [name, one] : state.qubes)
        if (!one.is_off() && !one.is(QubeClass::admin) && name != netvm &&
            property_text(state, one, "netvm") == netvm)
            clients.push_back(name);
    return clients;
}

unsigned free_qid(State const& state)
{
    constexpr unsigned highest = 9999;
    std::set<unsigned> used;
    for (auto const& [name, one] : state.qubes)
        used.insert(one.qid);
    for (unsigned qid = 1; qid <= highest; ++qid)
        if (!used.contains(qid))
            return qid;
    return 0;
}

bool makes_loop(State const& state, Qube const& qube, std::string_view netvm)
{
    std::set<std::string, std::less<>> seen{qube.name};
    std::string at(netvm);
    while (!at.empty()) {
        if (!seen.insert(at).second)
            return true;
        Qube const* const next = state.find(at);
        if (!next)
            return false;
        auto const set = next->properties.find("netvm");
        at = set != next->properties.end()    ? set->second
             : next->is(QubeClass::template_) ? ""
                                              : global_text(state, "default_netvm");
    }
    return false;
}

} // namespace vitrail::qubesd
