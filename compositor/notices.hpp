#pragma once

#include "compositor/overlays.hpp"
#include "compositor/pixel_buffer.hpp"
#include "lib/os/event_loop.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::compositor {

/// What the compositor itself says on the screen: notes of the session, the word in the middle, the
/// bar about a broken configuration, the full-screen and clipboard banners, the alt-tab sheet.
/// Never takes input.
class Notices {
public:
    Notices(wl_event_loop* loop, wlr_scene_tree* layer);
    ~Notices();

    /// Where to draw: the output in use, in layout units; redraws what is shown.
    void set_place(Rect const& output, double scale, Scheme scheme);

    /// Goes by itself after some seconds; at most five stand at once, the oldest goes first.
    void notify(Badge const& badge, std::string summary, std::string body);
    void say(std::string text);
    void show_fullscreen_owner(Badge const& badge, std::string hint);
    /// What happened to the clipboard between qubes, in place of what was said before.
    void show_clipboard(Badge const& badge, std::string const& text);
    /// Empty: there is none any more.
    void set_error(std::string text);
    void show_switcher(std::vector<SwitcherCard> const& cards, std::size_t chosen);
    void hide_switcher();

private:
    struct Note;
    void handle_note_timer();
    void handle_word_timer();
    void handle_banner_timer();
    void handle_clipboard_timer();
    void arrange_notes();
    void centre(Picture& picture, Image image, double part_of_height);

    wlr_scene_tree* layer_;
    Rect output_;
    double scale_ = 1;
    Scheme scheme_ = Scheme::light;
    std::vector<std::unique_ptr<Note>> notes_;
    Picture error_;
    std::string error_text_;
    Picture word_;
    Picture banner_;
    Picture clipboard_;
    Picture switcher_;
    Timer<&Notices::handle_note_timer> note_timer_;
    Timer<&Notices::handle_word_timer> word_timer_;
    Timer<&Notices::handle_banner_timer> banner_timer_;
    Timer<&Notices::handle_clipboard_timer> clipboard_timer_;
};

} // namespace vitrail::compositor
