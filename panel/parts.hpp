#pragma once

#include "lib/ui/marks.hpp"
#include "panel/part.hpp"

#include <gtkmm/box.h>
#include <gtkmm/button.h>
#include <gtkmm/calendar.h>
#include <gtkmm/label.h>
#include <sigc++/connection.h>

#include <memory>
#include <string>
#include <vector>

namespace vitrail::panel {

/// Opens the launcher.
class LauncherPart final : public PartView {
public:
    explicit LauncherPart(Context const& context);
    [[nodiscard]] Gtk::Widget& widget() override { return button_; }

private:
    Gtk::Button button_;
    ui::GlyphIcon icon_{ui::Glyph::applications, 17};
};

/// Whose keyboard it is, always at the same place.
class FocusPart final : public PartView {
public:
    explicit FocusPart(Context const& context);
    [[nodiscard]] Gtk::Widget& widget() override { return box_; }
    void handle_desktop() override;

private:
    Context const& context_;
    Gtk::Box box_;
    ui::QubeChip chip_{22, 156};
};

class WorkspacesPart final : public PartView {
public:
    explicit WorkspacesPart(Context const& context);
    [[nodiscard]] Gtk::Widget& widget() override { return box_; }
    void handle_desktop() override;
    void handle_toplevels() override { handle_desktop(); }

private:
    Context const& context_;
    Gtk::Box box_;
    std::vector<std::unique_ptr<Gtk::Button>> buttons_;
};

/// What is held of what was copied between qubes; only while there is something.
class ClipboardPart final : public PartView {
public:
    explicit ClipboardPart(Context const& context);
    [[nodiscard]] Gtk::Widget& widget() override { return button_; }
    void handle_desktop() override;

private:
    Context const& context_;
    CardButton button_;
    Gtk::Box content_;
    ui::GlyphIcon icon_{ui::Glyph::clipboard};
    ui::QubeIcon whose_{16};
    Gtk::Box card_;
    ui::QubeChip chip_;
    Gtk::Label text_;
    Gtk::Button clear_;
};

/// The keyboard's layout; only where there are several.
class KeyboardPart final : public PartView {
public:
    explicit KeyboardPart(Context const& context);
    [[nodiscard]] Gtk::Widget& widget() override { return button_; }
    void handle_desktop() override;

private:
    Context const& context_;
    Gtk::Button button_;
};

class ClockPart final : public PartView {
public:
    explicit ClockPart(Context const& context);
    ~ClockPart() override;
    [[nodiscard]] Gtk::Widget& widget() override { return button_; }

private:
    void tick();
    Context const& context_;
    CardButton button_;
    Gtk::Label time_;
    Gtk::Box card_;
    Gtk::Label date_;
    Gtk::Calendar calendar_;
    sigc::connection timer_;
};

/// Locks, ends, and what the machine can do besides.
class SessionPart final : public PartView {
public:
    explicit SessionPart(Context const& context);
    [[nodiscard]] Gtk::Widget& widget() override { return button_; }

private:
    void add(ui::Glyph glyph, std::string const& text, std::function<void()> act, bool asks);
    void ask(std::string const& text, std::function<void()> act);
    void show_choices();

    Context const& context_;
    CardButton button_;
    ui::GlyphIcon icon_{ui::Glyph::power};
    Gtk::Box card_;
    Gtk::Box choices_;
    Gtk::Box question_;
    Gtk::Label question_title_;
    Gtk::Label question_text_;
    Gtk::Button cancel_;
    Gtk::Button confirm_;
    std::function<void()> confirmed_;
    std::vector<std::unique_ptr<Gtk::Button>> buttons_;
};

} // namespace vitrail::panel
