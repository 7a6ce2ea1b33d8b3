// Listing, making, starting, stopping and removing qubes. Source: fact sheet admin-api §5.

#include "services/qubesd/api.hpp"
#include "services/qubesd/new_qube.hpp"

#include <algorithm>
#include <set>

namespace vitrail::qubesd {

using qube::Outcome;
using qube::QubeClass;
using qube::refuse;
namespace exception = qube::exception;

namespace {

std::string list_line(Qube const& one)
{
    return one.name + " class=" + std::string(qube::class_name(one.qube_class)) +
           " state=" + std::string(qube::power_name(one.now.power)) + " uuid=" + one.uuid + "\n";
}

/// The items of Create's payload: key=value separated by spaces, each key once.
Outcome<ByName<std::string>> parse_items(std::string_view untrusted_payload)
{
    ByName<std::string> items;
    for (std::string_view const item : qube::split(untrusted_payload, ' ')) {
        auto const sign = item.find('=');
        if (sign == std::string_view::npos)
            return refuse(exception::protocol, "name=NAME label=LABEL is expected");
        if (!items.emplace(item.substr(0, sign), item.substr(sign + 1)).second)
            return refuse(exception::protocol, "an item stands twice");
    }
    return items;
}

Outcome<std::string> take(ByName<std::string>& items, std::string const& key)
{
    auto const item = items.extract(key);
    if (item.empty())
        return refuse(exception::protocol, "the payload has no " + key);
    return item.mapped();
}

/// pool=P, or any of pool:VOLUME=P; not both forms.
Outcome<ByName<std::string>> take_pools(State const& state, ByName<std::string>& items)
{
    ByName<std::string> pools;
    bool one_for_all = false;
    for (auto const& [key, value] : items) {
        if (!state.pools.contains(value))
            return refuse(exception::pool_not_found, "There is no pool " + value);
        if (key == "pool") {
            one_for_all = true;
            for (char const* const volume : {"root", "private", "volatile"})
                pools[volume] = value;
        } else if (key.starts_with("pool:") && qube::is_volume_name(key.substr(5)))
            pools[key.substr(5)] = value;
        else
            return refuse(exception::protocol, "the payload may not hold " + key);
    }
    if (one_for_all && items.size() > 1)
        return refuse(exception::protocol, "pool and pool:VOLUME do not go together");
    items.clear();
    return pools;
}

} // namespace

Api::Text Api::list_classes(Call const&)
{
    std::string out;
    for (QubeClass const one : qube::all_classes)
        out += std::string(qube::class_name(one)) + "\n";
    return out;
}

Api::Text Api::list(Call const& call)
{
    if (call.subject != qube::dom0)
        return list_line(subject(call));
    std::string out = list_line(subject(call));
    for (auto const& [name, one] : system_.state.qubes)
        if (name != qube::dom0)
            out += list_line(one);
    return out;
}

Api::Text Api::current_state(Call const& call)
{
    Qube const& one = subject(call);
    auto const usage = lifecycle_.usage(one.name).value_or(Usage{});
    std::uint64_t const most = usage.memory_total_kib;
    return "mem=" + std::to_string(usage.memory_kib) + " mem_static_max=" + std::to_string(most) +
           " cputime=" + std::to_string(usage.cpu_time_ns) +
           " power_state=" + std::string(qube::power_name(one.now.power));
}

void Api::create(Call call)
{
    create_qube(std::move(call), false);
}
void Api::create_in_pool(Call call)
{
    create_qube(std::move(call), true);
}

Outcome<std::string> Api::template_for(Call const& call, QubeClass qube_class)
{
    bool const needs = qube_class == QubeClass::app || qube_class == QubeClass::disposable;
    if (!needs) {
        if (!call.argument().empty())
            return refuse(exception::value, std::string(qube::class_name(qube_class)) +
                                                " is not made from a template");
        return std::string();
    }
    std::string const name = !call.argument().empty() ? call.argument()
                             : qube_class == QubeClass::app
                                 ? global_text(system_.state, "default_template")
                                 : global_text(system_.state, "default_dispvm");
    Qube const* const from = system_.state.find(name);
    if (!from)
        return refuse(name.empty() ? exception::no_template : exception::qube_not_found,
                      name.empty() ? "There is no default template" : "There is no qube " + name);
    bool const fits = qube_class == QubeClass::app
                          ? from->is(QubeClass::template_)
                          : from->is(QubeClass::app) &&
                                property_is_true(system_.state, *from, "template_for_dispvms");
    if (!fits)
        return refuse(exception::value, name + " is no template for this class");
    return name;
}

void Api::create_qube(Call call, bool in_pool)
{
    auto made = [&]() -> Outcome<std::pair<Qube, ByName<std::string>>> {
        QubeClass const qube_class = *qube::parse_class(call.detail);
        if (qube_class == QubeClass::admin)
            return refuse(exception::value, "There is one AdminVM");
        auto items = TRY(parse_items(call.untrusted_payload()));
        std::string const name = TRY(take(items, "name"));
        std::string const label = TRY(take(items, "label"));
        if (!in_pool && !items.empty())
            return refuse(exception::protocol, "the payload may not hold " + items.begin()->first);
        auto const pools = TRY(take_pools(system_.state, items));
        Qube one = TRY(new_qube(system_, lifecycle_, name, label, call.source));
        one.qube_class = qube_class;
        std::string const from = TRY(template_for(call, qube_class));
        if (!from.empty())
            one.properties["template"] = from;
        if (qube_class == QubeClass::disposable)
            one.properties["dispid"] = std::to_string(system_.world.random() % 10000);
        if (qube_class == QubeClass::remote)
            one.now.power = qube::Power::unknown;
        return std::pair{one, pools};
    }();
    if (!made)
        return call.reply(std::unexpected(made.error()));
    lifecycle_.create(std::move(made->first), made->second,
                      [reply = call.reply](Outcome<std::string> const& outcome) {
                          reply(outcome ? Outcome<std::string>("") : outcome);
                      });
}

void Api::create_disposable(Call call)
{
    std::string const& payload = call.untrusted_payload();
    bool const keeps = call.argument() == "preload";
    if ((!call.argument().empty() && !keeps) || (!payload.empty() && payload != "uuid"))
        return call.reply(refuse(exception::protocol, "the argument is empty or preload, the "
                                                      "payload empty or uuid"));
    std::string const from =
        call.subject != qube::dom0
            ? call.subject
            : property_text(system_.state, *system_.state.find(call.source), "default_dispvm");
    if (from.empty())
        return call.reply(refuse(exception::no_template, call.source + " has no default_dispvm"));
    auto const answer = [this, by_uuid = payload == "uuid",
                         reply = call.reply](Outcome<std::string> const& outcome) {
        if (!outcome || !by_uuid)
            return reply(outcome);
        reply("uuid:" + system_.state.find(*outcome)->uuid);
    };
    if (keeps)
        return preloads_.add(from, answer);
    if (preloads_.hand_out(from, call.source, answer))
        return;
    auto made = new_disposable(system_, lifecycle_, from, call.source);
    if (!made)
        return call.reply(std::unexpected(made.error()));
    lifecycle_.create(std::move(*made), {}, answer);
}

void Api::remove(Call call)
{
    lifecycle_.remove(call.subject, call.reply);
}

void Api::start(Call call)
{
    lifecycle_.start(call.subject, call.reply);
}

void Api::shut_down(Call call)
{
    std::set<std::string_view> words;
    if (!call.argument().empty())
        for (std::string_view const word : qube::split(call.argument(), '+'))
            words.insert(word);
    bool const force = words.erase("force") > 0;
    bool const wait = words.erase("wait") > 0;
    if (!words.empty())
        return call.reply(refuse(exception::protocol, "force, wait or force+wait is expected"));
    lifecycle_.shut_down(call.subject, force, wait, call.reply);
}

void Api::kill(Call call)
{
    lifecycle_.kill(call.subject, call.reply);
}

Api::Text Api::pause(Call const& call)
{
    TRY_VOID(lifecycle_.pause(call.subject));
    return "";
}
Api::Text Api::unpause(Call const& call)
{
    TRY_VOID(lifecycle_.unpause(call.subject));
    return "";
}
Api::Text Api::suspend(Call const& call)
{
    TRY_VOID(lifecycle_.suspend(call.subject));
    return "";
}
Api::Text Api::resume(Call const& call)
{
    TRY_VOID(lifecycle_.resume(call.subject));
    return "";
}

} // namespace vitrail::qubesd
