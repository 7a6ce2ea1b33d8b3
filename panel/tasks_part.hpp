#pragma once

#include "lib/ui/marks.hpp"
#include "panel/part.hpp"

#include <gtkmm/box.h>
#include <gtkmm/button.h>
#include <gtkmm/label.h>
#include <gtkmm/scrolledwindow.h>

#include <cstdint>
#include <map>
#include <memory>

namespace vitrail::panel {

/// The windows of this workspace, and those elsewhere that want to be looked at: each with the mark
/// of its qube, which is the compositor's word, apart from its title, which is the qube's.
class TasksPart final : public PartView {
public:
    explicit TasksPart(Context const& context);
    ~TasksPart() override;
    [[nodiscard]] Gtk::Widget& widget() override { return scroller_; }
    void handle_toplevels() override;
    void handle_desktop() override { handle_toplevels(); }

private:
    class Task;
    Context const& context_;
    Gtk::ScrolledWindow scroller_;
    Gtk::Box box_;
    std::map<std::uint64_t, std::unique_ptr<Task>> tasks_;
};

} // namespace vitrail::panel
