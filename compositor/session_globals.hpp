#pragma once

#include "compositor/wlr.hpp"

namespace vitrail::compositor {

/// The globals that need nothing but to exist: wlroots serves them by itself. Which tier sees which
/// stands in global_policy. All of them go with the display.
struct SessionGlobals {
    explicit SessionGlobals(wl_display* display, wlr_backend* backend, wlr_renderer* renderer,
                            wlr_output_layout* layout);

    wlr_viewporter* viewporter;
    wlr_single_pixel_buffer_manager_v1* single_pixel_buffer;
    wlr_alpha_modifier_v1* alpha_modifier;
    wlr_fractional_scale_manager_v1* fractional_scale;
    wlr_presentation* presentation;
    wlr_xdg_output_manager_v1* xdg_output;
    wlr_screencopy_manager_v1* screencopy;
    wlr_export_dmabuf_manager_v1* export_dmabuf;
    wlr_gamma_control_manager_v1* gamma_control;
    wlr_data_control_manager_v1* data_control;
    wlr_data_device_manager* data_device;
    wlr_primary_selection_v1_device_manager* primary_selection;
    wlr_idle_notifier_v1* idle_notifier;
    wlr_idle_inhibit_manager_v1* idle_inhibit;
    wlr_relative_pointer_manager_v1* relative_pointer;
    wlr_pointer_gestures_v1* pointer_gestures;
};

} // namespace vitrail::compositor
