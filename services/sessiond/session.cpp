#include "services/sessiond/session.hpp"

#include "lib/os/programs.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

namespace vitrail::session {
namespace {

/// A compositor that cannot hold itself up is not started for ever.
constexpr int most_restarts = 10;
/// Domains that others run keep out of the way of our own numbers.
constexpr std::uint32_t most_domains = 0x7fef;

void say(std::string const& text)
{
    std::fprintf(stderr, "vitrail-sessiond: %s\n", text.c_str());
}

} // namespace

Session::Session(SessionSetup setup)
    : setup_(std::move(setup)),
      folder_(setup_.runtime + "/vitrail"),
      guids_(loop_.get(), own_program("vitrail-guid"), folder_ + "/log/guid.log"),
      keepers_(loop_.get(), own_program("vitrail-qube-keeper"), std::move(setup_.launcher)),
      interrupt_(loop_.get(), *this, SIGINT),
      terminate_(loop_.get(), *this, SIGTERM),
      child_(loop_.get(), *this, SIGCHLD),
      restart_(loop_.get(), *this),
      grace_(loop_.get(), *this)
{
}

Session::~Session()
{
    ctl_.reset();
    qubes_.clear();
    programs_.reset();
}

Result<> Session::start()
{
    std::error_code failure;
    for (char const* const part : {"", "/log", "/qubes"}) {
        std::filesystem::create_directories(folder_ + part, failure);
        // A qube's sandbox is made under another id where root started us: it passes through.
        std::filesystem::permissions(
            folder_ + part,
            std::filesystem::perms(keepers_.separate_users() && part != std::string("/log") ? 0711
                                                                                            : 0700),
            failure);
    }
    if (failure)
        return error("the folder " + folder_ + ": " + failure.message());
    Environment user =
        inherited_environment({"HOME", "PATH", "LANG", "XDG_RUNTIME_DIR", "XDG_DATA_HOME",
                               "XDG_CONFIG_HOME", "USER", "DBUS_SESSION_BUS_ADDRESS"});
    user["XDG_SESSION_TYPE"] = "wayland";
    user["XDG_CURRENT_DESKTOP"] = "Vitrail";
    programs_ =
        std::make_unique<UserPrograms>(loop_.get(), folder_ + "/log/programs.log", std::move(user));
    ctl_ = TRY(CtlServer::listen(loop_.get(), folder_ + "/ctl.sock", *this));
    TRY_VOID(guids_.fill());
    std::uint32_t domain = 1;
    for (QubeSpec& spec : setup_.qubes)
        add_qube(spec, domain++, {});
    return start_compositor();
}

int Session::run()
{
    loop_.run();
    return status_;
}

std::string Session::run_folder(std::string const& qube) const
{
    return folder_ + "/qubes/" + qube;
}

void Session::add_qube(QubeSpec spec, std::uint32_t domain, std::optional<ExternalAgent> external)
{
    QubePlaces places{.run = run_folder(spec.name),
                      .kept = setup_.data + "/vitrail/qubes/" + spec.name,
                      .log = folder_ + "/log",
                      .init = own_program("vitrail-qube-init"),
                      .agent = own_program("vitrail-agent-gui"),
                      .demo = data_folder() + "/demo"};
    qubes_.push_back(std::make_unique<Qube>(*this, std::move(spec), domain, std::move(places),
                                            std::move(external)));
}

Qube* Session::find(std::string const& name)
{
    auto const found =
        std::ranges::find_if(qubes_, [&](auto const& qube) { return qube->spec().name == name; });
    return found == qubes_.end() ? nullptr : found->get();
}

// --- the compositor
// --------------------------------------------------------------------------------

Result<> Session::start_compositor()
{
    compositor_ = TRY(CompositorLink::start(loop_.get(),
                                            {.program = own_program("vitrail-compositor"),
                                             .config = setup_.config,
                                             .log = folder_ + "/log/compositor.log",
                                             .environment = setup_.compositor},
                                            locked_, windows_, *this));
    // What it knew before its restart; then who is who; then the connections.
    std::vector<WindowState> known;
    for (auto const& [key, window] : windows_)
        known.push_back(window);
    std::ranges::sort(known, {}, &WindowState::stacking);
    for (auto const& qube : qubes_)
        qube->handle_compositor_started();
    for (WindowState const& window : known)
        compositor_->restore(window);
    if (restarts_ > 0)
        compositor_->set_workspace(workspace_);
    return {};
}

void Session::handle_ready(std::string const& display)
{
    programs_->set_display(display);
    std::ofstream(folder_ + "/display") << display << "\n";
    if (!std::exchange(qubes_started_, true)) {
        for (std::string const& command : setup_.programs)
            programs_->spawn(command);
        for (auto const& qube : qubes_)
            qube->start();
    }
}

void Session::handle_compositor_end(int status)
{
    workspace_ = compositor_->workspace();
    compositor_.reset();
    if (ending_)
        return finish_if_done();
    if (++restarts_ > most_restarts || !qubes_started_) {
        say("the compositor ended with status " + std::to_string(status) +
            " and is not started again; its log: " + folder_ + "/log/compositor.log");
        status_ = 1;
        return end();
    }
    say("the compositor ended with status " + std::to_string(status) + "; starting it again");
    restart_.arm(std::chrono::milliseconds(1));
}

void Session::handle_restart()
{
    if (auto const started = start_compositor(); !started) {
        say(started.error().message());
        compositor_.reset();
        if (++restarts_ > most_restarts) {
            status_ = 1;
            return end();
        }
        restart_.arm(std::chrono::milliseconds(200));
    }
}

void Session::handle_locked(bool locked)
{
    locked_ = locked;
    programs_->set_locked(locked && !ending_);
}

void Session::handle_client_gone(std::uint32_t origin, std::string const& reason)
{
    if (!reason.empty())
        say("a client of origin " + std::to_string(origin) + " was ended: " + reason);
}

void Session::handle_chord(std::string const& name, std::uint32_t)
{
    if (name == "quit")
        end();
    else if (name == "lock")
        lock();
}

void Session::handle_spawn(std::string const& command)
{
    programs_->spawn(command);
}

// --- what vitrail ctl asks for
// ---------------------------------------------------------------------

void Session::inspect(std::string const& what, Answer answer)
{
    if (!compositor_)
        return answer(error("the compositor is being started again"));
    compositor_->inspect(what, [answer](std::optional<std::string> text) {
        if (text)
            answer(*text);
        else
            answer(error("the compositor ended before it answered"));
    });
}

std::vector<QubeReport> Session::qubes()
{
    std::vector<QubeReport> all;
    for (auto const& qube : qubes_)
        all.push_back({.name = qube->spec().name,
                       .label = std::string(qube->spec().label.name),
                       .state = std::string(name(qube->state())),
                       .problem = qube->problem(),
                       .domain = qube->domain(),
                       .guid = qube->guid_pid().value_or(0),
                       .keeper = qube->keeper_pid().value_or(0),
                       .external = qube->external()});
    return all;
}

SessionReport Session::status()
{
    return {.display = compositor_ ? compositor_->display() : "",
            .locked = locked_,
            .workspace = compositor_ ? compositor_->workspace() : workspace_,
            .compositor = compositor_ ? compositor_->pid() : 0};
}

namespace {
std::unexpected<Error> no_such_qube(std::string const& name)
{
    return error("there is no qube '" + name + "'");
}
} // namespace

void Session::trace(std::string const& name, Answer answer)
{
    if (Qube* const qube = find(name))
        return qube->trace(std::move(answer));
    answer(no_such_qube(name));
}

void Session::launch(std::string const& name, std::vector<std::string> const& argv, Answer answer)
{
    Qube* const qube = find(name);
    if (!qube)
        return answer(no_such_qube(name));
    if (argv.empty())
        return answer(error("which program?"));
    if (compositor_) // the user asked for it: its first window may take the focus
        compositor_->set_focus_claim(qube->domain());
    qube->launch(argv, [answer = std::move(answer)](Result<> done) {
        if (done)
            answer(std::string("{}"));
        else
            answer(std::unexpected(done.error()));
    });
}

Result<> Session::start_qube(std::string const& name)
{
    Qube* const qube = find(name);
    if (!qube)
        return no_such_qube(name);
    qube->start();
    if (qube->state() == Qube::State::failed)
        return error(qube->problem());
    return {};
}

Result<> Session::stop_qube(std::string const& name, bool at_once)
{
    Qube* const qube = find(name);
    if (!qube)
        return no_such_qube(name);
    if (at_once)
        qube->kill();
    else
        qube->shut_down();
    return {};
}

Result<> Session::set_label(std::string const& name, std::string const& label)
{
    Qube* const qube = find(name);
    if (!qube)
        return no_such_qube(name);
    auto const known = find_label(label);
    if (!known)
        return error("there is no label '" + label + "'");
    qube->set_label(*known);
    return {};
}

Result<> Session::attach(Attachment const& attachment)
{
    TRY_VOID(check_qube_name(attachment.name));
    auto const label = find_label(attachment.label);
    if (!label)
        return error("there is no label '" + attachment.label + "'");
    if (attachment.domain == 0 || attachment.domain > most_domains)
        return error("a domain's number is 1 to " + std::to_string(most_domains));
    for (auto const& qube : qubes_) {
        if (qube->spec().name == attachment.name)
            return error("there is a qube '" + attachment.name + "' already");
        if (qube->domain() == attachment.domain)
            return error("domain " + std::to_string(attachment.domain) + " is the qube '" +
                         qube->spec().name + "'");
    }
    if (attachment.vchan.empty())
        return error("which folder has the agent's vchan socket? (--vchan-dir)");
    QubeSpec spec;
    spec.name = attachment.name;
    spec.label = *label;
    spec.gui.set_name(attachment.name);
    spec.gui.allow_utf8_titles = 1;
    add_qube(std::move(spec), attachment.domain,
             ExternalAgent{attachment.vchan,
                           attachment.grants.empty() ? attachment.vchan : attachment.grants});
    Qube& qube = *qubes_.back();
    qube.start();
    if (qube.state() != Qube::State::failed)
        return {};
    std::string const why = qube.problem();
    qubes_.pop_back();
    return error(why);
}

Result<> Session::detach(std::string const& name)
{
    Qube* const qube = find(name);
    if (!qube)
        return no_such_qube(name);
    if (!qube->external())
        return error("the qube '" + name + "' is ours, not attached");
    std::erase_if(qubes_, [&](auto const& other) { return other.get() == qube; });
    return {};
}

void Session::lock()
{
    if (compositor_)
        compositor_->lock();
}

// --- the end
// ---------------------------------------------------------------------------------------

void Session::handle_signal(int number)
{
    if (number != SIGCHLD)
        end();
}

void Session::end()
{
    if (std::exchange(ending_, true))
        return;
    programs_->end();
    for (auto const& qube : qubes_)
        qube->shut_down();
    grace_.arm(std::chrono::seconds(8));
    finish_if_done();
}

void Session::handle_grace()
{
    for (auto const& qube : qubes_)
        qube->kill();
    loop_.stop();
}

void Session::handle_qube_changed()
{
    if (ending_)
        finish_if_done();
}

void Session::finish_if_done()
{
    auto const lives = [](auto const& qube) {
        return qube->state() == Qube::State::stopping || qube->state() == Qube::State::running ||
               qube->state() == Qube::State::starting;
    };
    if (std::ranges::any_of(qubes_, lives))
        return;
    unlink((folder_ + "/display").c_str());
    if (compositor_)
        compositor_->terminate();
    loop_.stop();
}

} // namespace vitrail::session
