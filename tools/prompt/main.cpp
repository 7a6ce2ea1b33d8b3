// vitrail-prompt: started by sessiond with a connection of tier shell (WAYLAND_SOCKET), resident,
// hidden until policy wants a person to decide about a call between qubes.

#include "lib/os/environment.hpp"
#include "lib/ui/loop_source.hpp"
#include "lib/ui/program.hpp"
#include "lib/ui/style.hpp"
#include "tools/prompt/card.hpp"
#include "tools/prompt/desk.hpp"
#include "tools/prompt/sign.hpp"
#include "tools/prompt/teller.hpp"

#include <cstdio>
#include <deque>
#include <optional>
#include <utility>

namespace {

using namespace vitrail;
using namespace vitrail::prompt;

constexpr char const* program_name = "vitrail-prompt";

/// Everything that lives as long as the program.
class Program final : public ui::ShellLink::Observer, public Desk::Events {
public:
    Program(wl_display* display, std::string const& admin_socket, std::string sign,
            std::string panel_socket)
        : sign_(std::move(sign)),
          panel_socket_(std::move(panel_socket)),
          qubes_(loop_.get(), admin_socket),
          shell_(display, *this),
          desk_(loop_.get(), *this),
          next_(loop_.get(), *this)
    {
        shell_.wait_for_facts();
        ui::apply_style(scheme());
        qubes_.start();
    }
    [[nodiscard]] bool connected() const { return shell_.present(); }
    [[nodiscard]] Result<> listen(std::string const& socket) { return desk_.listen(socket); }

    // ShellLink::Observer
    void handle_desktop() override
    {
        if (scheme() != ui::current_scheme())
            ui::apply_style(scheme());
        if (!shell_.desktop().locked)
            return;
        for (auto const& [number, question] : std::exchange(waiting_, {}))
            desk_.answer(number, std::nullopt);
        if (card_) { // also one that is not on the screen yet, which is told nothing
            desk_.answer(asked_, std::nullopt);
            end_card();
        }
    }
    // Desk::Events
    void handle_question(std::uint64_t number, Question const& question) override
    {
        if (shell_.desktop().locked)
            return desk_.answer(number, std::nullopt);
        waiting_.emplace_back(number, question);
        show_next();
    }
    void handle_withdrawn(std::uint64_t number) override
    {
        std::erase_if(waiting_, [number](auto const& one) { return one.first == number; });
        if (number == asked_)
            end_card();
        tell_waiting();
    }
    void handle_notice(Notice const& notice) override
    {
        if (auto const told = tell_panel(panel_socket_, notice); !told)
            std::fprintf(stderr, "%s: %s\n", program_name, told.error().message().c_str());
    }

private:
    [[nodiscard]] Scheme scheme() const
    {
        return shell_.desktop().dark ? Scheme::dark : Scheme::light;
    }
    void show_next()
    {
        if (!card_ && !waiting_.empty()) {
            auto [number, question] = std::move(waiting_.front());
            waiting_.pop_front();
            asked_ = number;
            card_.emplace(Card::Setup{std::move(question), sign_}, qubes_, shell_,
                          [this](std::optional<std::string> const& target) {
                              desk_.answer(asked_, target);
                              end_card();
                          });
        }
        tell_waiting();
    }
    void tell_waiting()
    {
        if (card_)
            card_->set_waiting(waiting_.size());
    }
    /// The card goes in the loop's next turn: it may be the one that calls.
    void end_card()
    {
        asked_ = 0;
        next_.arm(std::chrono::milliseconds(1));
    }
    void handle_next()
    {
        card_.reset();
        show_next();
    }

    std::string sign_, panel_socket_;
    ui::LoopSource loop_;
    ui::QubeModel qubes_;
    ui::ShellLink shell_;
    Desk desk_;
    std::uint64_t asked_ = 0; ///< the question that is shown; 0: none
    std::deque<std::pair<std::uint64_t, Question>> waiting_;
    std::optional<Card> card_;
    Timer<&Program::handle_next> next_;
};

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s SOCKET PANEL_SOCKET\n", program_name);
        return 2;
    }
    wl_display* const display = ui::open_display(program_name);
    if (!display)
        return 1;
    std::string const runtime = environment_value("XDG_RUNTIME_DIR", "/run");
    auto sign = load_sign(user_data_folder(environment_value("HOME", "/")) + "/vitrail/sign");
    if (!sign)
        std::fprintf(stderr, "%s: %s\n", program_name, sign.error().message().c_str());
    Program program(display, environment_value("QUBESD_SOCKET", runtime + "/vitrail/qubesd.sock"),
                    std::move(sign).value_or(""), argv[2]);
    if (auto const listening = program.listen(argv[1]); !listening) {
        std::fprintf(stderr, "%s: %s\n", program_name, listening.error().message().c_str());
        return 1;
    }
    return ui::run_until_terminated(program_name, program.connected());
}
