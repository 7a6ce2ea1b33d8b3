// vitrail-launcher: started by sessiond with a connection of tier shell (WAYLAND_SOCKET), resident,
// hidden until the compositor tells the launcher's chord.

#include "launcher/launcher.hpp"
#include "launcher/window.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/programs.hpp"
#include "lib/ui/loop_source.hpp"
#include "lib/ui/program.hpp"
#include "lib/ui/style.hpp"

#include <unistd.h>

#include <optional>

namespace {

using namespace vitrail;
using namespace vitrail::launcher;

LauncherSetup setup()
{
    std::string const home = environment_value("HOME", "/");
    std::string const data = user_data_folder(home);
    std::string const runtime = environment_value("XDG_RUNTIME_DIR", "/run");
    return {.admin_socket = environment_value("QUBESD_SOCKET", runtime + "/vitrail/qubesd.sock"),
            .menus = data + "/qubes-appmenus",
            .uses = data + "/vitrail/launcher-uses",
            .qvm_run = own_program("qvm-run"),
            .environment = inherited_environment(
                {"HOME", "PATH", "LANG", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "QUBESD_SOCKET"}),
            .has_systemd = access("/run/systemd/system", F_OK) == 0};
}

/// Everything that lives as long as the program.
class Program final : public ui::ShellLink::Observer {
public:
    explicit Program(wl_display* display)
        : launcher_(loop_.get(), setup(), [this] { handle_changed(); }), shell_(display, *this)
    {
        ui::apply_style(scheme());
        window_.emplace(launcher_, shell_);
        launcher_.start();
    }
    [[nodiscard]] bool connected() const { return shell_.present(); }
    // ShellLink::Observer
    void handle_chord(std::string_view name) override
    {
        if (name == "launcher" && window_ && !shell_.desktop().locked)
            window_->toggle();
    }
    void handle_desktop() override
    {
        if (!window_)
            return;
        if (scheme() != ui::current_scheme())
            ui::apply_style(scheme());
        if (shell_.desktop().locked)
            window_->close_it();
    }

private:
    [[nodiscard]] Scheme scheme() const
    {
        return shell_.desktop().dark ? Scheme::dark : Scheme::light;
    }
    void handle_changed()
    {
        if (window_)
            window_->update();
    }

    ui::LoopSource loop_;
    Launcher launcher_;
    ui::ShellLink shell_;
    std::optional<LauncherWindow> window_;
};

} // namespace

int main()
{
    wl_display* const display = ui::open_display("vitrail-launcher");
    if (!display)
        return 1;
    Program const program(display);
    return ui::run_until_terminated("vitrail-launcher", program.connected());
}
