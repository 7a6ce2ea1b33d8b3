#include "services/sessiond/session.hpp"
#include "services/sessiond/log.hpp"

#include "lib/os/programs.hpp"

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

std::vector<std::string> panel_arguments(std::string const& config, std::string const& folder)
{
    std::vector<std::string> words{"--notifications", folder + "/notifications.sock"};
    if (!config.empty())
        words.insert(words.end(), {"--config", config});
    return words;
}

} // namespace

Session::Session(SessionSetup setup)
    : setup_(std::move(setup)),
      folder_(setup_.runtime + "/vitrail"),
      guids_(loop_.get(), own_program("vitrail-guid"), folder_ + "/log/guid.log"),
      clipboard_policy_(loop_.get(), folder_ + "/qubesd.internal.sock"),
      clipboard_(loop_.get(),
                 {.program = own_program("vitrail-clipboard"),
                  .log = folder_ + "/log/clipboard.log",
                  .images = {.decoder = own_program("vitrail-image-decoder"),
                             .encoder = own_program("vitrail-image-encoder"),
                             .log = folder_ + "/log/images.log"},
                  .files = {.qvm_run = own_program("qvm-run"),
                            .grants = folder_ + "/grants.sock",
                            .qubesd = folder_ + "/qubesd.sock"}},
                 clipboard_policy_),
      book_(*this, {.list = std::move(setup_.qubes),
                    .runtime = folder_,
                    .log = folder_ + "/log",
                    .management = {.program = own_program("vitrail-qubesd"),
                                   .runtime = folder_,
                                   .log = folder_ + "/log/qubesd.log",
                                   .launcher = std::move(setup_.launcher)}}),
      panel_(loop_.get(), {.program = own_program("vitrail-panel"),
                           .log = folder_ + "/log/panel.log",
                           .arguments = panel_arguments(setup_.config, folder_),
                           .admin_socket = folder_ + "/qubesd.sock"}),
      launcher_(loop_.get(), {.program = own_program("vitrail-launcher"),
                              .log = folder_ + "/log/launcher.log",
                              .arguments = {},
                              .admin_socket = folder_ + "/qubesd.sock"}),
      prompt_(loop_.get(),
              {.program = own_program("vitrail-prompt"),
               .log = folder_ + "/log/prompt.log",
               .arguments = {folder_ + "/prompt.sock", folder_ + "/notifications.sock"},
               .admin_socket = folder_ + "/qubesd.sock"}),
      locked_(setup_.locked),
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
            std::filesystem::perms(
                book_.management().separate_users() && part != std::string("/log") ? 0711 : 0700),
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
    TRY_VOID(book_.start());
    TRY_VOID(guids_.fill());
    TRY_VOID(clipboard_.start());
    return start_compositor();
}

int Session::run()
{
    loop_.run();
    return status_;
}

// ---- the compositor ----

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
    book_.handle_compositor_started();
    for (WindowState const& window : known)
        compositor_->restore(window);
    if (restarts_ > 0)
        compositor_->set_workspace(workspace_);
    clipboard_.set_compositor(compositor_.get());
    return {};
}

void Session::handle_ready(std::string const& display)
{
    programs_->set_display(display);
    panel_.set_compositor(compositor_.get(), display);
    launcher_.set_compositor(compositor_.get(), display);
    prompt_.set_compositor(compositor_.get(), display);
    std::ofstream(folder_ + "/display") << display << "\n";
    if (!std::exchange(was_ready_, true))
        for (std::string const& command : setup_.programs)
            programs_->spawn(command);
}

void Session::handle_compositor_end(int status)
{
    workspace_ = compositor_->workspace();
    lose_compositor();
    if (ending_)
        return;
    if (++restarts_ > most_restarts || !was_ready_) {
        say("the compositor ended with status " + std::to_string(status) +
            " and is not started again; its log: " + folder_ + "/log/compositor.log");
        status_ = 1;
        return end();
    }
    say("the compositor ended with status " + std::to_string(status) + "; starting it again");
    restart_.arm(std::chrono::milliseconds(1));
}

void Session::lose_compositor()
{
    clipboard_.set_compositor(nullptr);
    panel_.set_compositor(nullptr, {});
    launcher_.set_compositor(nullptr, {});
    prompt_.set_compositor(nullptr, {});
    compositor_.reset();
}

void Session::handle_restart()
{
    if (auto const started = start_compositor(); !started) {
        say(started.error().message());
        lose_compositor();
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
    else if (name == "clear-clipboard")
        clear_clipboard();
}

void Session::handle_spawn(std::string const& command)
{
    programs_->spawn(command);
}

// ---- what vitrail ctl asks for ----

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
    for (auto const& qube : book_.all())
        all.push_back({.name = qube->name(),
                       .label = qube->label().name,
                       .state = std::string(name(qube->state())),
                       .problem = qube->problem(),
                       .stage = qube->stage(),
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
            .compositor = compositor_ ? compositor_->pid() : 0,
            .qubesd = book_.management().pid().value_or(0),
            .clipboard = clipboard_.pid(),
            .panel = panel_.pid(),
            .launcher = launcher_.pid(),
            .prompt = prompt_.pid()};
}

namespace {
std::unexpected<Error> no_such_qube(std::string const& name)
{
    return error("there is no qube '" + name + "'");
}
} // namespace

void Session::trace(std::string const& name, Answer answer)
{
    if (Qube* const qube = book_.find(name))
        return qube->trace(std::move(answer));
    answer(no_such_qube(name));
}

void Session::launch(std::string const& name, std::vector<std::string> const& argv, Answer answer)
{
    Qube* const qube = book_.find(name);
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

void Session::start_qube(std::string const& name, Answer answer)
{
    if (!book_.find(name))
        return answer(no_such_qube(name));
    book_.start_qube(name, std::move(answer));
}

void Session::stop_qube(std::string const& name, bool at_once, Answer answer)
{
    if (!book_.find(name))
        return answer(no_such_qube(name));
    book_.stop_qube(name, at_once, std::move(answer));
}

void Session::set_label(std::string const& name, std::string const& label, Answer answer)
{
    if (!book_.find(name))
        return answer(no_such_qube(name));
    book_.set_label(name, label, std::move(answer));
}

void Session::lock()
{
    if (compositor_)
        compositor_->lock();
}

// ---- the end ----

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
    panel_.end();
    launcher_.end();
    prompt_.end();
    grace_.arm(std::chrono::seconds(8));
    book_.end();
}

void Session::handle_grace()
{
    if (std::exchange(out_of_grace_, true))
        return loop_.stop();
    book_.end_now();
    grace_.arm(std::chrono::seconds(2));
}

void Session::handle_qube_changed()
{
    if (ending_ && book_.has_ended())
        finish();
}

void Session::finish()
{
    unlink((folder_ + "/display").c_str());
    if (compositor_)
        compositor_->terminate();
    loop_.stop();
}

} // namespace vitrail::session
