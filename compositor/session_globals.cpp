#include "compositor/session_globals.hpp"

namespace vitrail::compositor {

SessionGlobals::SessionGlobals(wl_display* display, wlr_backend* backend, wlr_renderer*,
                               wlr_output_layout* layout)
    : viewporter(wlr_viewporter_create(display)),
      single_pixel_buffer(wlr_single_pixel_buffer_manager_v1_create(display)),
      alpha_modifier(wlr_alpha_modifier_v1_create(display)),
      fractional_scale(wlr_fractional_scale_manager_v1_create(display, 1)),
      presentation(wlr_presentation_create(display, backend)),
      xdg_output(wlr_xdg_output_manager_v1_create(display, layout)),
      screencopy(wlr_screencopy_manager_v1_create(display)),
      export_dmabuf(wlr_export_dmabuf_manager_v1_create(display)),
      gamma_control(wlr_gamma_control_manager_v1_create(display)),
      data_control(wlr_data_control_manager_v1_create(display)),
      data_device(wlr_data_device_manager_create(display)),
      primary_selection(wlr_primary_selection_v1_device_manager_create(display)),
      idle_notifier(wlr_idle_notifier_v1_create(display)),
      idle_inhibit(wlr_idle_inhibit_v1_create(display)),
      relative_pointer(wlr_relative_pointer_manager_v1_create(display)),
      pointer_gestures(wlr_pointer_gestures_v1_create(display))
{
}

} // namespace vitrail::compositor
