#pragma once

#include "compositor/config.hpp"
#include "compositor/listener.hpp"
#include "compositor/wlr.hpp"

#include <vector>

namespace vitrail::compositor {

/// Modes, scales, positions and power of outputs, as wlr-randr and kanshi set them, and as the
/// configuration file says for a new output.
class OutputManagement {
public:
    struct Owner {
        /// Outputs were switched on or off, moved, scaled or turned.
        virtual void handle_outputs_changed() = 0;

    protected:
        ~Owner() = default;
    };

    OutputManagement(wl_display* display, wlr_output_layout* layout, Owner& owner);

    /// Gives a new output its first state and its place in the layout.
    /// Fails when no mode works; the output then stays off.
    [[nodiscard]] bool add_output(wlr_output* output, OutputConfig const* config);
    void remove_output(wlr_output* output);
    /// Tells the clients of output management how things stand.
    void publish();

private:
    void handle_apply(wlr_output_configuration_v1& configuration);
    void handle_test(wlr_output_configuration_v1& configuration);
    void handle_power(wlr_output_power_v1_set_mode_event& event);
    [[nodiscard]] bool configure(wlr_output_configuration_v1& configuration, bool apply);

    wlr_output_layout* layout_;
    Owner& owner_;
    std::vector<wlr_output*> outputs_;
    wlr_output_manager_v1* manager_;
    wlr_output_power_manager_v1* power_;
    Listener<&OutputManagement::handle_apply> apply_;
    Listener<&OutputManagement::handle_test> test_;
    Listener<&OutputManagement::handle_power> set_mode_;
};

/// The mode and scale of a configured output put into a state; the preferred mode without.
void apply_output_config(wlr_output* output, OutputConfig const* config, wlr_output_state& state);

} // namespace vitrail::compositor
