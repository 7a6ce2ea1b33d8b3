#include "panel/tasks_part.hpp"

#include "lib/ui/style.hpp"

#include <gtkmm/gestureclick.h>
#include <gtkmm/popover.h>
#include <gtkmm/separator.h>

#include <set>

namespace vitrail::panel {

/// One window's button.
class TasksPart::Task {
public:
    Task(Context const& context, std::uint64_t id)
        : context_(context), id_(id), box_(Gtk::Orientation::HORIZONTAL, 7)
    {
        label_.set_ellipsize(Pango::EllipsizeMode::END);
        label_.set_max_width_chars(24);
        label_.set_width_chars(3);
        label_.set_xalign(0);
        box_.append(icon_);
        box_.append(label_);
        button_.set_child(box_);
        button_.add_css_class("task");
        button_.signal_clicked().connect([this] { use(); });
        auto const click = Gtk::GestureClick::create();
        click->set_button(0);
        click->signal_pressed().connect([this, raw = click.get()](int, double, double) {
            if (raw->get_current_button() == 3)
                show_menu();
            else if (raw->get_current_button() == 2)
                act([](auto& window) { window.close(); });
        });
        button_.add_controller(click);
    }
    ~Task()
    {
        if (menu_)
            menu_->unparent();
    }
    Task(Task const&) = delete;
    Task& operator=(Task const&) = delete;

    [[nodiscard]] Gtk::Widget& widget() { return button_; }
    void set(ui::Toplevel const& facts)
    {
        icon_.set(facts.owner);
        // As text, never as markup: it is the qube's.
        std::string const title = facts.title.empty() ? facts.app_id : facts.title;
        label_.set_text(title);
        auto const mark = [this](char const* name, bool on) {
            on ? button_.add_css_class(name) : button_.remove_css_class(name);
        };
        mark("focused", facts.focused());
        mark("attention", facts.wants_attention());
        mark("minimized", facts.minimized());
        std::string name = facts.owner.name + ": " + title;
        for (auto const& [on, word] :
             {std::pair(facts.focused(), ", in use"), std::pair(facts.minimized(), ", minimised"),
              std::pair(facts.wants_attention(), ", wants attention"),
              std::pair(facts.lost(), ", not answering")})
            if (on)
                name += word;
        if (name == name_)
            return;
        name_ = name;
        ui::name_for_readers(button_, name);
        button_.set_tooltip_text(name);
    }

private:
    template <typename Do> void act(Do what)
    {
        if (auto* const window = context_.shell.find(id_))
            what(*window);
    }
    /// The one in use is put away, another comes to the front.
    void use()
    {
        act([](auto& window) {
            if (window.facts().focused() && !window.facts().minimized())
                window.set_minimized(true);
            else
                window.activate();
        });
    }
    void add_choice(Gtk::Box& box, std::string const& text,
                    std::function<void(ui::ShellLink::Window&)> what)
    {
        auto* const choice = Gtk::make_managed<Gtk::Button>(text);
        choice->add_css_class("row");
        if (auto* const label = dynamic_cast<Gtk::Label*>(choice->get_child()))
            label->set_xalign(0);
        choice->signal_clicked().connect([this, what = std::move(what)] {
            menu_->popdown();
            act(what);
        });
        box.append(*choice);
    }
    void show_menu()
    {
        auto* const window = context_.shell.find(id_);
        if (!window)
            return;
        if (!menu_) {
            menu_ = std::make_unique<Gtk::Popover>();
            menu_->set_has_arrow(false);
            menu_->set_position(context_.config.edge == Edge::bottom ? Gtk::PositionType::TOP
                                                                     : Gtk::PositionType::BOTTOM);
            menu_->set_parent(button_);
        }
        auto* const box = Gtk::make_managed<Gtk::Box>(Gtk::Orientation::VERTICAL, 2);
        box->set_size_request(190, -1);
        bool const minimized = window->facts().minimized();
        bool const maximized = window->facts().maximized();
        add_choice(*box, minimized ? "Restore" : "Minimise",
                   [minimized](auto& one) { one.set_minimized(!minimized); });
        add_choice(*box, maximized ? "Not maximised" : "Maximise",
                   [maximized](auto& one) { one.set_maximized(!maximized); });
        auto const& desktop = context_.shell.desktop();
        for (std::uint32_t number = 1; number <= desktop.workspaces; ++number)
            if (number != window->facts().workspace)
                add_choice(*box, "To workspace " + std::to_string(number),
                           [number](auto& one) { one.move_to_workspace(number); });
        box->append(*Gtk::make_managed<Gtk::Separator>());
        add_choice(*box, "Close", [](auto& one) { one.close(); });
        menu_->set_child(*box);
        menu_->popup();
    }

    Context const& context_;
    std::uint64_t id_;
    Gtk::Button button_;
    Gtk::Box box_;
    ui::QubeIcon icon_{18};
    Gtk::Label label_;
    std::string name_;
    std::unique_ptr<Gtk::Popover> menu_;
};

TasksPart::TasksPart(Context const& context)
    : context_(context), box_(Gtk::Orientation::HORIZONTAL, 0)
{
    scroller_.set_policy(Gtk::PolicyType::EXTERNAL, Gtk::PolicyType::NEVER);
    scroller_.set_hexpand(true);
    scroller_.set_child(box_);
    ui::name_for_readers(box_, "Windows");
    handle_toplevels();
}

TasksPart::~TasksPart() = default;

void TasksPart::handle_toplevels()
{
    std::set<std::uint64_t> shown;
    Gtk::Widget* last = nullptr;
    for (ui::ShellLink::Window const* const window : context_.shell.windows()) {
        auto const& facts = window->facts();
        if (facts.workspace != context_.shell.desktop().workspace && !facts.wants_attention())
            continue;
        shown.insert(window->id());
        auto& task = tasks_[window->id()];
        if (!task) {
            task = std::make_unique<Task>(context_, window->id());
            if (last)
                box_.insert_child_after(task->widget(), *last);
            else
                box_.prepend(task->widget());
        }
        task->set(facts);
        last = &task->widget();
    }
    for (auto it = tasks_.begin(); it != tasks_.end();) {
        if (shown.contains(it->first)) {
            ++it;
            continue;
        }
        box_.remove(it->second->widget());
        it = tasks_.erase(it);
    }
}

} // namespace vitrail::panel
