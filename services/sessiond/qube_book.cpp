#include "services/sessiond/qube_book.hpp"

#include "lib/qube/listing.hpp"
#include "services/sessiond/list_application.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace vitrail::session {
namespace {

using qube::Outcome;

/// The largest number that a domain has. Source: fact sheet gui-protocol §1.1.
constexpr std::uint32_t most_domains = 0x7fef;

std::string value_of(qube::AdminEvent const& event, std::string_view key)
{
    for (auto const& [name, value] : event.pairs)
        if (name == key)
            return value;
    return {};
}

/// For `vitrail ctl`: done, or what the API said.
std::function<void(Outcome<std::string> const&)> pass_on(QubeBook::Answer answer)
{
    return [answer = std::move(answer)](Outcome<std::string> const& outcome) {
        if (outcome)
            answer(std::string("{}"));
        else
            answer(error(outcome.error().message));
    };
}

} // namespace

QubeBook::QubeBook(QubeHost& host, QubeBookSetup setup)
    : host_(host),
      setup_(std::move(setup)),
      management_(host.loop(), std::move(setup_.management), *this)
{
}

QubeBook::~QubeBook() = default;

Result<> QubeBook::start()
{
    return management_.start();
}

Qube* QubeBook::find(std::string_view name)
{
    auto const found =
        std::ranges::find(qubes_, name, [](auto const& qube) { return qube->name(); });
    return found == qubes_.end() ? nullptr : found->get();
}

QubeSpec const* QubeBook::listed(std::string_view name) const
{
    auto const found = std::ranges::find(setup_.list, name, &QubeSpec::name);
    return found == setup_.list.end() ? nullptr : &*found;
}

void QubeBook::handle_compositor_started()
{
    for (auto const& qube : qubes_)
        qube->handle_compositor_started();
}

void QubeBook::handle_window(std::uint32_t domain)
{
    for (auto const& qube : qubes_)
        if (qube->domain() == domain)
            qube->placeholder().end();
}

void QubeBook::handle_placeholder_closed(std::uint32_t id)
{
    for (auto const& qube : qubes_)
        if (qube->placeholder().id() == id)
            qube->placeholder().handle_closed();
}

// ---- what qubesd tells ----

void QubeBook::handle_connected()
{
    management_.client().call({std::string(qube::dom0), "admin.vm.List"},
                              [this](Outcome<std::string> const& answer) {
                                  if (answer)
                                      handle_list(*answer);
                              });
}

void QubeBook::handle_list(std::string const& answer)
{
    auto const names = listed_qubes(answer);
    std::erase_if(qubes_, [&](auto const& qube) {
        return !qube->external() && !std::ranges::contains(names, qube->name());
    });
    incomplete_ = false;
    for (std::string const& name : names)
        read(name);
    if (names.empty())
        apply_list();
}

void QubeBook::handle_lost(std::string const& why)
{
    if (CompositorLink* const compositor = host_.compositor())
        compositor->notify(0, "The qubes' manager is started again", why);
}

void QubeBook::handle_event(qube::AdminEvent const& event)
{
    if (event.subject.empty()) {
        if (event.name == "domain-add")
            read(value_of(event, "vm"));
        else if (event.name == "domain-delete")
            remove(value_of(event, "vm"));
        return;
    }
    if (reading_.contains(event.subject))
        again_.insert(event.subject);
    Qube* const qube = find(event.subject);
    if (event.name == "domain-start")
        return handle_start(event.subject);
    if (event.name == "property-set:label" && qube)
        if (auto const label = find_label(value_of(event, "newvalue")))
            qube->set_label(*label);
    bool const of_look =
        event.name.ends_with(":label") || event.name.ends_with(":guivm") ||
        event.name.starts_with("domain-feature-set:gui") ||
        event.name.starts_with("domain-feature-delete:gui") ||
        (event.name.starts_with("domain-feature-") && event.name.ends_with(":internal"));
    if (of_look && !event.name.contains("pre-"))
        return read(event.subject);
    if (qube)
        handle_life(*qube, event);
    if (ending_)
        finish_if_done();
}

void QubeBook::handle_life(Qube& qube, qube::AdminEvent const& event)
{
    std::string_view const what = event.name;
    bool const wanted = !of_session_.contains(event.subject);
    if (what == "domain-pre-start")
        qube.handle_starting("preparing its volumes", wanted);
    else if (what == "domain-pre-spawn")
        qube.handle_starting("starting its programs", wanted);
    else if (what == "domain-start-failed") {
        of_session_.erase(event.subject);
        qube.handle_start_failed(value_of(event, "reason"));
    } else if (what == "domain-paused" || what == "domain-unpaused")
        qube.handle_paused(what == "domain-paused");
    else if (what == "domain-pre-shutdown")
        qube.handle_stopping();
    else if (what == "domain-shutdown-failed")
        qube.handle_stop_failed(value_of(event, "reason"));
    else if (what == "domain-stopped")
        qube.handle_stopped();
    else if (what == "domain-shutdown")
        qube.handle_halted();
}

void QubeBook::handle_start(std::string const& name)
{
    of_session_.erase(name);
    to_open_.insert(name);
    management_.client().call(
        {name, "admin.vm.property.Get", "xid"}, [this, name](Outcome<std::string> const& answer) {
            Qube* const qube = find(name);
            auto const domain = qube::parse_number(answer ? qube::property_value(*answer) : "");
            if (!qube || !domain || *domain == 0)
                return; // it is being read, or has ended already
            qube->handle_started(static_cast<std::uint32_t>(*domain));
            if (ending_)
                return shut_down(*qube);
            if (to_open_.erase(name) != 0)
                qube->start_applications();
        });
}

// ---- what qubesd is asked ----

void QubeBook::read(std::string const& name)
{
    if (reading_.contains(name)) {
        again_.insert(name);
        return;
    }
    again_.erase(name);
    auto& reading = reading_[name];
    reading = std::make_unique<QubeReading>(
        management_.client(), name,
        [this, name](Outcome<QubeFacts> const& facts) { handle_read(name, facts); });
    reading->begin();
}

void QubeBook::handle_read(std::string const& name, Outcome<QubeFacts> const& facts)
{
    reading_.erase(name);
    bool const changed = again_.erase(name) != 0;
    if (facts && changed)
        return read(name);
    if (facts)
        take(*facts);
    else if (facts.error().type == qube::exception::generic)
        incomplete_ = true; // it has ended: everything is listed anew when it is back
    if (reading_.empty() && !incomplete_)
        apply_list();
}

void QubeBook::take(QubeFacts const& facts)
{
    QubeLook const look{facts.name,    facts.label,    facts.gui && !facts.internal,
                        facts.options, facts.internal, facts.service};
    Qube* qube = find(facts.name);
    if (qube && qube->external())
        return; // somebody attached one by this name: that one is on the screen
    if (!qube) {
        QubeSpec const* const spec = listed(facts.name);
        qubes_.push_back(std::make_unique<Qube>(
            host_, look,
            QubePlaces{.run = setup_.runtime + "/qubes/" + facts.name, .log = setup_.log},
            spec ? spec->applications : std::vector<std::string>()));
        qube = qubes_.back().get();
    } else
        qube->set_look(look);
    if (facts.autostart)
        autostarts_.insert(facts.name);
    compare(*qube, facts);
    host_.handle_qube_changed();
}

/// What we missed of its life: before we came, or while qubesd was away.
void QubeBook::compare(Qube& qube, QubeFacts const& facts)
{
    if (facts.domain != 0) {
        qube.handle_started(facts.domain);
        if (facts.power == "Halting" || facts.power == "Dying")
            qube.handle_stopping();
        else
            qube.handle_paused(facts.power == "Paused");
        if (ending_)
            return shut_down(qube);
        if (to_open_.erase(facts.name) != 0)
            qube.start_applications();
    } else if (facts.power == "Transient")
        qube.handle_starting("starting", !of_session_.contains(facts.name));
    else if (qube.lives())
        qube.handle_halted();
}

void QubeBook::remove(std::string_view name)
{
    std::erase_if(qubes_,
                  [&](auto const& qube) { return qube->name() == name && !qube->external(); });
    host_.handle_qube_changed();
}

/// Once, when all that qubesd has is known.
void QubeBook::apply_list()
{
    if (std::exchange(list_applied_, true) || ending_)
        return;
    std::vector<std::string> there;
    for (auto const& qube : qubes_)
        if (!qube->external())
            there.push_back(qube->name());
    session::apply_list(
        management_.client(), setup_.list, there,
        [this](std::string const& name) { start_listed(name); },
        [this](std::string const& name, std::string const& why) {
            if (CompositorLink* const compositor = host_.compositor())
                compositor->notify(0, "The qube " + name + " could not be made", why);
        });
    for (std::string const& name : autostarts_)
        if (!listed(name))
            start_listed(name);
}

void QubeBook::start_listed(std::string const& name)
{
    Qube const* const qube = find(name);
    if (ending_ || (qube && qube->lives()))
        return;
    of_session_.insert(name);
    management_.client().call({name, "admin.vm.Start"},
                              [this, name](Outcome<std::string> const& outcome) {
                                  of_session_.erase(name);
                                  Qube* const one = find(name);
                                  if (!outcome && one && one->state() != Qube::State::failed)
                                      one->handle_start_failed(outcome.error().message);
                              });
}

// ---- what the user asks for ----

void QubeBook::start_qube(std::string const& name, Answer answer)
{
    management_.client().call({name, "admin.vm.Start"}, pass_on(std::move(answer)));
}

void QubeBook::stop_qube(std::string const& name, bool at_once, Answer answer)
{
    if (Qube* const qube = find(name)) {
        qube->expect_end();
        if (qube->external()) {
            qube->handle_halted();
            return answer(std::string("{}"));
        }
    }
    management_.client().call({name, at_once ? "admin.vm.Kill" : "admin.vm.Shutdown"},
                              pass_on(std::move(answer)));
}

void QubeBook::set_label(std::string const& name, std::string const& label, Answer answer)
{
    Qube* const qube = find(name);
    if (!qube || !qube->external())
        return management_.client().call({name, "admin.vm.property.Set", "label", label},
                                         pass_on(std::move(answer)));
    auto const known = find_label(label);
    if (!known)
        return answer(error("there is no label '" + label + "'"));
    qube->set_label(*known);
    answer(std::string("{}"));
}

Result<> QubeBook::attach(Attachment const& attachment)
{
    TRY_VOID(check_qube_name(attachment.name));
    auto const label = find_label(attachment.label);
    if (!label)
        return error("there is no label '" + attachment.label + "'");
    if (attachment.domain == 0 || attachment.domain > most_domains)
        return error("a domain's number is 1 to " + std::to_string(most_domains));
    for (auto const& qube : qubes_) {
        if (qube->name() == attachment.name)
            return error("there is a qube '" + attachment.name + "' already");
        if (qube->domain() == attachment.domain)
            return error("domain " + std::to_string(attachment.domain) + " is the qube '" +
                         qube->name() + "'");
    }
    if (attachment.vchan.empty())
        return error("which folder has the agent's vchan socket? (--vchan-dir)");
    QubeLook look{attachment.name, *label, true, {}};
    look.options.set_name(attachment.name);
    look.options.allow_utf8_titles = 1;
    auto made = std::make_unique<Qube>(
        host_, std::move(look), QubePlaces{.run = {}, .log = setup_.log},
        std::vector<std::string>(),
        ExternalAgent{attachment.vchan,
                      attachment.grants.empty() ? attachment.vchan : attachment.grants});
    TRY_VOID(made->attach(attachment.domain));
    qubes_.push_back(std::move(made));
    return {};
}

Result<> QubeBook::detach(std::string const& name)
{
    Qube* const qube = find(name);
    if (!qube)
        return error("there is no qube '" + name + "'");
    if (!qube->external())
        return error("the qube '" + name + "' is ours, not attached");
    std::erase_if(qubes_, [&](auto const& other) { return other.get() == qube; });
    return {};
}

// ---- the end ----

void QubeBook::end()
{
    if (std::exchange(ending_, true))
        return;
    for (auto const& qube : qubes_)
        if (!qube->external() && qube->lives())
            shut_down(*qube);
    finish_if_done();
}

void QubeBook::end_now()
{
    for (auto const& qube : qubes_)
        if (!qube->external() && qube->lives())
            management_.client().call({qube->name(), "admin.vm.Kill"},
                                      [](Outcome<std::string> const&) {});
}

void QubeBook::shut_down(Qube& qube)
{
    if (qube.state() == Qube::State::starting)
        return; // when it runs
    qube.expect_end();
    management_.client().call({qube.name(), "admin.vm.Shutdown", "force"},
                              [](Outcome<std::string> const&) {});
}

void QubeBook::finish_if_done()
{
    if (std::ranges::none_of(qubes_,
                             [](auto const& qube) { return !qube->external() && qube->lives(); }))
        management_.end();
}

void QubeBook::handle_ended()
{
    ended_ = true;
    host_.handle_qube_changed();
}

} // namespace vitrail::session
