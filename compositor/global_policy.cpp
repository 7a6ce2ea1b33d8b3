#include "compositor/global_policy.hpp"

#include <algorithm>
#include <array>

namespace vitrail::compositor {

namespace {

struct Row {
    std::string_view interface;
    unsigned tiers;
};

constexpr unsigned qube = 1;
constexpr unsigned shell = 2;
constexpr unsigned session = 4;
constexpr unsigned control = 8;

constexpr std::array table{
    Row{"wl_compositor", qube | shell | session},
    Row{"wl_seat", qube | shell | session},
    Row{"wp_cursor_shape_manager_v1", qube | shell | session},
    Row{"vitrail_window_manager_v1", qube},
    Row{"vitrail_session_v1", control},
    Row{"vitrail_shell_v1", shell},

    Row{"wl_shm", shell | session},
    Row{"wl_output", shell | session},
    Row{"wl_subcompositor", shell | session},
    Row{"wl_data_device_manager", shell | session},
    Row{"xdg_wm_base", shell | session},
    Row{"zxdg_decoration_manager_v1", shell | session},
    Row{"org_kde_kwin_server_decoration_manager", shell | session},
    Row{"zwlr_layer_shell_v1", shell | session},
    Row{"zwlr_foreign_toplevel_manager_v1", shell | session},
    Row{"zxdg_output_manager_v1", shell | session},
    Row{"wp_viewporter", shell | session},
    Row{"wp_single_pixel_buffer_manager_v1", shell | session},
    Row{"wp_alpha_modifier_v1", shell | session},
    Row{"wp_fractional_scale_manager_v1", shell | session},
    Row{"wp_presentation", shell | session},
    Row{"xdg_activation_v1", shell | session},
    Row{"zwp_linux_dmabuf_v1", shell | session},
    Row{"wl_drm", shell | session},

    Row{"zwp_primary_selection_device_manager_v1", session},
    Row{"zwlr_data_control_manager_v1", session},
    Row{"zwlr_screencopy_manager_v1", session},
    Row{"zwlr_export_dmabuf_manager_v1", session},
    Row{"zwlr_gamma_control_manager_v1", session},
    Row{"zwlr_output_manager_v1", session},
    Row{"zwlr_output_power_manager_v1", session},
    Row{"zwlr_virtual_pointer_manager_v1", session},
    Row{"zwp_virtual_keyboard_manager_v1", session},
    Row{"ext_session_lock_manager_v1", session},
    Row{"ext_idle_notifier_v1", session},
    Row{"zwp_idle_inhibit_manager_v1", session},
    Row{"zwp_relative_pointer_manager_v1", session},
    Row{"zwp_pointer_constraints_v1", session},
    Row{"zwp_pointer_gestures_v1", session},
};

constexpr bool each_once()
{
    for (std::size_t i = 0; i < table.size(); ++i)
        for (std::size_t j = i + 1; j < table.size(); ++j)
            if (table[i].interface == table[j].interface)
                return false;
    return true;
}
static_assert(each_once());

} // namespace

bool is_listed(std::string_view interface)
{
    return std::ranges::find(table, interface, &Row::interface) != table.end();
}

bool may_see(Tier tier, std::string_view interface)
{
    auto const row = std::ranges::find(table, interface, &Row::interface);
    return row != table.end() && (row->tiers & static_cast<unsigned>(tier)) != 0;
}

} // namespace vitrail::compositor
