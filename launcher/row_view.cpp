#include "launcher/row_view.hpp"

#include "lib/base/utf8.hpp"
#include "lib/paint/canvas.hpp"
#include "lib/ui/style.hpp"

#include <glib.h>

#include <algorithm>
#include <utility>

namespace vitrail::launcher {
namespace {

constexpr int row_height = 40;
constexpr int widest_chip = 170;

/// The sign of what can be done; nullopt: a letter stands for it.
std::optional<ui::Glyph> glyph_of(Item const& item)
{
    using ui::Glyph;
    switch (item.deed) {
    case Deed::terminal:
    case Deed::machine_terminal: return Glyph::terminal;
    case Deed::files: return Glyph::folder;
    case Deed::start:
    case Deed::unpause: return Glyph::play;
    case Deed::shut_down: return Glyph::power;
    case Deed::restart:
    case Deed::reboot: return Glyph::restart;
    case Deed::pause: return Glyph::pause;
    case Deed::kill: return Glyph::close;
    case Deed::lock: return Glyph::lock;
    case Deed::log_out: return Glyph::leave;
    case Deed::clear_clipboard: return Glyph::clipboard;
    case Deed::suspend: return Glyph::moon;
    case Deed::power_off: return Glyph::power;
    case Deed::disposable:
        if (item.file == "qubes-run-terminal")
            return Glyph::terminal;
        return std::nullopt;
    case Deed::application:
    case Deed::open_qube: break;
    }
    return std::nullopt;
}

std::string escaped(std::string_view text)
{
    std::string out;
    for (char const c : text)
        switch (c) {
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '&': out += "&amp;"; break;
        case '"': out += "&quot;"; break;
        case '\'': out += "&apos;"; break;
        default: out += c;
        }
    return out;
}

/// The title with what was typed in bold; a title is text, whatever stands in it.
std::string marked_up(std::string_view title, std::vector<Range> const& marks)
{
    std::string out;
    std::size_t at = 0;
    for (Range const& mark : marks) {
        out += escaped(title.substr(at, mark.start - at));
        out += "<b>" + escaped(title.substr(mark.start, mark.size)) + "</b>";
        at = mark.start + mark.size;
    }
    return out + escaped(title.substr(at));
}

std::string first_letter(std::string_view title)
{
    Decoded const decoded = decode_utf8(title);
    if (decoded.bytes == 0)
        return "?";
    std::string letter;
    append_utf8(letter, g_unichar_toupper(decoded.point));
    return letter;
}

/// What a screen reader says.
std::string spoken(Row const& row, ui::QubeInfo const* info, std::string const& state, bool asks)
{
    if (row.kind != Row::Kind::item)
        return row.item.title;
    std::string text = row.item.deed == Deed::open_qube ? "Qube " + row.item.title : row.item.title;
    if (!row.item.detail.empty())
        text += ", " + row.item.detail;
    if (info && row.item.deed != Deed::open_qube)
        text += ", qube " + info->name;
    if (info)
        text += ", label " + info->label;
    if (!state.empty())
        text += ", " + state;
    if (row.item.favourite)
        text += ", favourite";
    if (asks)
        text += ", press Enter again";
    return text;
}

} // namespace

Badge badge_of(ui::QubeInfo const* info)
{
    if (!info)
        return {.kind = Badge::Kind::session, .name = "This machine", .label = {}, .code = {}};
    return ui::badge_of(*info);
}

RowIcon::RowIcon()
{
    set_content_width(size);
    set_content_height(size);
    set_valign(Gtk::Align::CENTER);
    set_draw_func([this](auto const& cairo, int width, int height) { draw(cairo, width, height); });
}

void RowIcon::set(Item const& item, Badge const& badge, bool faded)
{
    if (item == item_ && badge == badge_ && faded == faded_)
        return;
    item_ = item;
    badge_ = badge;
    faded_ = faded;
    queue_draw();
}

void RowIcon::draw(Cairo::RefPtr<Cairo::Context> const& cairo, int width, int height)
{
    Palette const& colors = palette(ui::current_scheme());
    Canvas canvas({width, height}, std::max(1, get_scale_factor()));
    Box const box{0, 0, static_cast<double>(width), static_cast<double>(height)};
    Color const label = Color::rgb(badge_.rgb);
    bool const is_qube = badge_.kind == Badge::Kind::qube;
    if (item_.deed == Deed::open_qube) {
        ui::paint_qube_icon(canvas, box, badge_, faded_);
        return ui::put_canvas(cairo->cobj(), canvas);
    }
    // The label's colour at a part of its strength, so that the letter reads on every label.
    Color const tile =
        is_qube ? mix(colors.card, label, 0.26) : mix(colors.card, colors.text, 0.10);
    canvas.fill_rounded(box, 7, tile);
    Color const edge = is_qube ? mix(colors.card, label, 0.75) : mix(colors.card, colors.text, 0.3);
    Color const line =
        contrast(edge, colors.card) < 1.4 ? mix(colors.card, colors.text, 0.45) : edge;
    canvas.stroke_rounded({0.75, 0.75, width - 1.5, height - 1.5}, 6.5, 1.5, line);
    Color const ink = colors.text;
    auto const glyph = glyph_of(item_);
    if (!glyph)
        canvas.text(box, first_letter(item_.title), {ink, 14, Weight::semibold, Align::center});
    ui::put_canvas(cairo->cobj(), canvas);
    if (glyph)
        ui::paint_glyph_in(cairo->cobj(), {6, 6, width - 12.0, height - 12.0}, *glyph, ink);
}

RowView::RowView()
    : line_(Gtk::Orientation::HORIZONTAL, 10),
      texts_(Gtk::Orientation::HORIZONTAL, 8),
      chip_(22, widest_chip)
{
    set_focusable(false);
    add_css_class("launcher-row");
    title_.set_xalign(0);
    title_.set_ellipsize(Pango::EllipsizeMode::END);
    title_.set_single_line_mode(true);
    detail_.set_xalign(0);
    detail_.set_hexpand(true);
    detail_.set_ellipsize(Pango::EllipsizeMode::END);
    detail_.set_single_line_mode(true);
    detail_.add_css_class("muted");
    star_.set_text("\u2605");
    star_.add_css_class("muted");
    state_.add_css_class("muted");
    state_.add_css_class("small");
    heading_.set_xalign(0);
    texts_.set_hexpand(true);
    texts_.append(title_);
    texts_.append(detail_);
    line_.append(icon_);
    line_.append(texts_);
    line_.append(star_);
    line_.append(state_);
    line_.append(chip_);
    line_.append(heading_);
    line_.set_size_request(-1, row_height);
    set_child(line_);
}

void RowView::set(Row const& row, ui::QubeInfo const* info, RowLook look)
{
    bool const is_item = row.kind == Row::Kind::item;
    for (Gtk::Widget* const part : std::initializer_list<Gtk::Widget*>{&icon_, &texts_})
        part->set_visible(is_item);
    heading_.set_visible(!is_item);
    star_.set_visible(is_item && row.item.favourite);
    bool const is_qube_row = row.item.deed == Deed::open_qube;
    chip_.set_visible(is_item && !is_qube_row && !look.in_its_page);
    set_sensitive(true);
    set_selectable(is_item);
    set_activatable(is_item);
    std::string state;
    if (is_item && info &&
        (is_qube_row ? info->power != ui::Power::halted
                     : info->power != ui::Power::running && info->power != ui::Power::halted))
        state = name(info->power);
    if (is_item && is_qube_row && info && !info->problem.empty())
        state = "did not start";
    if (!is_item) {
        heading_.set_text(row.item.title);
        heading_.set_css_classes({row.kind == Row::Kind::heading ? "section" : "muted"});
    } else {
        Badge const badge = badge_of(info);
        title_.set_markup(marked_up(row.item.title, row.marks));
        std::string detail =
            look.asks ? "Press Enter again: what is not saved is lost" : row.item.detail;
        if (is_qube_row && info && detail.empty())
            detail = info->template_name;
        detail_.set_text(detail);
        if (look.asks)
            detail_.set_css_classes({"problem"});
        else
            detail_.set_css_classes({"muted"});
        icon_.set(row.item, badge, info && !info->alive());
        if (!is_qube_row)
            chip_.set(badge);
    }
    state_.set_visible(!state.empty());
    state_.set_text(state);
    ui::name_for_readers(*this, spoken(row, info, state, look.asks));
}

} // namespace vitrail::launcher
