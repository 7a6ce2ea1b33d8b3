#include "launcher/window.hpp"

#include "lib/ui/style.hpp"

#include <gdk/gdkkeysyms.h>
#include <gtk4-layer-shell.h>
#include <gtkmm/eventcontrollerfocus.h>
#include <gtkmm/eventcontrollerkey.h>
#include <gtkmm/eventcontrollerscroll.h>

#include <algorithm>
#include <utility>

namespace vitrail::launcher {
namespace {

constexpr int card_width = 680;
constexpr char const* keys = "\u2191\u2193 choose    Enter start    \u2192 its qube    Tab pages   "
                             " Ctrl+D favourite    Esc close";
constexpr std::array<std::pair<Page, char const*>, tab_pages> tabs{{
    {Page::search, "Search"},
    {Page::qubes, "Qubes"},
    {Page::favourites, "Favourites"},
    {Page::machine, "System"},
}};

void set_up_layer(Gtk::Window& window)
{
    GtkWindow* const raw = window.gobj();
    gtk_layer_init_for_window(raw);
    gtk_layer_set_namespace(raw, "vitrail-launcher");
    gtk_layer_set_layer(raw, GTK_LAYER_SHELL_LAYER_OVERLAY);
    gtk_layer_set_keyboard_mode(raw, GTK_LAYER_SHELL_KEYBOARD_MODE_EXCLUSIVE);
}

} // namespace

LauncherWindow::LauncherWindow(Launcher& launcher, ui::ShellLink& shell)
    : launcher_(launcher),
      shell_(shell),
      card_(Gtk::Orientation::VERTICAL, 0),
      field_(Gtk::Orientation::HORIZONTAL, 8),
      magnifier_(ui::Glyph::search, 16),
      page_chip_(22, 170),
      tabs_(Gtk::Orientation::HORIZONTAL, 4)
{
    set_title("Launcher");
    set_decorated(false);
    set_resizable(false);
    add_css_class("launcher");
    set_up_layer(*this);

    entry_.set_hexpand(true);
    entry_.set_has_frame(false);
    entry_.set_placeholder_text("Applications, qubes, actions");
    ui::name_for_readers(entry_, "Search applications, qubes and actions");
    entry_.signal_changed().connect([this] { handle_typed(); });
    field_.add_css_class("launcher-field");
    field_.append(magnifier_);
    field_.append(page_chip_);
    field_.append(entry_);
    page_state_.add_css_class("muted");
    field_.append(page_state_);

    for (std::size_t at = 0; at < tabs.size(); ++at) {
        tab_[at].set_label(tabs[at].second);
        tab_[at].set_focus_on_click(false);
        tab_[at].set_focusable(false);
        tab_[at].signal_clicked().connect([this, page = tabs[at].first] {
            if (!filling_)
                show_page(page);
        });
        tabs_.append(tab_[at]);
    }
    tabs_.add_css_class("launcher-tabs");

    list_.set_selection_mode(Gtk::SelectionMode::SINGLE);
    list_.set_activate_on_single_click(true);
    list_.set_focusable(false);
    ui::name_for_readers(list_, "Results");
    for (std::size_t at = 0; at < views_.size(); ++at)
        list_.append(views_[at]);
    list_.signal_row_activated().connect([this](Gtk::ListBoxRow* row) {
        choose(first_ + static_cast<std::size_t>(row->get_index()));
        activate_chosen();
    });
    footer_.set_xalign(0);
    footer_.add_css_class("launcher-footer");
    footer_.set_ellipsize(Pango::EllipsizeMode::END);

    card_.set_size_request(card_width, -1);
    card_.add_css_class("launcher-card");
    for (Gtk::Widget* const part :
         std::initializer_list<Gtk::Widget*>{&field_, &tabs_, &list_, &footer_})
        card_.append(*part);
    set_child(card_);

    property_is_active().signal_changed().connect([this] {
        if (get_visible() && !property_is_active().get_value())
            close_it(); // the keyboard is somebody else's: a prompt's, the lock's
    });
    auto const key = Gtk::EventControllerKey::create();
    key->set_propagation_phase(Gtk::PropagationPhase::CAPTURE);
    key->signal_key_pressed().connect(
        [this](guint value, guint code, Gdk::ModifierType state) {
            return handle_key(value, code, state);
        },
        false);
    add_controller(key);
    auto const wheel = Gtk::EventControllerScroll::create();
    wheel->set_flags(Gtk::EventControllerScroll::Flags::VERTICAL |
                     Gtk::EventControllerScroll::Flags::DISCRETE);
    wheel->signal_scroll().connect(
        [this](double, double dy) {
            move(dy > 0 ? 1 : -1);
            return true;
        },
        false);
    list_.add_controller(wheel);
}

void LauncherWindow::open()
{
    if (get_visible())
        return;
    view_ = {};
    filling_ = true;
    entry_.set_text("");
    filling_ = false;
    chosen_ = first_ = 0;
    asks_ = false;
    launcher_.refresh();
    fill();
    set_visible(true);
    entry_.grab_focus();
}

void LauncherWindow::close_it()
{
    set_visible(false);
}

void LauncherWindow::update()
{
    if (!get_visible())
        return;
    // The thing that was chosen stays chosen, wherever it stands now.
    std::string const key = chosen() ? key_of(*chosen()) : std::string();
    rows_ = launcher_.rows(view_);
    for (std::size_t at = 0; at < rows_.size() && !key.empty(); ++at)
        if (rows_[at].kind == Row::Kind::item && key_of(rows_[at].item) == key)
            chosen_ = at;
    chosen_ = choosable(rows_, std::min(chosen_, rows_.empty() ? 0 : rows_.size() - 1), 1);
    scroll_to_chosen();
    fill_header();
}

Item const* LauncherWindow::chosen() const
{
    return chosen_ < rows_.size() && rows_[chosen_].kind == Row::Kind::item ? &rows_[chosen_].item
                                                                            : nullptr;
}

void LauncherWindow::handle_typed()
{
    if (filling_)
        return;
    view_.query = entry_.get_text();
    chosen_ = first_ = 0;
    asks_ = false;
    fill();
}

void LauncherWindow::show_page(Page page, std::string qube)
{
    view_ = {.page = page, .query = {}, .qube = std::move(qube)};
    filling_ = true;
    entry_.set_text("");
    filling_ = false;
    chosen_ = first_ = 0;
    asks_ = false;
    fill();
    entry_.grab_focus();
}

void LauncherWindow::fill()
{
    rows_ = launcher_.rows(view_);
    chosen_ = choosable(rows_, 0, 1);
    scroll_to_chosen();
    fill_header();
}

void LauncherWindow::fill_header()
{
    filling_ = true;
    bool const typed = !view_.query.empty() && view_.page != Page::qube;
    for (std::size_t at = 0; at < tabs.size(); ++at)
        tab_[at].set_active(typed ? tabs[at].first == Page::search : tabs[at].first == view_.page);
    filling_ = false;
    bool const in_qube = view_.page == Page::qube;
    page_chip_.set_visible(in_qube);
    page_state_.set_visible(in_qube);
    ui::QubeInfo const* const info = in_qube ? launcher_.qube(view_.qube) : nullptr;
    if (in_qube) {
        page_chip_.set(badge_of(info));
        page_state_.set_text(info ? std::string(name(info->power)) : "gone");
    }
    entry_.set_placeholder_text(in_qube ? "Applications and actions"
                                        : "Applications, qubes, actions");
    std::string const& problem = launcher_.problem();
    bool const lost = !launcher_.connected();
    footer_.set_text(!problem.empty() ? problem
                     : lost           ? "The qubes' manager does not answer; this may be old"
                                      : keys);
    footer_.set_css_classes({"launcher-footer", !problem.empty() || lost ? "problem" : "muted"});
}

void LauncherWindow::scroll_to_chosen()
{
    if (chosen_ < first_ + 1) // a heading above stays in sight
        first_ = chosen_ > 0 && chosen_ < rows_.size() ? chosen_ - 1 : 0;
    if (chosen_ < rows_.size() && chosen_ >= first_ + shown_rows)
        first_ = chosen_ - shown_rows + 1;
    if (rows_.size() <= shown_rows)
        first_ = 0;
    for (std::size_t at = 0; at < shown_rows; ++at) {
        std::size_t const row = first_ + at;
        // An empty one keeps its place: the window never changes its size.
        static Row const empty{.kind = Row::Kind::hint, .item = {}, .marks = {}};
        Row const& shown = row < rows_.size() ? rows_[row] : empty;
        views_[at].set(shown, shown.item.qube.empty() ? nullptr : launcher_.qube(shown.item.qube),
                       {.asks = asks_ && row == chosen_, .in_its_page = view_.page == Page::qube});
    }
    if (chosen()) {
        list_.select_row(views_[chosen_ - first_]);
        gtk_accessible_update_relation(GTK_ACCESSIBLE(entry_.gobj()),
                                       GTK_ACCESSIBLE_RELATION_ACTIVE_DESCENDANT,
                                       views_[chosen_ - first_].gobj(), -1);
    } else
        list_.unselect_all();
}

void LauncherWindow::move(int step)
{
    if (rows_.empty())
        return;
    std::size_t const next = chosen_ + static_cast<std::size_t>(step);
    std::size_t const found = next < rows_.size() ? choosable(rows_, next, step) : chosen_;
    choose(found);
}

void LauncherWindow::choose(std::size_t row)
{
    if (row >= rows_.size() || rows_[row].kind != Row::Kind::item)
        return;
    asks_ = asks_ && row == chosen_;
    chosen_ = row;
    scroll_to_chosen();
}

void LauncherWindow::activate_chosen()
{
    Item const* const item = chosen();
    if (!item)
        return;
    if (item->deed == Deed::open_qube)
        return show_page(Page::qube, item->qube);
    if (asks_first(item->deed) && !std::exchange(asks_, true))
        return scroll_to_chosen();
    Item const copy = *item;
    close_it();
    launcher_.perform(copy, shell_);
}

void LauncherWindow::toggle_favourite()
{
    if (Item const* const item = chosen())
        launcher_.set_favourite(*item, !item->favourite);
}

void LauncherWindow::leave_page()
{
    if (!view_.query.empty())
        return show_page(view_.page, view_.qube);
    if (view_.page != Page::search)
        return show_page(Page::search);
    close_it();
}

bool LauncherWindow::handle_key(guint key, guint, Gdk::ModifierType state)
{
    bool const control =
        (state & Gdk::ModifierType::CONTROL_MASK) == Gdk::ModifierType::CONTROL_MASK;
    bool const at_end = entry_.get_position() >= static_cast<int>(entry_.get_text().size());
    auto const tab = static_cast<std::size_t>(
        std::ranges::find(tabs, view_.page, [](auto const& one) { return one.first; }) -
        tabs.begin());
    switch (key) {
    case GDK_KEY_Escape: leave_page(); return true;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_ISO_Enter: activate_chosen(); return true;
    case GDK_KEY_Up: move(-1); return true;
    case GDK_KEY_Down: move(1); return true;
    case GDK_KEY_Page_Up:
    case GDK_KEY_Page_Down: {
        int const step = key == GDK_KEY_Page_Up ? -1 : 1;
        for (std::size_t i = 0; i + 2 < shown_rows; ++i)
            move(step);
        return true;
    }
    case GDK_KEY_Tab: show_page(tabs[(tab + 1) % tabs.size()].first); return true;
    case GDK_KEY_ISO_Left_Tab:
        show_page(tabs[(std::min(tab, tabs.size()) + tabs.size() - 1) % tabs.size()].first);
        return true;
    case GDK_KEY_Right:
        if (Item const* const item = chosen();
            item && at_end && !item->qube.empty() && view_.page != Page::qube) {
            show_page(Page::qube, item->qube);
            return true;
        }
        return false;
    case GDK_KEY_Left:
        if (view_.page == Page::qube && view_.query.empty()) {
            show_page(Page::search);
            return true;
        }
        return false;
    case GDK_KEY_BackSpace:
        if (view_.page == Page::qube && view_.query.empty()) {
            show_page(Page::search);
            return true;
        }
        return false;
    case GDK_KEY_d:
    case GDK_KEY_D:
        if (!control)
            return false;
        toggle_favourite();
        return true;
    default: return false;
    }
}

} // namespace vitrail::launcher
