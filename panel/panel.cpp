#include "panel/panel.hpp"

#include "lib/ui/style.hpp"

#include <gdkmm/display.h>
#include <giomm/file.h>
#include <giomm/listmodel.h>

#include <cstdio>

namespace vitrail::panel {

Panel::Panel(wl_display* display, std::string config, std::string admin_socket)
    : config_path_(std::move(config)),
      model_(loop_.get(), std::move(admin_socket)),
      shell_(display, *this)
{
    load();
    shell_.wait_for_facts();
    ui::apply_style(shell_.desktop().dark ? Scheme::dark : Scheme::light);
    model_.start();
    if (!config_path_.empty()) {
        watch_ = Gio::File::create_for_path(config_path_)->monitor_file();
        watch_->signal_changed().connect(
            [this](auto const&, auto const&, Gio::FileMonitor::Event event) {
                if (event != Gio::FileMonitor::Event::CHANGES_DONE_HINT &&
                    event != Gio::FileMonitor::Event::CREATED)
                    return;
                Config const before = config_;
                load();
                if (config_ != before)
                    show_bars();
                notifications_.handle_desktop();
            });
    }
    Gdk::Display::get_default()->get_monitors()->signal_items_changed().connect(
        [this](guint, guint, guint) { show_bars(); });
    show_bars();
}

Panel::~Panel()
{
    bars_.clear();
}

void Panel::load()
{
    if (auto config = load_config(config_path_))
        config_ = std::move(*config);
    else // the settings from before stay; the log says why
        std::fprintf(stderr, "vitrail-panel: %s\n", config.error().message().c_str());
}

void Panel::show_bars()
{
    bars_.clear();
    if (!config_.enabled)
        return;
    auto const monitors = Gdk::Display::get_default()->get_monitors();
    for (guint i = 0; i < monitors->get_n_items(); ++i) {
        auto const monitor = std::dynamic_pointer_cast<Gdk::Monitor>(monitors->get_object(i));
        if (monitor && (config_.output.empty() || monitor->get_connector() == config_.output))
            bars_.push_back(std::make_unique<Bar>(context_, monitor));
    }
}

void Panel::handle_toplevels()
{
    for (auto const& bar : bars_)
        bar->handle_toplevels();
}

void Panel::handle_desktop()
{
    notifications_.handle_desktop();
    Scheme const scheme = shell_.desktop().dark ? Scheme::dark : Scheme::light;
    if (scheme != ui::current_scheme()) {
        ui::apply_style(scheme);
        show_bars(); // what is painted by us too
        return;
    }
    for (auto const& bar : bars_)
        bar->handle_desktop();
}

} // namespace vitrail::panel
