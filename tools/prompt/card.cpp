#include "tools/prompt/card.hpp"

#include "lib/base/text.hpp"
#include "lib/ui/style.hpp"
#include "tools/prompt/words.hpp"

#include "vitrail-shell-v1-client-protocol.h"
#include <gdk/gdkkeysyms.h>
#include <gdk/wayland/gdkwayland.h>
#include <gtk4-layer-shell.h>
#include <gtkmm/adjustment.h>
#include <gtkmm/eventcontrollerkey.h>

#include <algorithm>
#include <utility>

namespace vitrail::prompt {
namespace {

constexpr int card_width = 520;
constexpr int row_height = 36;
constexpr std::size_t most_rows = 6; ///< of the list, before it scrolls

void set_up_layer(Gtk::Window& window, char const* name)
{
    window.set_decorated(false);
    gtk_layer_init_for_window(window.gobj());
    gtk_layer_set_namespace(window.gobj(), name);
    gtk_layer_set_layer(window.gobj(), GTK_LAYER_SHELL_LAYER_OVERLAY);
}

std::string target_state(ui::QubeModel const& qubes, std::string_view target)
{
    if (disposable_of(target))
        return "made for this";
    ui::QubeInfo const* const info = qubes.find(target);
    if (!info || info->is_admin())
        return {};
    return info->power == ui::Power::halted ? "will be started" : std::string(name(info->power));
}

Gtk::Label& heading_of(Gtk::Label& label, char const* text)
{
    label.set_text(text);
    label.set_xalign(0);
    label.add_css_class("section");
    return label;
}

} // namespace

/// A row of the list.
class Card::Target : public Gtk::ListBoxRow {
public:
    Target(std::string target, ui::QubeModel const& qubes)
        : target_(std::move(target)), line_(Gtk::Orientation::HORIZONTAL, 10)
    {
        std::string const state = target_state(qubes, target_);
        Badge const badge = ui::badge_of(qubes, disposable_of(target_).value_or(target_));
        icon_.set(badge);
        name_.set_text(target_name(target_));
        name_.set_xalign(0);
        name_.set_hexpand(true);
        name_.set_ellipsize(Pango::EllipsizeMode::END);
        state_.set_text(state);
        state_.set_css_classes({"muted", "small"});
        line_.append(icon_);
        line_.append(name_);
        line_.append(state_);
        line_.set_size_request(-1, row_height);
        set_child(line_);
        add_css_class("launcher-row");
        ui::name_for_readers(*this, target_name(target_) + ", label " + badge.label +
                                        (state.empty() ? "" : ", " + state));
    }
    [[nodiscard]] std::string const& target() const { return target_; }
    [[nodiscard]] bool matches(std::string_view part) const
    {
        return ascii_lower(target_name(target_)).contains(ascii_lower(part));
    }

private:
    std::string target_;
    Gtk::Box line_;
    ui::QubeIcon icon_;
    Gtk::Label name_, state_;
};

struct Card::Table {
    static vitrail_prompt_v1_listener const prompt;
};

vitrail_prompt_v1_listener const Card::Table::prompt{
    .ready = [](void* data, vitrail_prompt_v1*,
                std::uint32_t ready) { static_cast<Card*>(data)->handle_ready(ready != 0); },
    .cancelled = [](void* data,
                    vitrail_prompt_v1*) { static_cast<Card*>(data)->answer(std::nullopt); },
};

Card::Card(Setup setup, ui::QubeModel const& qubes, ui::ShellLink& shell, Answer answer)
    : setup_(std::move(setup)),
      qubes_(qubes),
      shell_(shell),
      answer_(std::move(answer)),
      window_(std::make_unique<Gtk::Window>()),
      card_(Gtk::Orientation::VERTICAL, 10),
      source_(24, card_width - 40)
{
    build();
    build_targets();
    show();
    update();
}

Card::~Card()
{
    window_.reset(); // the role of the surface first
    if (prompt_)
        vitrail_prompt_v1_destroy(prompt_);
}

void Card::build()
{
    window_->set_title("Question about a call between qubes");
    window_->set_resizable(false);
    window_->add_css_class("prompt");
    card_.set_size_request(card_width, -1);
    card_.add_css_class("prompt-card");

    source_.set(ui::badge_of(qubes_, setup_.question.source));
    source_.set_halign(Gtk::Align::START);
    wish_.set_text(wish(setup_.question.service));
    wish_.add_css_class("heading");
    operation_.set_text(operation(setup_.question.service, setup_.question.argument));
    operation_.add_css_class("muted");
    for (Gtk::Label* const label : {&wish_, &operation_, &sign_, &waiting_}) {
        label->set_xalign(0);
        label->set_wrap(true);
        label->set_wrap_mode(Pango::WrapMode::WORD_CHAR);
        label->set_max_width_chars(1); // as wide as the card, not as the text
        label->set_hexpand(true);
    }
    auto* const where = Gtk::make_managed<Gtk::Label>();
    for (Gtk::Widget* const part : std::initializer_list<Gtk::Widget*>{
             &source_, &wish_, &operation_, &heading_of(*where, "WHERE"), &filter_, &scroll_})
        card_.append(*part);

    sign_.set_text(setup_.sign.empty() ? std::string() : "Your sign: " + setup_.sign);
    sign_.set_tooltip_text("Only this computer knows it. A question without it is not from here.");
    waiting_.set_css_classes({"muted", "small"});
    waiting_.set_visible(false);
    auto* const foot = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::HORIZONTAL, 8);
    deny_.set_label("Deny");
    deny_.add_css_class("raised");
    allow_.add_css_class("raised");
    allow_.add_css_class("consent");
    deny_.signal_clicked().connect([this] { answer(std::nullopt); });
    allow_.signal_clicked().connect([this] { allow(); });
    foot->append(sign_);
    foot->append(deny_);
    foot->append(allow_);
    card_.append(waiting_);
    card_.append(*foot);
    window_->set_child(card_);

    auto const key = Gtk::EventControllerKey::create();
    key->set_propagation_phase(Gtk::PropagationPhase::CAPTURE);
    key->signal_key_pressed().connect(
        [this](guint value, guint, Gdk::ModifierType) { return handle_key(value); }, false);
    window_->add_controller(key);
}

void Card::build_targets()
{
    auto const& all = setup_.question.targets;
    filter_.set_placeholder_text("Part of its name");
    ui::name_for_readers(filter_, "Part of the target's name");
    filter_.signal_changed().connect([this] { handle_typed(); });
    filter_.set_visible(all.size() > most_rows);

    list_.set_selection_mode(Gtk::SelectionMode::SINGLE);
    ui::name_for_readers(list_, "Where it may be allowed");
    for (std::string const& target : all) {
        targets_.push_back(std::make_unique<Target>(target, qubes_));
        list_.append(*targets_.back());
        if (target == setup_.question.default_target)
            list_.select_row(*targets_.back());
    }
    if (setup_.question.default_target.empty())
        list_.unselect_all();
    list_.set_filter_func([this](Gtk::ListBoxRow* row) {
        auto const* const target = dynamic_cast<Target const*>(row);
        return target && target->matches(filter_.get_text().raw());
    });
    list_.signal_selected_rows_changed().connect([this] { update(); });
    scroll_.set_child(list_);
    scroll_.set_policy(Gtk::PolicyType::NEVER, Gtk::PolicyType::AUTOMATIC);
    scroll_.set_size_request(-1, static_cast<int>(std::min(all.size(), most_rows)) * row_height +
                                     (all.size() > most_rows ? row_height / 2 : 2));
    scroll_.add_css_class("prompt-targets");
}

void Card::show()
{
    set_up_layer(veil_, "vitrail-prompt-veil");
    veil_.add_css_class("veil");
    for (GtkLayerShellEdge const edge : {GTK_LAYER_SHELL_EDGE_LEFT, GTK_LAYER_SHELL_EDGE_RIGHT,
                                         GTK_LAYER_SHELL_EDGE_TOP, GTK_LAYER_SHELL_EDGE_BOTTOM})
        gtk_layer_set_anchor(veil_.gobj(), edge, TRUE);
    gtk_layer_set_exclusive_zone(veil_.gobj(), -1); // over the panel
    veil_.set_visible(true);

    set_up_layer(*window_, "vitrail-prompt");
    gtk_layer_set_keyboard_mode(window_->gobj(), GTK_LAYER_SHELL_KEYBOARD_MODE_EXCLUSIVE);
    window_->set_visible(true);
    // It has its role now, and no picture yet.
    GdkSurface* const surface = gtk_native_get_surface(GTK_NATIVE(window_->gobj()));
    prompt_ = shell_.get_prompt(gdk_wayland_surface_get_wl_surface(surface));
    if (prompt_)
        vitrail_prompt_v1_add_listener(prompt_, &Table::prompt, this);
    if (filter_.get_visible())
        filter_.grab_focus();
    else
        list_.grab_focus();
}

void Card::set_waiting(std::size_t count)
{
    waiting_.set_text(count == 1 ? "One more question waits"
                                 : std::to_string(count) + " more questions wait");
    waiting_.set_visible(count > 0);
}

void Card::handle_ready(bool ready)
{
    ready_ = ready;
    update();
}

Card::Target* Card::chosen()
{
    return dynamic_cast<Target*>(list_.get_selected_row());
}

void Card::update()
{
    Target const* const target = chosen();
    allow_.set_label(consent(target ? target->target() : ""));
    allow_.set_sensitive(ready_ && target);
    deny_.set_sensitive(ready_);
}

void Card::handle_typed()
{
    list_.invalidate_filter();
    std::vector<Target*> left;
    for (auto const& target : targets_)
        if (target->matches(filter_.get_text().raw()))
            left.push_back(target.get());
    Target const* const now = chosen();
    if (left.size() == 1)
        list_.select_row(*left.front());
    else if (now && !std::ranges::contains(left, now))
        list_.unselect_all(); // what is not seen is not chosen
}

void Card::move(int step)
{
    std::vector<Target*> shown;
    for (auto const& target : targets_)
        if (target->matches(filter_.get_text().raw()))
            shown.push_back(target.get());
    if (shown.empty())
        return;
    auto const now = std::ranges::find(shown, chosen());
    auto const last = static_cast<int>(shown.size()) - 1;
    int const at =
        now == shown.end() ? (step > 0 ? -1 : last + 1) : static_cast<int>(now - shown.begin());
    Target& next = *shown[static_cast<std::size_t>(std::clamp(at + step, 0, last))];
    list_.select_row(next);
    auto const adjustment = scroll_.get_vadjustment();
    int const place = next.get_index() * row_height;
    adjustment->clamp_page(place, place + row_height);
}

bool Card::handle_key(guint key)
{
    switch (key) {
    case GDK_KEY_Escape: answer(std::nullopt); return true;
    case GDK_KEY_Down: move(1); return true;
    case GDK_KEY_Up: move(-1); return true;
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
    case GDK_KEY_ISO_Enter:
        if (deny_.has_focus())
            return false; // it is pressed by it
        allow();
        return true;
    default: return false;
    }
}

void Card::allow()
{
    if (Target const* const target = chosen(); target && ready_)
        answer(target->target());
}

void Card::answer(std::optional<std::string> const& target)
{
    if (auto const tell = std::exchange(answer_, {}))
        tell(target);
}

} // namespace vitrail::prompt
