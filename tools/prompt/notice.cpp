#include "tools/prompt/notice.hpp"

#include "lib/ui/marks.hpp"
#include "lib/ui/style.hpp"
#include "tools/prompt/card.hpp"
#include "tools/prompt/words.hpp"

#include <gtk4-layer-shell.h>
#include <gtkmm/box.h>
#include <gtkmm/label.h>

#include <algorithm>

namespace vitrail::prompt {
namespace {

constexpr int width = 340;
constexpr int margin = 12;
/// A qube may be denied as often as it likes: the board is drawn so often at most.
constexpr std::chrono::milliseconds calm{150};

Gtk::Label* line(std::string const& text, char const* css_class)
{
    auto* const label = Gtk::make_managed<Gtk::Label>(text);
    label->set_xalign(0);
    label->set_wrap(true);
    label->set_wrap_mode(Pango::WrapMode::WORD_CHAR);
    label->set_max_width_chars(1);
    label->set_hexpand(true);
    label->add_css_class(css_class);
    return label;
}

} // namespace

NoticeBoard::NoticeBoard(wl_event_loop* loop, ui::QubeModel const& qubes)
    : qubes_(qubes), timer_(loop, *this)
{
}

NoticeBoard::~NoticeBoard() = default;

void NoticeBoard::add(Notice const& notice)
{
    auto const until = Clock::now() + shown_for;
    auto const same = std::ranges::find(entries_, notice, &Entry::notice);
    if (same != entries_.end()) {
        ++same->times;
        same->until = until;
    } else {
        if (entries_.size() >= most)
            entries_.erase(entries_.begin());
        entries_.push_back({notice, 1, until});
    }
    if (!changed_)
        timer_.arm(calm);
    changed_ = true;
}

void NoticeBoard::clear()
{
    entries_.clear();
    changed_ = false;
    timer_.disarm();
    window_.reset();
}

void NoticeBoard::handle_timer()
{
    auto const now = Clock::now();
    changed_ = std::erase_if(entries_, [now](Entry const& one) { return one.until <= now; }) > 0 ||
               changed_;
    if (changed_)
        redraw();
    changed_ = false;
    if (entries_.empty())
        return;
    auto const next = std::ranges::min(entries_, {}, &Entry::until).until - now;
    timer_.arm(std::chrono::duration_cast<std::chrono::milliseconds>(next) +
               std::chrono::milliseconds(1));
}

void NoticeBoard::redraw()
{
    window_.reset(); // a window of a layer does not become smaller
    if (entries_.empty())
        return;
    window_ = std::make_unique<Gtk::Window>();
    window_->set_title("Notices");
    window_->set_decorated(false);
    window_->set_resizable(false);
    GtkWindow* const raw = window_->gobj();
    gtk_layer_init_for_window(raw);
    gtk_layer_set_namespace(raw, "vitrail-notices");
    gtk_layer_set_layer(raw, GTK_LAYER_SHELL_LAYER_OVERLAY);
    for (GtkLayerShellEdge const edge : {GTK_LAYER_SHELL_EDGE_TOP, GTK_LAYER_SHELL_EDGE_RIGHT}) {
        gtk_layer_set_anchor(raw, edge, TRUE);
        gtk_layer_set_margin(raw, edge, margin);
    }
    auto* const stack = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::VERTICAL, 8);
    stack->set_size_request(width, -1);
    for (Entry const& entry : entries_) {
        auto* const card = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::VERTICAL, 4);
        card->add_css_class("notice-card");
        auto* const chip = Gtk::make_managed<ui::QubeChip>(20, width - 30);
        chip->set(badge_of(qubes_, entry.notice.source));
        chip->set_halign(Gtk::Align::START);
        card->append(*chip);
        card->append(*line(notice_title(entry.notice), "strong"));
        card->append(*line(notice_text(entry.notice, entry.times), "muted"));
        ui::name_for_readers(*card, notice_title(entry.notice) + ", " +
                                        notice_text(entry.notice, entry.times));
        stack->append(*card);
    }
    window_->set_child(*stack);
    window_->set_visible(true);
}

} // namespace vitrail::prompt
