#pragma once

#include "compositor/backdrop.hpp"
#include "compositor/clipboard.hpp"
#include "compositor/config.hpp"
#include "compositor/config_watch.hpp"
#include "compositor/cursor_image.hpp"
#include "compositor/framed_view.hpp"
#include "compositor/global_policy.hpp"
#include "compositor/layer_surface.hpp"
#include "compositor/listener.hpp"
#include "compositor/notices.hpp"
#include "compositor/output_management.hpp"
#include "compositor/pointer_constraints.hpp"
#include "compositor/prompts.hpp"
#include "compositor/session_globals.hpp"
#include "compositor/session_lock.hpp"
#include "compositor/surface_watch.hpp"
#include "compositor/switcher.hpp"
#include "compositor/xdg_popup.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::compositor {

class LostWindows;

/// What a qube may do to the pointer while its window has it.
enum class PointerHold { none, locked, confined };

/// How a desktop starts.
struct DesktopSetup {
    std::string config_path; ///< empty: defaults, nothing watched
    bool locked = false;
    bool test_tier =
        false; ///< every client sees every global: the conformance module's, never shipped
};

/// Who turns chords that are not the compositor's into deeds.
struct DesktopHost {
    virtual void handle_spawn(std::string const& command) = 0;
    virtual void handle_chord(std::string_view name, FramedView* focused) = 0;
    virtual void handle_session_locked(bool) {}
    virtual void handle_view_changed(FramedView&) {}
    /// A window that is in the stack: what a task list shows of it may be another.
    virtual void handle_view_told(FramedView&) {}
    /// It is in the stack no longer.
    virtual void handle_view_gone(FramedView&) {}
    /// Workspaces, whose keyboard it is, its layout, the clipboard, the colours: one is another.
    virtual void handle_desktop_told() {}
    virtual void handle_workspace(int) {}
    /// Outputs, work areas, scales or the colour scheme changed.
    virtual void handle_layout() {}
    /// Of an origin; null when there is none of that number.
    [[nodiscard]] virtual Badge const* badge_of(std::uint32_t) const { return nullptr; }

protected:
    ~DesktopHost() = default;
};

/// Everything on one display: outputs, windows, focus, input. Holds no state of the process.
class Desktop final : public LayerShell::Owner,
                      public SessionLock::Owner,
                      public OutputManagement::Owner,
                      public Clipboard::Owner,
                      public SurfaceWatch::Owner,
                      public PointerConstraints::Owner,
                      public Prompts::Owner,
                      public XdgPopup::Owner,
                      public ConfigWatch::Owner {
public:
    [[nodiscard]] static Result<std::unique_ptr<Desktop>> create(DesktopSetup setup,
                                                                 DesktopHost& host);
    ~Desktop();

    [[nodiscard]] wl_display* display() const { return display_; }
    [[nodiscard]] wlr_backend* backend() const { return backend_; }
    [[nodiscard]] wl_event_loop* loop() const { return wl_display_get_event_loop(display_); }
    [[nodiscard]] Result<std::string> listen(); ///< the public socket's name
    [[nodiscard]] bool start();
    void set_tier(wl_client* client, Tier tier);
    [[nodiscard]] Tier tier_of(wl_client const* client) const;

    // For views.
    [[nodiscard]] wlr_scene_tree* views_layer() const { return layers_.views; }
    /// Where a menu of this origin belongs on this output: above all windows, below panels; over a
    /// full-screen window only where that is its own.
    [[nodiscard]] wlr_scene_tree* menu_layer(std::uint32_t origin, wlr_output* output) const;
    [[nodiscard]] wlr_foreign_toplevel_manager_v1* foreign_toplevels() const { return foreign_; }
    [[nodiscard]] wlr_seat* seat() const { return seat_; }
    [[nodiscard]] Scheme scheme() const;
    [[nodiscard]] Badge const& machine() const override { return machine_; }
    [[nodiscard]] std::string shown_text(char const* untrusted) const;
    [[nodiscard]] int workspace() const { return workspace_; }
    [[nodiscard]] wlr_output* output_near(Point point) const;
    [[nodiscard]] Rect output_rect(wlr_output* output) const;
    [[nodiscard]] Rect layout_bounds() const;
    [[nodiscard]] Rect first_work_area() const;
    /// Where a new window goes: the output with the pointer; null without any.
    [[nodiscard]] wlr_output* output_for_new() const { return current_output(); }
    [[nodiscard]] Rect work_area_of(wlr_output* output) const;
    [[nodiscard]] std::vector<Rect> work_areas() const;
    [[nodiscard]] std::uint32_t scale_120() const;
    [[nodiscard]] wlr_output_layout* layout() const { return layout_; }
    /// With their names, bottom first.
    [[nodiscard]] std::vector<std::pair<char const*, wlr_scene_tree*>> layers() const;
    /// Menus that place themselves: shown, not arranged.
    template <typename Each> void for_each_menu(Each each) const
    {
        for (FramedView const* const menu : menus_)
            each(*menu);
    }
    void menu_shown(FramedView& menu);
    void menu_hidden(FramedView& menu);
    /// What the pointer's client wants the pointer to look like is not valid any more.
    [[nodiscard]] CursorImage& cursor_image() { return *cursor_image_; }
    /// The view whose content this surface is, a menu or a window; null for others.
    [[nodiscard]] FramedView* owner_of(wlr_surface* surface) const;
    /// A qube asks for the pointer (vitrail_window_v1.set_pointer_lock); refused without focus.
    void set_pointer_hold(FramedView& view, PointerHold hold);
    // Tray icons of qubes, in a row at the lower right, the oldest outermost.
    void add_tray_icon(FramedView& icon) { tray_.push_back(&icon); }
    void remove_tray_icon(FramedView& icon) { std::erase(tray_, &icon); }
    /// Where an icon of this size goes; larger than 48 units it is cut.
    [[nodiscard]] Rect tray_place(FramedView const& icon, Size wanted) const;
    /// The content moved so that its frame can be reached.
    [[nodiscard]] Rect reachable(Rect const& content) const;
    /// The content where it is as long as the user can take hold of its frame there, else
    /// reachable.
    [[nodiscard]] Rect on_screen(Rect const& content) const;
    /// A trusted tool started something there: its first new window may take the focus.
    void set_focus_claim(std::uint32_t origin);
    /// The same for a qube that may not run yet, by its name.
    void set_focus_claim(std::string name);
    /// What a task list shows of the view may have changed.
    void view_told(FramedView& view) { host_.handle_view_told(view); }
    /// The view was, or is now, in this place of the layout.
    void view_placed(Rect const& outer) { prompts_->disturb(outer); }
    void view_mapped(FramedView& view);
    void view_unmapped(FramedView& view);
    /// `fresh` has the place of `gone` in the stack from now on; `gone` is forgotten.
    void view_replaced(FramedView& gone, FramedView& fresh);
    /// Into the stack under `below`; null: on top.
    void view_inserted(FramedView& view, FramedView* below);
    /// After one of the two: focus where it had it, and sessiond is told.
    void view_restored(FramedView& view, bool focused);

    // Window management; all places in layout units.
    void activate(FramedView& view); ///< by the user: its workspace, restored, raised, focused
    void set_maximized(FramedView& view, bool maximized);
    void set_fullscreen(FramedView& view, bool fullscreen);
    void set_minimized(FramedView& view, bool minimized);
    void begin_move(FramedView& view);
    void begin_resize(FramedView& view, std::uint32_t edges); ///< wlr_edges
    void move_view(FramedView& view, Point content);
    void move_to_workspace(FramedView& view, int number);
    void set_workspace(int number);
    void perform(Binding const& binding);
    void reload();
    [[nodiscard]] FramedView* focused() const { return focused_; }
    [[nodiscard]] std::vector<FramedView*> const& stack() const { return stack_; }
    [[nodiscard]] FramedView* view_of(wlr_surface* surface) const;
    [[nodiscard]] Notices& notices() { return *notices_; }
    [[nodiscard]] SessionLock& lock() { return *lock_; }
    [[nodiscard]] Clipboard& clipboard() const { return *clipboard_; }
    [[nodiscard]] LostWindows& lost_windows() { return *lost_; }
    [[nodiscard]] Prompts& prompts() { return *prompts_; }
    [[nodiscard]] Prompts const& prompts() const { return *prompts_; }
    /// Makes the surface a prompt; null for one that has no layer surface, or is one already.
    [[nodiscard]] std::unique_ptr<Prompts::Prompt> add_prompt(wlr_surface* surface,
                                                              Prompts::Prompt::Events events);
    [[nodiscard]] int workspaces() const { return config_.workspaces; }
    /// Whether anybody gets the keys that are typed.
    [[nodiscard]] bool has_keyboard_focus() const
    {
        return seat_->keyboard_state.focused_surface != nullptr;
    }
    /// The keyboard's layout in use, as xkb names it, and how many there are.
    struct KeyboardLayout {
        std::string name;
        std::uint32_t count = 0;
    };
    [[nodiscard]] KeyboardLayout keyboard_layout() const;
    [[nodiscard]] wlr_cursor* cursor() const { return cursor_; }
    [[nodiscard]] wlr_xdg_shell* xdg_shell() const { return xdg_shell_; }
    [[nodiscard]] wlr_layer_shell_v1* layer_shell() const;

    // Input, also from the conformance module.
    void add_input(wlr_input_device& device);
    void pointer_moved(std::uint32_t time);
    /// What lies under the pointer may be another: looked at once, at the end of the loop's turn.
    void scene_changed();
    /// The same at once, where that is still to come.
    void settle_scene();
    void pointer_button(std::uint32_t time, std::uint32_t button, bool pressed);
    void touch_down(std::uint32_t time, std::int32_t id, double x, double y);
    void touch_motion(std::uint32_t time, std::int32_t id, double x, double y);
    void touch_up(std::uint32_t time, std::int32_t id);

private:
    class Screen;
    class KeyboardDevice;
    struct Layers {
        wlr_scene_tree* backdrop;
        wlr_scene_tree* background;
        wlr_scene_tree* bottom;
        wlr_scene_tree* views;
        wlr_scene_tree* menus;
        wlr_scene_tree* top;
        wlr_scene_tree* fullscreen;
        wlr_scene_tree* overlay;
        wlr_scene_tree* notices;
        wlr_scene_tree* prompts;
        wlr_scene_tree* drag;
        wlr_scene_tree* lock;
    };
    enum class Grab { none, move, resize, button };

    Desktop(DesktopSetup setup, DesktopHost& host);
    [[nodiscard]] Result<> set_up();
    void make_layers();
    void focus_view(FramedView* view);
    void focus_topmost();
    void focus_after(FramedView const& gone);
    void update_focus();
    void focus_surface(wlr_surface* surface);
    [[nodiscard]] wlr_output* current_output() const;
    [[nodiscard]] Rect work_area(FramedView const& view) const;
    void snap(FramedView& view, SnapStep step);
    void keep_all_reachable();
    void settle_outputs();
    void refresh_all();
    void show_switcher();
    void finish_switcher(bool take);
    void set_pointer_shape(char const* name);
    void settle_fullscreen();
    void end_pointer_hold();
    [[nodiscard]] bool holds_pointer(wlr_pointer_motion_event& event);
    void drag(Point pointer);
    void end_grab();
    [[nodiscard]] FramedView* frame_at(Point point, FramePart& part) const;
    struct Hit {
        wlr_surface* surface = nullptr;
        double x = 0, y = 0;
        FramedView* view = nullptr;
    };
    [[nodiscard]] Hit hit(double x, double y) const;
    void update_pointer(std::uint32_t time);
    void follow_scene();
    void point_into(std::uint32_t time, Hit const& found);
    void point_at_frame(FramedView const* over, FramePart part);
    void hover(FramedView* over, FramePart part);
    [[nodiscard]] bool button_held_against(Hit const& found) const;
    void tell_button_holder(std::uint32_t time, Hit const& found);
    [[nodiscard]] bool button_told(std::uint32_t button) const;
    void release_buttons();
    void pointer_pressed(std::uint32_t time, std::uint32_t button);
    void pointer_released(std::uint32_t time, std::uint32_t button);
    void dismiss_menus(Hit const& found);
    void use_pressed(Hit const& found);
    void press_frame(std::uint32_t time, FramedView& view, FramePart part);
    void take_pointer(FramedView& view);
    void finish_grab(std::uint32_t time);
    [[nodiscard]] wlr_xdg_popup_grab* menu_grab() const;
    [[nodiscard]] wlr_surface* with_menu(wlr_surface* surface) const;
    [[nodiscard]] bool key_pressed(KeyboardDevice& keyboard, std::uint32_t keycode);
    void key_released(std::uint32_t keycode);
    void modifiers_changed(std::uint32_t modifiers);
    [[nodiscard]] wlr_keyboard* layout_keyboard() const;
    void next_layout();
    void apply_keymap(wlr_keyboard* keyboard);
    void notify_activity();
    void handle_repeat();
    void start_repeat(std::uint32_t time, std::uint32_t code);
    void stop_repeat();

    void handle_work_area(wlr_output* output) override;
    void handle_layer_focus() override;
    void handle_layer_shown(wlr_surface* surface) override;
    void handle_layer_place(wlr_layer_surface_v1 const& surface, Rect const& place) override;
    void handle_prompts_changed() override { update_focus(); }
    [[nodiscard]] std::vector<std::uint32_t> keys_down() const override;
    void handle_menus_changed() override { update_focus(); }
    wlr_output* default_output() override { return current_output(); }
    void handle_layer_popup(wlr_xdg_popup& popup, wlr_scene_tree* parent,
                            wlr_output* output) override;
    void handle_locked(bool locked) override;
    void handle_lock_focus(wlr_surface* surface) override;
    void handle_outputs_changed() override;
    void handle_config_changed() override { reload(); }
    [[nodiscard]] Badge const* badge_of(std::uint32_t origin) const override
    {
        return host_.badge_of(origin);
    }
    void handle_clipboard_changed() override { host_.handle_desktop_told(); }
    void handle_surfaces_changed() override { scene_changed(); }
    [[nodiscard]] bool may_constrain(wlr_surface& surface) const override;
    void handle_pointer_left(double dx, double dy) override;

    void handle_new_output(wlr_output& output);
    void handle_new_input(wlr_input_device& device);
    void handle_virtual_keyboard(wlr_virtual_keyboard_v1& keyboard);
    void handle_virtual_pointer(wlr_virtual_pointer_v1_new_pointer_event& event);
    void handle_toplevel(wlr_xdg_toplevel& toplevel);
    void handle_decoration(wlr_xdg_toplevel_decoration_v1& decoration);
    void handle_activation(wlr_xdg_activation_v1_request_activate_event& event);
    void handle_cursor_motion(wlr_pointer_motion_event& event);
    void handle_cursor_absolute(wlr_pointer_motion_absolute_event& event);
    void handle_cursor_button(wlr_pointer_button_event& event);
    void handle_cursor_axis(wlr_pointer_axis_event& event);
    void handle_cursor_frame();
    void handle_touch_down(wlr_touch_down_event& event);
    void handle_touch_motion(wlr_touch_motion_event& event);
    void handle_touch_up(wlr_touch_up_event& event);
    void handle_touch_frame();
    void handle_set_cursor(wlr_seat_pointer_request_set_cursor_event& event);
    void handle_pointer_focus(wlr_seat_pointer_focus_change_event& event);
    void handle_cursor_shape(wlr_cursor_shape_manager_v1_request_set_shape_event& event);
    void handle_set_selection(wlr_seat_request_set_selection_event& event);
    void handle_set_primary(wlr_seat_request_set_primary_selection_event& event);
    void handle_request_drag(wlr_seat_request_start_drag_event& event);
    void handle_start_drag(wlr_drag& drag);
    void handle_keyboard_focus(wlr_seat_keyboard_focus_change_event& event);
    void handle_keyboard_grab_end() { update_focus(); }
    void handle_pointer_grab_end() { scene_changed(); }

    DesktopSetup setup_;
    DesktopHost& host_;
    Config config_;
    Badge machine_;
    std::string config_error_;

    wl_display* display_ = nullptr;
    wlr_backend* backend_ = nullptr;
    wlr_renderer* renderer_ = nullptr;
    wlr_allocator* allocator_ = nullptr;
    wlr_scene* scene_ = nullptr;
    wlr_output_layout* layout_ = nullptr;
    wlr_seat* seat_ = nullptr;
    wlr_cursor* cursor_ = nullptr;
    wlr_xcursor_manager* xcursors_ = nullptr;
    wlr_xdg_shell* xdg_shell_ = nullptr;
    wlr_foreign_toplevel_manager_v1* foreign_ = nullptr;
    Layers layers_{};

    struct TierOf;
    std::vector<std::unique_ptr<TierOf>> tiers_;
    std::unique_ptr<SessionGlobals> globals_;
    std::unique_ptr<Backdrop> backdrop_;
    std::unique_ptr<Notices> notices_;
    std::unique_ptr<Clipboard> clipboard_;
    std::unique_ptr<LayerShell> layer_shell_;
    std::unique_ptr<Prompts> prompts_;
    std::unique_ptr<SessionLock> lock_;
    std::unique_ptr<OutputManagement> output_management_;
    std::unique_ptr<ConfigWatch> watch_;
    std::unique_ptr<LostWindows> lost_;
    std::unique_ptr<SurfaceWatch> surfaces_;
    std::unique_ptr<PointerConstraints> constraints_;
    std::vector<std::unique_ptr<Screen>> screens_;
    std::vector<std::unique_ptr<KeyboardDevice>> keyboards_;

    std::vector<FramedView*> stack_; ///< bottom first; mapped views
    std::vector<FramedView*> menus_;
    std::vector<FramedView*> tray_;
    Switcher switcher_;
    FramedView* focused_ = nullptr;
    wlr_surface* lock_surface_ = nullptr;
    wlr_surface* layer_focus_ = nullptr; ///< a panel that has the keys, on demand
    bool layer_clicked_ = false;         ///< by a click: no window takes them by itself
    int workspace_ = 1;

    Grab grab_ = Grab::none;
    FramedView* grabbed_ = nullptr;
    std::uint32_t grab_edges_ = 0;
    /// Of the focus, for an origin or for the qube of a name; void after any input of the user.
    struct Claim {
        std::uint32_t origin = 0;
        std::string name;
    };
    std::optional<Claim> claim_;
    std::chrono::steady_clock::time_point claim_until_;
    std::uint32_t repeat_code_ = 0;
    std::uint32_t repeat_time_ = 0;
    std::unique_ptr<Timer<&Desktop::handle_repeat>> repeat_;
    Point grab_point_;
    Rect grab_rect_;
    FramePart pressed_part_ = FramePart::none;
    FramedView* hovered_ = nullptr;
    std::uint32_t last_title_click_ = 0;
    std::string shape_;
    std::unique_ptr<CursorImage> cursor_image_;
    FramedView* holder_ = nullptr; ///< of the pointer
    PointerHold hold_ = PointerHold::none;
    wl_event_source* following_ = nullptr; ///< the scene changed in this turn of the loop
    // Where the surface that has the pointer begins, layout units; while it has it.
    double pointer_surface_x_ = 0, pointer_surface_y_ = 0;
    struct Touch;
    std::map<std::int32_t, std::unique_ptr<Touch>> touches_;
    std::vector<std::uint32_t> sent_keys_; ///< pressed at the surface that has the keys
    /// A modifier that was pressed alone and is held, evdev code: its release may be a chord.
    std::optional<std::uint32_t> tapped_;

    struct Listeners;
    std::unique_ptr<Listeners> listeners_;
    friend struct Listeners;
};

} // namespace vitrail::compositor
