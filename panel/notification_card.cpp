#include "panel/notification_card.hpp"

#include "lib/ui/marks.hpp"
#include "lib/ui/style.hpp"
#include "panel/words.hpp"

#include <gtkmm/button.h>
#include <gtkmm/label.h>

#include <utility>

namespace vitrail::panel {
namespace {

constexpr int lines_on_board = 4;
constexpr int lines_in_list = 6;
constexpr int lines_of_summary = 3;
constexpr int longest_label = 14; ///< characters of a button

Gtk::Label* text_line(std::string const& text, char const* css_class)
{
    auto* const label = Gtk::make_managed<Gtk::Label>();
    label->set_text(text); // never markup
    label->set_xalign(0);
    label->set_wrap(true);
    label->set_wrap_mode(Pango::WrapMode::WORD_CHAR);
    label->set_max_width_chars(1); // as wide as the card, not as the text
    label->set_hexpand(true);
    label->add_css_class(css_class);
    return label;
}

std::string label_of(formats::NotificationAction const& action)
{
    return action.label.empty() ? "Open" : action.label;
}

} // namespace

NotificationCard::NotificationCard(NotificationEntry const& entry, ui::QubeModel const& qubes,
                                   Place place, Hands const& hands)
    : Gtk::Box(Gtk::Orientation::VERTICAL, 4), hands_(hands)
{
    add_css_class(place == Place::board ? "notice-card" : "notice-row");
    if (entry.urgency == formats::Urgency::critical)
        add_css_class("critical");
    add_head(entry, qubes, place);
    add_texts(entry, qubes, place);
    add_actions(entry);
    property_accessible_role() = Gtk::Accessible::Role::GROUP; // a mere box has no name
    ui::name_for_readers(*this, notification_text(entry));
}

void NotificationCard::add_head(NotificationEntry const& entry, ui::QubeModel const& qubes,
                                Place place)
{
    constexpr int room_beside = 150; // for the application, the time and the cross
    auto* const head = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::HORIZONTAL, 8);
    auto* const chip = Gtk::make_managed<ui::QubeChip>(20, width - room_beside);
    chip->set(ui::badge_of(qubes, entry.origin.name));
    chip->set_halign(Gtk::Align::START);
    chip->set_valign(Gtk::Align::CENTER);
    auto* const app = text_line(entry.app, "muted");
    app->set_wrap(false);
    app->set_ellipsize(Pango::EllipsizeMode::END);
    app->add_css_class("small");
    head->append(*chip);
    head->append(*app);
    if (place == Place::list) {
        auto* const time = Gtk::make_managed<Gtk::Label>(time_text(entry.arrived));
        time->set_css_classes({"muted", "small"});
        head->append(*time);
    }
    add_button(*head, "Dismiss " + notification_name(entry),
               *Gtk::make_managed<ui::GlyphIcon>(ui::Glyph::close, 12),
               [this, number = entry.number] { hands_.dismiss(number); });
    append(*head);
}

void NotificationCard::add_texts(NotificationEntry const& entry, ui::QubeModel const& qubes,
                                 Place place)
{
    if (!entry.summary.empty()) {
        auto* const summary = text_line(entry.summary, "strong");
        summary->set_lines(lines_of_summary);
        summary->set_ellipsize(Pango::EllipsizeMode::END);
        append(*summary);
    }
    std::string const body = entry.body + times_text(entry.times);
    if (body.empty())
        return;
    auto* const line = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::HORIZONTAL, 8);
    if (!entry.origin.about.empty()) {
        auto* const icon = Gtk::make_managed<ui::QubeIcon>(16);
        icon->set(ui::badge_of(qubes, entry.origin.about));
        icon->set_valign(Gtk::Align::START);
        line->append(*icon);
    }
    auto* const label = text_line(body, "muted");
    label->set_lines(place == Place::board ? lines_on_board : lines_in_list);
    label->set_ellipsize(Pango::EllipsizeMode::END);
    line->append(*label);
    append(*line);
}

void NotificationCard::add_actions(NotificationEntry const& entry)
{
    if (entry.actions.empty())
        return;
    // Two in a row, of bounded width: a card is as wide as the others, whatever stands in it.
    Gtk::Box* line = nullptr;
    for (formats::NotificationAction const& action : entry.actions) {
        if (!line || line->get_first_child() != line->get_last_child()) {
            line = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::HORIZONTAL, 6);
            line->add_css_class("notice-actions");
            append(*line);
        }
        auto* const label = Gtk::make_managed<Gtk::Label>();
        label->set_text(label_of(action));
        label->set_ellipsize(Pango::EllipsizeMode::END);
        label->set_max_width_chars(longest_label);
        add_button(*line, label_of(action) + ": " + notification_name(entry), *label,
                   [this, number = entry.number, key = action.key] { hands_.invoke(number, key); });
    }
}

void NotificationCard::add_button(Gtk::Box& box, std::string const& name, Gtk::Widget& child,
                                  std::function<void()> press)
{
    auto* const button = Gtk::make_managed<Gtk::Button>();
    button->set_child(child);
    ui::name_for_readers(*button, name);
    button->signal_clicked().connect([this, press = std::move(press)] {
        if (std::chrono::steady_clock::now() - made_ >= unsettled)
            press();
    });
    box.append(*button);
}

} // namespace vitrail::panel
