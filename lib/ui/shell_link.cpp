#include "lib/ui/shell_link.hpp"

#include "vitrail-shell-v1-client-protocol.h"
#include <wayland-client.h>

#include <algorithm>

namespace vitrail::ui {

namespace {

Badge badge_of(char const* name, char const* label, std::uint32_t rgb, char const* code)
{
    bool const qube = label[0] != '\0';
    return {qube ? Badge::Kind::qube : Badge::Kind::session, name, label, rgb, code};
}

} // namespace

/// One window's object.
class ShellLink::Handle final : public Window {
public:
    Handle(ShellLink& link, vitrail_toplevel_v1* toplevel, std::uint64_t id)
        : link_(link), toplevel_(toplevel), id_(id)
    {
        vitrail_toplevel_v1_add_listener(toplevel_, &table, this);
    }
    ~Handle() override { vitrail_toplevel_v1_destroy(toplevel_); }
    Handle(Handle const&) = delete;
    Handle& operator=(Handle const&) = delete;

    /// Told for the first time: only then it is somebody's.
    [[nodiscard]] bool told() const { return told_; }
    [[nodiscard]] Toplevel const& facts() const override { return facts_; }
    [[nodiscard]] std::uint64_t id() const override { return id_; }
    void activate() override
    {
        vitrail_toplevel_v1_activate(toplevel_);
        link_.flush();
    }
    void close() override
    {
        vitrail_toplevel_v1_close(toplevel_);
        link_.flush();
    }
    void set_minimized(bool minimized) override
    {
        vitrail_toplevel_v1_set_minimized(toplevel_, minimized ? 1 : 0);
        link_.flush();
    }
    void set_maximized(bool maximized) override
    {
        vitrail_toplevel_v1_set_maximized(toplevel_, maximized ? 1 : 0);
        link_.flush();
    }
    void move_to_workspace(std::uint32_t workspace) override
    {
        vitrail_toplevel_v1_move_to_workspace(toplevel_, workspace);
        link_.flush();
    }

private:
    static Handle& of(void* data) { return *static_cast<Handle*>(data); }
    static vitrail_toplevel_v1_listener const table;

    ShellLink& link_;
    vitrail_toplevel_v1* toplevel_;
    std::uint64_t id_;
    Toplevel facts_, coming_;
    bool told_ = false;
};

vitrail_toplevel_v1_listener const ShellLink::Handle::table{
    .owner = [](void* data, vitrail_toplevel_v1*, char const* name, char const* label,
                std::uint32_t rgb,
                char const* code) { of(data).coming_.owner = badge_of(name, label, rgb, code); },
    .title = [](void* data, vitrail_toplevel_v1*,
                char const* title) { of(data).coming_.title = title; },
    .app_id = [](void* data, vitrail_toplevel_v1*,
                 char const* app_id) { of(data).coming_.app_id = app_id; },
    .state =
        [](void* data, vitrail_toplevel_v1*, std::uint32_t states, std::uint32_t workspace) {
            of(data).coming_.states = states;
            of(data).coming_.workspace = workspace;
        },
    .closed =
        [](void* data, vitrail_toplevel_v1*) {
            Handle& self = of(data);
            self.link_.forget(&self); // and it is gone
        },
    .done =
        [](void* data, vitrail_toplevel_v1*) {
            Handle& self = of(data);
            self.facts_ = self.coming_;
            self.told_ = true;
            self.link_.observer_.handle_toplevels();
        },
};

struct ShellLink::Tables {
    static ShellLink& of(void* data) { return *static_cast<ShellLink*>(data); }
    static wl_registry_listener const registry;
    static vitrail_shell_v1_listener const shell;
};

wl_registry_listener const ShellLink::Tables::registry{
    .global =
        [](void* data, wl_registry* registry, std::uint32_t name, char const* interface,
           std::uint32_t) {
            ShellLink& self = of(data);
            if (self.shell_ || std::string_view(interface) != vitrail_shell_v1_interface.name)
                return;
            self.shell_ = static_cast<vitrail_shell_v1*>(
                wl_registry_bind(registry, name, &vitrail_shell_v1_interface, 1));
            vitrail_shell_v1_add_listener(self.shell_, &shell, &self);
        },
    .global_remove = [](void*, wl_registry*, std::uint32_t) {},
};

vitrail_shell_v1_listener const ShellLink::Tables::shell{
    .toplevel =
        [](void* data, vitrail_shell_v1*, vitrail_toplevel_v1* toplevel) {
            ShellLink& self = of(data);
            self.windows_.push_back(std::make_unique<Handle>(self, toplevel, ++self.last_id_));
        },
    .workspaces =
        [](void* data, vitrail_shell_v1*, std::uint32_t count, std::uint32_t current) {
            of(data).coming_.workspaces = count;
            of(data).coming_.workspace = current;
        },
    .focus =
        [](void* data, vitrail_shell_v1*, std::uint32_t keyboard, char const* name,
           char const* label, std::uint32_t rgb, char const* code) {
            DesktopFacts& coming = of(data).coming_;
            coming.keyboard =
                keyboard == VITRAIL_SHELL_V1_KEYBOARD_QUBE      ? DesktopFacts::Keyboard::qube
                : keyboard == VITRAIL_SHELL_V1_KEYBOARD_SESSION ? DesktopFacts::Keyboard::session
                                                                : DesktopFacts::Keyboard::none;
            coming.focus = badge_of(name, label, rgb, code);
        },
    .layout =
        [](void* data, vitrail_shell_v1*, char const* name, std::uint32_t count) {
            of(data).coming_.layout = name;
            of(data).coming_.layouts = count;
        },
    .clipboard =
        [](void* data, vitrail_shell_v1*, char const* qube, char const* type, std::uint32_t bytes,
           std::uint32_t width, std::uint32_t height) {
            of(data).coming_.clipboard = {qube, type, bytes, width, height};
        },
    .scheme = [](void* data, vitrail_shell_v1*,
                 std::uint32_t dark) { of(data).coming_.dark = dark != 0; },
    .locked = [](void* data, vitrail_shell_v1*,
                 std::uint32_t locked) { of(data).coming_.locked = locked != 0; },
    .chord = [](void* data, vitrail_shell_v1*,
                char const* name) { of(data).observer_.handle_chord(name); },
    .done =
        [](void* data, vitrail_shell_v1*) {
            ShellLink& self = of(data);
            self.desktop_ = self.coming_;
            self.observer_.handle_desktop();
        },
};

ShellLink::ShellLink(wl_display* display, Observer& observer)
    : observer_(observer), display_(display), registry_(wl_display_get_registry(display))
{
    wl_registry_add_listener(registry_, &Tables::registry, this);
}

void ShellLink::wait_for_facts()
{
    wl_display_roundtrip(display_);
    wl_display_roundtrip(display_); // what it tells on the bind
}

ShellLink::~ShellLink()
{
    windows_.clear();
    if (shell_)
        vitrail_shell_v1_destroy(shell_);
    wl_registry_destroy(registry_);
}

std::vector<ShellLink::Window*> ShellLink::windows() const
{
    std::vector<Window*> all;
    for (auto const& window : windows_)
        if (window->told())
            all.push_back(window.get());
    return all;
}

ShellLink::Window* ShellLink::find(std::uint64_t id) const
{
    for (auto const& window : windows_)
        if (window->id() == id)
            return window.get();
    return nullptr;
}

void ShellLink::forget(Handle* handle)
{
    std::erase_if(windows_, [handle](auto const& one) { return one.get() == handle; });
    observer_.handle_toplevels();
}

void ShellLink::flush()
{
    wl_display_flush(display_);
}

void ShellLink::act(Action action)
{
    if (!shell_)
        return;
    vitrail_shell_v1_act(shell_, static_cast<std::uint32_t>(action));
    flush();
}

void ShellLink::set_workspace(std::uint32_t workspace)
{
    if (!shell_ || workspace < 1 || workspace > desktop_.workspaces)
        return;
    vitrail_shell_v1_set_workspace(shell_, workspace);
    flush();
}

void ShellLink::claim_focus(std::string const& qube)
{
    if (!shell_)
        return;
    vitrail_shell_v1_claim_focus(shell_, qube.c_str());
    flush();
}

vitrail_prompt_v1* ShellLink::get_prompt(wl_surface* surface)
{
    return shell_ ? vitrail_shell_v1_get_prompt(shell_, surface) : nullptr;
}

} // namespace vitrail::ui
