#include "agents/qrexec/service.hpp"

#include "agents/qrexec/session.hpp"

#include "lib/base/text.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/files.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/pipe.hpp"
#include "lib/qrexec/vmexec.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace vitrail::agent_qrexec {
namespace {

using qrexec::CommandLine;

/// What a program's input and output hold: two messages of data. As much as the user may have.
constexpr int stream_bytes = 1 << 17;

/// A service's link that points here is the program in its argument, with its words: qubes.VMExec.
/// As /dev/tcp is the original's; a program of its own between would take as long as the command.
constexpr std::string_view exec_link = "/dev/exec";

std::unexpected<NotStarted> fail(int code, std::string why)
{
    return std::unexpected(NotStarted{code, std::move(why)});
}

/// The first file of one of these names in the folders; every name is looked for in all of them
/// before the next. Empty: there is none.
std::expected<std::string, NotStarted> find_file(std::vector<std::string> const& folders,
                                                 std::vector<std::string> const& names)
{
    for (std::string const& name : names)
        for (std::string const& folder : folders) {
            std::string path = folder + "/" + name;
            struct stat status{};
            if (lstat(path.c_str(), &status) == 0)
                return path;
            if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG)
                return fail(cannot_run, errno_error("the service file " + path).error().message());
        }
    return std::string();
}

std::expected<qrexec::ServiceConfig, NotStarted> find_config(Places const& places,
                                                             qrexec::ServiceCall const& call)
{
    std::string const path = TRY(find_file(places.configs, qrexec::service_file_names(call)));
    if (path.empty())
        return qrexec::ServiceConfig{};
    auto const text = read_file(path);
    if (!text)
        return fail(cannot_run, text.error().message());
    if (text->size() > qrexec::max_service_config)
        return fail(cannot_run, path + ": too long");
    auto config = qrexec::parse_service_config(*text);
    if (!config)
        return fail(cannot_run, path + ": " + config.error());
    return *config;
}

/// Variables of a service: ours without qrexec's own, and what tells it who calls.
Environment environment_for(CommandLine const& line)
{
    Environment variables = whole_environment();
    std::erase_if(variables, [](auto const& one) {
        return one.first.starts_with("QREXEC") && one.first != "QREXEC_SERVICE_PATH";
    });
    for (auto const& [name, value] : read_session(session_file()))
        variables[name] = value;
    variables["QREXEC_AGENT_PID"] = std::to_string(getpid());
    if (!line.service)
        return variables;
    variables["QREXEC_SERVICE_FULL_NAME"] = line.service->descriptor();
    variables["QREXEC_SERVICE_ARGUMENT"] = line.service->argument;
    variables["QREXEC_REMOTE_DOMAIN"] = line.source;
    variables["QREXEC_REQUESTED_TARGET_TYPE"] = line.requested_target_type;
    if (line.requested_target_type == "name")
        variables["QREXEC_REQUESTED_TARGET"] = line.requested_target;
    else if (line.requested_target_type == "keyword")
        variables["QREXEC_REQUESTED_TARGET_KEYWORD"] = line.requested_target;
    return variables;
}

/// What the program of init's in this mode makes of it (docs/decisions/0011).
void become_root(Command& command, std::string const& root_with)
{
    command.argv.insert(command.argv.begin(), {root_with, "--as-root", "--"});
    command.environment["HOME"] = "/root";
    command.environment["USER"] = command.environment["LOGNAME"] = "root";
    command.environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
}

bool is_port(std::string_view text)
{
    constexpr int most = 65535;
    int value = 0;
    for (char const c : text)
        value = c >= '0' && c <= '9' && value <= most ? value * 10 + (c - '0') : most + 1;
    return !text.empty() && !text.starts_with('0') && value <= most;
}

/// `/dev/tcp/HOST/PORT`, or parts of it with the rest in the argument (fact sheet qrexec §12).
std::expected<Command, NotStarted> tcp_command(std::string_view link,
                                               qrexec::ServiceCall const& call)
{
    constexpr std::string_view root = "/dev/tcp";
    link.remove_prefix(root.size());
    Command command{.kind = Command::Kind::tcp};
    if (link.starts_with('/'))
        link.remove_prefix(1);
    command.host = link.substr(0, link.find('/'));
    if (command.host.size() < link.size())
        command.port = link.substr(command.host.size() + 1);
    std::string argument = call.argument;
    if (command.host.empty()) {
        auto const plus = argument.rfind('+');
        if (plus == std::string::npos)
            return fail(cannot_run, "the argument names no host and port");
        command.host = argument.substr(0, plus);
        for (char& c : command.host)
            c = c == '+' ? ':' : c;
        argument.erase(0, plus + 1);
    }
    if (!command.port.empty() && !argument.empty())
        return fail(cannot_run, "the service's port is fixed");
    if (command.port.empty())
        command.port = argument;
    if (!is_port(command.port) || command.host.contains('_'))
        return fail(cannot_run, "no numeric host and port");
    return command;
}

/// Where a shell of this environment finds the program; the name itself where it finds none.
std::string program_path(std::string const& name, Environment const& environment)
{
    auto const path = environment.find("PATH");
    std::string found = path == environment.end() ? "" : find_program(name, path->second);
    return found.empty() ? name : found;
}

/// The words of the argument. Source: fact sheet qrexec §14.
std::expected<std::vector<std::string>, NotStarted> words_of(qrexec::ServiceCall const& call)
{
    auto words = qrexec::decode_words(call.argument);
    if (!words || words->front().empty())
        return std::unexpected(
            NotStarted{1, call.name + ": the argument is no program and its words", true});
    return *std::move(words);
}

std::expected<Command, NotStarted> service_command(Places const& places, CommandLine const& line)
{
    auto const names = qrexec::service_file_names(*line.service);
    std::string const path = TRY(find_file(places.services, names));
    if (path.empty())
        return fail(not_found, "there is no service " + line.service->name);
    Command command;
    std::error_code failure;
    auto const link = std::filesystem::read_symlink(path, failure).string();
    struct stat status{};
    if (!failure && (link == "/dev/tcp" || link.starts_with("/dev/tcp/")))
        command = TRY(tcp_command(link, *line.service));
    else if (!failure && link == exec_link) {
        command.argv = TRY(words_of(*line.service));
        command.is_callers = true;
    } else if (stat(path.c_str(), &status) != 0)
        return fail(cannot_run, errno_error("the service file " + path).error().message());
    else if (S_ISSOCK(status.st_mode)) {
        command.kind = Command::Kind::socket;
        command.path = path;
    } else if (S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0) {
        command.argv = {path};
        if (!line.service->argument.empty())
            command.argv.push_back(line.service->argument);
    } else
        return fail(cannot_run, path + " is no program and no socket");
    command.config = TRY(find_config(places, *line.service));
    command.descriptor = line.descriptor();
    return command;
}

std::expected<Fd, NotStarted> connect_tcp(Command const& command)
{
    addrinfo hints{};
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(command.host.c_str(), command.port.c_str(), &hints, &found) != 0)
        return fail(cannot_run, "no numeric host and port");
    Fd socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    int const done = socket ? connect(socket.get(), found->ai_addr, found->ai_addrlen) : -1;
    int const code = errno;
    freeaddrinfo(found);
    if (done != 0 && code != EINPROGRESS)
        return fail(cannot_run, Error{code, "connecting to " + command.host}.message());
    return socket;
}

std::expected<Running, NotStarted> start_socket(Command const& command)
{
    Fd socket;
    if (command.kind == Command::Kind::tcp) {
        socket = TRY(connect_tcp(command));
    } else {
        auto connected = connect_unix(command.path);
        if (!connected)
            return fail(cannot_run, connected.error().message());
        socket = std::move(*connected);
    }
    Running running;
    running.ends.output.reset(fcntl(socket.get(), F_DUPFD_CLOEXEC, 0));
    running.ends.input = std::move(socket);
    running.ends_with_output = command.config.exit_on_service_eof;
    return running;
}

std::expected<Running, NotStarted> start_program(Command const& command, bool just)
{
    Running running;
    Spawn spawn{.arguments = command.argv,
                .environment = command.environment,
                .descriptors = {},
                .new_session = true};
    Fd null;
    std::array<Fd, 3> theirs;
    if (just) {
        null.reset(open("/dev/null", O_RDWR | O_CLOEXEC));
        spawn.descriptors = {{null.get(), 0}, {null.get(), 1}};
    } else {
        auto input = make_pipe();
        auto output = make_pipe();
        auto errors = make_pipe();
        if (!input || !output || !errors)
            return fail(cannot_run, errno_error("streams").error().message());
        for (int const one : {input->writer.get(), output->reader.get(), errors->reader.get()})
            fcntl(one, F_SETFL, O_NONBLOCK); // a program expects to wait, we do not
        for (int const one : {input->writer.get(), output->reader.get()})
            fcntl(one, F_SETPIPE_SZ, stream_bytes);
        running.ends = {std::move(output->reader), std::move(input->writer),
                        std::move(errors->reader)};
        theirs = {std::move(input->reader), std::move(output->writer), std::move(errors->writer)};
        spawn.descriptors = {{theirs[0].get(), 0}, {theirs[1].get(), 1}, {theirs[2].get(), 2}};
    }
    auto process = Process::start(spawn);
    if (!process && command.is_callers)
        return std::unexpected(NotStarted{
            process.error().code == ENOENT ? not_found : not_executable,
            escape_for_log(command.argv.front()) + ": " + std::strerror(process.error().code),
            true});
    if (!process)
        return fail(process.error().code == ENOENT ? not_found : cannot_run,
                    process.error().message());
    running.process = std::move(*process);
    return running;
}

} // namespace

Places Places::from_environment()
{
    Places places;
    places.services = path_list(environment_value(
        "QREXEC_SERVICE_PATH", "/run/qubes-rpc:/usr/local/etc/qubes-rpc:/etc/qubes-rpc"));
    places.configs = path_list(environment_value(
        "QUBES_RPC_CONFIG_PATH",
        "/run/qubes/rpc-config:/usr/local/etc/qubes/rpc-config:/etc/qubes/rpc-config"));
    passwd const* const account = getpwuid(getuid());
    places.user = environment_value("USER", account ? account->pw_name : "user");
    places.shell = environment_value("SHELL", "/bin/sh");
    places.root_with = environment_value("VITRAIL_ROOT_WITH", "");
    return places;
}

std::expected<Command, NotStarted> find_command(Places const& places, CommandLine const& line)
{
    Command command;
    if (line.service)
        command = TRY(service_command(places, line));
    else
        command.argv = {places.shell, "-l", "-c", line.shell};
    std::string const& user = command.config.force_user.value_or(line.user);
    bool const as_root = user == "root" && user != places.user && !places.root_with.empty();
    if (user != places.user && user != qrexec::default_user && !as_root)
        return fail(cannot_run, "programs run as " + places.user + " here and as nobody else");
    command.environment = environment_for(line);
    if (as_root && command.kind == Command::Kind::program)
        become_root(command, places.root_with);
    else if (command.is_callers)
        command.argv.front() = program_path(command.argv.front(), command.environment);
    return command;
}

std::expected<Running, NotStarted> start_command(Command const& command, bool just)
{
    if (command.kind == Command::Kind::program)
        return start_program(command, just);
    return start_socket(command);
}

} // namespace vitrail::agent_qrexec
