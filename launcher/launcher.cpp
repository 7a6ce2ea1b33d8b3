#include "launcher/launcher.hpp"

#include "lib/base/text.hpp"
#include "lib/os/files.hpp"
#include "lib/os/locale.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <utility>

namespace vitrail::launcher {
namespace {

/// As many bytes as a menu of all allowed lines of a usual length has.
constexpr std::size_t most_menu_bytes = 16 << 20;
constexpr std::chrono::seconds menu_patience{60};
/// Events come in storms; between two of them nobody looks.
constexpr std::chrono::milliseconds calm{50};
constexpr char const* terminal_service = "qubes.StartApp+qubes-run-terminal";
constexpr char const* files_service = "qubes.StartApp+qubes-open-file-manager";

std::int64_t now_seconds()
{
    return static_cast<std::int64_t>(std::time(nullptr));
}

PowerState power_of(ui::Power power)
{
    switch (power) {
    case ui::Power::starting: return PowerState::starting;
    case ui::Power::running: return PowerState::running;
    case ui::Power::paused: return PowerState::paused;
    case ui::Power::stopping: return PowerState::stopping;
    default: return PowerState::halted;
    }
}

std::optional<std::string> feature(ui::QubeInfo const& info, std::string_view name)
{
    auto const found = info.features.find(name);
    return found == info.features.end() ? std::nullopt : std::optional(found->second);
}

CatalogQube catalog_qube(ui::QubeInfo const& info)
{
    return {.name = info.name,
            .qube_class = info.klass,
            .made_from = info.template_name,
            .power = power_of(info.power),
            .internal = info.internal,
            .service = info.service,
            .gives_network = info.gives_network,
            .disposable_template = info.disposable_template,
            .offers_disposables = !feature(info, "appmenus-dispvm").value_or("").empty(),
            .goes_when_it_ends = info.klass == "DispVM" && info.auto_cleanup,
            .menu_items = feature(info, "menu-items"),
            .default_menu_items = feature(info, "default-menu-items"),
            .netvm_menu_items = feature(info, "netvm-menu-items"),
            .favourites = feature(info, "menu-favorites").value_or("")};
}

std::string first_line(std::string_view untrusted_text)
{
    return display_text(
        UntrustedText(std::string(untrusted_text.substr(0, untrusted_text.find('\n')))));
}

} // namespace

Launcher::Launcher(wl_event_loop* loop, LauncherSetup setup, std::function<void()> changed)
    : setup_(std::move(setup)),
      changed_(std::move(changed)),
      model_(loop, setup_.admin_socket),
      children_(loop, setup_.environment),
      menus_(loop, setup_.menus, formats::locale_keys(messages_locale()),
             [this] { mark_changed(); }),
      calm_(loop, *this)
{
    model_.set_wanted_features({"menu-items", "default-menu-items", "netvm-menu-items",
                                "menu-favorites", "appmenus-dispvm"});
    model_.add_observer(*this);
    parts_.has_systemd = setup_.has_systemd;
}

Launcher::~Launcher()
{
    model_.remove_observer(*this);
}

void Launcher::start()
{
    if (auto const text = read_file(setup_.uses))
        uses_ = Uses::parse(*text);
    if (auto const opened = menus_.open(); !opened)
        std::fprintf(stderr, "vitrail-launcher: %s\n", opened.error().message().c_str());
    model_.start();
}

// ---- what there is ----

void Launcher::mark_changed()
{
    stale_ = true;
    calm_.arm(calm);
}

void Launcher::handle_calm()
{
    refresh();
    changed_();
}

void Launcher::refresh()
{
    if (!std::exchange(stale_, false))
        return;
    parts_.qubes.clear();
    for (auto const& [name, info] : model_.qubes())
        parts_.qubes.push_back(catalog_qube(info));
    parts_.menus = menus_.menus();
    catalog_ = make_catalog(parts_, uses_, now_seconds());
    index_.set(catalog_.entries);
}

std::vector<Row> Launcher::rows(View const& view)
{
    refresh();
    return rows_for(view, {.parts = parts_, .catalog = catalog_, .index = index_});
}

void Launcher::handle_qube(ui::QubeInfo const& info)
{
    if (info.power == ui::Power::running) {
        if (running_.insert(info.name).second)
            want_menu(info.name);
        for (Waiting const& one : std::exchange(waiting_[info.name], {}))
            run_service(info.name, one.service, one.what);
        waiting_.erase(info.name);
    } else if (!info.alive())
        running_.erase(info.name);
    if (auto const wanted = disposables_wanted_.find(info.template_name);
        info.klass == "DispVM" && shell_ && wanted != disposables_wanted_.end()) {
        disposables_wanted_.erase(wanted);
        shell_->claim_focus(info.name);
    }
    mark_changed();
}

void Launcher::handle_qube_removed(std::string const& name)
{
    running_.erase(name);
    waiting_.erase(name);
    mark_changed();
}

void Launcher::handle_problem(ui::QubeInfo const& info)
{
    if (waiting_.erase(info.name) != 0)
        say_problem(info.name + " did not start: " + info.problem);
    mark_changed();
}

void Launcher::handle_connection(bool)
{
    mark_changed();
}

// ---- menus, told by the qubes ----

/// From every qube once each time that it has started: programs come and go with its template.
void Launcher::want_menu(std::string const& qube)
{
    ui::QubeInfo const* const info = model_.find(qube);
    if (!info || info->internal || info->is_admin())
        return;
    menus_wanted_.push_back(qube);
    fetch_next_menu();
}

void Launcher::fetch_next_menu()
{
    if (fetching_ || menus_wanted_.empty())
        return;
    std::string const qube = menus_wanted_.front();
    menus_wanted_.pop_front();
    fetching_ = true;
    children_.run(
        {.words = {setup_.qvm_run, "-q", "-p", "-n", "--no-gui", "--no-filter-escape-chars",
                   "--service", "--", qube, "qubes.GetAppmenus"},
         .most_output = most_menu_bytes,
         .patience = menu_patience},
        [this, qube](ChildOutcome const& outcome) { take_menu(qube, outcome); });
}

void Launcher::take_menu(std::string const& qube, ChildOutcome const& outcome)
{
    fetching_ = false;
    if (outcome.status == 0) {
        formats::Appmenu const menu = formats::parse_appmenu(outcome.output, menus_.locale());
        for (std::size_t at = 0; at < menu.violations.size(); ++at)
            if (menu.violations[at] != 0)
                std::fprintf(stderr, "vitrail-launcher: qube %s: its menu has %s (%zu times)\n",
                             qube.c_str(),
                             std::string(name(static_cast<formats::AppmenuViolation>(at))).c_str(),
                             menu.violations[at]);
        if (auto const kept = menus_.keep(qube, menu.entries); !kept)
            std::fprintf(stderr, "vitrail-launcher: %s\n", kept.error().message().c_str());
    } else
        std::fprintf(stderr, "vitrail-launcher: qube %s does not tell its programs: %s\n",
                     qube.c_str(), escape_for_log(outcome.errors).c_str());
    fetch_next_menu();
}

// ---- what the user chooses ----

void Launcher::perform(Item const& item, ui::ShellLink& shell)
{
    problem_.clear();
    shell_ = &shell;
    if (item.deed != Deed::open_qube) {
        uses_.note(key_of(item), now_seconds());
        save_uses();
        mark_changed();
    }
    if (item.qube.empty())
        return act_on_machine(item.deed, shell);
    std::string const what = item.title + " in " + item.qube;
    switch (item.deed) {
    case Deed::application:
        shell.claim_focus(item.qube);
        return start_in(item.qube, "qubes.StartApp+" + item.file, what);
    case Deed::terminal:
        shell.claim_focus(item.qube);
        return start_in(item.qube, terminal_service, what);
    case Deed::files: shell.claim_focus(item.qube); return start_in(item.qube, files_service, what);
    case Deed::disposable: return start_in_disposable(item);
    case Deed::start: shell.claim_focus(item.qube); return model_.start_qube(item.qube);
    case Deed::shut_down: return model_.shut_down(item.qube);
    case Deed::restart: return model_.restart(item.qube);
    case Deed::pause: return model_.pause(item.qube);
    case Deed::unpause: return model_.unpause(item.qube);
    case Deed::kill: return model_.kill(item.qube);
    default: return;
    }
}

void Launcher::act_on_machine(Deed deed, ui::ShellLink& shell)
{
    using Action = ui::ShellLink::Action;
    auto const systemctl = [this](char const* what) {
        children_.run({.words = {"systemctl", what}}, [this, what](ChildOutcome const& outcome) {
            if (outcome.status != 0)
                say_problem(std::string(what) + ": " + first_line(outcome.errors));
        });
    };
    switch (deed) {
    case Deed::lock: return shell.act(Action::lock);
    case Deed::log_out: return shell.act(Action::quit);
    case Deed::machine_terminal: return shell.act(Action::terminal);
    case Deed::clear_clipboard: return shell.act(Action::clear_clipboard);
    case Deed::suspend: return systemctl("suspend");
    case Deed::reboot: return systemctl("reboot");
    case Deed::power_off: return systemctl("poweroff");
    default: return;
    }
}

/// In a qube that does not run it waits for that; qubesd is asked at once, so that the start shows.
void Launcher::start_in(std::string const& qube, std::string const& service,
                        std::string const& what)
{
    ui::QubeInfo const* const info = model_.find(qube);
    if (!info)
        return say_problem("there is no qube " + qube + " any more");
    if (info->power == ui::Power::running)
        return run_service(qube, service, what);
    waiting_[qube].push_back({service, what});
    if (info->power == ui::Power::paused)
        model_.unpause(qube);
    else if (info->power == ui::Power::halted || info->power == ui::Power::crashed)
        model_.start_qube(qube);
}

void Launcher::run_service(std::string const& qube, std::string const& service,
                           std::string const& what)
{
    children_.run({.words = {setup_.qvm_run, "-q", "-a", "--service", "--", qube, service}},
                  [this, what, begun = Clock::now()](ChildOutcome const& outcome) {
                      handle_program_end(what, begun, outcome);
                  });
}

void Launcher::start_in_disposable(Item const& item)
{
    disposables_wanted_.insert(item.qube);
    std::string const what = item.title + " in a new disposable";
    children_.run(
        {.words = {setup_.qvm_run, "-q", "-a", "--service", "--dispvm=" + item.qube, "--",
                   "qubes.StartApp+" + item.file}},
        [this, what, from = item.qube, begun = Clock::now()](ChildOutcome const& outcome) {
            if (auto const one = disposables_wanted_.find(from); one != disposables_wanted_.end())
                disposables_wanted_.erase(one);
            handle_program_end(what, begun, outcome);
        });
}

/// A program that fails after a while has been seen by the user; one that never came has not.
void Launcher::handle_program_end(std::string const& what, Clock::time_point begun,
                                  ChildOutcome const& outcome)
{
    constexpr std::chrono::seconds never_came{3};
    if (outcome.status == 0 || (outcome.errors.empty() && Clock::now() - begun > never_came))
        return;
    say_problem(what + " did not start: " +
                (outcome.errors.empty()
                     ? "it ended at once, with status " + std::to_string(outcome.status)
                     : first_line(outcome.errors)));
}

void Launcher::set_favourite(Item const& item, bool wanted)
{
    if (item.deed != Deed::application && item.deed != Deed::disposable)
        return;
    ui::QubeInfo const* const info = model_.find(item.qube);
    if (!info)
        return;
    std::string const value =
        with_favourite(feature(*info, "menu-favorites").value_or(""), item, wanted);
    model_.client().call({item.qube, "admin.vm.feature.Set", "menu-favorites", value},
                         [this](qube::Outcome<std::string> const& outcome) {
                             if (!outcome)
                                 say_problem(display_text(UntrustedText(outcome.error().message)));
                         });
}

void Launcher::say_problem(std::string text)
{
    std::fprintf(stderr, "vitrail-launcher: %s\n", escape_for_log(text).c_str());
    problem_ = std::move(text);
    changed_();
}

/// Beside, then in its place: a crash leaves the old one or the new one.
void Launcher::save_uses()
{
    std::error_code failed;
    std::filesystem::create_directories(std::filesystem::path(setup_.uses).parent_path(), failed);
    std::string const fresh = setup_.uses + ".new";
    std::ofstream out(fresh, std::ios::trunc);
    out << uses_.text();
    out.close();
    if (!out || std::rename(fresh.c_str(), setup_.uses.c_str()) != 0)
        std::fprintf(stderr, "vitrail-launcher: %s cannot be written\n", setup_.uses.c_str());
}

} // namespace vitrail::launcher
