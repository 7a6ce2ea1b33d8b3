// vitrail-qubesd: keeps and runs the qubes, and serves the Qubes Admin API.

#include "lib/os/ending.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/link_option.hpp"
#include "lib/os/programs.hpp"
#include "services/qubesd/first_start.hpp"
#include "services/qubesd/local_backend.hpp"
#include "services/qubesd/networks.hpp"
#include "services/qubesd/qrexec.hpp"
#include "services/qubesd/qubes_xml.hpp"
#include "services/qubesd/server.hpp"
#include "services/qubesd/stats.hpp"
#include "services/qubesd/storage/files.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace {

using namespace vitrail;
using namespace vitrail::qubesd;

constexpr char const* usage =
    "usage: vitrail-qubesd [--state DIR] [--runtime-dir DIR] [--session-fd N] [--launcher-fd N]\n"
    "                      [--check | --export FILE | --import FILE]\n"
    "  --state DIR        the store and the volumes ($XDG_DATA_HOME/vitrail/qubes)\n"
    "  --runtime-dir DIR  the sockets and running qubes ($XDG_RUNTIME_DIR/vitrail)\n"
    "  --session-fd N     a socket: told \"ready\" when the API is there; its end is ours\n"
    "  --launcher-fd N    the root launcher's socket: every qube gets a user id of its own\n"
    "  --check            say what is wrong with the store; exit 1 if anything is\n"
    "  --export FILE      write the store as a qubes.xml (- is the standard output)\n"
    "  --import FILE      fill an empty store from a qubes.xml\n";

struct Arguments {
    std::string state;
    std::string runtime;
    Fd session;
    Fd launcher;
    bool check = false;
    std::string export_to;
    std::string import_from;
};

std::string from_environment(char const* name, std::string const& below,
                             std::string const& otherwise)
{
    std::string const value = environment_value(name);
    return value.empty() ? otherwise : value + below;
}

std::optional<Arguments> parse(int argc, char** argv)
{
    Arguments arguments;
    arguments.state = from_environment("XDG_DATA_HOME", "/vitrail/qubes",
                                       from_environment("HOME", "/.local/share/vitrail/qubes", ""));
    arguments.runtime = from_environment("XDG_RUNTIME_DIR", "/vitrail", "");
    option const options[] = {{"state", required_argument, nullptr, 's'},
                              {"runtime-dir", required_argument, nullptr, 'r'},
                              {"session-fd", required_argument, nullptr, 'f'},
                              {"launcher-fd", required_argument, nullptr, 'l'},
                              {"check", no_argument, nullptr, 'c'},
                              {"export", required_argument, nullptr, 'e'},
                              {"import", required_argument, nullptr, 'i'},
                              {}};
    for (int found; (found = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
        switch (found) {
        case 's': arguments.state = optarg; break;
        case 'r': arguments.runtime = optarg; break;
        case 'f':
        case 'l': {
            Fd& into = found == 'f' ? arguments.session : arguments.launcher;
            into = inherited_descriptor(optarg);
            if (!into)
                return std::nullopt;
            break;
        }
        case 'c': arguments.check = true; break;
        case 'e': arguments.export_to = optarg; break;
        case 'i': arguments.import_from = optarg; break;
        default: return std::nullopt;
        }
    }
    if (optind != argc || !arguments.state.starts_with('/'))
        return std::nullopt;
    return arguments;
}

Result<int> check(Store& store)
{
    auto const problems = TRY(store.check());
    for (std::string const& problem : problems)
        std::printf("%s\n", problem.c_str());
    if (problems.empty())
        std::puts("the store is in order");
    return problems.empty() ? 0 : 1;
}

Result<int> write_xml(Store& store, std::string const& file)
{
    State const state = TRY(store.load());
    std::string const text = export_xml(state);
    if (file == "-")
        std::fputs(text.c_str(), stdout);
    else
        TRY_VOID(write_file(file, text));
    return 0;
}

Result<int> read_xml(Store& store, std::string const& file)
{
    State const now = TRY(store.load());
    if (!now.qubes.empty())
        return error("the store holds qubes already: an import needs an empty one");
    std::string const text = TRY(read_file(file));
    State const state = TRY(import_xml(text));
    Transaction change(store);
    for (qube::Label const& label : state.labels)
        change.add_label(label);
    for (auto const& [name, pool] : state.pools)
        change.set_pool(pool);
    for (auto const& [name, one] : state.qubes)
        change.add_qube(one);
    for (auto const& [name, value] : state.globals)
        change.set_global(name, value);
    TRY_VOID(change.commit());
    std::printf("%zu qubes imported\n", state.qubes.size());
    return 0;
}

Result<int> serve(Store& store, Arguments arguments, int lock)
{
    if (geteuid() == 0)
        return error("no qube is started as root: run it as an ordinary user");
    EventLoop loop;
    Ending const ending(loop, std::move(arguments.session));
    std::string const data = from_environment("XDG_DATA_HOME", "", arguments.state);
    if (arguments.launcher && !arguments.state.starts_with(data + "/"))
        return error("with --launcher-fd, --state has to be below XDG_DATA_HOME");
    TRY_VOID(make_folders(arguments.runtime + "/qubes"));
    std::string const demo = data_folder() + "/demo";
    LocalBackend backend(loop.get(),
                         {.runtime = arguments.runtime,
                          .data = data,
                          .logs = arguments.state + "/logs",
                          .keeper = own_program("vitrail-qube-keeper"),
                          .init = own_program("vitrail-qube-init"),
                          .agent = own_program("vitrail-agent-gui"),
                          .zone = own_program("vitrail-network-zone"),
                          .tools = in_qube_folder(),
                          .demo = exists(demo) ? demo : ""},
                         std::move(arguments.launcher));
    Jobs jobs(loop.get(), lock);
    System system(store, World::real());
    system.state = TRY(store.load());
    Lifecycle lifecycle(loop.get(), system, backend, jobs);
    if (!system.state.find(qube::dom0))
        TRY_VOID(make_first_state(system, arguments.state + "/volumes"));
    lifecycle.recover();
    Networks networks(system, backend);
    networks.follow_all();
    Preloads preloads(loop.get(), system, lifecycle, backend);
    preloads.begin();
    Qrexec qrexec(loop.get(), system,
                  {.daemon = own_program("vitrail-qrexecd"),
                   .policy = own_program("vitrail-qrexec-policy"),
                   .runtime = arguments.runtime,
                   .log = arguments.state + "/logs/qrexec.log",
                   .services = data_folder() + "/rpc"});
    TRY_VOID(make_folders(arguments.state + "/logs"));
    TRY_VOID(qrexec.start());
    Api api(system, lifecycle, preloads, jobs);
    Server server(loop.get(), api, system.events);
    Stats stats(loop.get(), system, lifecycle);
    system.events.set_stats_wanted([&stats] { stats.wake(); });
    TRY_VOID(server.listen(Scope::internal, arguments.runtime + "/qubesd.internal.sock"));
    TRY_VOID(server.listen(Scope::misc, arguments.runtime + "/qubesd.misc.sock"));
    TRY_VOID(server.listen(Scope::admin, arguments.runtime + "/qubesd.sock"));
    if (ending.session())
        (void)send(ending.session().get(), "ready\n", 6, MSG_NOSIGNAL);
    loop.run();
    jobs.finish();
    return 0;
}

/// One at a time. A session that was started again may be before its old qubesd has ended: then
/// this waits a while. One that was killed may have a storage job that is just being ended.
bool take_lock(int lock, bool of_session)
{
    unsigned const patience_s = of_session ? 10 : 1;
    struct sigaction interrupts{}; // without SA_RESTART: flock ends
    interrupts.sa_handler = [](int) {};
    sigaction(SIGALRM, &interrupts, nullptr);
    alarm(patience_s);
    bool const taken = flock(lock, LOCK_EX) == 0;
    alarm(0);
    return taken;
}

Result<int> run(Arguments arguments)
{
    TRY_VOID(make_folders(arguments.state));
    std::string const lock_path = arguments.state + "/lock";
    Fd const lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    bool const reads_only = arguments.check || !arguments.export_to.empty();
    if (!lock || (!reads_only && !take_lock(lock.get(), static_cast<bool>(arguments.session))))
        return error("another vitrail-qubesd uses " + arguments.state);
    auto const store = TRY(Store::open(arguments.state + "/qubes.db"));
    if (arguments.check)
        return check(*store);
    if (!arguments.export_to.empty())
        return write_xml(*store, arguments.export_to);
    if (!arguments.import_from.empty())
        return read_xml(*store, arguments.import_from);
    return serve(*store, std::move(arguments), lock.get());
}

} // namespace

int main(int argc, char** argv)
{
    auto arguments = parse(argc, argv);
    if (!arguments) {
        std::fputs(usage, stderr);
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    auto const status = run(std::move(*arguments));
    if (!status) {
        std::fprintf(stderr, "vitrail-qubesd: %s\n", status.error().message().c_str());
        return 1;
    }
    return *status;
}
