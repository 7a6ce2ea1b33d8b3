#pragma once

#include "compositor/desktop.hpp"
#include "compositor/lost_view.hpp"
#include "compositor/origin.hpp"
#include "compositor/resource.hpp"
#include "lib/base/text.hpp"
#include "vitrail-window-v1-protocol.h"

#include <memory>
#include <vector>

namespace vitrail::compositor {

class QubeManager;

/// Asks who a client is; sessiond's answers.
struct OriginSource {
    struct Identity {
        Origin const* origin = nullptr; ///< null: no label, nothing is mapped
        std::uint32_t epoch = 0;
    };
    virtual Identity identity(wl_client* client) = 0;
    virtual void add_manager(QubeManager& manager) = 0;
    virtual void remove_manager(QubeManager& manager) = 0;
    virtual void handle_window_gone(std::uint32_t origin, std::uint32_t window,
                                    std::uint32_t epoch) = 0;

protected:
    ~OriginSource() = default;
};

class QubeWindow;

/// vitrail_window_manager_v1 of one client: the windows of one qube.
class QubeManager final : public Resource<QubeManager> {
public:
    /// With no label yet.
    static constexpr std::size_t max_unlabelled_windows = 32;
    QubeManager(wl_resource* resource, Desktop& desktop, OriginSource& origins);
    ~QubeManager();

    void create_window(std::uint32_t id, wl_resource* surface, std::uint32_t window,
                       std::uint32_t override_redirect);
    void create_buffer(std::uint32_t id, std::int32_t fd, wl_array* runs, std::uint32_t width,
                       std::uint32_t height, std::uint32_t stride, std::uint32_t format);
    void set_extended() { extended_ = true; }
    void send_layout();
    /// Its label or rights changed, or it has one now.
    void identity_changed();

    [[nodiscard]] bool of(wl_client const* client) const
    {
        return wl_resource_get_client(resource_) == client;
    }
    [[nodiscard]] bool extended() const { return extended_; }
    [[nodiscard]] OriginSource::Identity identity() const;
    [[nodiscard]] std::vector<QubeWindow*> const& windows() const { return windows_; }
    void forget(QubeWindow* window) { std::erase(windows_, window); }
    [[nodiscard]] OriginSource& origins() { return origins_; }

    static constexpr wl_interface const* interface = &vitrail_window_manager_v1_interface;
    static constexpr struct vitrail_window_manager_v1_interface vtable{
        .destroy = destroy_request,
        .create_window = request<&QubeManager::create_window>,
        .create_buffer = request<&QubeManager::create_buffer>,
        .set_extended = request<&QubeManager::set_extended>,
    };

private:
    Desktop& desktop_;
    OriginSource& origins_;
    std::vector<QubeWindow*> windows_;
    void handle_client_going();
    bool extended_ = false;
    struct Going {
        wl_listener base{};
        QubeManager* self = nullptr;
    } going_;
};

/// A window of a qube: a view with its label's frame, or a menu with a thin frame.
class QubeWindow final : public FramedView, public Resource<QubeWindow> {
public:
    QubeWindow(wl_resource* resource, Desktop& desktop, QubeManager& manager, wlr_surface* surface,
               std::uint32_t window, bool override_redirect);
    ~QubeWindow() override;

    void set_geometry(std::int32_t x, std::int32_t y, std::uint32_t width, std::uint32_t height);
    void set_override_redirect(std::uint32_t on);
    void set_transient_for(wl_resource* parent);
    void set_popup(wl_resource* parent, std::int32_t anchor_x, std::int32_t anchor_y,
                   std::uint32_t anchor_width, std::uint32_t anchor_height, std::uint32_t anchor,
                   std::uint32_t gravity, std::uint32_t constraint, std::int32_t offset_x,
                   std::int32_t offset_y, std::uint32_t width, std::uint32_t height,
                   std::uint32_t token, std::uint32_t grab);
    void map_request();
    void unmap_request();
    void set_hints(std::uint32_t flags, std::uint32_t min_width, std::uint32_t min_height,
                   std::uint32_t max_width, std::uint32_t max_height, std::uint32_t, std::uint32_t,
                   std::uint32_t, std::uint32_t);
    void set_flags(std::uint32_t set, std::uint32_t unset);
    void set_title(char const* untrusted);
    void set_class(char const* untrusted_class, char const* untrusted_name);
    void dock();
    void interactive(std::uint32_t kind, std::uint32_t edges);
    void ack_configure(std::uint32_t serial);
    void set_content_size(std::uint32_t width, std::uint32_t height);
    void set_pointer_lock(std::uint32_t mode);

    [[nodiscard]] Badge badge() const override;
    [[nodiscard]] std::string title() const override { return display_text(title_); }
    [[nodiscard]] std::string app_id() const override { return display_text(class_); }
    [[nodiscard]] wlr_surface* surface() const override { return surface_; }
    [[nodiscard]] Size wanted_size() const override;
    [[nodiscard]] bool fixed_size() const override;
    [[nodiscard]] std::uint32_t origin() const override;
    [[nodiscard]] std::uint32_t window_number() const override { return number_; }
    [[nodiscard]] std::optional<Point> wanted_place() const override;
    void configure(Size content) override;
    void activate(bool focused) override;
    void close() override { vitrail_window_v1_send_close(resource_); }
    void repeat_key(std::uint32_t time, std::uint32_t key) override
    {
        vitrail_window_v1_send_key_repeat(resource_, time, key);
    }

    void relative_motion(std::uint32_t time, double dx, double dy) override;
    void handle_placed() override;
    void handle_layout() override;
    void dismiss() override;
    void identity_changed();

    [[nodiscard]] std::uint32_t number() const { return number_; }
    [[nodiscard]] QubeManager* manager() const { return manager_; }
    [[nodiscard]] bool menu() const { return override_redirect_ || popup_ || docked_; }
    [[nodiscard]] bool shown() const { return shown_; }
    [[nodiscard]] WindowKey key() const;
    [[nodiscard]] wl_resource* resource() const { return resource_; }
    void manager_gone();

    static constexpr wl_interface const* interface = &vitrail_window_v1_interface;
    static constexpr struct vitrail_window_v1_interface vtable{
        .destroy = destroy_request,
        .set_geometry = request<&QubeWindow::set_geometry>,
        .set_override_redirect = request<&QubeWindow::set_override_redirect>,
        .set_transient_for = request<&QubeWindow::set_transient_for>,
        .set_popup = request<&QubeWindow::set_popup>,
        .map = request<&QubeWindow::map_request>,
        .unmap = request<&QubeWindow::unmap_request>,
        .set_hints = request<&QubeWindow::set_hints>,
        .set_flags = request<&QubeWindow::set_flags>,
        .set_title = request<&QubeWindow::set_title>,
        .set_class = request<&QubeWindow::set_class>,
        .dock = request<&QubeWindow::dock>,
        .interactive = request<&QubeWindow::interactive>,
        .ack_configure = request<&QubeWindow::ack_configure>,
        .set_content_size = request<&QubeWindow::set_content_size>,
        .set_pointer_lock = request<&QubeWindow::set_pointer_lock>,
    };

private:
    void handle_commit();
    void handle_outputs(wlr_scene_outputs_update_event& event);
    void tell_visibility();
    void handle_sample(wlr_scene_output_sample_event& event);
    void handle_output_leave();
    void handle_present(wlr_output_event_present& event);
    [[nodiscard]] bool may_cover(Rect const& place) const;
    void handle_surface_destroy();
    void try_show();
    void hide();
    void place_menu();
    void show_menu_at(Rect const& place);
    void allow_menu(bool allowed);
    [[nodiscard]] bool parent_seen() const;
    [[nodiscard]] Rect menu_room(wlr_output* output) const;
    void clip_content();
    void send_configure(Rect const& place, std::uint32_t token);
    [[nodiscard]] std::uint32_t states() const;

    QubeManager* manager_;
    wlr_surface* surface_;
    std::uint32_t number_;
    bool override_redirect_;
    bool popup_ = false;
    bool grabs_ = false;  ///< a popup that a press elsewhere ends
    bool docked_ = false; ///< a tray icon: its place is ours to give
    bool wants_map_ = false;
    bool shown_ = false;
    Rect geometry_;
    bool has_geometry_ = false;
    Point popup_place_;
    QubeWindow* parent_ = nullptr;
    UntrustedText title_{std::string()};
    UntrustedText class_{std::string()};
    Size least_;
    Size most_;
    std::uint32_t last_serial_ = 0; ///< of configure
    bool configured_ = false;
    wlr_scene_rect* ground_; ///< under the picture: content is opaque and takes the pointer
    wlr_scene_tree* surface_tree_;
    std::array<wlr_scene_rect*, 4> rims_{};
    std::optional<Listener<&QubeWindow::handle_commit>> commit_; ///< end with the surface
    std::optional<Listener<&QubeWindow::handle_surface_destroy>> destroy_;
    bool on_output_ = false; ///< by the scene: a pixel of it is shown, unless it is disabled
    bool told_visible_ = false;
    bool committed_ = false; ///< since the last time it was presented
    /// Of the scene's buffer for our surface; they end with the surface too.
    std::optional<Listener<&QubeWindow::handle_outputs>> outputs_;
    std::optional<Listener<&QubeWindow::handle_sample>> sample_;
    std::optional<Listener<&QubeWindow::handle_output_leave>> leave_;
    std::optional<Listener<&QubeWindow::handle_present>> present_; ///< while a frame is on its way
};

} // namespace vitrail::compositor
