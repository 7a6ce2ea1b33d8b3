#include "tools/ctl/commands.hpp"

#include <CLI/CLI.hpp>

#include <csignal>

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    if (int const failed = vitrail::ctl::become_root_launcher_if_root(argc, argv); failed != 0)
        return failed;
    CLI::App app("Vitrail: a desktop for compartmentalised computers", "vitrail");
    app.require_subcommand(1);
    int status = 0;
    vitrail::ctl::add_run(app, status);
    vitrail::ctl::add_ctl(app, status);
    vitrail::ctl::add_template(app, status);
    try {
        app.parse(argc, argv);
    } catch (CLI::ParseError const& wrong) {
        return app.exit(wrong) == 0 ? 0 : 2;
    }
    return status;
}
