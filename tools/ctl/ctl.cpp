#include "tools/ctl/commands.hpp"
#include "tools/ctl/connection.hpp"
#include "tools/ctl/table.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <iostream>
#include <memory>

namespace vitrail::ctl {
namespace {

using Json = nlohmann::json;

/// Runs one question; prints its answer by `show`. The exit status: 0, or 1 with the reason said.
int answer(Json const& request, std::function<void(Json const&)> const& show)
{
    auto const result = ask(request);
    if (!result) {
        std::cerr << "vitrail: " << result.error().message() << '\n';
        return 1;
    }
    show(*result);
    return 0;
}

void nothing(Json const&)
{
}

void add_inspection(CLI::App& ctl, int& status, std::string const& what, std::string const& about)
{
    auto* const command = ctl.add_subcommand(what, about);
    auto const json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "for scripts");
    command->callback([&status, json, what] {
        status = answer({{"op", what}}, [&](Json const& result) {
            std::cout << (*json ? result.dump(2) + "\n" : as_text(what, result));
        });
    });
}

void add_qube_command(CLI::App& ctl, int& status, std::string const& op, std::string const& about)
{
    auto* const command = ctl.add_subcommand(op, about);
    auto const qube = std::make_shared<std::string>();
    command->add_option("QUBE", *qube)->required();
    command->callback(
        [&status, qube, op] { status = answer({{"op", op}, {"qube", *qube}}, nothing); });
}

void add_trace(CLI::App& ctl, int& status)
{
    auto* const command = ctl.add_subcommand("trace", "the last messages of a qube's GUI session");
    auto const qube = std::make_shared<std::string>();
    auto const json = std::make_shared<bool>(false);
    command->add_option("QUBE", *qube)->required();
    command->add_flag("--json", *json, "an array of lines");
    command->callback([&status, qube, json] {
        status = answer({{"op", "trace"}, {"qube", *qube}}, [&](Json const& result) {
            std::string const text = result.is_string() ? result.get<std::string>() : "";
            std::cout << (*json ? lines_of(text).dump(2) + "\n" : text);
        });
    });
}

void add_exec(CLI::App& ctl, int& status)
{
    auto* const command = ctl.add_subcommand("exec", "start a program in a running qube");
    auto const qube = std::make_shared<std::string>();
    auto const words = std::make_shared<std::vector<std::string>>();
    command->add_option("QUBE", *qube)->required();
    command->add_option("COMMAND", *words)->required();
    command->positionals_at_end();
    command->callback([&status, qube, words] {
        if (!words->empty() && words->front() == "--")
            words->erase(words->begin());
        status = answer({{"op", "exec"}, {"qube", *qube}, {"argv", *words}}, nothing);
    });
}

void add_attach(CLI::App& ctl, int& status)
{
    struct Options {
        std::string name, label = "red", vchan, grants;
        unsigned domain = 0;
    };
    auto const options = std::make_shared<Options>();
    auto* const command =
        ctl.add_subcommand("attach", "show the windows of an agent that someone else runs");
    command->add_option("NAME", options->name, "what its frames are to say")->required();
    command->add_option("--label", options->label, "red, orange, yellow, green, gray, blue, …");
    command->add_option("--domid", options->domain, "the domain it runs as")->required();
    command->add_option("--vchan-dir", options->vchan, "folder of its vchan socket")
        ->envname("VCHAN_SOCKET_DIR");
    command->add_option("--grant-dir", options->grants, "folder of its grant files")
        ->envname("VITRAIL_GRANT_DIR");
    command->callback([&status, options] {
        auto const full = [](std::string const& path) {
            return path.empty() ? path : std::filesystem::absolute(path).string();
        };
        status = answer({{"op", "attach"},
                         {"qube", options->name},
                         {"label", options->label},
                         {"domain", options->domain},
                         {"vchan_dir", full(options->vchan)},
                         {"grant_dir", full(options->grants)}},
                        nothing);
    });
    add_qube_command(ctl, status, "detach", "let go of an agent that was attached");
}

} // namespace

void add_ctl(CLI::App& app, int& status)
{
    auto* const ctl = app.add_subcommand("ctl", "look into the running desktop and steer it");
    ctl->require_subcommand(1);
    add_inspection(*ctl, status, "windows", "every window: where, whose, in which state");
    add_inspection(*ctl, status, "clients", "every Wayland client: its origin and its tier");
    add_inspection(*ctl, status, "outputs", "every output");
    add_inspection(*ctl, status, "tree", "the scene, layer by layer");
    add_inspection(*ctl, status, "qubes", "every qube: its state, its guid, its keeper");
    add_inspection(*ctl, status, "status", "the session: locked or not, its workspace");
    add_inspection(*ctl, status, "clipboard",
                   "what was copied between qubes: from where, how much");
    auto* const clear =
        ctl->add_subcommand("clear-clipboard", "wipe what was copied between qubes");
    clear->callback([&status] { status = answer({{"op", "clear-clipboard"}}, nothing); });
    add_trace(*ctl, status);
    add_exec(*ctl, status);
    add_qube_command(*ctl, status, "start", "start a qube");
    add_qube_command(*ctl, status, "shutdown", "end a qube in order");
    add_qube_command(*ctl, status, "kill", "end a qube at once");
    add_attach(*ctl, status);
    add_policy(*ctl, status);
    auto* const label = ctl->add_subcommand("label", "give a qube another label");
    auto const qube = std::make_shared<std::string>();
    auto const color = std::make_shared<std::string>();
    label->add_option("QUBE", *qube)->required();
    label->add_option("LABEL", *color)->required();
    label->callback([&status, qube, color] {
        status = answer({{"op", "label"}, {"qube", *qube}, {"label", *color}}, nothing);
    });
    auto* const lock = ctl->add_subcommand("lock", "lock the screen");
    lock->callback([&status] { status = answer({{"op", "lock"}}, nothing); });
    auto* const quit = ctl->add_subcommand("quit", "end the desktop and its qubes");
    quit->callback([&status] { status = answer({{"op", "quit"}}, nothing); });
}

} // namespace vitrail::ctl
