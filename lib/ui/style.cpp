#include "lib/ui/style.hpp"

#include <gdkmm/display.h>
#include <gtkmm/cssprovider.h>
#include <gtkmm/settings.h>
#include <gtkmm/stylecontext.h>
#include <gtkmm/widget.h>

#include <cmath>
#include <cstdio>

namespace vitrail::ui {

namespace {

Scheme scheme_now = Scheme::light;

std::string css(Color color)
{
    char text[64];
    auto const part = [](double value) { return static_cast<int>(std::lround(value * 255)); };
    std::snprintf(text, sizeof text, "rgba(%d,%d,%d,%.3f)", part(color.red), part(color.green),
                  part(color.blue), color.alpha);
    return text;
}

/// Every @NAME of the sheet is a colour of the palette.
std::string filled(std::string sheet, Palette const& p)
{
    std::pair<char const*, Color> const names[] = {
        {"@bar", p.bar},
        {"@line", p.line},
        {"@text", p.text},
        {"@muted", p.text_muted},
        {"@hover", p.hover},
        {"@pressed", p.pressed},
        {"@danger", p.danger},
        {"@accent", p.accent},
        {"@chosen", p.card_selected},
        {"@card", p.card.with_alpha(1)},
    };
    for (auto const& [name, color] : names)
        for (std::size_t at; (at = sheet.find(name)) != std::string::npos;)
            sheet.replace(at, std::char_traits<char>::length(name), css(color));
    return sheet;
}

constexpr char const* sheet = R"(
* { font-family: "Noto Sans", sans-serif; font-size: 13px; -gtk-icon-shadow: none; outline-offset: -2px; }
window { background: transparent; color: @text; }
.bar { background: @bar; color: @text; padding: 0 4px; }
.bar.bottom { border-top: 1px solid @line; }
.bar.top { border-bottom: 1px solid @line; }

/* Buttons: flat, one look everywhere. */
button, menubutton > button {
  background: transparent; border: none; box-shadow: none; color: @text; border-radius: 6px;
  padding: 0 8px; min-height: 28px; min-width: 16px; font-weight: normal; text-shadow: none; }
button:hover { background: @hover; }
button:active, button:checked, menubutton > button:checked { background: @pressed; }
button:focus-visible { outline: 2px solid @accent; }
button:disabled { color: @muted; opacity: 0.6; }
button.raised { background: @hover; padding: 0 12px; }
button.raised:hover { background: @pressed; }
button.danger { color: @danger; }
button.danger.raised { background: @danger; color: white; }
.bar button { margin: 3px 1px; }
.bar separator { background: @line; min-width: 1px; margin: 9px 5px; }

/* A place of the bar that is a fact, not a button. */
.fact { margin: 0 6px; }
.muted { color: @muted; }
.strong { font-weight: 600; }
.small { font-size: 12px; }
.heading { font-weight: 700; font-size: 15px; }
.section { color: @muted; font-size: 11px; font-weight: 700; letter-spacing: 0.5px; }
.problem { color: @danger; }

.workspace { padding: 0 6px; min-width: 16px; font-weight: 600; color: @muted; }
.workspace.current { background: @chosen; color: @text; }
.workspace.occupied { color: @text; }

.task { padding: 0 10px 0 7px; color: @muted; }
.task.focused { background: @chosen; color: @text; }
.task.attention { color: @text; font-weight: 600; box-shadow: inset 0 -2px @danger; border-radius: 6px 6px 2px 2px; }
.task.minimized label { font-style: italic; }

/* Popovers are cards. */
popover > contents { background: @card; color: @text; border: 1px solid @line; border-radius: 12px;
  padding: 10px; margin: 6px; box-shadow: 0 2px 6px rgba(0,0,0,0.25); }
popover > arrow { background: @card; border: 1px solid @line; }
popover separator { background: @line; min-height: 1px; margin: 6px 0; }
.row { padding: 4px 8px; border-radius: 8px; }
.row:hover { background: @hover; }
button.row { padding: 5px 8px; }
.row.open { background: @chosen; }
.actions { padding: 2px 8px 8px 8px; }
.actions button { background: @hover; padding: 0 10px; }
.actions button:hover { background: @pressed; }
.actions button.danger { background: transparent; }
.actions button.danger.raised { background: @danger; }
scrolledwindow, scrolledwindow > viewport, list { background: transparent; border: none; }
scrollbar { background: transparent; border: none; }
tooltip { background: @card; color: @text; border: 1px solid @line; border-radius: 6px; }
tooltip * { color: @text; }
calendar { background: transparent; border: none; color: @text; }
calendar > header { border: none; }
calendar > grid > label.today { box-shadow: none; background: @chosen; border-radius: 6px; }
calendar > grid > label:selected { background: @accent; color: @bar; border-radius: 6px; }

/* The launcher: one card. */
.launcher-card { background: @card; border: 1px solid @line; border-radius: 14px; margin: 14px;
  box-shadow: 0 3px 12px rgba(0,0,0,0.30); }
.launcher-field { padding: 12px 16px 6px 18px; }
.launcher-field entry { background: transparent; border: none; outline: none; padding: 0; }
.launcher-field entry:focus-within { outline: none; }
.launcher-field entry text { font-size: 18px; }
.launcher-field entry text placeholder { color: @muted; font-size: 18px; }
.launcher-tabs { padding: 0 12px 8px 12px; border-bottom: 1px solid @line; }
.launcher-tabs button { color: @muted; }
.launcher-tabs button:checked { background: @chosen; color: @text; }
.launcher-card list { padding: 6px 8px; }
.launcher-row { padding: 0 10px; border-radius: 8px; background: transparent; color: @text; }
.launcher-row.activatable:hover { background: @hover; }
.launcher-row:selected { background: @chosen; color: @text; }
.launcher-footer { padding: 8px 18px; border-top: 1px solid @line; font-size: 12px; }

/* What the user is asked, and told. */
.veil { background: rgba(0,0,0,0.45); }
.prompt-card { background: @card; border: 1px solid @line; border-radius: 14px; padding: 18px 20px; margin: 14px;
  box-shadow: 0 3px 12px rgba(0,0,0,0.30); }
.prompt-targets { border: 1px solid @line; border-radius: 8px; }
.prompt-targets list { padding: 0 4px; }
button.consent { background: @accent; color: @card; }
button.consent:hover { background: @accent; }
button.consent:disabled { background: @hover; color: @muted; }
.notice-card { background: @card; border: 1px solid @line; border-radius: 12px; padding: 10px 10px 10px 14px; }
.notice-card.critical { border-color: @danger; }
.notice-row { padding: 8px; border-bottom: 1px solid @line; }
.notice-row.critical { border-left: 2px solid @danger; }
.notice-actions { padding-top: 4px; }
.notice-actions button { background: @hover; padding: 0 12px; }
.notice-actions button:hover { background: @pressed; }

entry { background: @bar; color: @text; border: 1px solid @line; border-radius: 8px; min-height: 34px; box-shadow: none; }
entry:focus-within { outline: 2px solid @accent; }
)";

} // namespace

std::string style_sheet(Scheme scheme)
{
    return filled(sheet, palette(scheme));
}

void apply_style(Scheme scheme)
{
    // One provider for the life of the display: its sheet is exchanged.
    static Glib::RefPtr<Gtk::CssProvider> const provider = [] {
        auto made = Gtk::CssProvider::create();
        Gtk::StyleContext::add_provider_for_display(Gdk::Display::get_default(), made,
                                                    GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
        return made;
    }();
    scheme_now = scheme;
    auto const settings = Gtk::Settings::get_default();
    settings->property_gtk_application_prefer_dark_theme() = scheme == Scheme::dark;
    settings->property_gtk_enable_animations() = false;
    provider->load_from_data(style_sheet(scheme));
}

Scheme current_scheme()
{
    return scheme_now;
}

void name_for_readers(Gtk::Widget& widget, std::string const& name)
{
    // A button with a text of its own is called by that, until it is told otherwise.
    gtk_accessible_reset_relation(GTK_ACCESSIBLE(widget.gobj()),
                                  GTK_ACCESSIBLE_RELATION_LABELLED_BY);
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget.gobj()), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                   name.c_str(), -1);
}

void describe_for_readers(Gtk::Widget& widget, std::string const& text)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget.gobj()),
                                   GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text.c_str(), -1);
}

} // namespace vitrail::ui
