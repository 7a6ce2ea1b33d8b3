#pragma once

#include "lib/ui/marks.hpp"
#include "lib/ui/qube_model.hpp"
#include "lib/ui/shell_link.hpp"
#include "tools/prompt/request.hpp"

#include <gtkmm/box.h>
#include <gtkmm/button.h>
#include <gtkmm/entry.h>
#include <gtkmm/label.h>
#include <gtkmm/listbox.h>
#include <gtkmm/scrolledwindow.h>
#include <gtkmm/window.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vitrail::prompt {

/// One question on the screen: a card that is a prompt (vitrail-shell-v1), and a veil over
/// everything else, the panel too, which no qube can darken.
class Card {
public:
    /// The target that was chosen, or nothing for no. Called once, from the loop; may destroy the
    /// card.
    using Answer = std::function<void(std::optional<std::string> target)>;
    struct Setup {
        Question question;
        std::string sign;
    };
    Card(Setup setup, ui::QubeModel const& qubes, ui::ShellLink& shell, Answer answer);
    ~Card();
    Card(Card const&) = delete;
    Card& operator=(Card const&) = delete;

    /// How many more questions wait behind this one.
    void set_waiting(std::size_t count);

private:
    class Target;
    struct Table;
    void build();
    void build_targets();
    void show();
    void handle_ready(bool ready);
    bool handle_key(guint key);
    void handle_typed();
    void move(int step);
    void update();
    void allow();
    void answer(std::optional<std::string> const& target);
    [[nodiscard]] Target* chosen();

    Setup setup_;
    ui::QubeModel const& qubes_;
    ui::ShellLink& shell_;
    Answer answer_;
    bool ready_ = false;

    Gtk::Window veil_;
    std::unique_ptr<Gtk::Window> window_;
    vitrail_prompt_v1* prompt_ = nullptr;
    Gtk::Box card_;
    ui::QubeChip source_;
    Gtk::Label wish_, operation_, waiting_, sign_;
    Gtk::Entry filter_;
    Gtk::ScrolledWindow scroll_;
    Gtk::ListBox list_;
    Gtk::Button deny_, allow_;
    std::vector<std::unique_ptr<Target>> targets_;
};

} // namespace vitrail::prompt
