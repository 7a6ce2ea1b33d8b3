#pragma once

#include "launcher/catalog.hpp"
#include "launcher/children.hpp"
#include "launcher/menu_store.hpp"
#include "launcher/rows.hpp"
#include "lib/ui/qube_model.hpp"
#include "lib/ui/shell_link.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vitrail::launcher {

struct LauncherSetup {
    std::string admin_socket;
    std::string menus;   ///< folder of the menus: ~/.local/share/qubes-appmenus
    std::string uses;    ///< file that keeps what is used how much
    std::string qvm_run; ///< the program that starts a service in a qube
    Environment environment;
    bool has_systemd = false;
};

/// Everything behind the window: what there is, what is found, and what is done about it.
///
/// Acts on qubes through the Admin API alone; what is started in a qube is started by `qvm-run
/// --service`, as in the original's menu entries (fact sheet services §7).
class Launcher final : public ui::QubeModel::Observer {
public:
    /// `changed`: rows() may be others.
    Launcher(wl_event_loop* loop, LauncherSetup setup, std::function<void()> changed);
    ~Launcher();
    Launcher(Launcher const&) = delete;
    Launcher& operator=(Launcher const&) = delete;

    void start();
    /// Makes anew what changed since, so that the next rows() costs a search alone.
    void refresh();
    [[nodiscard]] std::vector<Row> rows(View const& view);
    /// Null for a qube that is not known, or not any more.
    [[nodiscard]] ui::QubeInfo const* qube(std::string_view name) const
    {
        return model_.find(name);
    }
    /// What went wrong with what was asked for last; empty: nothing.
    [[nodiscard]] std::string const& problem() const { return problem_; }
    [[nodiscard]] bool connected() const { return model_.connected(); }

    /// Does what the user chose. `shell`: lets the qube's first window have the focus.
    void perform(Item const& item, ui::ShellLink& shell);
    void set_favourite(Item const& item, bool wanted);

    // QubeModel::Observer
    void handle_qube(ui::QubeInfo const& info) override;
    void handle_qube_removed(std::string const& name) override;
    void handle_problem(ui::QubeInfo const& info) override;
    void handle_connection(bool connected) override;

private:
    void mark_changed();
    void handle_calm();
    void start_in(std::string const& qube, std::string const& service, std::string const& what);
    void run_service(std::string const& qube, std::string const& service, std::string const& what);
    void start_in_disposable(Item const& item);
    using Clock = std::chrono::steady_clock;
    void handle_program_end(std::string const& what, Clock::time_point begun,
                            ChildOutcome const& outcome);
    void act_on_machine(Deed deed, ui::ShellLink& shell);
    void say_problem(std::string text);
    void want_menu(std::string const& qube);
    void fetch_next_menu();
    void take_menu(std::string const& qube, ChildOutcome const& outcome);
    void save_uses();

    LauncherSetup setup_;
    std::function<void()> changed_;
    ui::QubeModel model_;
    Children children_;
    MenuStore menus_;
    Uses uses_;
    bool stale_ = true;
    CatalogParts parts_;
    Catalog catalog_;
    SearchIndex index_;
    std::string problem_;
    struct Waiting {
        std::string service;
        std::string what;
    };
    std::map<std::string, std::vector<Waiting>> waiting_; ///< for their qube to run
    std::set<std::string> running_; ///< since they were seen to, and asked for their menu
    std::deque<std::string> menus_wanted_;
    bool fetching_ = false;
    /// Templates from which we have had a disposable made that has not been seen yet.
    std::multiset<std::string> disposables_wanted_;
    ui::ShellLink* shell_ = nullptr;
    Timer<&Launcher::handle_calm> calm_;
};

} // namespace vitrail::launcher
