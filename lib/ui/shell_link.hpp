#pragma once

#include "lib/paint/badge.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct wl_display;
struct wl_registry;
struct wl_surface;
struct vitrail_prompt_v1;
struct vitrail_shell_v1;
struct vitrail_toplevel_v1;

namespace vitrail::ui {

/// A window, as the compositor tells it.
struct Toplevel {
    Badge owner; ///< as its frame says
    std::string title;
    std::string app_id;
    std::uint32_t states = 0; ///< vitrail_toplevel_v1.state
    std::uint32_t workspace = 1;

    [[nodiscard]] bool focused() const { return (states & 1U) != 0; }
    [[nodiscard]] bool minimized() const { return (states & 2U) != 0; }
    [[nodiscard]] bool maximized() const { return (states & 4U) != 0; }
    [[nodiscard]] bool wants_attention() const { return (states & 16U) != 0; }
    [[nodiscard]] bool lost() const { return (states & 32U) != 0; }
};

/// What else the compositor tells.
struct DesktopFacts {
    std::uint32_t workspaces = 1, workspace = 1;
    enum class Keyboard { none, session, qube } keyboard = Keyboard::none;
    Badge focus;        ///< whose keyboard it is
    std::string layout; ///< of the keyboard, "English (US)"; empty: unknown
    std::uint32_t layouts = 0;
    struct Clipboard {
        std::string qube; ///< of which something is held; empty: nothing
        std::string type; ///< text, image, files
        std::uint32_t bytes = 0;
        std::uint32_t width = 0, height = 0; ///< of an image, in pixels
    };
    Clipboard clipboard;
    bool dark = false, locked = false;
};

/// Our end of vitrail_shell_v1, on a connection that somebody else reads (GTK).
class ShellLink {
public:
    /// Called while the connection's events are worked off.
    struct Observer {
        /// A window came, went, or is another.
        virtual void handle_toplevels() {}
        virtual void handle_desktop() {}
        virtual void handle_chord(std::string_view) {}

    protected:
        ~Observer() = default;
    };
    enum class Action : std::uint32_t {
        lock = 0,
        quit,
        clear_clipboard,
        terminal,
        launcher,
        next_layout
    };
    /// A window while it is there. The pointer is good until the next event.
    class Window {
    public:
        virtual ~Window() = default;
        [[nodiscard]] virtual Toplevel const& facts() const = 0;
        /// The same for as long as the window lives, and never another's.
        [[nodiscard]] virtual std::uint64_t id() const = 0;
        virtual void activate() = 0;
        virtual void close() = 0;
        virtual void set_minimized(bool minimized) = 0;
        virtual void set_maximized(bool maximized) = 0;
        virtual void move_to_workspace(std::uint32_t workspace) = 0;
    };

    /// Whoever reads the connection makes it come to life; or wait_for_facts().
    ShellLink(wl_display* display, Observer& observer);
    ~ShellLink();
    ShellLink(ShellLink const&) = delete;
    ShellLink& operator=(ShellLink const&) = delete;

    /// Reads until everything was told once: for a program at its start.
    void wait_for_facts();
    /// Whether the compositor has the protocol for us.
    [[nodiscard]] bool present() const { return shell_ != nullptr; }
    [[nodiscard]] DesktopFacts const& desktop() const { return desktop_; }
    /// In the order in which they came.
    [[nodiscard]] std::vector<Window*> windows() const;
    [[nodiscard]] Window* find(std::uint64_t id) const;

    void act(Action action);
    void set_workspace(std::uint32_t workspace);
    /// The user starts something in this qube: its first window may take the focus.
    void claim_focus(std::string const& qube);
    /// The surface, which has a layer's role and no commit yet, asks the user something.
    [[nodiscard]] vitrail_prompt_v1* get_prompt(wl_surface* surface);

private:
    class Handle;
    struct Tables;
    friend struct Tables;
    void forget(Handle* handle);
    void flush();

    Observer& observer_;
    wl_display* display_;
    wl_registry* registry_ = nullptr;
    vitrail_shell_v1* shell_ = nullptr;
    DesktopFacts desktop_, coming_;
    std::vector<std::unique_ptr<Handle>> windows_;
    std::uint64_t last_id_ = 0;
};

} // namespace vitrail::ui
