#pragma once

#include "compositor/desktop.hpp"
#include "vitrail-shell-v1-protocol.h"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::compositor {

/// vitrail_shell_v1: what panel, launcher and prompts are told of the desktop, and what they may
/// do.
///
/// What changed in a turn of the loop is told at its end, once.
class ShellControl {
public:
    /// `host`: who acts on what the compositor does not do itself.
    ShellControl(Desktop& desktop, DesktopHost& host);
    ~ShellControl();
    ShellControl(ShellControl const&) = delete;
    ShellControl& operator=(ShellControl const&) = delete;

    void view_told(FramedView& view);
    void view_gone(FramedView& view);
    void desktop_told();
    void send_chord(std::string_view name);

private:
    class Shell;
    class Toplevel;
    class PromptRole;
    /// Whose keyboard it is.
    struct Focus {
        std::uint32_t keyboard = VITRAIL_SHELL_V1_KEYBOARD_NONE;
        Badge badge;
        friend bool operator==(Focus const&, Focus const&) = default;
    };
    struct Facts {
        std::uint32_t workspaces = 0, workspace = 0;
        Focus focus;
        std::string layout;
        std::uint32_t layouts = 0;
        struct Clipboard {
            std::string qube, type;
            std::uint32_t bytes = 0, width = 0, height = 0;
            friend bool operator==(Clipboard const&, Clipboard const&) = default;
        };
        Clipboard clipboard; ///< of no qube: nothing is held
        bool dark = false, locked = false;
        friend bool operator==(Facts const&, Facts const&) = default;
    };
    [[nodiscard]] Facts facts() const;
    void act(std::uint32_t action);
    void schedule();
    void publish();
    void handle_display_gone();

    Desktop& desktop_;
    DesktopHost& host_;
    wl_global* global_;
    std::vector<Shell*> shells_;
    std::uint64_t shells_made_ = 0;
    std::vector<Toplevel*> toplevels_;
    std::set<FramedView*> changed_;
    wl_event_source* publishing_ = nullptr; ///< at the end of this turn of the loop
    struct DisplayGone {
        wl_listener base{};
        ShellControl* self = nullptr;
    } display_gone_;
};

} // namespace vitrail::compositor
