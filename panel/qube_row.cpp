#include "panel/qube_row.hpp"
#include "panel/start_program.hpp"

#include "lib/os/programs.hpp"
#include "lib/ui/style.hpp"
#include "panel/words.hpp"

namespace vitrail::panel {

namespace {

constexpr int cpu_width = 38;
constexpr int memory_width = 60;

std::string state_text(ui::QubeInfo const& qube)
{
    std::string text(name(qube.power));
    if (qube.updates)
        text += ", updates available";
    return text;
}

} // namespace

QubeRow::QubeRow(Context const& context, ui::QubeInfo const& qube, std::function<void()> close_card)
    : context_(context),
      name_(qube.name),
      close_card_(std::move(close_card)),
      box_(Gtk::Orientation::VERTICAL, 0),
      line_(Gtk::Orientation::HORIZONTAL, 10),
      words_(Gtk::Orientation::VERTICAL, 0),
      title_(qube.name),
      usage_(Gtk::Orientation::HORIZONTAL, 6),
      actions_(Gtk::Orientation::HORIZONTAL, 6)
{
    title_.set_xalign(0);
    title_.add_css_class("strong");
    title_.set_ellipsize(Pango::EllipsizeMode::END);
    for (Gtk::Label* const label : {&state_, &problem_}) {
        label->set_xalign(0);
        label->add_css_class("small");
    }
    state_.add_css_class("muted");
    problem_.add_css_class("problem");
    problem_.set_wrap(true);
    problem_.set_wrap_mode(Pango::WrapMode::WORD_CHAR);
    problem_.set_max_width_chars(46);
    words_.append(title_);
    words_.append(state_);
    words_.append(problem_);
    words_.set_hexpand(true);
    words_.set_valign(Gtk::Align::CENTER);
    cpu_text_.set_size_request(cpu_width, -1);
    memory_text_.set_size_request(memory_width, -1);
    for (Gtk::Label* const label : {&cpu_text_, &memory_text_}) {
        label->set_xalign(1);
        label->add_css_class("small");
    }
    ui::name_for_readers(cpu_, "processor over time");
    ui::name_for_readers(memory_, "memory over time");
    usage_.append(cpu_);
    usage_.append(cpu_text_);
    usage_.append(memory_);
    usage_.append(memory_text_);
    line_.append(icon_);
    line_.append(words_);
    line_.append(usage_);
    button_.set_child(line_);
    button_.add_css_class("row");
    button_.signal_clicked().connect([this] { actions_.get_visible() ? fold() : unfold(); });
    actions_.add_css_class("actions");
    actions_.set_visible(false);
    box_.append(button_);
    box_.append(actions_);
    set(qube);
}

void QubeRow::set(ui::QubeInfo const& qube)
{
    icon_.set(ui::badge_of(qube), !qube.alive());
    std::string const state = state_text(qube);
    state_.set_text(state);
    problem_.set_text(qube.problem);
    problem_.set_visible(!qube.problem.empty());
    usage_.set_visible(qube.power == ui::Power::running || qube.power == ui::Power::paused);
    if (!qube.alive())
        set_usage(qube, 0);
    ui::name_for_readers(button_, qube.name + ", " + state +
                                      (qube.problem.empty() ? "" : ", " + qube.problem));
    disposable_ = qube.klass == "DispVM";
    if (qube.power == power_)
        return;
    power_ = qube.power;
    if (actions_.get_visible())
        show_actions();
}

void QubeRow::set_usage(ui::QubeInfo const& qube, std::uint64_t most_memory)
{
    std::deque<double> cpu;
    std::deque<double> memory;
    for (ui::Usage const& sample : qube.usage) {
        cpu.push_back(sample.cpu_percent / 100.0);
        memory.push_back(most_memory == 0 ? 0
                                          : static_cast<double>(sample.memory_kib) /
                                                static_cast<double>(most_memory));
    }
    cpu_.set(std::move(cpu));
    memory_.set(std::move(memory));
    bool const known = !qube.usage.empty();
    cpu_text_.set_text(known ? std::to_string(qube.usage.back().cpu_percent) + " %" : "");
    memory_text_.set_text(known ? memory_text(qube.usage.back().memory_kib) : "");
}

void QubeRow::fold()
{
    actions_.set_visible(false);
    button_.remove_css_class("open");
}

void QubeRow::unfold()
{
    show_actions();
    actions_.set_visible(true);
    button_.add_css_class("open");
}

void QubeRow::add_action(ui::Glyph glyph, std::string const& text, char const* style,
                         std::function<void()> act)
{
    auto* const content = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::HORIZONTAL, 6);
    content->append(*Gtk::make_managed<ui::GlyphIcon>(glyph, 13));
    content->append(*Gtk::make_managed<Gtk::Label>(text));
    auto* const button = Gtk::make_managed<Gtk::Button>();
    button->set_child(*content);
    if (style)
        button->add_css_class(style);
    ui::name_for_readers(*button, text + " " + name_);
    button->signal_clicked().connect(std::move(act));
    actions_.append(*button);
}

void QubeRow::show_actions()
{
    while (Gtk::Widget* const old = actions_.get_first_child())
        actions_.remove(*old);
    ui::QubeModel& model = context_.model;
    using enum ui::Power;
    switch (power_) {
    case running:
        add_action(ui::Glyph::terminal, "Terminal", nullptr, [this] { open_terminal(); });
        add_action(ui::Glyph::stop, "Shut down", nullptr, [&] { model.shut_down(name_); });
        if (!disposable_)
            add_action(ui::Glyph::restart, "Restart", nullptr, [&] { model.restart(name_); });
        add_action(ui::Glyph::pause, "Pause", nullptr, [&] { model.pause(name_); });
        break;
    case paused:
        add_action(ui::Glyph::play, "Unpause", nullptr, [&] { model.unpause(name_); });
        break;
    case halted:
    case crashed:
    case unknown:
        add_action(ui::Glyph::play, "Start", nullptr, [&] { model.start_qube(name_); });
        return;
    case starting:
    case stopping: break;
    }
    add_action(ui::Glyph::close, "Kill", "danger", [this] { ask_kill(); });
}

void QubeRow::ask_kill()
{
    while (Gtk::Widget* const old = actions_.get_first_child())
        actions_.remove(*old);
    auto* const question = Gtk::make_managed<Gtk::Label>("Kill it? What is not saved is lost.");
    question->set_hexpand(true);
    question->set_xalign(0);
    actions_.append(*question);
    add_action(ui::Glyph::close, "Kill", "danger", [this] {
        show_actions();
        context_.model.kill(name_);
    });
    actions_.get_last_child()->add_css_class("raised");
    auto* const cancel = Gtk::make_managed<Gtk::Button>("Cancel");
    cancel->signal_clicked().connect([this] { show_actions(); });
    actions_.append(*cancel);
    cancel->grab_focus();
}

void QubeRow::open_terminal()
{
    context_.shell.claim_focus(name_);
    start_program({own_program("qvm-run"), "-q", name_, context_.config.terminal});
    close_card_();
}

} // namespace vitrail::panel
