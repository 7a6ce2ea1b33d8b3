#include "compositor/output_management.hpp"

#include <algorithm>
#include <cstdlib>

namespace vitrail::compositor {

namespace {

struct State : wlr_output_state {
    State() { wlr_output_state_init(this); }
    ~State() { wlr_output_state_finish(this); }
    State(State const&) = delete;
    State& operator=(State const&) = delete;
};

wlr_output_mode* find_mode(wlr_output* output, OutputConfig::Mode const& wanted)
{
    wlr_output_mode* best = nullptr;
    wlr_output_mode* mode;
    wl_list_for_each(mode, &output->modes, link)
    {
        if (mode->width != wanted.size.width || mode->height != wanted.size.height)
            continue;
        auto const off = [&](wlr_output_mode const* m) {
            return wanted.refresh == 0 ? -m->refresh : std::abs(m->refresh - wanted.refresh);
        };
        if (!best || off(mode) < off(best))
            best = mode;
    }
    return best;
}

/// A window of another desktop, whose user may give it any size later.
bool is_window(wlr_output* output)
{
    return wlr_output_is_x11(output) || wlr_output_is_wl(output);
}
constexpr Size nested_size{1280, 800};

} // namespace

void apply_output_config(wlr_output* output, OutputConfig const* config, wlr_output_state& state)
{
    wlr_output_state_set_enabled(&state, !config || config->enabled);
    wlr_output_mode* mode = wlr_output_preferred_mode(output);
    if (config && config->mode) {
        if (wlr_output_mode* const wanted = find_mode(output, *config->mode)) {
            mode = wanted;
        } else {
            wlr_output_state_set_custom_mode(&state, config->mode->size.width,
                                             config->mode->size.height, config->mode->refresh);
            mode = nullptr;
        }
    }
    if (mode)
        wlr_output_state_set_mode(&state, mode);
    else if (!config && !output->enabled && is_window(output))
        wlr_output_state_set_custom_mode(&state, nested_size.width, nested_size.height, 0);
    if (config && config->scale)
        // As clients see it: in 120ths (fractional-scale-v1).
        wlr_output_state_set_scale(
            &state, static_cast<float>(static_cast<int>(*config->scale * 120 + 0.5)) / 120);
    if (config && config->transform)
        wlr_output_state_set_transform(&state,
                                       static_cast<wl_output_transform>(*config->transform / 90));
}

OutputManagement::OutputManagement(wl_display* display, wlr_output_layout* layout, Owner& owner)
    : layout_(layout),
      owner_(owner),
      manager_(wlr_output_manager_v1_create(display)),
      power_(wlr_output_power_manager_v1_create(display)),
      apply_(*this, manager_->events.apply),
      test_(*this, manager_->events.test),
      set_mode_(*this, power_->events.set_mode)
{
}

bool OutputManagement::add_output(wlr_output* output, OutputConfig const* config)
{
    outputs_.push_back(output);
    State state;
    apply_output_config(output, config, state);
    if (!wlr_output_commit_state(output, &state)) {
        State plain;
        apply_output_config(output, nullptr, plain);
        if (!wlr_output_commit_state(output, &plain))
            return false;
    }
    if (!config || config->enabled) {
        if (config && config->position)
            wlr_output_layout_add(layout_, output, config->position->x, config->position->y);
        else
            wlr_output_layout_add_auto(layout_, output);
    }
    publish();
    return true;
}

void OutputManagement::remove_output(wlr_output* output)
{
    std::erase(outputs_, output);
    publish();
}

void OutputManagement::publish()
{
    wlr_output_configuration_v1* const configuration = wlr_output_configuration_v1_create();
    for (wlr_output* const output : outputs_) {
        wlr_output_configuration_head_v1* const head =
            wlr_output_configuration_head_v1_create(configuration, output);
        wlr_box box;
        wlr_output_layout_get_box(layout_, output, &box);
        head->state.x = box.x;
        head->state.y = box.y;
    }
    wlr_output_manager_v1_set_configuration(manager_, configuration);
}

bool OutputManagement::configure(wlr_output_configuration_v1& configuration, bool apply)
{
    bool some_on = false;
    bool all_possible = true;
    wlr_output_configuration_head_v1* head;
    wl_list_for_each(head, &configuration.heads, link)
    {
        State state;
        wlr_output_head_v1_state_apply(&head->state, &state);
        some_on = some_on || head->state.enabled;
        // A scale of zero or of a thousand would make every window unreachable.
        if (head->state.enabled && !(head->state.scale >= 0.5F && head->state.scale <= 8.0F))
            all_possible = false;
        else if (!wlr_output_test_state(head->state.output, &state))
            all_possible = false;
    }
    if (!all_possible || !some_on || !apply)
        return all_possible && some_on;
    wl_list_for_each(head, &configuration.heads, link)
    {
        State state;
        wlr_output_head_v1_state_apply(&head->state, &state);
        if (!wlr_output_commit_state(head->state.output, &state)) {
            all_possible = false;
            continue;
        }
        if (head->state.enabled)
            wlr_output_layout_add(layout_, head->state.output, head->state.x, head->state.y);
        else
            wlr_output_layout_remove(layout_, head->state.output);
    }
    return all_possible;
}

void OutputManagement::handle_apply(wlr_output_configuration_v1& configuration)
{
    if (configure(configuration, true))
        wlr_output_configuration_v1_send_succeeded(&configuration);
    else
        wlr_output_configuration_v1_send_failed(&configuration);
    wlr_output_configuration_v1_destroy(&configuration);
    owner_.handle_outputs_changed();
    publish();
}

void OutputManagement::handle_test(wlr_output_configuration_v1& configuration)
{
    if (configure(configuration, false))
        wlr_output_configuration_v1_send_succeeded(&configuration);
    else
        wlr_output_configuration_v1_send_failed(&configuration);
    wlr_output_configuration_v1_destroy(&configuration);
}

void OutputManagement::handle_power(wlr_output_power_v1_set_mode_event& event)
{
    State state;
    wlr_output_state_set_enabled(&state, event.mode == ZWLR_OUTPUT_POWER_V1_MODE_ON);
    // Powered off it keeps its place: windows stay where they are.
    if (!wlr_output_commit_state(event.output, &state))
        wlr_log(WLR_ERROR, "output %s: power cannot be switched", event.output->name);
    publish();
}

} // namespace vitrail::compositor
