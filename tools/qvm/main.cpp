// qvm: one program under many names (qvm-ls, qvm-create, …); also `qvm ls`.

#include "tools/qvm/command.hpp"
#include "tools/qvm/shells.hpp"

#include <csignal>
#include <cstdio>

namespace {

using namespace vitrail::qvm;

int list_commands()
{
    std::printf("usage: qvm COMMAND …\n\n");
    for (Entry const& one : commands())
        std::printf("  %-16s %s\n", std::string(one.name).c_str(),
                    std::string(one.summary).c_str());
    return 0;
}

int run(Entry const& entry, std::vector<std::string> words)
{
    Tool tool(std::string(entry.name),
              vitrail::qube::AdminClient(vitrail::qube::AdminClient::default_socket()));
    auto const command = entry.make();
    CLI::App app;
    define_command(entry, *command, tool, app);
    command->take_words(words);
    try {
        std::vector<std::string> reversed(words.rbegin(), words.rend()); // as CLI11 wants them
        app.parse(reversed);
    } catch (CLI::ParseError const& wrong) {
        if (wrong.get_exit_code() == 0)
            return app.exit(wrong);
        tool.complain(wrong.what());
        return 2;
    }
    auto const done = command->run(tool);
    if (!done)
        tool.complain(done.error().message);
    bool const written = std::fflush(stdout) == 0;
    return !done ? done.error().status : written ? *done : 1;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    std::vector<std::string> words(argv + 1, argv + argc);
    std::string name = argc > 0 ? argv[0] : "qvm";
    name.erase(0, name.rfind('/') + 1); // npos + 1 is 0
    if (name != "qvm") {
        if (Entry const* const entry = find_command(name))
            return run(*entry, std::move(words));
        std::fprintf(stderr, "qvm: there is no command %s\n", name.c_str());
        return 2;
    }
    if (words.empty() || words[0] == "--help" || words[0] == "-h")
        return list_commands();
    if (words[0].starts_with("--"))
        return serve_shells(words);
    std::string const wanted = words[0];
    words.erase(words.begin());
    for (std::string const& full : {wanted, "qvm-" + wanted})
        if (Entry const* const entry = find_command(full))
            return run(*entry, std::move(words));
    std::fprintf(stderr, "qvm: there is no command %s\n", wanted.c_str());
    return 2;
}
