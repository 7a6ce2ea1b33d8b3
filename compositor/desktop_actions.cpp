#include "compositor/desktop.hpp"
#include "compositor/desktop_private.hpp"

#include <algorithm>

namespace vitrail::compositor {

void Desktop::set_maximized(FramedView& view, bool maximized)
{
    FramedView::State state = view.state();
    if (maximized && !state.maximized && state.snap == Snap::none && !state.fullscreen)
        state.restore = state.content;
    state.maximized = maximized;
    state.snap = Snap::none;
    if (!state.fullscreen)
        state.content = maximized               ? content_within(work_area(view))
                        : state.restore.empty() ? state.content
                                                : state.restore;
    view.set_state(state);
    host_.handle_view_changed(view);
}

void Desktop::set_fullscreen(FramedView& view, bool fullscreen)
{
    FramedView::State state = view.state();
    if (fullscreen == state.fullscreen)
        return view.set_state(state);
    wlr_output* const output = view.output();
    if (fullscreen && !output)
        return;
    if (fullscreen && !state.maximized && state.snap == Snap::none)
        state.restore = state.content;
    state.fullscreen = fullscreen;
    if (fullscreen)
        state.content = output_rect(output);
    else if (state.maximized)
        state.content = content_within(work_area(view));
    else if (state.snap != Snap::none)
        state.content = content_within(snapped(state.snap, work_area(view), config_.gap));
    else
        state.content = state.restore;
    view.set_state(state);
    settle_fullscreen();
    if (fullscreen)
        notices_->show_fullscreen_owner(view.badge(), "Super+Escape leaves full screen");
    host_.handle_view_changed(view);
}

void Desktop::set_minimized(FramedView& view, bool minimized)
{
    FramedView::State state = view.state();
    state.minimized = minimized;
    view.set_state(state);
    if (minimized && focused_ == &view)
        focus_topmost();
    else if (!minimized)
        activate(view);
    host_.handle_view_changed(view);
}

void Desktop::move_view(FramedView& view, Point content)
{
    FramedView::State state = view.state();
    state.content.x = content.x;
    state.content.y = content.y;
    view_placed(view.outer());
    view.state_ = state;
    wlr_scene_node_set_position(&view.tree_->node, content.x, content.y);
    view_placed(view.outer());
    view.handle_placed();
}

void Desktop::snap(FramedView& view, SnapStep step)
{
    if (step.minimize)
        return set_minimized(view, true);
    if (step.maximize)
        return set_maximized(view, true);
    FramedView::State state = view.state();
    if (state.fullscreen)
        return;
    if (!state.maximized && state.snap == Snap::none)
        state.restore = state.content;
    state.maximized = false;
    state.snap = step.snap;
    if (step.snap == Snap::none)
        state.content = state.restore.empty() ? state.content : state.restore;
    else
        state.content = content_within(snapped(step.snap, work_area(view), config_.gap));
    view.set_state(state);
    host_.handle_view_changed(view);
}

void Desktop::set_workspace(int number)
{
    number = std::clamp(number, 1, config_.workspaces);
    if (number == workspace_)
        return;
    workspace_ = number;
    for (FramedView* const view : stack_)
        view->refresh_visibility();
    if (!focused_ || !focused_->visible())
        focus_topmost();
    settle_fullscreen();
    notices_->say("Workspace " + std::to_string(number));
    host_.handle_workspace(number);
    host_.handle_desktop_told();
}

void Desktop::move_to_workspace(FramedView& view, int number)
{
    FramedView::State state = view.state();
    state.workspace = std::clamp(number, 1, config_.workspaces);
    view.set_state(state);
    if (focused_ == &view && !view.visible())
        focus_topmost();
    notices_->say("Moved to workspace " + std::to_string(state.workspace));
    host_.handle_view_changed(view);
}

void Desktop::show_switcher()
{
    std::vector<SwitcherCard> cards;
    for (Switcher::Id const id : switcher_.shown())
        for (FramedView const* const view : stack_)
            if (view->id() == id) {
                SwitcherCard card{view->badge(), view->title(), view->state().minimized, "", {}};
                if (view->state().workspace != workspace_)
                    card.place = "Workspace " + std::to_string(view->state().workspace);
                cards.push_back(std::move(card));
            }
    if (cards.empty())
        return notices_->hide_switcher();
    if (wlr_output* const output = current_output())
        notices_->set_place(output_rect(output), output->scale, scheme());
    notices_->show_switcher(cards, std::min(switcher_.chosen(), cards.size() - 1));
}

void Desktop::finish_switcher(bool take)
{
    if (!switcher_.walking())
        return;
    notices_->hide_switcher();
    if (!take)
        return switcher_.cancel();
    if (auto const id = switcher_.finish())
        for (FramedView* const view : stack_)
            if (view->id() == *id)
                return activate(*view);
}

void Desktop::perform(Binding const& binding)
{
    FramedView* const view = focused_;
    auto const arrow = [&](Direction direction) {
        if (view)
            snap(*view, next_snap(view->state().snap, view->state().maximized, direction));
    };
    switch (binding.action) {
    case Action::none: break;
    case Action::spawn: set_focus_claim(0), host_.handle_spawn(binding.command); break;
    case Action::terminal: set_focus_claim(0), host_.handle_spawn(config_.terminal); break;
    case Action::launcher: host_.handle_chord("launcher", view); break;
    case Action::copy: clipboard_->copy(); break;
    case Action::paste: clipboard_->paste(); break;
    case Action::quit: host_.handle_chord("quit", view); break;
    case Action::lock:
        lock_->lock();
        host_.handle_chord("lock", view);
        break;
    case Action::close:
        if (view)
            view->request_close();
        break;
    case Action::minimize:
        if (view)
            set_minimized(*view, true);
        break;
    case Action::maximize:
        if (view)
            set_maximized(*view, !view->state().maximized);
        break;
    case Action::fullscreen:
        if (view)
            set_fullscreen(*view, !view->state().fullscreen);
        break;
    case Action::attention:
        finish_switcher(false);
        end_pointer_hold();
        for (FramedView* const each : std::vector(stack_))
            if (each->state().fullscreen)
                set_fullscreen(*each, false);
        if (view)
            notices_->show_fullscreen_owner(view->badge(), "has the keyboard");
        break;
    case Action::switch_next:
    case Action::switch_previous: {
        std::vector<Switcher::Id> offered;
        for (FramedView const* const each : stack_)
            offered.push_back(each->id());
        switcher_.step(offered, binding.action == Action::switch_previous);
        if (switcher_.walking())
            show_switcher();
        break;
    }
    case Action::snap_left: arrow(Direction::left); break;
    case Action::snap_right: arrow(Direction::right); break;
    case Action::snap_up: arrow(Direction::up); break;
    case Action::snap_down: arrow(Direction::down); break;
    case Action::workspace: set_workspace(binding.number); break;
    case Action::move_to_workspace:
        if (view && binding.number <= config_.workspaces)
            move_to_workspace(*view, binding.number);
        break;
    case Action::next_workspace: set_workspace(workspace_ + 1); break;
    case Action::previous_workspace: set_workspace(workspace_ - 1); break;
    case Action::reload: reload(); break;
    case Action::next_layout: next_layout(); break;
    }
}

void Desktop::reload()
{
    auto config = load_config(setup_.config_path);
    if (!config) {
        // The settings from before stay in force.
        config_error_ = config.error().message() + " — the settings from before stay";
        notices_->set_error(config_error_);
        return;
    }
    config_error_.clear();
    bool const outputs_differ = config->outputs != config_.outputs;
    config_ = std::move(*config);
    for (auto const& keyboard : keyboards_)
        if (!wlr_input_device_get_virtual_keyboard(&keyboard->keyboard->base))
            apply_keymap(keyboard->keyboard);
    if (outputs_differ)
        for (auto const& screen : screens_) {
            OutputConfig const* const wanted = config_.output(screen->output->name);
            if (!wanted)
                continue;
            wlr_output_state state;
            wlr_output_state_init(&state);
            apply_output_config(screen->output, wanted, state);
            if (wlr_output_commit_state(screen->output, &state)) {
                if (!wanted->enabled)
                    wlr_output_layout_remove(layout_, screen->output);
                else if (wanted->position)
                    wlr_output_layout_add(layout_, screen->output, wanted->position->x,
                                          wanted->position->y);
            }
            wlr_output_state_finish(&state);
        }
    clipboard_->set_config(config_.clipboard);
    set_workspace(std::min(workspace_, config_.workspaces));
    host_.handle_desktop_told();
    settle_outputs();
    refresh_all();
}

} // namespace vitrail::compositor
