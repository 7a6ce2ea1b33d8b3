#pragma once

#include "lib/paint/theme.hpp"

#include <string>

namespace Gtk {
class Widget;
}

namespace vitrail::ui {

/// The one look of panel, launcher and prompts. Before the first window, and again when the user
/// changes it: all windows follow.
void apply_style(Scheme scheme);
/// What apply_style() was called with last.
[[nodiscard]] Scheme current_scheme();
/// The style sheet; its classes are listed there.
[[nodiscard]] std::string style_sheet(Scheme scheme);

/// What a screen reader says of a control without text of its own.
void name_for_readers(Gtk::Widget& widget, std::string const& name);
/// The same, said after the name.
void describe_for_readers(Gtk::Widget& widget, std::string const& text);

} // namespace vitrail::ui
