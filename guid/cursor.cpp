#include "guid/cursor.hpp"

namespace vitrail::guid {

namespace {

/// wp_cursor_shape_device_v1.shape.
enum Shape : std::uint32_t {
    help = 3,
    pointer = 4,
    wait = 6,
    cell = 7,
    crosshair = 8,
    text = 9,
    not_allowed = 15,
    e_resize = 18,
    n_resize = 19,
    ne_resize = 20,
    nw_resize = 21,
    s_resize = 22,
    se_resize = 23,
    sw_resize = 24,
    w_resize = 25,
    ew_resize = 26,
    ns_resize = 27,
    all_scroll = 32,
};

} // namespace

std::uint32_t glyph_shape(std::uint8_t glyph)
{
    switch (glyph) {
    case 0:                      // X_cursor
    case 24:                     // circle
    case 88: return not_allowed; // pirate
    case 12: return sw_resize;
    case 14: return se_resize;
    case 16: return s_resize;
    case 30:                    // cross
    case 32:                    // cross_reverse
    case 34:                    // crosshair
    case 128:                   // target
    case 130: return crosshair; // tcross
    case 42:                    // double_arrow
    case 116: return ns_resize; // sb_v_double_arrow
    case 52: return all_scroll; // fleur
    case 58:                    // hand1
    case 60: return pointer;    // hand2
    case 70: return w_resize;
    case 90: return cell; // plus
    case 92: return help; // question_arrow
    case 96: return e_resize;
    case 106: return s_resize; // sb_down_arrow
    case 108: return ew_resize;
    case 110: return w_resize;   // sb_left_arrow
    case 112: return e_resize;   // sb_right_arrow
    case 114: return n_resize;   // sb_up_arrow
    case 120: return all_scroll; // sizing
    case 134: return nw_resize;
    case 136: return ne_resize;
    case 138: return n_resize;
    case 150: return wait; // watch
    case 152: return text; // xterm
    default: return cursor_shape_default;
    }
}

} // namespace vitrail::guid
