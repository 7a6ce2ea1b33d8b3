// Properties of qubes and of the system. Source: fact sheet admin-api §6-§8.

#include "services/qubesd/api.hpp"

#include <algorithm>

namespace vitrail::qubesd {

using qube::Access;
using qube::Outcome;
using qube::Property;
using qube::PropertyType;
using qube::QubeClass;
using qube::refuse;
namespace exception = qube::exception;

namespace {

std::string value_text(Property const& property, Value const& value)
{
    return "default=" + std::string(qube::bool_text(value.is_default)) +
           " type=" + std::string(qube::type_name(property.type)) + " " + value.text.value_or("");
}

std::string escape(std::string_view text)
{
    std::string out;
    for (char const c : text)
        if (c == '\\')
            out += "\\\\";
        else if (c == '\n')
            out += "\\n";
        else
            out += c;
    return out;
}

std::string default_text(Property const& property, std::optional<std::string> const& value)
{
    if (!value)
        return "";
    return "type=" + std::string(qube::type_name(property.type)) + " " + *value;
}

std::unexpected<qube::AdminError> unknown(std::string_view owner, std::string_view name)
{
    return refuse(exception::no_such_property,
                  "'" + std::string(owner) + "' has no property '" + std::string(name) + "'");
}

Outcome<Property const*> property_of(Qube const& one, std::string_view name)
{
    if (Property const* const found = qube::find_property(one.qube_class, name))
        return found;
    return unknown(one.name, name);
}

Outcome<Property const*> global_of(std::string_view name)
{
    if (Property const* const found = qube::find_global(name))
        return found;
    return unknown("system", name);
}

std::unexpected<qube::AdminError> bad(Property const& property, std::string const& why)
{
    return refuse(exception::property_value,
                  "Invalid value of property '" + std::string(property.name) + "': " + why);
}

Outcome<> is_writable(Property const& property)
{
    if (property.access == Access::read_only || property.access == Access::once)
        return bad(property, "it cannot be set");
    return {};
}

/// A qube that a property names is there (none is empty).
Outcome<Qube const*> named(State const& state, Property const& property, std::string const& value)
{
    Qube const* const found = state.find(value);
    if (property.type == PropertyType::qube && !value.empty() && !found)
        return refuse(exception::qube_not_found, "There is no qube " + value);
    return found;
}

qube::EventPairs change_pairs(std::string_view name, std::optional<std::string> const& value,
                              Value const& old)
{
    qube::EventPairs pairs{{"name", std::string(name)}};
    if (value)
        pairs.emplace_back("newvalue", *value);
    if (old.text)
        pairs.emplace_back("oldvalue", *old.text);
    return pairs;
}

} // namespace

Api::Text Api::property_list(Call const& call)
{
    std::string out;
    for (Property const& property : qube::qube_properties())
        if (property.belongs_to(subject(call).qube_class))
            out += std::string(property.name) + "\n";
    return out;
}

Api::Text Api::property_get(Call const& call)
{
    Property const& property = *TRY(property_of(subject(call), call.argument()));
    return value_text(property, property_value(system_.state, subject(call), property));
}

Api::Text Api::property_get_all(Call const& call)
{
    std::string out;
    for (Property const& property : qube::qube_properties())
        if (property.belongs_to(subject(call).qube_class))
            out += std::string(property.name) + " " +
                   escape(value_text(property,
                                     property_value(system_.state, subject(call), property))) +
                   "\n";
    return out;
}

Api::Text Api::property_default_of(Call const& call)
{
    Property const& property = *TRY(property_of(subject(call), call.argument()));
    if (property.access == Access::once)
        return "";
    return default_text(property, property_default(system_.state, subject(call), property));
}

Api::Text Api::property_help(Call const& call)
{
    return std::string(TRY(property_of(subject(call), call.argument()))->help);
}

Api::Text Api::property_set(Call const& call)
{
    Property const& property = *TRY(property_of(subject(call), call.argument()));
    TRY_VOID(is_writable(property));
    std::string const value = TRY(qube::check_value(property, call.untrusted_payload()));
    TRY_VOID(may_set(subject(call), property, value));
    TRY_VOID(change_property(subject(call), property, value));
    return "";
}

Api::Text Api::property_reset(Call const& call)
{
    Qube& one = subject(call);
    Property const& property = *TRY(property_of(one, call.argument()));
    TRY_VOID(is_writable(property));
    auto const value = property_default(system_.state, one, property);
    if (property.type == PropertyType::label || property.name == "template")
        return bad(property, "it has no default");
    if (value)
        TRY_VOID(may_set(one, property, *value));
    TRY_VOID(change_property(one, property, std::nullopt));
    return "";
}

Outcome<> Api::may_set(Qube const& one, Property const& property, std::string const& value) const
{
    State const& state = system_.state;
    std::string_view const name = property.name;
    if (property.access == Access::while_halted && (!one.is_off() || lifecycle_.is_busy(one.name)))
        return refuse(exception::not_halted, "The qube " + one.name + " is not halted");
    if (property.type == PropertyType::label && !state.find_label(value))
        return refuse(exception::label_not_found, "There is no label " + value);
    Qube const* const other = TRY(named(state, property, value));
    if (name == "template") {
        bool const fits =
            other &&
            (one.is(QubeClass::app) ? other->is(QubeClass::template_)
                                    : other->is(QubeClass::app) &&
                                          property_is_true(state, *other, "template_for_dispvms"));
        if (!fits)
            return bad(property, "'" + value + "' is no template for this qube");
        if (one.is(QubeClass::app) && property_is_true(state, one, "template_for_dispvms"))
            for (auto const& [disposable_name, disposable] : state.qubes)
                if (disposable.property("template") == one.name && !disposable.is_off())
                    return refuse(exception::qube_in_use,
                                  "The disposable " + disposable_name + " runs from it");
    }
    if (name == "netvm" && other) {
        if (other->is(QubeClass::admin) || !property_is_true(state, *other, "provides_network"))
            return bad(property, "'" + value + "' does not provide network");
        if (makes_loop(state, one, value))
            return bad(property, "the netvm would lead back to the qube itself");
        if (!one.is_off() && other->is_off())
            return refuse(exception::not_started, "The netvm " + value + " is not running");
    }
    if (name == "provides_network" && value == "False")
        for (auto const& [client, client_qube] : state.qubes)
            if (client != one.name && !client_qube.is(QubeClass::admin) &&
                property_text(state, client_qube, "netvm") == one.name)
                return refuse(exception::qube_in_use, "The qube gives network to " + client);
    if ((name == "default_dispvm" || name == "management_dispvm") && other &&
        !property_is_true(state, *other, "template_for_dispvms"))
        return bad(property, "'" + value + "' is no template of disposables");
    if (name == "template_for_dispvms" && value == "False")
        for (auto const& [disposable_name, disposable] : state.qubes)
            if (disposable.is(QubeClass::disposable) && disposable.property("template") == one.name)
                return refuse(exception::qube_in_use,
                              "It is the template of the disposable " + disposable_name);
    return {};
}

Outcome<> Api::change_property(Qube& one, Property const& property,
                               std::optional<std::string> const& value)
{
    std::string const name(property.name);
    char const* const verb = value ? "set" : "reset";
    Value const old = property_value(system_.state, one, property);
    auto const pairs = change_pairs(name, value, old);
    system_.events.fire(one.name, std::string("property-pre-") + verb + ":" + name, pairs);
    Qube changed = one;
    if (value)
        changed.properties[name] = *value;
    else
        changed.properties.erase(name);
    Transaction change(system_.store);
    change.set_property(one.name, name, value);
    if (name == "template")
        follow_template(system_.state, changed);
    if (name == "kernel")
        changed.volumes["kernel"].vid = property_text(system_.state, changed, "kernel");
    if (name == "template" || name == "kernel")
        for (auto const& [volume_name, volume] : changed.volumes)
            change.set_volume(one.name, volume);
    TRY_VOID(system_.keep(change));
    one.properties = std::move(changed.properties);
    one.volumes = std::move(changed.volumes);
    system_.events.fire(one.name, std::string("property-") + verb + ":" + name, pairs);
    return follow(one, property, old.text.value_or(""));
}

/// What follows from a change: tags that are kept in step, disposables of a template.
Outcome<> Api::follow(Qube& one, Property const& property, std::string const& old_text)
{
    std::string const name(property.name);
    if (name == "guivm" || name == "audiovm" || name == "relayvm") {
        std::string const now = property_text(system_.state, one, name);
        if (std::string const tag = name + "-" + old_text; one.tags.contains(tag))
            TRY_VOID(system_.remove_tag(one.name, tag));
        if (!now.empty() && now != qube::dom0)
            TRY_VOID(system_.add_tag(one.name, name + "-" + now));
    }
    if (name == "provides_network") {
        if (property_is_true(system_.state, one, name))
            TRY_VOID(system_.set_feature(one.name, "servicevm", "1"));
        else if (one.feature("servicevm"))
            TRY_VOID(system_.remove_feature(one.name, "servicevm"));
    }
    if (name == "template") {
        for (auto& [other_name, other] : system_.state.qubes) {
            if (!other.is(QubeClass::disposable) || other.property("template") != one.name)
                continue;
            Qube changed = other;
            follow_template(system_.state, changed);
            Transaction change(system_.store);
            for (auto const& [volume_name, volume] : changed.volumes)
                change.set_volume(other_name, volume);
            TRY_VOID(system_.keep(change));
            other.volumes = std::move(changed.volumes);
        }
    }
    return {};
}

// ---- of the system ----

Api::Text Api::global_list(Call const&)
{
    std::string out;
    for (Property const& property : qube::global_properties())
        out += std::string(property.name) + "\n";
    return out;
}

Api::Text Api::global_get(Call const& call)
{
    Property const& property = *TRY(global_of(call.argument()));
    return value_text(property, global_value(system_.state, property));
}

Api::Text Api::global_get_all(Call const&)
{
    std::string out;
    for (Property const& property : qube::global_properties())
        out += std::string(property.name) + " " +
               escape(value_text(property, global_value(system_.state, property))) + "\n";
    return out;
}

Api::Text Api::global_default_of(Call const& call)
{
    Property const& property = *TRY(global_of(call.argument()));
    return default_text(property, global_default(system_.state, property));
}

Api::Text Api::global_help(Call const& call)
{
    return std::string(TRY(global_of(call.argument()))->help);
}

Outcome<> Api::may_set_global(Property const& property, std::string const& value) const
{
    State const& state = system_.state;
    Qube const* const other = TRY(named(state, property, value));
    std::string_view const name = property.name;
    if (name == "default_netvm" && other &&
        (other->is(QubeClass::admin) || !property_is_true(state, *other, "provides_network")))
        return bad(property, "'" + value + "' does not provide network");
    if (name == "default_template" && other && !other->is(QubeClass::template_))
        return bad(property, "'" + value + "' is no template");
    if ((name == "default_dispvm" || name == "management_dispvm") && other &&
        !property_is_true(state, *other, "template_for_dispvms"))
        return bad(property, "'" + value + "' is no template of disposables");
    if (name.starts_with("default_pool") && !state.pools.contains(value))
        return refuse(exception::pool_not_found, "There is no pool " + value);
    return {};
}

Api::Text Api::global_set(Call const& call)
{
    Property const& property = *TRY(global_of(call.argument()));
    TRY_VOID(is_writable(property));
    std::string const value = TRY(qube::check_value(property, call.untrusted_payload()));
    TRY_VOID(may_set_global(property, value));
    TRY_VOID(change_global(property, value));
    return "";
}

Api::Text Api::global_reset(Call const& call)
{
    Property const& property = *TRY(global_of(call.argument()));
    TRY_VOID(is_writable(property));
    TRY_VOID(change_global(property, std::nullopt));
    return "";
}

Outcome<> Api::change_global(Property const& property, std::optional<std::string> const& value)
{
    std::string const name(property.name);
    char const* const verb = value ? "set" : "reset";
    auto const pairs = change_pairs(name, value, global_value(system_.state, property));
    system_.events.fire("", std::string("property-pre-") + verb + ":" + name, pairs);
    Transaction change(system_.store);
    change.set_global(name, value);
    TRY_VOID(system_.keep(change));
    if (value)
        system_.state.globals[name] = *value;
    else
        system_.state.globals.erase(name);
    system_.events.fire("", std::string("property-") + verb + ":" + name, pairs);
    return {};
}

} // namespace vitrail::qubesd
