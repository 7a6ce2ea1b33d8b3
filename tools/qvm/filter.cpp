#include "tools/qvm/filter.hpp"

#include <algorithm>

namespace vitrail::qvm {

void Filter::define(CLI::App& app)
{
    auto const repeated = [&](char const* name, std::vector<std::string>& words, char const* help,
                              char const* kind) {
        add_repeated(app, name, words, help)->type_name(kind)->delimiter(',')->group("Filters");
    };
    repeated("--class", classes, "Only of these classes", "CLASS");
    repeated("--label", labels, "Only with these labels", "LABEL");
    repeated("--tags", tags, "Only with one of these tags", "TAG");
    repeated("--exclude-tags", without_tags, "Only without these tags", "TAG");
    repeated("--template-source", templates, "Only made from these templates", "TEMPLATE");
    repeated("--netvm-is", netvms, "Only with this netvm", "NETVM");
    repeated("--features", features, "Only where a feature has a value", "NAME=VALUE");
    repeated("--prefs", prefs, "Only where a property has a value", "NAME=VALUE");
    auto const flag = [&](char const* name, bool& value, char const* help) {
        app.add_flag(name, value, help)->group("Filters");
    };
    flag("--running", running, "Only what runs");
    flag("--paused", paused, "Only what is paused");
    flag("--halted", halted, "Only what is halted");
    flag("--pending-update", pending_update, "Only what has updates waiting");
    app.add_option("--internal", internal, "Only internal ones, or not (y, n)")
        ->type_name("y|n")
        ->group("Filters");
    app.add_option("--servicevm", servicevm, "Only service qubes, or not (y, n)")
        ->type_name("y|n")
        ->group("Filters");
}

Done<> Filter::check() const
{
    for (auto const* const list : {&features, &prefs})
        for (std::string const& one : *list)
            TRY_VOID(parse_option(one));
    for (std::string const* const one : {&internal, &servicevm})
        if (!one->empty() && *one != "y" && *one != "n")
            return misuse("y or n is expected, not '" + *one + "'");
    return {};
}

std::uint8_t Filter::needs() const
{
    int needs = needs_nothing;
    if (!labels.empty() || !templates.empty() || !netvms.empty() || !prefs.empty())
        needs |= needs_properties;
    if (!tags.empty() || !without_tags.empty())
        needs |= needs_tags;
    if (!feature_names().empty())
        needs |= needs_features;
    return static_cast<std::uint8_t>(needs);
}

std::set<std::string> Filter::feature_names() const
{
    std::set<std::string> names;
    for (std::string const& one : features)
        names.insert(one.substr(0, one.find('=')));
    if (!internal.empty())
        names.insert("internal");
    if (!servicevm.empty())
        names.insert("servicevm");
    if (pending_update)
        names.insert("updates-available");
    return names;
}

bool Filter::admits(Seen const& seen) const
{
    auto const one_of = [](std::vector<std::string> const& list, std::string const& value) {
        return list.empty() || std::ranges::contains(list, value);
    };
    auto const feature = [&](std::string const& name) {
        auto const found = seen.features.find(name);
        return found == seen.features.end() ? std::string() : found->second;
    };
    auto const is_there = [&](std::string const& wanted, char const* name) {
        return wanted.empty() || (wanted == "y") == !feature(name).empty();
    };
    auto const has_tag = [&](std::string const& tag) { return seen.tags.contains(tag); };
    bool const any_state = !running && !paused && !halted;
    bool const state = any_state || (running && seen.listed.state == "Running") ||
                       (paused && seen.listed.state == "Paused") ||
                       (halted && seen.listed.state == "Halted");
    auto const agrees = [](std::string const& pair, auto const& value_of) {
        auto const sign = pair.find('=');
        return value_of(pair.substr(0, sign)) == pair.substr(sign + 1);
    };
    return state && one_of(classes, seen.listed.qube_class) &&
           one_of(labels, seen.property("label")) && one_of(templates, seen.property("template")) &&
           one_of(netvms, seen.property("netvm")) &&
           (tags.empty() || std::ranges::any_of(tags, has_tag)) &&
           std::ranges::none_of(without_tags, has_tag) && is_there(internal, "internal") &&
           is_there(servicevm, "servicevm") &&
           (!pending_update || !feature("updates-available").empty()) &&
           std::ranges::all_of(features,
                               [&](std::string const& one) { return agrees(one, feature); }) &&
           std::ranges::all_of(prefs, [&](std::string const& one) {
               return agrees(one, [&](std::string const& name) { return seen.property(name); });
           });
}

} // namespace vitrail::qvm
