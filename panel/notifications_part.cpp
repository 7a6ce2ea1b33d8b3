#include "panel/notifications_part.hpp"

#include "lib/ui/style.hpp"
#include "panel/words.hpp"

#include <ranges>

namespace vitrail::panel {

NotificationsPart::NotificationsPart(Context const& context)
    : context_(context),
      button_(context, "Notifications"),
      content_(Gtk::Orientation::HORIZONTAL, 4),
      card_(Gtk::Orientation::VERTICAL, 8),
      head_(Gtk::Orientation::HORIZONTAL, 8),
      title_("Notifications"),
      clear_("Dismiss all"),
      quiet_line_(Gtk::Orientation::HORIZONTAL, 8),
      quiet_text_("Do not disturb"),
      list_(Gtk::Orientation::VERTICAL, 2)
{
    build();
    button_.card().signal_show().connect([this] {
        list();
        context_.notifications.set_listed(true);
    });
    button_.card().signal_closed().connect([this] { context_.notifications.set_listed(false); });
    context_.notifications.add_observer(*this);
    sum_up();
}

NotificationsPart::~NotificationsPart()
{
    context_.notifications.remove_observer(*this);
}

void NotificationsPart::build()
{
    content_.append(icon_);
    content_.append(quiet_icon_);
    content_.append(count_);
    button_.set_child(content_);

    title_.add_css_class("heading");
    title_.set_xalign(0);
    title_.set_hexpand(true);
    clear_.add_css_class("raised");
    clear_.signal_clicked().connect([this] { context_.notifications.dismiss_all(); });
    head_.append(title_);
    head_.append(clear_);
    quiet_text_.set_xalign(0);
    quiet_text_.set_hexpand(true);
    quiet_.set_valign(Gtk::Align::CENTER);
    ui::name_for_readers(quiet_, "Do not disturb");
    quiet_.set_active(context_.notifications.book().quiet());
    quiet_.property_active().signal_changed().connect(
        [this] { context_.notifications.set_quiet(quiet_.get_active()); });
    quiet_line_.append(quiet_text_);
    quiet_line_.append(quiet_);
    scroller_.set_policy(Gtk::PolicyType::NEVER, Gtk::PolicyType::AUTOMATIC);
    scroller_.set_propagate_natural_height(true);
    scroller_.set_max_content_height(560);
    scroller_.set_child(list_);
    for (Gtk::Box* const line : {&head_, &quiet_line_}) {
        line->set_margin_start(8);
        line->set_margin_end(8);
        card_.append(*line);
    }
    card_.append(scroller_);
    card_.set_size_request(NotificationCard::width + 60, -1);
    button_.card().set_child(card_);
}

void NotificationsPart::handle_notifications()
{
    sum_up();
    if (button_.card().get_visible())
        list();
}

void NotificationsPart::sum_up()
{
    NotificationBook const& book = context_.notifications.book();
    std::size_t const unseen = book.unseen();
    count_.set_visible(unseen > 0);
    count_.set_text(std::to_string(unseen));
    quiet_icon_.set_visible(book.quiet());
    icon_.set_visible(!book.quiet());
    if (quiet_.get_active() != book.quiet()) // another output's was used
        quiet_.set_active(book.quiet());
    std::string name =
        "Notifications: " + (unseen > 0 ? std::to_string(unseen) + " new" : "none new");
    if (book.quiet())
        name += ", do not disturb";
    button_.set_name_for_readers(name);
}

void NotificationsPart::list()
{
    while (Gtk::Widget* const child = list_.get_first_child())
        list_.remove(*child);
    NotificationBook const& book = context_.notifications.book();
    for (NotificationEntry const& entry : book.entries() | std::views::reverse)
        list_.append(*Gtk::make_managed<NotificationCard>(
            entry, context_.model, NotificationCard::Place::list, context_.notifications.hands()));
    auto const add_line = [this](std::string const& text) {
        auto* const line = Gtk::make_managed<Gtk::Label>(text);
        line->set_xalign(0);
        line->set_margin(8);
        line->add_css_class("muted");
        list_.append(*line);
    };
    for (auto const& [name, count] : book.left_out())
        add_line(name + ": " + count_text(count, "more was", "more were") + " left out");
    bool const empty = !list_.get_first_child();
    if (empty)
        add_line("Nothing was told");
    clear_.set_visible(!empty);
}

} // namespace vitrail::panel
