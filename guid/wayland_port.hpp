#pragma once

#include "guid/window_port.hpp"
#include "lib/base/handle.hpp"
#include "lib/base/result.hpp"

#include <wayland-client.h>

#include <map>
#include <memory>
#include <vector>

struct vitrail_window_manager_v1;
struct vitrail_window_v1;
struct wp_cursor_shape_manager_v1;
struct wp_cursor_shape_device_v1;

namespace vitrail::guid {

class Session;

/// The session's windows as objects of one Wayland connection.
///
/// Speaks wl_compositor, wl_seat, wp_cursor_shape_v1 and vitrail_window_v1 and binds nothing else.
/// Nothing here blocks: requests are queued until flush(), events come through dispatch().
class WaylandPort final : public WindowPort {
public:
    /// Takes the connection. Globals are bound as the compositor names them; ready() tells when.
    [[nodiscard]] static Result<std::unique_ptr<WaylandPort>> create(int connection);
    ~WaylandPort() override;
    WaylandPort(WaylandPort const&) = delete;
    WaylandPort& operator=(WaylandPort const&) = delete;

    void set_session(Session& session) { session_ = &session; }
    [[nodiscard]] int fd() const { return wl_display_get_fd(display_.get()); }
    /// Reads what is there and calls the session's handlers. Fails when the connection ended.
    [[nodiscard]] Result<> dispatch();
    enum class Flush : std::uint8_t { done, pending, closed };
    /// pending: the compositor does not read fast enough; flush again when fd() is writable.
    [[nodiscard]] Flush flush();

    void set_extended() override;
    void create_window(WindowId window, bool override_redirect) override;
    void destroy_window(WindowId window) override;
    void set_geometry(WindowId window, Rect const& content) override;
    void request_geometry_seen(WindowId window) override;
    void set_override_redirect(WindowId window, bool on) override;
    void set_transient_for(WindowId window, std::optional<WindowId> parent) override;
    void set_popup(WindowId window, wire::from_agent::Popup const& popup) override;
    void map(WindowId window) override;
    void unmap(WindowId window) override;
    void set_hints(WindowId window, Hints const& hints) override;
    void set_flags(WindowId window, std::uint32_t set, std::uint32_t unset) override;
    void set_title(WindowId window, std::string const& title) override;
    void set_class(WindowId window, std::string const& res_class,
                   std::string const& res_name) override;
    void dock(WindowId window) override;
    void interactive(WindowId window, std::uint32_t kind, std::uint32_t edges) override;
    void ack_configure(WindowId window, std::uint32_t serial) override;
    void set_pointer_lock(WindowId window, std::uint32_t mode) override;
    void set_cursor(CursorChoice const& cursor) override;
    void create_buffer(PortBuffer buffer, transport::MappablePages const& pages,
                       BufferShape const& shape) override;
    void destroy_buffer(PortBuffer buffer) override;
    void commit(WindowId window, Commit const& commit) override;
    void detach(WindowId window) override;

private:
    struct Surface; ///< a window's objects
    struct Shared;  ///< one wl_buffer
    struct Seen;    ///< an answer of request_geometry_seen() that is on its way
    struct Events;  ///< the listeners
    struct AxisFrame {
        bool any = false;
        std::int32_t fixed_value = 0, value_120 = 0;
        std::uint32_t direction = 0;
    };

    WaylandPort() = default;
    void bind(wl_registry* registry, std::uint32_t name, std::string_view interface,
              std::uint32_t version);
    void update_seat(std::uint32_t capabilities);
    [[nodiscard]] Surface* find(WindowId window);
    [[nodiscard]] std::optional<WindowId> window_of(wl_surface* surface) const;
    void show_cursor_image(CursorChoice const& cursor);
    void finish_axis();

    Session* session_ = nullptr;
    Handle<wl_display, wl_display_disconnect> display_;
    wl_registry* registry_ = nullptr;
    wl_compositor* compositor_ = nullptr;
    wl_seat* seat_ = nullptr;
    wl_keyboard* keyboard_ = nullptr;
    wl_pointer* pointer_ = nullptr;
    wl_touch* touch_ = nullptr;
    wp_cursor_shape_manager_v1* shapes_ = nullptr;
    wp_cursor_shape_device_v1* shape_device_ = nullptr;
    vitrail_window_manager_v1* manager_ = nullptr;
    wl_surface* cursor_surface_ = nullptr;

    std::map<WindowId, std::unique_ptr<Surface>> windows_;
    std::map<PortBuffer, std::unique_ptr<Shared>> buffers_;
    std::vector<std::unique_ptr<Seen>> seen_;
    std::map<std::int32_t, WindowId> touches_; ///< the window in which each touch began

    std::uint32_t pointer_serial_ = 0; ///< of the last enter
    AxisFrame axes_[2];
    std::uint32_t axis_time_ = 0, axis_source_ = 0;
};

} // namespace vitrail::guid
