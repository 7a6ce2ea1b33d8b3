#include "services/qubesd/preloads.hpp"

#include "services/qubesd/new_qube.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace vitrail::qubesd {

using qube::Outcome;
using qube::Power;
using qube::QubeClass;
using qube::refuse;
namespace exception = qube::exception;

namespace {

constexpr char const* list_feature = "preload-dispvm";
constexpr char const* in_progress = "preload-dispvm-in-progress";
constexpr char const* completed = "preload-dispvm-completed";
constexpr char const* hidden = "internal";
constexpr std::string_view max_feature = "preload-dispvm-max";
constexpr std::string_view delay_feature = "preload-dispvm-delay";
constexpr std::string_view threshold_feature = "preload-dispvm-threshold";
constexpr std::int64_t default_delay_s = 3;

void complain(std::string const& what)
{
    std::fprintf(stderr, "vitrail-qubesd: disposables kept ready: %s\n", what.c_str());
}

void complain_if(Outcome<> const& outcome)
{
    if (!outcome)
        complain(outcome.error().message);
}

std::optional<std::int64_t> parse_signed(std::string_view text)
{
    bool const minus = text.starts_with('-');
    auto const number = qube::parse_number(minus ? text.substr(1) : text);
    constexpr std::uint64_t most = 86400; // a day
    if (!number || *number > most)
        return std::nullopt;
    return minus ? -static_cast<std::int64_t>(*number) : static_cast<std::int64_t>(*number);
}

/// Whether what is told of a qube makes the disposables of it, or of its qubes, outdated.
bool changes_disposables(std::string_view event)
{
    for (std::string_view const of_life : {":xid", ":stubdom_xid", ":start_time", ":icon"})
        if (event.ends_with(of_life))
            return false;
    if (event.contains("-pre-") || event.contains(":preload-dispvm"))
        return false;
    for (std::string_view const begin :
         {"property-set:", "property-reset:", "domain-feature-set:", "domain-feature-delete:",
          "domain-tag-", "firewall-changed", "domain-shutdown", "domain-volume-"})
        if (event.starts_with(begin))
            return true;
    return false;
}

} // namespace

Preloads::Preloads(wl_event_loop* loop, System& system, Lifecycle& lifecycle, Backend& backend)
    : system_(system),
      lifecycle_(lifecycle),
      backend_(backend),
      subscription_(system.events.subscribe(
          {}, [this](qube::AdminEvent const& event, std::string const&) { handle_event(event); })),
      work_(loop, *this),
      refill_(loop, *this)
{
}

Preloads::~Preloads()
{
    system_.events.unsubscribe(subscription_);
}

bool Preloads::keeps_feature(std::string_view name)
{
    return name == list_feature || name == in_progress || name == completed;
}

bool Preloads::may_be(std::string_view feature, std::string_view value)
{
    if (value.empty())
        return true;
    if (feature == max_feature || feature == threshold_feature)
        return qube::parse_number(value).has_value();
    return feature != delay_feature || parse_signed(value).has_value();
}

// ---- what is wanted ----

std::string Preloads::setting(Qube const& from, std::string_view feature) const
{
    bool const is_default = global_text(system_.state, "default_dispvm") == from.name;
    std::string const* value = from.feature(feature);
    if (is_default)
        if (auto const* const global = system_.state.find(qube::dom0)->feature(feature);
            global && !global->empty())
            value = global;
    return value ? *value : "";
}

std::size_t Preloads::wanted(Qube const& from) const
{
    if (!from.is(QubeClass::app) || !property_is_true(system_.state, from, "template_for_dispvms"))
        return 0;
    return static_cast<std::size_t>(qube::parse_number(setting(from, max_feature)).value_or(0));
}

/// Between two starts; nothing: only when none is left.
std::optional<std::chrono::milliseconds> Preloads::delay(Qube const& from) const
{
    std::int64_t const seconds =
        parse_signed(setting(from, delay_feature)).value_or(default_delay_s);
    return seconds < 0 ? std::nullopt
                       : std::optional<std::chrono::milliseconds>(std::chrono::seconds(seconds));
}

bool Preloads::has_memory() const
{
    std::string const* const least = system_.state.find(qube::dom0)->feature(threshold_feature);
    auto const mib = qube::parse_number(least ? *least : "");
    return !mib || backend_.available_memory_mib() >= *mib;
}

bool Preloads::may_make(Qube const& from) const
{
    std::size_t const now = list(from).size();
    bool const when_empty_only = !delay(from);
    return now < wanted(from) && !failed_.contains(from.name) && (!when_empty_only || now == 0);
}

std::vector<std::string> Preloads::list(Qube const& from) const
{
    std::vector<std::string> names;
    if (std::string const* const text = from.feature(list_feature))
        for (std::string_view const name : qube::split(*text, ' '))
            if (!name.empty())
                names.emplace_back(name);
    return names;
}

void Preloads::keep_list(std::string const& from, std::vector<std::string> const& names)
{
    std::string text;
    for (std::string const& name : names)
        text += (text.empty() ? "" : " ") + name;
    complain_if(text.empty() ? system_.remove_feature(from, list_feature)
                             : system_.set_feature(from, list_feature, text));
}

void Preloads::unlist(std::string const& name)
{
    for (auto const& [from, one] : system_.state.qubes) // it may be gone, with its template's name
        if (auto names = list(one); std::erase(names, name) != 0)
            return keep_list(std::string(from), names);
}

// ---- what happens ----

/// Nothing is done here: whoever fires is in the midst of something.
void Preloads::handle_event(qube::AdminEvent const& event)
{
    bool const of_wish = event.name.contains(max_feature) || event.name.contains(delay_feature) ||
                         event.name.contains(threshold_feature) ||
                         event.name.ends_with(":default_dispvm") ||
                         event.name.ends_with(":template_for_dispvms");
    if (of_wish) {
        failed_.clear();
        work_.arm(std::chrono::milliseconds(1));
        refill_.arm(std::chrono::milliseconds(1));
    }
    Qube const* const one = system_.state.find(event.subject);
    if (!one)
        return;
    if (one->is(QubeClass::disposable)) {
        if (event.name == "domain-shutdown" && one->feature(completed)) {
            doomed_.insert(one->name); // it is on its way out: only the list has to know
            work_.arm(std::chrono::milliseconds(1));
        }
    } else if (changes_disposables(event.name))
        doom_outdated(one->name);
    if (event.name == "domain-shutdown" && lacks_memory_)
        refill_.arm(std::chrono::milliseconds(1));
}

void Preloads::doom_outdated(std::string const& changed)
{
    for (auto const& [name, one] : system_.state.qubes) {
        if (!one.is(QubeClass::disposable) ||
            (!one.feature(completed) && !one.feature(in_progress)))
            continue;
        Qube const* const from = system_.state.find(std::string(one.property("template")));
        if (!from || (from->name != changed && from->property("template") != changed))
            continue;
        if (auto const making = making_.find(name); making != making_.end())
            making->second.doomed = true;
        else
            doomed_.insert(name);
        failed_.erase(from->name);
        work_.arm(std::chrono::milliseconds(1));
        refill_.arm(delay(*from).value_or(std::chrono::milliseconds(1)));
    }
}

void Preloads::begin()
{
    for (auto const& [name, one] : system_.state.qubes) {
        bool const ready = one.feature(completed) && one.now.power == Power::paused;
        if (one.is(QubeClass::disposable) && !ready &&
            (one.feature(completed) || one.feature(in_progress)))
            doomed_.insert(name);
    }
    std::vector<std::pair<std::string, std::vector<std::string>>> lists;
    for (auto const& [name, one] : system_.state.qubes)
        if (auto names = list(one); !names.empty()) {
            std::erase_if(names, [this](std::string const& listed) {
                return !system_.state.find(listed) || doomed_.contains(listed);
            });
            lists.emplace_back(name, std::move(names));
        }
    for (auto const& [name, names] : lists)
        keep_list(name, names);
    work_.arm(std::chrono::milliseconds(1));
    refill_.arm(std::chrono::seconds(default_delay_s)); // who starts a session waits for others
}

void Preloads::handle_work()
{
    for (std::string const& name : std::exchange(doomed_, {}))
        throw_away(name);
    trim();
}

/// Ends and removes a ready one.
void Preloads::throw_away(std::string const& name)
{
    unlist(name);
    Qube const* const one = system_.state.find(name);
    if (!one || lifecycle_.is_busy(name))
        return;
    auto const told = [](Outcome<std::string> const& outcome) {
        if (!outcome && outcome.error().type != exception::not_started)
            complain(outcome.error().message);
    };
    if (one->is_off())
        lifecycle_.remove(name, told);
    else if (one->now.power != Power::dying)
        lifecycle_.kill(name, told); // it is removed at its end
}

/// More than are wanted.
void Preloads::trim()
{
    std::vector<std::string> extra;
    for (auto const& [name, from] : system_.state.qubes) {
        auto const names = list(from);
        for (std::size_t i = wanted(from); i < names.size(); ++i)
            extra.push_back(names[i]);
    }
    for (std::string const& name : extra)
        if (auto const making = making_.find(name); making != making_.end()) {
            unlist(name);
            making->second.doomed = true;
        } else
            throw_away(name);
}

void Preloads::handle_refill()
{
    if (!making_.empty())
        return; // it is looked again when that one is ready
    lacks_memory_ = !has_memory();
    if (lacks_memory_)
        return; // it is looked again when a qube has ended
    for (auto const& [name, from] : system_.state.qubes)
        if (may_make(from))
            return make(std::string(name), nullptr);
}

// ---- making one ----

void Preloads::add(std::string const& from, Answer answer)
{
    Qube const* const one = system_.state.find(from);
    if (!one || list(*one).size() >= wanted(*one))
        return answer(refuse(exception::generic,
                             "As many disposables of " + from + " are kept ready as are wanted"));
    make(from, std::move(answer));
}

void Preloads::make(std::string const& from, Answer answer)
{
    auto made = new_disposable(system_, lifecycle_, from, std::string(qube::dom0));
    if (!made) {
        failed_.insert(from);
        if (answer)
            return answer(std::unexpected(made.error()));
        return complain(made.error().message);
    }
    made->features[hidden] = "1";
    made->features[in_progress] = "1";
    std::string const name = made->name;
    making_[name] = {from, std::move(answer)};
    auto names = list(*system_.state.find(from));
    names.push_back(name);
    keep_list(from, names);
    lifecycle_.create(std::move(*made), {}, [this, name](Outcome<std::string> const& outcome) {
        if (outcome)
            start(name);
        else
            finish(name, outcome);
    });
}

void Preloads::start(std::string const& name)
{
    lifecycle_.start(name, [this, name](Outcome<std::string> const& outcome) {
        finish(name, outcome ? lifecycle_.pause(name).transform([&] { return name; })
                             : Outcome<std::string>(outcome));
    });
}

void Preloads::finish(std::string const& name, Outcome<std::string> outcome)
{
    Making const made = std::move(making_.extract(name).mapped());
    auto waiting = waiting_.extract(name);
    if (outcome && !made.doomed) {
        complain_if(system_.set_feature(name, completed, "1"));
        complain_if(system_.remove_feature(name, in_progress));
        if (!waiting.empty())
            give(name, waiting.mapped().source, waiting.mapped().answer);
    } else {
        if (!outcome) {
            complain(made.from + ": " + outcome.error().message);
            failed_.insert(made.from);
        } else
            outcome = refuse(exception::qube, "The qube " + name + " is outdated already");
        throw_away(name);
        if (!waiting.empty())
            waiting.mapped().answer(outcome);
    }
    if (made.answer)
        made.answer(outcome);
    Qube const* const from = system_.state.find(made.from);
    auto const after = from ? delay(*from) : std::nullopt;
    refill_.arm(after.value_or(std::chrono::milliseconds(1)));
}

// ---- handing out ----

bool Preloads::hand_out(std::string const& from, std::string const& source, Answer answer)
{
    Qube const* const one = system_.state.find(from);
    if (!one)
        return false;
    auto const names = list(*one);
    for (std::string const& name : names) {
        Qube const* const ready = system_.state.find(name);
        if (!ready || doomed_.contains(name) || !ready->feature(completed) ||
            ready->now.power != Power::paused)
            continue;
        give(name, source, answer);
        return true;
    }
    for (std::string const& name : names) {
        auto const making = making_.find(name);
        if (making == making_.end() || making->second.doomed || waiting_.contains(name))
            continue;
        waiting_[name] = {source, std::move(answer)};
        return true;
    }
    return false;
}

/// A ready one becomes like any other.
void Preloads::give(std::string const& name, std::string const& source, Answer const& answer)
{
    if (auto const woken = lifecycle_.unpause(name); !woken) {
        doomed_.insert(name);
        work_.arm(std::chrono::milliseconds(1));
        return answer(std::unexpected(woken.error()));
    }
    unlist(name);
    for (char const* const feature : {completed, hidden})
        complain_if(system_.remove_feature(name, feature));
    if (source != qube::dom0) {
        std::string const made_for("created-by-" + std::string(qube::dom0));
        for (std::string const& tag : {made_for, "disp-" + made_for})
            complain_if(system_.remove_tag(name, tag));
    }
    for (std::string const& tag : {"created-by-" + source, "disp-created-by-" + source})
        complain_if(system_.add_tag(name, tag));
    std::string const from(system_.state.find(name)->property("template"));
    system_.events.fire(from, "domain-preload-dispvm-used", {{"dispvm", name}});
    answer(name);
    if (Qube const* const one = system_.state.find(from)) {
        failed_.erase(from);
        refill_.arm(delay(*one).value_or(std::chrono::milliseconds(1)));
    }
}

} // namespace vitrail::qubesd
