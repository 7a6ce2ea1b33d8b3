#pragma once

#include "compositor/qube_windows.hpp"
#include "compositor/shell_control.hpp"
#include "vitrail-session-v1-protocol.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::compositor {

/// vitrail_session_v1 on the one connection of tier control: who is who, what sessiond asks and
/// hears.
class SessionControl final : public DesktopHost, public OriginSource {
public:
    SessionControl();
    ~SessionControl();
    /// Makes the client of the inherited descriptor, and the globals.
    [[nodiscard]] Result<> attach(Desktop& desktop, Fd control);
    void announce_ready(std::string const& display);

    void handle_spawn(std::string const& command) override;
    void handle_chord(std::string_view name, FramedView* focused) override;
    void handle_session_locked(bool locked) override;
    void handle_view_changed(FramedView& view) override;
    void handle_view_told(FramedView& view) override;
    void handle_view_gone(FramedView& view) override;
    void handle_desktop_told() override;
    void handle_workspace(int number) override;
    void handle_layout() override;
    [[nodiscard]] Badge const* badge_of(std::uint32_t origin) const override;
    Identity identity(wl_client* client) override;
    void add_manager(QubeManager& manager) override { managers_.push_back(&manager); }
    void remove_manager(QubeManager& manager) override { std::erase(managers_, &manager); }
    void handle_window_gone(std::uint32_t origin, std::uint32_t window,
                            std::uint32_t epoch) override;

private:
    class Session;
    struct Client;
    void set_origin(Origin origin);
    void remove_origin(std::uint32_t number);
    [[nodiscard]] std::string inspect(std::string_view what) const;

    Desktop* desktop_ = nullptr;
    wl_client* control_ = nullptr;
    Session* session_ = nullptr; ///< null until bound, and after sessiond's end
    std::unique_ptr<ShellControl> shell_;
    std::string display_name_;
    std::map<std::uint32_t, std::unique_ptr<Origin>> origins_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<QubeManager*> managers_;
    wl_global* session_global_ = nullptr;
    wl_global* window_global_ = nullptr;
    wl_listener control_gone_{};
};

} // namespace vitrail::compositor
