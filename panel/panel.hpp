#pragma once

#include "lib/ui/loop_source.hpp"
#include "lib/ui/qube_model.hpp"
#include "lib/ui/shell_link.hpp"
#include "panel/bar.hpp"
#include "panel/config.hpp"
#include "panel/notifications.hpp"

#include <giomm/filemonitor.h>

#include <memory>
#include <string>
#include <vector>

namespace vitrail::panel {

/// The whole: a bar on each output that the settings name, fed by compositor and qubesd.
class Panel final : public ui::ShellLink::Observer {
public:
    /// `config`: a path, may not exist; `admin_socket`: of qubesd.
    Panel(wl_display* display, std::string config, std::string admin_socket);
    ~Panel();
    Panel(Panel const&) = delete;
    Panel& operator=(Panel const&) = delete;

    /// Where what is told comes in.
    [[nodiscard]] Result<> listen(std::string const& path) { return notifications_.listen(path); }
    [[nodiscard]] bool connected() const { return shell_.present(); }

    void handle_toplevels() override;
    void handle_desktop() override;

private:
    void load();
    void show_bars();

    std::string config_path_;
    Config config_;
    ui::LoopSource loop_;
    ui::QubeModel model_;
    std::vector<std::unique_ptr<Bar>> bars_; ///< the link tells them; they end before it
    ui::ShellLink shell_;
    Notifications notifications_{loop_.get(), model_, shell_, config_};
    Context context_{shell_, model_, config_, notifications_};
    Glib::RefPtr<Gio::FileMonitor> watch_;
};

} // namespace vitrail::panel
