#include "agents/gui/agent.hpp"

#include <algorithm>
#include <vector>

namespace vitrail::agent {

namespace from_daemon = wire::from_daemon;

void Agent::handle_connected(Size screen)
{
    wlr_log(WLR_INFO, "a daemon is connected, protocol 1.%u%s", link_->version().base_minor(),
            link_->extended() ? " with extension 1" : "");
    book_->forget_daemon();
    if (screen != screen_)
        make_screen(screen);
    seat_->set_client_repeat(link_->extended());
    // Older windows first: parents come before their dialogs and popups.
    std::vector<std::pair<WindowId, Window*>> windows(shown_.begin(), shown_.end());
    std::ranges::sort(windows, {}, &std::pair<WindowId, Window*>::first);
    for (auto const& [id, window] : windows)
        window->announce();
}

void Agent::handle_disconnected()
{
    seat_->release_all();
    book_->forget_daemon();
    clipboard_->handle_disconnected();
}

void Agent::handle_room()
{
    if (clipboard_)
        clipboard_->handle_room();
}

void Agent::handle_message(wire::DaemonMessage const& message)
{
    std::visit(wire::Overloaded{
                   [&](from_daemon::Keypress const& m) { seat_->handle_key(m); },
                   [&](from_daemon::Button const& m) { seat_->handle_button(m); },
                   [&](from_daemon::Motion const& m) {
                       if (Window* const w = window(m.window))
                           seat_->handle_motion(*w, m.position.x, m.position.y, now_ms());
                   },
                   [&](from_daemon::MotionX const& m) {
                       if (Window* const w = window(m.window))
                           seat_->handle_motion(*w, m.x.value / 256.0, m.y.value / 256.0,
                                                m.time_ms);
                   },
                   [&](from_daemon::Crossing const& m) { seat_->handle_crossing(m); },
                   [&](from_daemon::Focus const& m) { seat_->handle_focus(m); },
                   [&](from_daemon::Keymap const& m) { seat_->handle_keymap(m); },
                   [&](from_daemon::Axis const& m) { seat_->handle_axis(m); },
                   [&](from_daemon::Touch const& m) { seat_->handle_touch(m); },
                   [&](from_daemon::KeyboardLayout const& m) { seat_->handle_layout(m); },
                   [&](from_daemon::ClipboardRequest const& m) { clipboard_->handle_request(m); },
                   [&](from_daemon::ClipboardFetch const& m) { clipboard_->handle_fetch(m); },
                   [&](from_daemon::ClipboardData const& m) { clipboard_->handle_data(m); },
                   [&](wire::ClipboardOffer const& m) { clipboard_->handle_offer(m); },
                   [&](wire::ClipboardChunk const& m) { clipboard_->handle_chunk(m); },
                   [&](from_daemon::Destroy const& m) { book_->handle_window_gone(m.window); },
                   [&](from_daemon::DumpAck const& m) { book_->handle_dump_ack(m.window); },
                   [&](from_daemon::BufferRelease const& m) {
                       book_->handle_release(m.window, m.buffer);
                       if (Window* const w = window(m.window))
                           w->picture().handle_release();
                   },
                   [&](auto const&) { dispatch_window(message); },
               },
               message);
}

void Agent::dispatch_window(wire::DaemonMessage const& message)
{
    // Messages for windows that are gone are still on their way: ignored.
    auto const with = [&](WindowId id, auto&& call) {
        if (Window* const w = window(id))
            call(*w);
    };
    std::visit(wire::Overloaded{
                   [&](from_daemon::Configure const& m) {
                       with(m.window, [&](Window& w) { w.handle_configure(m); });
                   },
                   [&](from_daemon::ConfigureX const& m) {
                       with(m.window, [&](Window& w) { w.handle_configure_x(m); });
                   },
                   [&](from_daemon::PopupConfigure const& m) {
                       with(m.window, [&](Window& w) { w.handle_popup_configure(m); });
                   },
                   [&](from_daemon::PopupDone const& m) {
                       with(m.window, [](Window& w) { w.handle_popup_done(); });
                   },
                   [&](from_daemon::Close const& m) {
                       with(m.window, [](Window& w) { w.handle_close(); });
                   },
                   [&](from_daemon::Flags const& m) {
                       with(m.window, [&](Window& w) { w.handle_flags(m.set, m.unset); });
                   },
                   [&](from_daemon::FrameDone const& m) {
                       with(m.window, [&](Window& w) { w.picture().handle_frame_done(m.time_ms); });
                   },
                   [&](from_daemon::Presented const& m) {
                       with(m.window, [&](Window& w) { w.picture().handle_presented(m); });
                   },
                   [&](from_daemon::Visibility const& m) {
                       with(m.window, [&](Window& w) { w.handle_visibility(m.visible); });
                   },
                   [&](from_daemon::Scale const& m) {
                       scale_120_ = m.scale_120;
                       with(m.window, [&](Window& w) { w.picture().set_scale(m.scale_120); });
                   },
                   [](auto const&) {}, // tray icons, gestures, input methods: not yet
               },
               message);
}

} // namespace vitrail::agent
