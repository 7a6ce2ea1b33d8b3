#include "panel/parts.hpp"
#include "panel/start_program.hpp"

#include "lib/ui/style.hpp"
#include "panel/notifications_part.hpp"
#include "panel/qubes_part.hpp"
#include "panel/tasks_part.hpp"
#include "panel/words.hpp"

#include <glibmm/datetime.h>
#include <glibmm/main.h>
#include <unistd.h>

#include <algorithm>

namespace vitrail::panel {

namespace {

/// An icon and a text, as all choices of a card have them.
void fill_choice(Gtk::Button& button, ui::Glyph glyph, std::string const& text)
{
    auto* const box = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::HORIZONTAL, 10);
    box->append(*Gtk::make_managed<ui::GlyphIcon>(glyph));
    auto* const label = Gtk::make_managed<Gtk::Label>(text);
    label->set_xalign(0);
    box->append(*label);
    button.set_child(*box);
    button.add_css_class("row");
    ui::name_for_readers(button, text);
}

} // namespace

CardButton::CardButton(Context const& context, std::string const& name)
{
    set_direction(context.config.edge == Edge::bottom ? Gtk::ArrowType::UP : Gtk::ArrowType::DOWN);
    set_always_show_arrow(false);
    card_.set_has_arrow(false);
    set_popover(card_);
    set_name_for_readers(name);
}

void CardButton::set_name_for_readers(std::string const& name)
{
    ui::name_for_readers(*this, name);
    if (Gtk::Widget* const toggle = get_first_child()) // what is pressed
        ui::name_for_readers(*toggle, name);
    set_tooltip_text(name);
}

// ---- launcher ----

LauncherPart::LauncherPart(Context const& context)
{
    button_.set_child(icon_);
    button_.set_tooltip_text("Applications");
    ui::name_for_readers(button_, "Applications");
    button_.signal_clicked().connect(
        [&context] { context.shell.act(ui::ShellLink::Action::launcher); });
}

// ---- focus ----

FocusPart::FocusPart(Context const& context) : context_(context)
{
    box_.set_size_request(168, -1);
    box_.add_css_class("fact");
    chip_.set_hexpand(false);
    box_.append(chip_);
    handle_desktop();
}

void FocusPart::handle_desktop()
{
    auto const& facts = context_.shell.desktop();
    bool const somebody = facts.keyboard != ui::DesktopFacts::Keyboard::none;
    chip_.set_visible(somebody);
    if (somebody)
        chip_.set(facts.focus);
    box_.set_tooltip_text(somebody ? "What you type goes to " + facts.focus.name
                                   : "What you type goes to nobody");
}

// ---- workspaces ----

WorkspacesPart::WorkspacesPart(Context const& context)
    : context_(context), box_(Gtk::Orientation::HORIZONTAL, 0)
{
    handle_desktop();
}

void WorkspacesPart::handle_desktop()
{
    auto const& facts = context_.shell.desktop();
    while (buttons_.size() > facts.workspaces) {
        box_.remove(*buttons_.back());
        buttons_.pop_back();
    }
    while (buttons_.size() < facts.workspaces) {
        auto const number = static_cast<std::uint32_t>(buttons_.size() + 1);
        auto& button = buttons_.emplace_back(std::make_unique<Gtk::Button>(std::to_string(number)));
        button->add_css_class("workspace");
        button->signal_clicked().connect([this, number] { context_.shell.set_workspace(number); });
        box_.append(*button);
    }
    auto const windows = context_.shell.windows();
    for (std::uint32_t number = 1; number <= facts.workspaces; ++number) {
        Gtk::Button& button = *buttons_[number - 1];
        auto const count = static_cast<std::size_t>(std::ranges::count_if(
            windows, [number](auto const* one) { return one->facts().workspace == number; }));
        bool const current = number == facts.workspace;
        auto const set = [&](char const* name, bool on) {
            on ? button.add_css_class(name) : button.remove_css_class(name);
        };
        set("current", current);
        set("occupied", count > 0);
        std::string const name =
            "Workspace " + std::to_string(number) + ", " + count_text(count, "window", "windows");
        ui::name_for_readers(button, name + (current ? ", in use" : ""));
        button.set_tooltip_text(name);
    }
}

// ---- clipboard ----

ClipboardPart::ClipboardPart(Context const& context)
    : context_(context),
      button_(context, "Clipboard between qubes"),
      content_(Gtk::Orientation::HORIZONTAL, 5),
      card_(Gtk::Orientation::VERTICAL, 8),
      clear_("Clear now")
{
    content_.append(icon_);
    content_.append(whose_);
    button_.set_child(content_);
    auto* const title = Gtk::make_managed<Gtk::Label>("Clipboard between qubes");
    title->add_css_class("heading");
    title->set_xalign(0);
    chip_.set_halign(Gtk::Align::START);
    text_.set_xalign(0);
    text_.add_css_class("muted");
    clear_.add_css_class("raised");
    clear_.set_halign(Gtk::Align::END);
    clear_.signal_clicked().connect([this] {
        context_.shell.act(ui::ShellLink::Action::clear_clipboard);
        button_.card().popdown();
    });
    card_.append(*title);
    card_.append(chip_);
    card_.append(text_);
    card_.append(clear_);
    button_.card().set_child(card_);
    handle_desktop();
}

void ClipboardPart::handle_desktop()
{
    auto const& held = context_.shell.desktop().clipboard;
    button_.set_visible(!held.qube.empty());
    if (held.qube.empty())
        return button_.card().popdown();
    Badge const badge = ui::badge_of(context_.model, held.qube);
    chip_.set(badge);
    whose_.set(badge);
    std::string const what = held_text(held.type, held.bytes, held.width, held.height);
    text_.set_text(what + ". Ctrl+Shift+V gives it to the qube in use.");
    button_.set_name_for_readers("Clipboard between qubes: " + what + " of " + held.qube);
}

// ---- keyboard ----

KeyboardPart::KeyboardPart(Context const& context) : context_(context)
{
    button_.add_css_class("muted");
    button_.signal_clicked().connect(
        [this] { context_.shell.act(ui::ShellLink::Action::next_layout); });
    handle_desktop();
}

void KeyboardPart::handle_desktop()
{
    auto const& facts = context_.shell.desktop();
    button_.set_visible(facts.layouts > 1 && !facts.layout.empty());
    button_.set_label(layout_code(facts.layout));
    button_.set_tooltip_text(facts.layout);
    ui::name_for_readers(button_, "Keyboard layout: " + facts.layout);
}

// ---- clock ----

ClockPart::ClockPart(Context const& context)
    : context_(context), button_(context, "Clock"), card_(Gtk::Orientation::VERTICAL, 6)
{
    button_.set_child(time_);
    date_.add_css_class("heading");
    date_.set_xalign(0);
    card_.append(date_);
    card_.append(calendar_);
    button_.card().set_child(card_);
    button_.card().signal_show().connect([this] {
        auto const now = Glib::DateTime::create_now_local();
        calendar_.select_day(now);
        date_.set_text(now.format("%A, %e %B %Y"));
    });
    tick();
}

ClockPart::~ClockPart()
{
    timer_.disconnect();
}

void ClockPart::tick()
{
    auto const now = Glib::DateTime::create_now_local();
    std::string const text = now.format(context_.config.clock_format);
    time_.set_text(text);
    button_.set_name_for_readers(now.format("%A, %e %B %Y, %H:%M"));
    // The clock wakes us when it changes, not in between.
    bool const seconds = context_.config.clock_format.find("%S") != std::string::npos ||
                         context_.config.clock_format.find("%T") != std::string::npos;
    double const rest =
        seconds ? 1.0 - (now.get_seconds() - now.get_second()) : 60.0 - now.get_seconds();
    timer_ = Glib::signal_timeout().connect(
        [this] {
            tick();
            return false;
        },
        static_cast<unsigned>(rest * 1000) + 5);
}

// ---- session ----

SessionPart::SessionPart(Context const& context)
    : context_(context),
      button_(context, "Session"),
      card_(Gtk::Orientation::VERTICAL, 2),
      choices_(Gtk::Orientation::VERTICAL, 2),
      question_(Gtk::Orientation::VERTICAL, 8),
      cancel_("Cancel"),
      confirm_("Yes")
{
    button_.set_child(icon_);
    card_.set_size_request(220, -1);
    using Action = ui::ShellLink::Action;
    add(ui::Glyph::lock, "Lock", [this] { context_.shell.act(Action::lock); }, false);
    add(ui::Glyph::leave, "Log out", [this] { context_.shell.act(Action::quit); }, true);
    if (access("/run/systemd/system", F_OK) == 0) {
        add(ui::Glyph::moon, "Suspend", [] { start_program({"systemctl", "suspend"}); }, false);
        add(ui::Glyph::restart, "Restart", [] { start_program({"systemctl", "reboot"}); }, true);
        add(ui::Glyph::power, "Shut down", [] { start_program({"systemctl", "poweroff"}); }, true);
    }
    question_title_.add_css_class("heading");
    question_title_.set_xalign(0);
    question_text_.set_xalign(0);
    question_text_.set_wrap(true);
    question_text_.set_max_width_chars(34);
    auto* const answers = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::HORIZONTAL, 8);
    answers->set_halign(Gtk::Align::END);
    cancel_.add_css_class("raised");
    cancel_.signal_clicked().connect([this] { show_choices(); });
    confirm_.add_css_class("raised");
    confirm_.add_css_class("danger");
    confirm_.signal_clicked().connect([this] {
        button_.card().popdown();
        if (confirmed_)
            confirmed_();
    });
    answers->append(cancel_);
    answers->append(confirm_);
    question_.append(question_title_);
    question_.append(question_text_);
    question_.append(*answers);
    question_.set_margin(6);
    card_.append(choices_);
    card_.append(question_);
    button_.card().set_child(card_);
    button_.card().signal_show().connect([this] { show_choices(); });
    show_choices();
}

void SessionPart::add(ui::Glyph glyph, std::string const& text, std::function<void()> act,
                      bool asks)
{
    auto& button = buttons_.emplace_back(std::make_unique<Gtk::Button>());
    fill_choice(*button, glyph, text);
    button->signal_clicked().connect([this, text, act = std::move(act), asks] {
        if (asks)
            return ask(text, act);
        button_.card().popdown();
        act();
    });
    choices_.append(*button);
}

void SessionPart::ask(std::string const& text, std::function<void()> act)
{
    std::vector<std::string> running;
    for (auto const& [name, qube] : context_.model.qubes())
        if (qube.alive() && !qube.is_admin() && !qube.internal)
            running.push_back(name);
    question_title_.set_text(text + "?");
    question_text_.set_text(
        running.empty() ? "No qube is running."
                        : count_text(running.size(), "qube is", "qubes are") +
                              " running and will be shut down: " + list_text(running) + ".");
    confirm_.set_label(text);
    confirmed_ = std::move(act);
    choices_.set_visible(false);
    question_.set_visible(true);
    cancel_.grab_focus();
}

void SessionPart::show_choices()
{
    question_.set_visible(false);
    choices_.set_visible(true);
}

std::unique_ptr<PartView> make_part(Part part, Context const& context)
{
    switch (part) {
    case Part::launcher: return std::make_unique<LauncherPart>(context);
    case Part::focus: return std::make_unique<FocusPart>(context);
    case Part::workspaces: return std::make_unique<WorkspacesPart>(context);
    case Part::tasks: return std::make_unique<TasksPart>(context);
    case Part::clipboard: return std::make_unique<ClipboardPart>(context);
    case Part::notifications: return std::make_unique<NotificationsPart>(context);
    case Part::qubes: return std::make_unique<QubesPart>(context);
    case Part::keyboard: return std::make_unique<KeyboardPart>(context);
    case Part::clock: return std::make_unique<ClockPart>(context);
    case Part::session: break;
    }
    return std::make_unique<SessionPart>(context);
}

} // namespace vitrail::panel
