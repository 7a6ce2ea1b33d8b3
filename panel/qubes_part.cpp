#include "panel/qubes_part.hpp"

#include "lib/ui/style.hpp"
#include "panel/qube_row.hpp"
#include "panel/words.hpp"

#include <algorithm>

namespace vitrail::panel {

namespace {

bool is_shown(ui::QubeInfo const& qube)
{
    return !qube.internal && !qube.is_admin();
}

std::uint64_t memory_of(ui::QubeInfo const& qube)
{
    return qube.usage.empty() ? 0 : qube.usage.back().memory_kib;
}

} // namespace

QubesPart::QubesPart(Context const& context)
    : context_(context),
      button_(context, "Qubes"),
      content_(Gtk::Orientation::HORIZONTAL, 6),
      card_(Gtk::Orientation::VERTICAL, 6),
      head_(Gtk::Orientation::HORIZONTAL, 8),
      title_("Qubes"),
      list_(Gtk::Orientation::VERTICAL, 1)
{
    content_.append(icon_);
    content_.append(count_);
    content_.append(warning_);
    warning_.add_css_class("problem");
    button_.set_child(content_);

    title_.add_css_class("heading");
    summary_.add_css_class("muted");
    summary_.set_hexpand(true);
    summary_.set_xalign(1);
    head_.append(title_);
    head_.append(summary_);
    head_.set_margin_start(8);
    head_.set_margin_end(8);
    scroller_.set_policy(Gtk::PolicyType::NEVER, Gtk::PolicyType::AUTOMATIC);
    scroller_.set_propagate_natural_height(true);
    scroller_.set_max_content_height(560);
    scroller_.set_child(list_);
    card_.append(head_);
    card_.append(scroller_);
    card_.set_size_request(500, -1);
    button_.card().set_child(card_);
    button_.card().signal_show().connect([this] {
        for (auto const& [name, row] : rows_)
            row->fold();
        arrange();
        context_.model.watch_usage(true);
    });
    button_.card().signal_closed().connect([this] { context_.model.watch_usage(false); });
    for (auto const& [name, qube] : context_.model.qubes())
        handle_qube(qube);
    context_.model.add_observer(*this);
    sum_up();
}

QubesPart::~QubesPart()
{
    context_.model.remove_observer(*this);
}

void QubesPart::handle_qube(ui::QubeInfo const& qube)
{
    if (!is_shown(qube))
        return handle_qube_removed(qube.name);
    auto& row = rows_[qube.name];
    if (row)
        row->set(qube);
    else
        row = std::make_unique<QubeRow>(context_, qube, [this] { button_.card().popdown(); });
    if (button_.card().get_visible())
        arrange();
    sum_up();
}

void QubesPart::handle_qube_removed(std::string const& name)
{
    if (rows_.contains(name)) {
        if (button_.card().get_visible() && rows_[name]->widget().get_parent())
            list_.remove(rows_[name]->widget());
        rows_.erase(name);
    }
    sum_up();
}

void QubesPart::handle_connection(bool)
{
    sum_up();
}

void QubesPart::handle_usage()
{
    std::uint64_t most = 1;
    std::uint64_t sum = 0;
    for (auto const& [name, qube] : context_.model.qubes()) {
        for (ui::Usage const& sample : qube.usage)
            most = std::max(most, sample.memory_kib);
        if (is_shown(qube))
            sum += memory_of(qube);
    }
    for (auto const& [name, row] : rows_)
        if (ui::QubeInfo const* const qube = context_.model.find(name))
            row->set_usage(*qube, most);
    sum_up();
}

void QubesPart::sum_up()
{
    std::size_t running = 0;
    std::size_t problems = 0;
    std::uint64_t memory = 0;
    for (auto const& [name, qube] : context_.model.qubes()) {
        if (!is_shown(qube))
            continue;
        running += qube.alive() ? 1 : 0;
        problems += qube.problem.empty() ? 0 : 1;
        memory += memory_of(qube);
    }
    bool const connected = context_.model.connected();
    count_.set_text(connected ? std::to_string(running) : "?");
    warning_.set_visible(problems > 0 || !connected);
    std::string summary = count_text(running, "running", "running");
    if (memory > 0)
        summary += ", " + memory_text(memory);
    if (!connected)
        summary = "qubesd does not answer";
    summary_.set_text(summary);
    std::string name = "Qubes: " + summary;
    if (problems > 0)
        name += ", " + count_text(problems, "has a problem", "have a problem");
    button_.set_name_for_readers(name);
}

void QubesPart::add_section(std::string const& title, bool with_columns,
                            std::vector<QubeRow*> const& rows)
{
    if (rows.empty())
        return;
    auto* const line = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::HORIZONTAL, 6);
    auto const add_label = [line](std::string const& text, int width) {
        auto* const label = Gtk::make_managed<Gtk::Label>(text);
        label->add_css_class("section");
        label->set_xalign(width > 0 ? 1.0F : 0.0F);
        label->set_hexpand(width == 0);
        if (width > 0)
            label->set_size_request(width, -1);
        line->append(*label);
    };
    add_label(title, 0);
    if (with_columns) {
        add_label("PROCESSOR", 96);
        add_label("MEMORY", 118);
    }
    line->set_margin_start(8);
    line->set_margin_end(8);
    line->set_margin_top(list_.get_first_child() ? 10 : 2);
    line->set_margin_bottom(2);
    list_.append(*line);
    for (QubeRow* const row : rows)
        list_.append(row->widget());
}

void QubesPart::arrange()
{
    while (Gtk::Widget* const child = list_.get_first_child())
        list_.remove(*child);
    std::vector<QubeRow*> running;
    std::vector<QubeRow*> halted;
    std::vector<QubeRow*> templates;
    for (auto const& [name, row] : rows_) {
        ui::QubeInfo const* const qube = context_.model.find(name);
        if (!qube)
            continue;
        auto& section = qube->alive()                                      ? running
                        : qube->is_template() || qube->disposable_template ? templates
                                                                           : halted;
        section.push_back(row.get());
    }
    add_section("RUNNING", true, running);
    add_section("NOT RUNNING", false, halted);
    add_section("TEMPLATES", false, templates);
}

} // namespace vitrail::panel
