#pragma once

#include "agents/gui/listener.hpp"
#include "agents/gui/shared_buffer.hpp"
#include "agents/gui/wlr.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace vitrail::agent {

class Agent;
class Window;

/// The glyph of X's cursor font for a cursor's name (fact sheet gui-protocol §13); none: default.
[[nodiscard]] std::optional<std::uint8_t> cursor_glyph(std::string_view name);

/// The cursor that the client below the pointer chose: a glyph of X's cursor font, or with the
/// extension its image.
class Cursor {
public:
    Cursor(Agent& agent, wlr_seat& seat);
    ~Cursor();

    void forget(Window& window);

private:
    void handle_set_cursor(wlr_seat_pointer_request_set_cursor_event& event);
    void handle_set_shape(wlr_cursor_shape_manager_v1_request_set_shape_event& event);
    void handle_commit();
    void handle_surface_gone();
    void watch(wlr_surface* surface);
    void send_image();
    void drop_buffer();

    Agent& agent_;
    wlr_surface* surface_ = nullptr;
    std::int32_t hotspot_x_ = 0, hotspot_y_ = 0;
    SharedBuffer* buffer_ = nullptr;
    wlr_cursor_shape_manager_v1* shapes_;
    Listener<&Cursor::handle_set_cursor> set_cursor_;
    Listener<&Cursor::handle_set_shape> set_shape_;
    std::optional<Listener<&Cursor::handle_commit>> commit_;
    std::optional<Listener<&Cursor::handle_surface_gone>> gone_;
};

} // namespace vitrail::agent
