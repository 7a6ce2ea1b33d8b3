#include "services/qubesd/lifecycle.hpp"

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

Jobs::Work on_each(std::vector<StoredVolume> volumes,
                   Result<> (*act)(StorageDriver&, StoredVolume const&))
{
    return [volumes = std::move(volumes), act]() -> Result<std::string> {
        for (StoredVolume const& one : volumes) {
            auto const driver = TRY(one.driver());
            TRY_VOID(act(*driver, one));
        }
        return std::string();
    };
}

Result<> start_one(StorageDriver& driver, StoredVolume const& one)
{
    return driver.start(one.volume, one.keep);
}
Result<> stop_one(StorageDriver& driver, StoredVolume const& one)
{
    return driver.stop(one.volume, one.keep);
}
Result<> create_one(StorageDriver& driver, StoredVolume const& one)
{
    return driver.create(one.volume);
}
Result<> remove_one(StorageDriver& driver, StoredVolume const& one)
{
    return driver.remove(one.volume);
}

void complain(std::string const& what)
{
    std::fprintf(stderr, "vitrail-qubesd: %s\n", what.c_str());
}

} // namespace

struct Lifecycle::Stopping {
    Stopping(Lifecycle& its_owner, std::string its_name)
        : owner(its_owner), name(std::move(its_name)), timer(its_owner.loop_, *this)
    {
    }
    void handle_timeout() { owner.timed_out(std::string(name)); }

    Lifecycle& owner;
    std::string name;
    Timer<&Stopping::handle_timeout> timer;
};

Lifecycle::Lifecycle(wl_event_loop* loop, System& system, Backend& backend, Jobs& jobs)
    : loop_(loop), system_(system), backend_(backend), jobs_(jobs)
{
    backend_.set_ended([this](std::string const& name) { handle_ended(name); });
    system_.state.machine = backend_.machine();
}

Lifecycle::~Lifecycle() = default;

void Lifecycle::recover()
{
    for (auto const& [name, pool] : system_.state.pools)
        if (auto const driver = make_driver(pool)) {
            if (auto const ready = driver->set_up(); !ready)
                complain(ready.error().message());
        } else
            complain("the pool " + name + " has no driver");
    for (OrphanVolume const& orphan :
         system_.store.orphans().value_or(std::vector<OrphanVolume>())) {
        StoredVolume const one = system_.stored({.pool = orphan.pool, .vid = orphan.vid});
        auto const driver = one.driver();
        if (!driver || !(*driver)->remove(one.volume)) {
            complain("the volume " + orphan.vid + " of " + orphan.pool + " could not be removed");
            continue;
        }
        Transaction change(system_.store);
        change.remove_orphan(orphan);
        (void)system_.keep(change); // says so itself; tried again at the next start
    }
    for (RunningQube const& found : backend_.running())
        adopt(found);
    stop_left_over_volumes();
    clean_up_disposables();
}

void Lifecycle::adopt(RunningQube const& found)
{
    Qube* const one = system_.state.find(found.name);
    if (!one || !one->is_off()) {
        complain("the running qube " + found.name + " is nobody's: it is ended");
        backend_.kill(found.name);
        return;
    }
    one->now = {.power = found.paused ? Power::paused : Power::running,
                .domain = found.domain,
                .start_time = found.start_time,
                .attached = {}};
}

/// A qube that ended while nobody looked: what it wrote is committed now.
void Lifecycle::stop_left_over_volumes()
{
    for (auto const& [name, one] : system_.state.qubes)
        if (one.is_off())
            for (StoredVolume const& volume : system_.stored_volumes(one)) {
                auto const driver = volume.driver();
                if (auto const done = driver ? stop_one(**driver, volume)
                                             : Result<>(std::unexpected(driver.error()));
                    !done)
                    complain(done.error().message());
            }
}

void Lifecycle::clean_up_disposables()
{
    std::vector<std::string> gone;
    for (auto const& [name, one] : system_.state.qubes)
        if (one.is(QubeClass::disposable) && one.is_off() &&
            property_is_true(system_.state, one, "auto_cleanup"))
            gone.push_back(name);
    for (std::string const& name : gone)
        remove(name, [](Outcome<std::string> const& outcome) {
            if (!outcome)
                complain(outcome.error().message);
        });
}

void Lifecycle::set_power(std::string const& name, Power power)
{
    system_.state.find(name)->now.power = power;
}

void Lifecycle::answer_all(std::map<std::string, std::vector<Answer>>& waiting,
                           std::string const& name, Outcome<std::string> const& outcome)
{
    auto const found = waiting.extract(name);
    if (!found.empty())
        for (Answer const& answer : found.mapped())
            answer(outcome);
}

// ---- starting ----

Outcome<> Lifecycle::may_start(Qube const& one) const
{
    if (one.is(QubeClass::admin) || one.is(QubeClass::remote))
        return refuse(exception::qube, "The qube " + one.name + " is not started from here");
    if (is_busy(one.name))
        return refuse(exception::qube, "The qube " + one.name + " is being worked on");
    std::string const* const why = one.feature("prohibit-start");
    if (why && !why->empty())
        return refuse(exception::qube, "The qube " + one.name + " may not start: " + *why);
    bool const needs_template = one.is(QubeClass::app) || one.is(QubeClass::disposable);
    if (needs_template && !system_.state.find(one.property("template")))
        return refuse(exception::no_template, "The qube " + one.name + " has no template");
    for (auto const& [name, volume] : one.volumes) {
        if (volume.use != VolumeUse::snapshot)
            continue;
        for (auto const& [other_name, other] : system_.state.qubes)
            for (auto const& [volume_name, source] : other.volumes)
                if (source.vid == volume.source && source.pool == volume.pool && !other.is_off() &&
                    system_.stored(source).keep < 0)
                    return refuse(exception::qube, "Its template " + other_name +
                                                       " is running and keeps no snapshots");
    }
    return {};
}

void Lifecycle::start(std::string const& name, Answer answer)
{
    Qube const& one = *system_.state.find(name);
    if (!one.is_off() && !one.is(QubeClass::admin) && !one.is(QubeClass::remote))
        return answer(std::string()); // whatever it does, it is not off
    if (auto const may = may_start(one); !may)
        return answer(std::unexpected(may.error()));
    waiting_for_start_[name].push_back(std::move(answer));
    set_power(name, Power::transient);
    system_.events.fire(name, "domain-pre-start", {{"start_guid", "True"}});
    start_netvm(name);
}

void Lifecycle::start_netvm(std::string const& name)
{
    std::string const netvm = property_text(system_.state, *system_.state.find(name), "netvm");
    Qube const* const through = system_.state.find(netvm);
    if (!through || !through->is_off())
        return start_volumes(name);
    start(netvm, [this, name](Outcome<std::string> const& outcome) {
        if (outcome)
            start_volumes(name);
        else
            start_failed(name, outcome.error());
    });
}

void Lifecycle::start_volumes(std::string const& name)
{
    jobs_.run(on_each(system_.stored_volumes(*system_.state.find(name)), start_one),
              [this, name](Result<std::string> const& done) {
                  if (done)
                      start_domain(name);
                  else
                      start_failed(name, storage_error(done.error()).error());
              });
}

Outcome<StartOrder> Lifecycle::order(Qube const& one) const
{
    State const& state = system_.state;
    auto const number = [&](char const* property) {
        return qube::parse_number(property_text(state, one, property)).value_or(1);
    };
    StartOrder start{.name = one.name,
                     .qid = one.qid,
                     .uuid = one.uuid,
                     .qube_class = one.qube_class,
                     .volumes = {},
                     .memory_mib = number("memory"),
                     .vcpus = static_cast<unsigned>(number("vcpus")),
                     .default_user = property_text(state, one, "default_user"),
                     .netvm = property_text(state, one, "netvm"),
                     .network = network_order(state, one),
                     .label = std::string(one.property("label")),
                     .rgb = 0,
                     .gui = !property_text(state, one, "guivm").empty() &&
                            feature_with_template(state, one, "gui").value_or("1") != "",
                     .timeout = std::chrono::seconds(number("qrexec_timeout"))};
    if (qube::Label const* const label = state.find_label(start.label))
        start.rgb = label->rgb;
    for (StoredVolume const& volume : system_.stored_volumes(one)) {
        if (volume.volume.use == VolumeUse::fixed && volume.volume.vid.empty())
            continue; // without a kernel of ours
        auto const driver = volume.driver();
        if (!driver)
            return storage_error(driver.error());
        auto const attachment = (*driver)->attachment(volume.volume, volume.keep);
        if (!attachment)
            return storage_error(attachment.error());
        start.volumes[volume.volume.name] = *attachment;
    }
    return start;
}

void Lifecycle::start_domain(std::string const& name)
{
    auto const what = order(*system_.state.find(name));
    if (!what)
        return start_failed(name, what.error());
    system_.events.fire(name, "domain-pre-spawn", {{"start_guid", "True"}});
    backend_.start(*what,
                   [this, name](Result<std::int64_t> domain) { started(name, std::move(domain)); });
}

void Lifecycle::fire_life_properties(std::string const& name)
{
    for (char const* const property : {"xid", "stubdom_xid", "start_time"})
        system_.events.fire(name, std::string("property-reset:") + property, {{"name", property}});
}

void Lifecycle::started(std::string const& name, Result<std::int64_t> domain)
{
    if (!domain)
        return start_failed(
            name, {std::string(exception::qube),
                   "The qube " + name + " could not be started: " + domain.error().message()});
    Qube& one = *system_.state.find(name);
    one.now = {.power = Power::running,
               .domain = *domain,
               .start_time = system_.world.now(),
               .attached = {}};
    system_.events.fire(name, "domain-spawn", {{"start_guid", "True"}});
    fire_life_properties(name);
    system_.events.fire(name, "domain-start", {{"start_guid", "True"}});
    answer_all(waiting_for_start_, name, std::string());
}

void Lifecycle::start_failed(std::string const& name, qube::AdminError error)
{
    jobs_.run(on_each(system_.stored_volumes(*system_.state.find(name)), stop_one),
              [this, name, error = std::move(error)](Result<std::string> const& done) {
                  if (!done)
                      complain(done.error().message());
                  set_power(name, Power::halted);
                  system_.events.fire(name, "domain-start-failed", {{"reason", error.message}});
                  answer_all(waiting_for_start_, name, std::unexpected(error));
                  answer_all(waiting_for_stop_, name, std::string());
              });
}

// ---- stopping ----

Outcome<> Lifecycle::may_shut_down(Qube const& one, bool force) const
{
    if (one.is(QubeClass::admin) || one.is(QubeClass::remote))
        return refuse(exception::qube, "The qube " + one.name + " is not stopped from here");
    if (one.is_off())
        return refuse(exception::not_started, "The qube " + one.name + " is not started");
    if (one.now.power == Power::transient || one.now.power == Power::dying)
        return refuse(exception::not_running, "The qube " + one.name + " is starting or stopping");
    auto const clients = running_clients(system_.state, one.name);
    if (!force && !clients.empty())
        return refuse(exception::qube_in_use,
                      "The qube " + one.name + " gives network to " + clients.front());
    return {};
}

void Lifecycle::shut_down(std::string const& name, bool force, bool wait, Answer answer)
{
    Qube const& one = *system_.state.find(name);
    if (auto const may = may_shut_down(one, force); !may)
        return answer(std::unexpected(may.error()));
    system_.events.fire(name, "domain-pre-shutdown",
                        {{"force", std::string(qube::bool_text(force))}});
    if (wait)
        waiting_for_stop_[name].push_back(answer);
    if (one.now.power == Power::paused || one.now.power == Power::suspended)
        backend_.kill(name); // it cannot hear a request (fact sheet §10)
    else
        backend_.shut_down(name);
    if (system_.state.find(name) && system_.state.find(name)->now.power == Power::running)
        set_power(name, Power::halting);
    auto const seconds =
        qube::parse_number(property_text(system_.state, one, "shutdown_timeout")).value_or(60);
    stopping_[name] = std::make_unique<Stopping>(*this, name);
    stopping_[name]->timer.arm(std::chrono::seconds(seconds));
    if (!wait)
        answer(std::string());
}

void Lifecycle::timed_out(std::string const& name)
{
    stopping_.erase(name);
    Qube const* const one = system_.state.find(name);
    if (!one || one->now.power != Power::halting)
        return;
    set_power(name, Power::running);
    std::string const why = "The qube " + name + " did not stop in time";
    system_.events.fire(name, "domain-shutdown-failed", {{"reason", why}});
    answer_all(waiting_for_stop_, name, refuse(exception::shutdown_timeout, why));
}

void Lifecycle::kill(std::string const& name, Answer answer)
{
    Qube const& one = *system_.state.find(name);
    if (one.is(QubeClass::admin) || one.is(QubeClass::remote))
        return answer(refuse(exception::qube, "The qube " + name + " is not stopped from here"));
    if (one.is_off() || one.now.domain < 0)
        return answer(refuse(exception::not_started, "The qube " + name + " is not started"));
    waiting_for_stop_[name].push_back(std::move(answer));
    if (one.now.power != Power::dying)
        backend_.kill(name);
}

void Lifecycle::handle_ended(std::string const& name)
{
    Qube* const one = system_.state.find(name);
    if (!one || one->now.domain < 0 || one->now.power == Power::dying)
        return; // one that nobody knew, or told already
    stopping_.erase(name);
    set_power(name, Power::dying);
    system_.events.fire(name, "domain-stopped");
    jobs_.run(on_each(system_.stored_volumes(*one), stop_one),
              [this, name](Result<std::string> const& done) {
                  if (!done) // it is committed at the next start instead
                      complain(done.error().message());
                  stopped(name);
              });
}

void Lifecycle::stopped(std::string const& name)
{
    Qube& one = *system_.state.find(name);
    one.now = {};
    system_.events.fire(name, "domain-shutdown");
    fire_life_properties(name);
    bool const thrown_away =
        one.is(QubeClass::disposable) && property_is_true(system_.state, one, "auto_cleanup");
    if (!thrown_away)
        return answer_all(waiting_for_stop_, name, std::string());
    remove(name, [this, name](Outcome<std::string> const& outcome) {
        if (!outcome)
            complain(outcome.error().message);
        answer_all(waiting_for_stop_, name, std::string());
    });
}

// ---- pausing ----

Outcome<> Lifecycle::pause(std::string const& name)
{
    if (system_.state.find(name)->now.power != Power::running ||
        system_.state.find(name)->is(QubeClass::admin))
        return refuse(exception::not_running, "The qube " + name + " is not running");
    system_.events.fire(name, "domain-pre-paused");
    if (auto const done = backend_.pause(name); !done)
        return refuse(exception::qube, done.error().message());
    set_power(name, Power::paused);
    system_.events.fire(name, "domain-paused");
    return {};
}

Outcome<> Lifecycle::unpause(std::string const& name)
{
    if (system_.state.find(name)->now.power != Power::paused)
        return refuse(exception::not_paused, "The qube " + name + " is not paused");
    system_.events.fire(name, "domain-pre-unpaused");
    if (auto const done = backend_.unpause(name); !done)
        return refuse(exception::qube, done.error().message());
    set_power(name, Power::running);
    system_.events.fire(name, "domain-unpaused");
    return {};
}

Outcome<> Lifecycle::suspend(std::string const& name)
{
    return pause(name); // for a guest that cannot sleep by itself (fact sheet §10)
}

Outcome<> Lifecycle::resume(std::string const& name)
{
    Power const power = system_.state.find(name)->now.power;
    if (power == Power::paused)
        return unpause(name);
    return refuse(exception::not_suspended, "The qube " + name + " is not suspended");
}

// ---- making and removing ----

void Lifecycle::create(Qube one, ByName<std::string> const& pools, Answer answer)
{
    std::string const name = one.name;
    if (system_.state.find(name) || is_busy(name))
        return answer(refuse(exception::qube_exists, "A qube named " + name + " exists already"));
    one.volumes = new_volumes(system_.state, one, pools);
    auto const volumes = system_.stored_volumes(one);
    { // if we die before the qube is kept, its volumes are removed at the next start
        Transaction change(system_.store);
        for (StoredVolume const& volume : volumes)
            if (volume.volume.use != VolumeUse::fixed)
                change.add_orphan({volume.pool.name, volume.volume.vid});
        if (auto const kept = system_.keep(change); !kept)
            return answer(std::unexpected(kept.error()));
    }
    busy_.insert(name);
    jobs_.run(on_each(volumes, create_one),
              [this, one = std::move(one), volumes,
               answer = std::move(answer)](Result<std::string> const& done) {
                  busy_.erase(one.name);
                  if (!done) // what was made of it goes at the next start, or with the next try
                      return answer(storage_error(done.error()));
                  Transaction change(system_.store);
                  change.add_qube(one);
                  for (StoredVolume const& volume : volumes)
                      change.remove_orphan({volume.pool.name, volume.volume.vid});
                  if (auto const kept = system_.keep(change); !kept)
                      return answer(std::unexpected(kept.error()));
                  system_.state.qubes[one.name] = one;
                  system_.events.fire("", "domain-add", {{"vm", one.name}});
                  system_.events.fire(one.name, "domain-init");
                  system_.events.fire(one.name, "domain-create-on-disk");
                  answer(one.name);
              });
}

void Lifecycle::remove(std::string const& name, Answer answer)
{
    Qube const& one = *system_.state.find(name);
    if (one.is(QubeClass::admin))
        return answer(refuse(exception::qube, "dom0 is not removed"));
    if (!one.is_off() && !one.is(QubeClass::remote))
        return answer(refuse(exception::not_halted, "The qube " + name + " is not halted"));
    if (is_busy(name))
        return answer(refuse(exception::qube_in_use, "The qube " + name + " is being worked on"));
    if (property_is_true(system_.state, one, "installed_by_rpm"))
        return answer(refuse(exception::qube_in_use,
                             "The qube " + name + " is removed by the package manager"));
    if (auto const uses = uses_of(system_.state, name); !uses.empty())
        return answer(
            refuse(exception::qube_in_use, "The qube " + name + " is in use: " + uses.front()));
    system_.events.fire("", "domain-pre-delete", {{"vm", name}});
    auto volumes = system_.stored_volumes(one);
    std::erase_if(volumes, [](auto const& v) { return v.volume.use == VolumeUse::fixed; });
    Transaction change(system_.store);
    change.remove_qube(name);
    for (StoredVolume const& volume : volumes)
        change.add_orphan({volume.pool.name, volume.volume.vid});
    if (auto const kept = system_.keep(change); !kept)
        return answer(std::unexpected(kept.error()));
    system_.state.qubes.erase(name);
    busy_.insert(name); // its name is free when its volumes are gone
    jobs_.run(on_each(volumes, remove_one),
              [this, name, volumes, answer = std::move(answer)](Result<std::string> const& done) {
                  busy_.erase(name);
                  if (!done)
                      complain(done.error().message()); // tried again at the next start
                  else {
                      Transaction cleared(system_.store);
                      for (StoredVolume const& volume : volumes)
                          cleared.remove_orphan({volume.pool.name, volume.volume.vid});
                      (void)system_.keep(cleared); // says so itself
                  }
                  system_.events.fire(name, "domain-remove-from-disk");
                  system_.events.fire("", "domain-delete", {{"vm", name}});
                  answer(std::string());
              });
}

void Lifecycle::run_exclusively(std::string const& name, Jobs::Work work, Done done, Answer answer)
{
    if (is_busy(name))
        return answer(refuse(exception::qube, "The qube " + name + " is being worked on"));
    busy_.insert(name);
    jobs_.run(std::move(work), [this, name, done = std::move(done),
                                answer = std::move(answer)](Result<std::string> const& result) {
        busy_.erase(name);
        answer(result ? done(*result) : storage_error(result.error()));
    });
}

} // namespace vitrail::qubesd
