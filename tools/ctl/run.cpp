#include "lib/os/event_loop.hpp"
#include "lib/os/log_sink.hpp"
#include "lib/os/process.hpp"
#include "lib/os/programs.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/connection.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>

namespace vitrail::ctl {
namespace {

using Clock = std::chrono::steady_clock;

struct Options {
    bool headless = false;
    std::optional<unsigned> vnc; ///< the port of 127.0.0.1
    bool verbose = false;
    std::string config;
    std::string qubes;
    std::vector<std::string> outputs;
    double seconds = 0; ///< 0: until it is asked to end
    std::string shot;
};

/// Keeps sessiond up, and does what belongs to a run as a whole: its time, its picture.
class Supervisor {
public:
    Supervisor(Options options, std::string folder)
        : options_(std::move(options)),
          folder_(std::move(folder)),
          interrupt_(loop_.get(), *this, SIGINT),
          terminate_(loop_.get(), *this, SIGTERM),
          hangup_(loop_.get(), *this, SIGHUP),
          child_(loop_.get(), *this, SIGCHLD),
          time_(loop_.get(), *this)
    {
    }

    [[nodiscard]] Result<int> run(std::string const& qubes)
    {
        qubes_ = qubes;
        TRY_VOID(start_session());
        if (options_.seconds > 0)
            time_.arm(std::chrono::milliseconds(static_cast<long>(options_.seconds * 1000)));
        loop_.run();
        return status_;
    }

    void handle_signal(int number)
    {
        if (number == SIGCHLD)
            return; // told by the descriptors of the processes
        end();
    }

    void handle_time()
    {
        if (!options_.shot.empty() && !take_picture())
            status_ = 1;
        end();
    }

    void handle_session_end(std::uint32_t)
    {
        session_source_.reset();
        int const status = session_.reap();
        if (ending_ || status == 0 || status == 1 || status == 2 || ++restarts_ > 5) {
            status_ = ending_ && status <= 1 ? status_ | status : status;
            return loop_.stop();
        }
        std::cerr << "vitrail: the session ended with status " << status << "; starting it again\n";
        if (auto const started = start_session(); !started) {
            std::cerr << "vitrail: " << started.error().message() << '\n';
            status_ = 1;
            loop_.stop();
        }
    }

private:
    void end()
    {
        ending_ = true;
        session_.signal(SIGTERM);
    }

    [[nodiscard]] Result<> start_session()
    {
        Spawn spawn{.arguments = {own_program("vitrail-sessiond"), "--qubes", qubes_},
                    .environment = whole_environment(),
                    .descriptors = {},
                    .new_session = false};
        if (options_.headless)
            spawn.arguments.emplace_back("--headless");
        if (restarts_ > 0) // whoever made it crash does not get an open screen for it
            spawn.arguments.emplace_back("--locked");
        if (!options_.config.empty())
            spawn.arguments.insert(spawn.arguments.end(), {"--config", options_.config});
        if (options_.verbose)
            spawn.environment["VITRAIL_DEBUG"] = "1";
        if (options_.vnc) // on this machine only: there is no password on this connection
            spawn.arguments.insert(
                spawn.arguments.end(),
                {"--program", "exec wayvnc 127.0.0.1 " + std::to_string(*options_.vnc)});
        for (std::string const& output : options_.outputs)
            spawn.arguments.insert(spawn.arguments.end(), {"--output", output});
        if (char const* const launcher = std::getenv("VITRAIL_LAUNCHER_FD")) {
            int const number = static_cast<int>(std::strtol(launcher, nullptr, 10));
            spawn.descriptors.emplace_back(number, 3);
            spawn.environment["VITRAIL_LAUNCHER_FD"] = "3";
        }
        session_ = TRY(Process::start(spawn));
        session_source_.emplace(loop_.get(), *this, session_.pidfd(), WL_EVENT_READABLE);
        return {};
    }

    /// What the screen shows now, by the same program that a user would take.
    bool take_picture()
    {
        std::ifstream stream(folder_ + "/display");
        std::string display;
        if (!std::getline(stream, display)) {
            std::cerr << "vitrail: no picture: the desktop is not up\n";
            return false;
        }
        Environment variables = whole_environment();
        variables["WAYLAND_DISPLAY"] = display;
        auto grim = Process::start({.arguments = {"grim", options_.shot},
                                    .environment = std::move(variables),
                                    .descriptors = {},
                                    .new_session = false});
        if (!grim) {
            std::cerr << "vitrail: no picture: " << grim.error().message() << "; install grim\n";
            return false;
        }
        return grim->reap() == 0;
    }

    Options options_;
    std::string folder_;
    std::string qubes_;
    EventLoop loop_;
    Process session_;
    int restarts_ = 0;
    int status_ = 0;
    bool ending_ = false;
    std::optional<FdSource<&Supervisor::handle_session_end>> session_source_;
    SignalSource<&Supervisor::handle_signal> interrupt_;
    SignalSource<&Supervisor::handle_signal> terminate_;
    SignalSource<&Supervisor::handle_signal> hangup_;
    SignalSource<&Supervisor::handle_signal> child_;
    Timer<&Supervisor::handle_time> time_;
};

/// The demonstration's list, or its first N qubes; a file that the user names is taken as it is.
Result<std::string> qube_list(std::string const& wanted, std::string const& folder)
{
    std::string const shipped = data_folder() + "/config/demo-qubes.toml";
    if (wanted.empty())
        return shipped;
    if (wanted.find_first_not_of("0123456789") != std::string::npos)
        return wanted;
    long const count = std::strtol(wanted.c_str(), nullptr, 10);
    std::ifstream in(shipped);
    std::string const path = folder + "/demo-qubes.toml";
    std::ofstream out(path);
    long seen = 0;
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("[[qube]]"))
            ++seen;
        if (seen <= count)
            out << line << '\n';
    }
    if (count < 1 || count > seen)
        return error("--qubes takes a file, or a number from 1 to " + std::to_string(seen));
    return path;
}

int run(Options const& options)
{
    auto const folder = session_folder();
    if (!folder) {
        std::cerr << "vitrail: XDG_RUNTIME_DIR is not set: it is where the desktop's sockets go\n";
        return 2;
    }
    if (ask({{"op", "qubes"}})) {
        std::cerr << "vitrail: a desktop is running already at " << *folder
                  << "; end it with: vitrail ctl quit\n";
        return 1;
    }
    std::error_code failure;
    std::filesystem::create_directories(*folder, failure);
    auto const qubes = qube_list(options.qubes, *folder);
    if (!qubes) {
        std::cerr << "vitrail: " << qubes.error().message() << '\n';
        return 2;
    }
    std::cerr << "vitrail: starting; logs are in " << *folder
              << "/log, the screen's password in the trial is \"vitrail\"\n";
    auto const status = Supervisor(options, *folder).run(*qubes);
    if (!status) {
        std::cerr << "vitrail: " << status.error().message() << '\n';
        return 1;
    }
    return *status;
}

} // namespace

int become_root_launcher_if_root(int argc, char** argv)
{
    if (geteuid() != 0 || argc < 2 || std::string_view(argv[1]) != "run" ||
        std::getenv("VITRAIL_LAUNCHER_FD"))
        return 0;
    for (int i = 2; i < argc; ++i)
        if (std::string_view(argv[i]) == "--help" || std::string_view(argv[i]) == "-h")
            return 0; // nothing is started
    std::vector<char*> words;
    std::string launcher = own_program("vitrail-root-launcher");
    std::string self = std::filesystem::read_symlink("/proc/self/exe");
    words.push_back(launcher.data());
    words.push_back(self.data());
    for (int i = 1; i < argc; ++i)
        words.push_back(argv[i]);
    words.push_back(nullptr);
    execv(words[0], words.data());
    std::cerr << "vitrail: cannot start " << launcher << ": " << std::strerror(errno) << '\n';
    return 1;
}

void add_run(CLI::App& app, int& status)
{
    auto const options = std::make_shared<Options>();
    auto* const command = app.add_subcommand("run", "start the desktop with its qubes");
    command->add_flag("--headless", options->headless, "without a screen");
    command
        ->add_option_function<unsigned>(
            "--vnc", [options](unsigned port) { options->vnc = port; },
            "show it to VNC viewers on this machine, at this port (5900)")
        ->type_name("[PORT]")
        ->expected(0, 1)
        ->default_str("5900")
        ->check(CLI::Range(1U, 65535U));
    command->add_flag("--verbose", options->verbose, "more messages in the logs");
    command->add_option("--config", options->config, "the desktop's settings (TOML)")
        ->check(CLI::ExistingFile);
    command->add_option("--qubes", options->qubes,
                        "the list of qubes (TOML), or how many of the demonstration's");
    command
        ->add_option("--output", options->outputs, "WxH[@SCALE] of a headless output; repeatable")
        ->check([](std::string const& text) {
            unsigned width = 0;
            unsigned height = 0;
            return std::sscanf(text.c_str(), "%5ux%5u", &width, &height) == 2 && width && height
                       ? std::string()
                       : "an output is WxH or WxH@SCALE, such as 1920x1080@1.5";
        });
    command->add_option("--for", options->seconds, "end after this many seconds")
        ->check(CLI::Range(1.0, 1e6));
    command->add_option("--shot", options->shot,
                        "before the end, write what the screen shows (PNG)");
    command->callback([options, &status] {
        if (!options->shot.empty() && options->seconds <= 0)
            options->seconds = 30;
        status = run(*options);
    });
}

} // namespace vitrail::ctl
