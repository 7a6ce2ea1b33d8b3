// qvm-run. Source: fact sheet desktop-tools §15.

#include "tools/qvm/make.hpp"
#include "tools/qvm/streams.hpp"

#include "lib/qrexec/names.hpp"

#include <unistd.h>

#include <algorithm>

namespace vitrail::qvm {
namespace {

constexpr int not_started = 1;
constexpr int api_failed = 255;

class Run final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.footer("The command begins at the first word after the qube (and its options): what "
                   "follows belongs to it.");
        app.add_option("qube", name_, "The qube, or a pattern of names; not with --dispvm, --all")
            ->type_name("QUBE");
        app.add_option("command", shown_,
                       "A command line for the qube's shell, or a program and "
                       "its arguments")
            ->type_name("COMMAND");
        app.add_option("-u,--user", user_, "Run as this user: the qube's own, or root")
            ->type_name("USER");
        app.add_flag("-a,--autostart", ignored_, "Start the qube if it is halted; so it is");
        app.add_flag("-n,--no-autostart", no_autostart_, "Do not start the qube");
        app.add_flag("-p,--pass-io", pass_io_, "Connect its input, output and errors to ours");
        app.add_option("--localcmd", local_, "Connect it to this command of ours")
            ->type_name("COMMAND");
        app.add_flag("--gui", gui_, "Start it when windows can be shown; so it is");
        app.add_flag("--no-gui,--nogui", no_gui_, "Do not wait for that");
        app.add_flag("--service", service_, "The command is the name of a service");
        app.add_flag("--no-shell", no_shell_, "Run the words as they are, without a shell");
        app.add_option("--dispvm", disposable_, "In a new disposable (of this template)")
            ->type_name("[DISPTEMPLATE]")
            ->expected(0, 1);
        app.add_flag("--all", all_, "In all qubes that run but dom0");
        add_repeated(app, "--exclude", excluded_, "Not this one, with --all")->type_name("QUBE");
        app.add_flag("--filter-escape-chars", filter_,
                     "Show control characters as _; so it is on a terminal");
        app.add_flag("--no-filter-escape-chars", no_filter_, "Hand them to the terminal");
        app.add_option("--colour-output,--color-output", output_colour_,
                       "Colour of its output on a terminal: 30 to 37, 31 is red")
            ->type_name("N");
        app.add_flag("--no-colour-output,--no-color-output", no_output_colour_, "Without colour");
        app.add_option("--colour-stderr,--color-stderr", errors_colour_,
                       "Colour of its errors on a terminal")
            ->type_name("N");
        app.add_flag("--no-colour-stderr,--no-color-stderr", no_errors_colour_, "Without colour");
        app_ = &app;
    }

    /// Cuts the command off: its words are not ours to read.
    void take_words(std::vector<std::string>& words) override;
    Done<int> run(Tool& tool) override;

private:
    [[nodiscard]] bool takes_value(std::string const& word) const;
    [[nodiscard]] Done<> check() const;
    [[nodiscard]] Done<std::vector<std::string>> targets(Tool& tool) const;
    [[nodiscard]] Done<std::string> make_disposable(Tool const& tool) const;
    [[nodiscard]] Done<> make_ready(Tool& tool, std::string const& name) const;
    [[nodiscard]] Done<RunOrder> order_for(Tool const& tool, std::string const& name) const;
    [[nodiscard]] int run_in(Tool& tool, std::vector<std::string> const& names) const;
    [[nodiscard]] Terminal terminal() const;
    [[nodiscard]] std::string command_text() const;

    CLI::App* app_ = nullptr;
    std::string name_;
    std::vector<std::string> shown_; ///< for the help only
    std::vector<std::string> command_;
    std::string user_;
    std::string local_;
    std::string disposable_;
    std::vector<std::string> excluded_;
    bool is_disposable_ = false;
    bool no_autostart_ = false;
    bool pass_io_ = false;
    bool gui_ = false;
    bool no_gui_ = false;
    bool service_ = false;
    bool no_shell_ = false;
    bool all_ = false;
    bool filter_ = false;
    bool no_filter_ = false;
    bool ignored_ = false;
    bool no_output_colour_ = false;
    bool no_errors_colour_ = false;
    int output_colour_ = 0;
    int errors_colour_ = 0;
};

bool Run::takes_value(std::string const& word) const
{
    if (word.contains('='))
        return false;
    std::string const name =
        word.starts_with("--") ? word : "-" + word.substr(word.size() - 1); // -pu USER
    CLI::Option const* const option = app_->get_option_no_throw(name);
    return option && option->get_items_expected_min() > 0;
}

void Run::take_words(std::vector<std::string>& words)
{
    bool wants_name = true;
    std::size_t at = 0;
    for (; at < words.size(); ++at) {
        std::string const& word = words[at];
        if (word == "--") {
            words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
            if (wants_name && at < words.size())
                ++at;
            if (at < words.size() && words[at] == "--") // -- QUBE -- COMMAND
                words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
            break;
        }
        if (word == "--dispvm" || word.starts_with("--dispvm=")) {
            is_disposable_ = true;
            wants_name = false;
        } else if (word == "--all")
            wants_name = false;
        else if (word.size() > 1 && word.starts_with('-')) {
            if (takes_value(word))
                ++at;
        } else if (!wants_name)
            break;
        else
            wants_name = false;
    }
    at = std::min(at, words.size());
    command_.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
    words.resize(at);
    for (std::string& word : words) // never the next word: that is the command
        if (word == "--dispvm")
            word = "--dispvm=";
}

Done<> Run::check() const
{
    if (command_.empty() || (service_ && command_.size() > 1))
        return misuse(command_.empty() ? "a command is needed" : "a service is one word");
    if (int(!name_.empty()) + int(all_) + int(is_disposable_) != 1)
        return misuse("one of a qube, --all and --dispvm is needed");
    if (!local_.empty() && pass_io_)
        return misuse("--localcmd and --pass-io do not go together");
    if (service_ && !qrexec::parse_service(command_.front()))
        return misuse("no service has this name: " + command_.front());
    if (gui_ && no_gui_)
        return misuse("--gui and --no-gui do not go together");
    return {};
}

Done<std::vector<std::string>> Run::targets(Tool& tool) const
{
    QubeChoice choice{.patterns = {}, .excluded = excluded_, .all = all_};
    if (!all_)
        choice.patterns = {name_};
    std::vector<std::string> names;
    for (std::string const& name : TRY(choice.resolve(tool))) {
        bool const runs = TRY(tool.find(name)).state == "Running";
        if (name == qube::dom0 && !is_pattern(name_))
            return fail("this program runs commands in qubes, not in dom0");
        if (name != qube::dom0 && (runs || !all_))
            names.push_back(name);
    }
    return names;
}

Done<std::string> Run::make_disposable(Tool const& tool) const
{
    std::string const from = disposable_.empty() ? std::string(qube::dom0) : disposable_;
    return tool.call_slowly("making a disposable", from, "admin.vm.CreateDisposable");
}

Done<> Run::make_ready(Tool& tool, std::string const& name) const
{
    tool.forget_list();
    std::string const state = TRY(tool.find(name)).state;
    if (state == "Running")
        return {};
    if (no_autostart_)
        return std::unexpected(Failure(not_started, "qube '" + name + "' is not running"));
    bool const sleeps = state == "Paused" || state == "Suspended";
    (void)TRY(tool.call_slowly("starting " + name, name,
                               !sleeps                ? "admin.vm.Start"
                               : state == "Suspended" ? "admin.vm.Resume"
                                                      : "admin.vm.Unpause"));
    return {};
}

std::string Run::command_text() const
{
    std::string text;
    for (std::string const& word : command_)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

Done<RunOrder> Run::order_for(Tool const& tool, std::string const& name) const
{
    constexpr char const* root = "root";
    if (!user_.empty() && user_ != root) {
        auto const user = TRY(tool.property(name, "default_user")).text;
        if (user_ != user)
            return std::unexpected(
                Failure(not_started,
                        "programs of '" + name + "' run as its user '" + user + "', or as root"));
    }
    RunOrder order{.qube = name,
                   .argv = {},
                   .needs_session = !no_gui_,
                   .as_root = user_ == root,
                   .with_streams = pass_io_ || !local_.empty()};
    if (service_)
        order.service = command_.front();
    else if (command_.size() > 1 || no_shell_)
        order.argv = command_;
    else
        order.argv = {"/bin/bash", "-c", command_.front()};
    return order;
}

Terminal Run::terminal() const
{
    auto const colour = [](int wanted, bool unwanted, int fd) {
        constexpr int red = 31;
        if (unwanted || (wanted == 0 && isatty(fd) != 1))
            return 0;
        return wanted == 0 ? red : wanted;
    };
    return {.filters = filter_ || (!no_filter_ && isatty(STDOUT_FILENO) == 1),
            .output_colour = colour(output_colour_, no_output_colour_, STDOUT_FILENO),
            .errors_colour = colour(errors_colour_, no_errors_colour_, STDERR_FILENO)};
}

int Run::run_in(Tool& tool, std::vector<std::string> const& names) const
{
    int status = 0;
    std::vector<RemoteProgram> programs;
    for (std::string const& name : names) {
        if (!pass_io_ && local_.empty() && !tool.is_quiet())
            tool.note("Running '" + command_text() + "' on " + name);
        auto program = [&]() -> Done<RemoteProgram> {
            TRY_VOID(make_ready(tool, name));
            return RemoteProgram::start(tool, TRY(order_for(tool, name)));
        }();
        if (program) {
            programs.push_back(std::move(*program));
            continue;
        }
        tool.complain(name + ": " + program.error().message);
        status = std::max(status, program.error().type.empty() ? not_started : api_failed);
    }
    if (!local_.empty() && programs.size() == 1) {
        auto const done = carry_with_local(std::move(programs.front()), local_, terminal());
        if (!done)
            tool.complain(done.error().message);
        return std::max(status, done.value_or(not_started));
    }
    return std::max(status, carry_streams(std::move(programs), terminal()));
}

Done<int> Run::run(Tool& tool)
{
    TRY_VOID(check());
    if (!is_disposable_) {
        auto const names = TRY(targets(tool));
        if (!local_.empty() && names.size() != 1)
            return misuse("--localcmd goes with one qube");
        return run_in(tool, names);
    }
    auto const name = make_disposable(tool);
    if (!name)
        return std::unexpected(Failure(api_failed, name.error().message));
    catch_interrupts();
    int const status = run_in(tool, {*name});
    if (auto const gone = tool.call(*name, "admin.vm.Kill");
        !gone && !gone.error().is(qube::exception::qube_not_found)) {
        (void)tool.call(*name, "admin.vm.Remove"); // it never ran
    }
    return status;
}

} // namespace

std::unique_ptr<Command> make_run()
{
    return std::make_unique<Run>();
}

} // namespace vitrail::qvm
