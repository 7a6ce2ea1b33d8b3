// Firewall, notes, event streams, and what daemons ask. Source: fact sheet admin-api §14-§18.

#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "services/qubesd/api.hpp"

#include <nlohmann/json.hpp>

namespace vitrail::qubesd {

using qube::Outcome;
using qube::refuse;
namespace exception = qube::exception;

Api::Text Api::firewall_get(Call const& call)
{
    return qube::rules_text(subject(call).firewall);
}

Api::Text Api::firewall_set(Call const& call)
{
    auto rules = TRY(qube::parse_rules(call.untrusted_payload()));
    Transaction change(system_.store);
    change.set_firewall(call.subject, rules);
    TRY_VOID(system_.keep(change));
    subject(call).firewall = std::move(rules);
    system_.events.fire(call.subject, "firewall-changed");
    return "";
}

Api::Text Api::firewall_reload(Call const& call)
{
    system_.events.fire(call.subject, "firewall-changed");
    return "";
}

Api::Text Api::notes_get(Call const& call)
{
    return subject(call).notes;
}

namespace {

constexpr std::size_t max_notes = 256000;

/// Text without control characters but line ends and tabs; those become `_`.
std::string safe_notes(std::string_view untrusted_text)
{
    std::string out;
    while (!untrusted_text.empty()) {
        Decoded const one = decode_utf8(untrusted_text);
        bool const is_control = one.point < 0x20 && one.point != '\n' && one.point != '\t';
        bool const is_bad = one.bytes == 0 || is_control || one.point == 0x7f ||
                            (one.point >= 0x80 && !may_display(one.point));
        std::size_t const size = one.bytes == 0 ? 1 : one.bytes;
        if (is_bad)
            out += '_';
        else
            out += untrusted_text.substr(0, size);
        untrusted_text.remove_prefix(size);
    }
    return out;
}

} // namespace

Api::Text Api::notes_set(Call const& call)
{
    if (call.untrusted_payload().size() > max_notes)
        return refuse(exception::value, "Notes are at most 256000 bytes long");
    std::string const notes = safe_notes(call.untrusted_payload());
    Transaction change(system_.store);
    change.set_notes(call.subject, notes);
    TRY_VOID(system_.keep(change));
    subject(call).notes = notes;
    return "";
}

Api::Text Api::console(Call const& call)
{
    return refuse(exception::not_implemented, "The qube " + call.subject + " has no console");
}

void Api::events(Call call)
{
    call.stream({Subscription::Kind::events, call.subject == qube::dom0 ? "" : call.subject});
}

void Api::stats(Call call)
{
    bool const all = call.subject == qube::dom0;
    if (!all && subject(call).is_off())
        return call.reply(
            refuse(exception::not_running, "The qube " + call.subject + " is not running"));
    call.stream({Subscription::Kind::stats, all ? "" : call.subject});
}

Api::Text Api::system_info(Call const&)
{
    using Json = nlohmann::json;
    State const& state = system_.state;
    auto const or_null = [](std::string const& text) { return text.empty() ? Json() : Json(text); };
    Json domains = Json::object();
    for (auto const& [name, one] : state.qubes) {
        qube::Label const* const label = state.find_label(one.property("label"));
        std::string const* const internal = one.feature("internal");
        domains[name] = {
            {"internal", internal ? Json(*internal) : Json()},
            {"tags", Json(std::vector<std::string>(one.tags.begin(), one.tags.end()))},
            {"type", qube::class_name(one.qube_class)},
            {"template_for_dispvms", property_is_true(state, one, "template_for_dispvms")},
            {"default_dispvm", or_null(property_text(state, one, "default_dispvm"))},
            {"icon", property_text(state, one, "icon")},
            {"label", label ? Json(qube::colour_text(label->rgb)) : Json()},
            {"guivm", or_null(property_text(state, one, "guivm"))},
            {"relayvm", or_null(property_text(state, one, "relayvm"))},
            {"transport_rpc", or_null(property_text(state, one, "transport_rpc"))},
            {"power_state", qube::power_name(one.now.power)},
            {"uuid", one.uuid},
        };
    }
    return Json{{"domains", domains}}.dump();
}

/// What a qube says of itself when it has installed its agents: it concerns the caller alone.
Api::Text Api::features_request(Call const& call)
{
    Qube const& one = *system_.state.find(call.source);
    bool const is_persistent =
        one.is(qube::QubeClass::template_) || one.is(qube::QubeClass::standalone);
    if (!is_persistent || call.untrusted_payload().empty())
        return "";
    std::string said;
    for (std::string_view const line : qube::split(call.untrusted_payload(), '\n'))
        if (auto const sign = line.find('='); sign != std::string_view::npos)
            said += (said.empty() ? "" : ", ") + std::string(line);
    system_.events.fire(call.source, "features-request", {{"untrusted_features", said}});
    return "";
}

/// A number of updates that wait; anything but a number is refused.
Api::Text Api::notify_updates(Call const& call)
{
    std::string_view untrusted_count = call.untrusted_payload();
    while (untrusted_count.ends_with('\n'))
        untrusted_count.remove_suffix(1);
    auto const count = qube::parse_number(untrusted_count);
    if (!count)
        return refuse(exception::protocol, "A number of updates is expected");
    Qube const& one = *system_.state.find(call.source);
    if (one.is(qube::QubeClass::template_) || one.is(qube::QubeClass::standalone))
        TRY_VOID(system_.set_feature(call.source, "updates-available", *count > 0 ? "1" : ""));
    return "";
}

} // namespace vitrail::qubesd
