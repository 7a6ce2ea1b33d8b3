#include "lib/ui/qube_model.hpp"

#include "lib/base/text.hpp"
#include "lib/qube/label_code.hpp"
#include "lib/qube/listing.hpp"
#include "lib/qube/names.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace vitrail::ui {

namespace {

using qube::AdminEvent;
using qube::Outcome;

/// So many qubes are read at the same time.
constexpr std::size_t most_readings = 8;

/// As it may be shown: qubesd hands texts of qubes on.
std::string shown(std::string_view untrusted_text)
{
    return display_text(UntrustedText(std::string(untrusted_text)));
}

std::string value_of(AdminEvent const& event, std::string_view key)
{
    for (auto const& [name, value] : event.pairs)
        if (name == key)
            return value;
    return {};
}

Power power_named(std::string_view state)
{
    constexpr std::array<std::pair<std::string_view, Power>, 8> known{{
        {"Halted", Power::halted},
        {"Transient", Power::starting},
        {"Running", Power::running},
        {"Paused", Power::paused},
        {"Suspended", Power::paused},
        {"Halting", Power::stopping},
        {"Dying", Power::stopping},
        {"Crashed", Power::crashed},
    }};
    for (auto const& [word, power] : known)
        if (word == state)
            return power;
    return Power::unknown;
}

/// What an event says of the power of its qube (fact sheet admin-api §17).
std::optional<Power> power_after(std::string_view event)
{
    constexpr std::array<std::pair<std::string_view, Power>, 10> known{{
        {"domain-pre-start", Power::starting},
        {"domain-start", Power::running},
        {"domain-start-failed", Power::halted},
        {"domain-paused", Power::paused},
        {"domain-unpaused", Power::running},
        {"domain-resumed", Power::running},
        {"domain-pre-shutdown", Power::stopping},
        {"domain-shutdown-failed", Power::running},
        {"domain-stopped", Power::halted},
        {"domain-shutdown", Power::halted},
    }};
    for (auto const& [word, power] : known)
        if (word == event)
            return power;
    return std::nullopt;
}

/// Whether what we show of a qube may be another after this event.
bool concerns_us(std::string_view event)
{
    constexpr std::array<std::string_view, 6> properties{
        "label", "template", "netvm", "provides_network", "template_for_dispvms", "default_netvm"};
    constexpr std::array<std::string_view, 3> features{"internal", "servicevm",
                                                       "updates-available"};
    auto const ends_with_one = [&](auto const& names, std::string_view rest) {
        return std::ranges::find(names, rest) != names.end();
    };
    for (std::string_view const start : {"property-set:", "property-reset:"})
        if (event.starts_with(start))
            return ends_with_one(properties, event.substr(start.size()));
    for (std::string_view const start : {"domain-feature-set:", "domain-feature-delete:"})
        if (event.starts_with(start))
            return ends_with_one(features, event.substr(start.size()));
    return false;
}

} // namespace

Badge badge_of(QubeInfo const& info)
{
    return {.kind = info.is_admin() ? Badge::Kind::session : Badge::Kind::qube,
            .name = info.name,
            .label = info.label,
            .rgb = info.rgb,
            .code = info.code};
}

Badge badge_of(QubeModel const& qubes, std::string_view name)
{
    QubeInfo const* const info = qubes.find(name);
    if (info)
        return badge_of(*info);
    return {.kind = name == qube::dom0 ? Badge::Kind::session : Badge::Kind::qube,
            .name = std::string(name),
            .label = "unknown",
            .rgb = 0x808080,
            .code = "??"};
}

std::string_view name(Power power)
{
    switch (power) {
    case Power::halted: return "halted";
    case Power::starting: return "starting";
    case Power::running: return "running";
    case Power::paused: return "paused";
    case Power::stopping: return "shutting down";
    case Power::crashed: return "crashed";
    case Power::unknown: break;
    }
    return "unknown";
}

/// One qube being read.
class QubeModel::Reading {
public:
    Reading(QubeModel& model, std::string name) : model_(model)
    {
        info_.name = std::move(name);
        power_told_ = model.power_told_[info_.name];
    }
    void begin() { call("admin.vm.List", "", &Reading::take_list); }
    /// Of power: an event that came meanwhile knows better than the list.
    [[nodiscard]] std::uint64_t power_told() const { return power_told_; }

private:
    using Step = void (Reading::*)(Outcome<std::string> const&);
    void call(std::string method, std::string argument, Step step, std::string const& whom = {})
    {
        model_.client_.call(
            {whom.empty() ? info_.name : whom, std::move(method), std::move(argument)},
            [this, step](Outcome<std::string> const& answer) { (this->*step)(answer); });
    }
    void finish(Outcome<QubeInfo> outcome)
    {
        model_.finish_reading(info_.name, std::move(outcome));
    }
    void take_list(Outcome<std::string> const& answer)
    {
        if (!answer)
            return finish(std::unexpected(answer.error()));
        for (qube::ListedQube const& one : qube::parse_list(*answer))
            if (one.name == info_.name) {
                info_.klass = one.klass;
                info_.power = power_named(one.power);
            }
        if (info_.is_admin())
            return finish(info_);
        call("admin.vm.property.GetAll", "", &Reading::take_properties);
    }
    void take_properties(Outcome<std::string> const& answer)
    {
        if (!answer)
            return finish(std::unexpected(answer.error()));
        auto values = qube::parse_properties(*answer);
        info_.label = shown(values["label"]);
        info_.code = qube::label_code(info_.label);
        info_.template_name = shown(values["template"]);
        info_.netvm = shown(values["netvm"]);
        info_.service = values["provides_network"] == "True";
        info_.gives_network = values["provides_network"] == "True";
        info_.auto_cleanup = values["auto_cleanup"] == "True";
        info_.disposable_template = values["template_for_dispvms"] == "True";
        for (qube::StandardLabel const& label : qube::standard_labels)
            if (label.name == info_.label) {
                info_.rgb = label.rgb;
                return ask_internal();
            }
        call("admin.label.Get", values["label"], &Reading::take_colour, std::string(qube::dom0));
    }
    void take_colour(Outcome<std::string> const& answer)
    {
        info_.rgb = answer ? qube::parse_colour(*answer).value_or(0) : 0;
        ask_internal();
    }
    void ask_internal()
    {
        call("admin.vm.feature.CheckWithTemplate", "internal", &Reading::take_internal);
    }
    void take_internal(Outcome<std::string> const& answer)
    {
        info_.internal = answer && !answer->empty();
        call("admin.vm.feature.Get", "servicevm", &Reading::take_service);
    }
    void take_service(Outcome<std::string> const& answer)
    {
        info_.service = info_.service || (answer && !answer->empty());
        call("admin.vm.feature.Get", "updates-available", &Reading::take_updates);
    }
    void take_updates(Outcome<std::string> const& answer)
    {
        info_.updates = answer && !answer->empty() && *answer != "0";
        ask_wanted();
    }
    void ask_wanted()
    {
        if (features_asked_ == model_.wanted_features_.size())
            return finish(info_);
        call("admin.vm.feature.Get", model_.wanted_features_[features_asked_],
             &Reading::take_wanted);
    }
    void take_wanted(Outcome<std::string> const& answer)
    {
        std::string const& name = model_.wanted_features_[features_asked_++];
        if (answer)
            info_.features[name] = *answer;
        ask_wanted();
    }

    QubeModel& model_;
    QubeInfo info_;
    std::uint64_t power_told_;
    std::size_t features_asked_ = 0;
};

QubeModel::QubeModel(wl_event_loop* loop, std::string socket)
    : loop_(loop),
      client_(loop, socket),
      usage_client_(loop, socket),
      socket_(std::move(socket)),
      retry_(loop, *this)
{
}

QubeModel::~QubeModel() = default;

QubeInfo const* QubeModel::find(std::string_view name) const
{
    auto const found = qubes_.find(name);
    return found == qubes_.end() ? nullptr : &found->second;
}

// ---- the connection ----

void QubeModel::start()
{
    follow();
}

void QubeModel::follow()
{
    client_.follow([this](AdminEvent const& event) { handle_event(event); },
                   [this](qube::AdminError const& why) { handle_lost(why); });
}

void QubeModel::handle_lost(qube::AdminError const&)
{
    bool const was_connected = std::exchange(connected_, false);
    to_read_.clear();
    usage_followed_ = false;
    // The first time at once: it may just have been started anew.
    constexpr int longest = 5000;
    retry_.arm(std::chrono::milliseconds(std::min(longest, 50 << std::min(failures_++, 7))));
    if (was_connected)
        tell([](Observer& observer) { observer.handle_connection(false); });
}

void QubeModel::handle_retry()
{
    follow();
}

void QubeModel::handle_event(AdminEvent const& event)
{
    if (event.subject.empty() || event.name.starts_with("connection-"))
        return handle_system_event(event);
    if (!qube::is_qube_name(event.subject))
        return;
    if (auto const power = power_after(event.name)) {
        if (event.name == "domain-pre-start" || event.name == "domain-pre-shutdown")
            clear_problem(event.subject);
        set_power(event.subject, *power);
        if (event.name == "domain-start-failed" || event.name == "domain-shutdown-failed")
            set_problem(event.subject, value_of(event, "reason"));
        if (event.name == "domain-shutdown" && restarting_.erase(event.subject) != 0)
            start_qube(event.subject);
    } else if (concerns_us(event.name) || is_wanted(event.name)) {
        read(event.subject);
    }
}

/// Whether a feature that somebody wants has changed.
bool QubeModel::is_wanted(std::string_view event) const
{
    for (std::string_view const start : {"domain-feature-set:", "domain-feature-delete:"})
        if (event.starts_with(start))
            return std::ranges::contains(wanted_features_, event.substr(start.size()));
    return false;
}

void QubeModel::handle_system_event(AdminEvent const& event)
{
    std::string const whom = value_of(event, "vm");
    if (event.name == "connection-established")
        read_all();
    else if (event.name == "domain-add" && qube::is_qube_name(whom))
        read(whom);
    else if (event.name == "domain-delete")
        remove(whom);
    else if (concerns_us(event.name))
        for (auto const& [name, info] : qubes_)
            read(name);
}

// ---- reading ----

void QubeModel::read_all()
{
    client_.call({std::string(qube::dom0), "admin.vm.List"},
                 [this](Outcome<std::string> const& answer) {
                     if (answer)
                         take_list(*answer);
                 }); // without an answer the events end too, and all of this begins again
}

void QubeModel::take_list(std::string_view answer)
{
    failures_ = 0;
    auto const listed = qube::parse_list(answer);
    std::vector<std::string> gone;
    for (auto const& [name, info] : qubes_)
        if (std::ranges::find(listed, name, &qube::ListedQube::name) == listed.end())
            gone.push_back(name);
    for (std::string const& name : gone)
        remove(name);
    connected_ = true;
    for (qube::ListedQube const& one : listed)
        read(one.name);
    if (watched_)
        follow_usage();
    if (listed.empty())
        tell([](Observer& observer) { observer.handle_connection(true); });
}

void QubeModel::read(std::string const& name)
{
    if (std::ranges::find(to_read_, name) == to_read_.end())
        to_read_.push_back(name);
    read_more();
}

void QubeModel::read_more()
{
    while (!to_read_.empty() && reading_.size() < most_readings) {
        auto const next = std::ranges::find_if(
            to_read_, [this](std::string const& name) { return !reading_.contains(name); });
        if (next == to_read_.end())
            return; // being read, and read again after that
        std::string const name = *next;
        to_read_.erase(next);
        auto& made = reading_[name];
        made = std::make_unique<Reading>(*this, name);
        made->begin(); // may have failed, and be gone
    }
}

void QubeModel::finish_reading(std::string const& name, Outcome<QubeInfo> outcome)
{
    auto node = reading_.extract(name);
    std::uint64_t const told = node.mapped()->power_told();
    if (outcome) {
        auto const known = qubes_.find(name);
        bool const is_new = known == qubes_.end();
        QubeInfo& info = is_new ? qubes_[name] : known->second;
        if (!is_new) {
            outcome->problem = std::move(info.problem);
            outcome->usage = std::move(info.usage);
            if (power_told_[name] != told)
                outcome->power = info.power;
        }
        info = std::move(*outcome);
        tell([&](Observer& observer) { observer.handle_qube(info); });
    } else if (outcome.error().type == qube::exception::qube_not_found) {
        remove(name);
    }
    bool const all = to_read_.empty() && reading_.empty();
    read_.push_back(std::move(node.mapped())); // it called us
    if (!all)
        read_more();
    else if (connected_)
        tell([](Observer& observer) { observer.handle_connection(true); });
}

// ---- what events say ----

void QubeModel::set_power(std::string const& name, Power power)
{
    ++power_told_[name];
    read_.clear();
    auto const known = qubes_.find(name);
    if (known == qubes_.end() || known->second.power == power)
        return;
    known->second.power = power;
    if (!known->second.alive())
        known->second.usage.clear();
    tell([&](Observer& observer) { observer.handle_qube(known->second); });
}

void QubeModel::set_problem(std::string const& name, std::string_view untrusted_reason)
{
    auto const known = qubes_.find(name);
    if (known == qubes_.end())
        return;
    std::string reason = shown(untrusted_reason);
    if (reason.empty())
        reason = "no reason was given";
    if (known->second.problem == reason)
        return;
    known->second.problem = std::move(reason);
    tell([&](Observer& observer) { observer.handle_qube(known->second); });
    tell([&](Observer& observer) { observer.handle_problem(known->second); });
}

void QubeModel::clear_problem(std::string const& name)
{
    if (auto const known = qubes_.find(name); known != qubes_.end())
        known->second.problem.clear();
}

void QubeModel::remove(std::string const& name)
{
    std::erase(to_read_, name);
    power_told_.erase(name);
    if (qubes_.erase(name) != 0)
        tell([&](Observer& observer) { observer.handle_qube_removed(name); });
}

// ---- samples ----

void QubeModel::watch_usage(bool watched)
{
    if (std::exchange(watched_, watched) == watched)
        return;
    if (watched) {
        follow_usage();
    } else {
        usage_client_.end_all();
        usage_followed_ = false;
        for (auto& [name, info] : qubes_)
            info.usage.clear();
    }
}

void QubeModel::follow_usage()
{
    if (!connected_ || std::exchange(usage_followed_, true))
        return;
    usage_client_.follow([this](AdminEvent const& event) { take_usage(event); },
                         [this](qube::AdminError const&) { usage_followed_ = false; },
                         "admin.vm.Stats");
}

void QubeModel::take_usage(AdminEvent const& event)
{
    auto const known = qubes_.find(event.subject);
    if (event.name != "vm-stats" || known == qubes_.end())
        return;
    auto const number = [&](std::string_view key) {
        return qube::parse_number(value_of(event, key));
    };
    auto const memory = number("memory_assigned_usable");
    auto& samples = known->second.usage;
    samples.push_back({.memory_kib = memory ? *memory : number("memory_kb").value_or(0),
                       .cpu_percent = static_cast<std::uint32_t>(
                           std::min<std::uint64_t>(number("cpu_usage").value_or(0), 100))});
    if (samples.size() > max_samples)
        samples.pop_front();
    tell([](Observer& observer) { observer.handle_usage(); });
}

// ---- what the user does ----

void QubeModel::act(std::string const& name, std::string method, Done done)
{
    clear_problem(name);
    client_.call({name, std::move(method)},
                 [this, name, done = std::move(done)](Outcome<std::string> const& outcome) {
                     if (!outcome)
                         set_problem(name, outcome.error().message);
                     if (done)
                         done(outcome);
                 });
}

void QubeModel::start_qube(std::string const& name, Done done)
{
    act(name, "admin.vm.Start", std::move(done));
}

void QubeModel::shut_down(std::string const& name, Done done)
{
    act(name, "admin.vm.Shutdown", std::move(done));
}

void QubeModel::restart(std::string const& name, Done done)
{
    restarting_.insert(name);
    act(name, "admin.vm.Shutdown",
        [this, name, done = std::move(done)](Outcome<std::string> const& outcome) {
            if (!outcome)
                restarting_.erase(name);
            if (done)
                done(outcome);
        });
}

void QubeModel::pause(std::string const& name, Done done)
{
    act(name, "admin.vm.Pause", std::move(done));
}

void QubeModel::unpause(std::string const& name, Done done)
{
    act(name, "admin.vm.Unpause", std::move(done));
}

void QubeModel::kill(std::string const& name, Done done)
{
    act(name, "admin.vm.Kill", std::move(done));
}

} // namespace vitrail::ui
