#include "services/qubesd/local_backend.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/log_sink.hpp"
#include "lib/os/process.hpp"
#include "lib/os/process_tree.hpp"
#include "lib/os/rights.hpp"
#include "services/qubesd/storage/files.hpp"

#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <utility>

namespace vitrail::qubesd {

using Json = nlohmann::json;

namespace {

/// In no qube's name.
constexpr char aside_mark = '~';

/// For anybody to read: a qube with a user id of its own too.
Result<> write_public(std::string const& path, std::string const& text)
{
    TRY_VOID(write_file(path, text));
    if (chmod(path.c_str(), 0644) != 0)
        return errno_error("opening " + path);
    return {};
}

/// Beside the keeper's socket: how a qubesd that comes after us finds the qube.
Result<> write_record(std::string const& folder, Json const& record)
{
    return write_file(folder + "/keeper.json", record.dump() + "\n");
}

/// Removes a folder; what a qube made so that we cannot remove it is out of the way at least.
Result<> put_away(std::string const& path)
{
    if (remove_tree(path))
        return {};
    for (int number = 0; number < 1000; ++number) {
        std::string const aside = path + aside_mark + std::to_string(number);
        if (!exists(aside))
            return rename_over(path, aside);
    }
    return error("the folder " + path + " cannot be removed");
}

struct KeeperAnswer {
    pid_t keeper = -1; ///< its process number
    bool paused = false;
    Fd net; ///< the network namespace that it is in, if it could hand it over
};

/// Asks a keeper about itself and waits for the answer.
Result<KeeperAnswer> ask_keeper(int socket)
{
    constexpr std::string_view questions = "{\"op\":\"network\"}\n{\"op\":\"state\"}\n";
    constexpr int patience_ms = 2000;
    std::string answer;
    std::vector<Fd> rights;
    pollfd ready{socket, POLLIN, 0};
    if (send(socket, questions.data(), questions.size(), MSG_NOSIGNAL) < 0)
        return errno_error("asking a keeper");
    while (std::ranges::count(answer, '\n') < 2) {
        std::array<std::byte, 1024> bytes{};
        ssize_t const got =
            poll(&ready, 1, patience_ms) > 0 ? receive_with_rights(socket, bytes, rights).count : 0;
        if (got <= 0)
            return error("a keeper does not answer");
        answer.append(reinterpret_cast<char const*>(bytes.data()), static_cast<std::size_t>(got));
    }
    Json const state = Json::parse(answer.substr(answer.find('\n')), nullptr, false);
    if (!state.is_object() || !state.contains("keeper") || !state["keeper"].is_number_integer())
        return error("a keeper's answer makes no sense");
    return KeeperAnswer{state["keeper"].get<pid_t>(),
                        state.contains("paused") && state["paused"] == true,
                        rights.empty() ? Fd() : std::move(rights.front())};
}

/// The keeper of a qube among all processes, by its log below one of these folders: of one that has
/// a socket and does not answer on it.
Result<pid_t> find_keeper(std::string const& program, std::string const& name,
                          std::array<std::string, 2> const& folders)
{
    for (std::string const& entry : TRY(list_folder("/proc"))) {
        auto const pid = qube::parse_number(entry);
        auto const text = pid ? read_file("/proc/" + entry + "/cmdline") : Result<std::string>("");
        if (!text)
            continue; // it has ended
        auto const words = qube::split(*text, '\0');
        auto const found = std::ranges::find(words, program);
        if (std::distance(found, words.end()) > 4 && *(found + 2) == name &&
            std::ranges::any_of(folders, [&](std::string const& folder) {
                return (found + 4)->starts_with(folder + "/");
            }))
            return static_cast<pid_t>(*pid);
    }
    return error("the qube " + name + " has no keeper");
}

} // namespace

/// What we hold of a running qube: its keeper's socket and pidfd.
class LocalBackend::Sandbox {
public:
    Sandbox(LocalBackend& owner, std::string name, std::int64_t domain, pid_t keeper, Fd pidfd,
            Fd socket)
        : owner_(owner),
          name_(std::move(name)),
          domain_(domain),
          keeper_(keeper),
          pidfd_(std::move(pidfd)),
          socket_(std::make_unique<LineSocket>(
              owner.loop_, std::move(socket), [this](std::string_view line) { handle_line(line); },
              [] {})),
          process_(owner.loop_, *this, pidfd_.get(), WL_EVENT_READABLE),
          deadline_(owner.loop_, *this)
    {
    }

    /// The qube counts as started when a program can be started in it.
    void wait_for_agent(Started started, std::chrono::seconds at_most)
    {
        started_ = std::move(started);
        deadline_.arm(at_most);
        send({{"op", "state"}});
        send({{"op", "launch"}, {"argv", {"true"}}});
    }
    void send(Json const& request) { socket_->send(request.dump()); }
    void set_paused(bool paused)
    {
        paused_ = paused;
        send({{"op", paused ? "pause" : "unpause"}});
    }
    [[nodiscard]] bool is_paused() const { return paused_; }
    [[nodiscard]] std::int64_t domain() const { return domain_; }
    [[nodiscard]] pid_t keeper() const { return keeper_; }

private:
    void handle_line(std::string_view line)
    {
        Json const answer = Json::parse(line, nullptr, false);
        if (!started_ || !answer.is_object() || answer.contains("state") ||
            answer.contains("event"))
            return;
        deadline_.disarm();
        Started const started = std::exchange(started_, nullptr);
        if (answer.contains("launched"))
            return started(domain_);
        fail(started, "its agent starts no programs: " +
                          (answer.contains("error") && answer["error"].is_string()
                               ? answer["error"].get<std::string>()
                               : std::string(line)));
    }
    void handle_process(std::uint32_t)
    {
        waitpid(keeper_, nullptr, WNOHANG); // no child of ours if we were started anew
        Started const started = std::exchange(started_, nullptr);
        LocalBackend& owner = owner_;
        std::string const name = name_;
        std::string const log = owner.host_.logs + "/" + name + "/qube.log";
        owner.sandboxes_.erase(name); // ends us
        if (started)
            started(error("its sandbox ended at once; see " + log));
        else
            owner.ended(name);
    }
    void handle_deadline() { fail(std::exchange(started_, nullptr), "it did not start in time"); }

    /// It goes away: told when the keeper has ended, so that nothing of it is left by then.
    void fail(Started const& started, std::string const& why)
    {
        started_ = [started, why](Result<std::int64_t> const&) { started(error(why)); };
        send({{"op", "kill"}});
    }

    LocalBackend& owner_;
    std::string name_;
    std::int64_t domain_;
    pid_t keeper_;
    Fd pidfd_;
    bool paused_ = false;
    Started started_;
    std::unique_ptr<LineSocket> socket_;
    FdSource<&Sandbox::handle_process> process_;
    Timer<&Sandbox::handle_deadline> deadline_;
};

LocalBackend::LocalBackend(wl_event_loop* loop, LocalHost host, Fd launcher)
    : loop_(loop),
      host_(std::move(host)),
      starter_(loop, host_.keeper, std::move(launcher)),
      network_(loop, host_.runtime + "/network.sock", host_.runtime + "/network.log", host_.zone)
{
}

LocalBackend::~LocalBackend() = default;

std::string LocalBackend::folder_of(std::string const& name) const
{
    return host_.runtime + "/qubes/" + name;
}

void LocalBackend::start(StartOrder const& order, Started started)
{
    network_.add(order.name, order.network, [this, order, started](Result<Namespace> network) {
        if (!network)
            return started(std::unexpected(network.error()));
        Started tell = [this, name = order.name, started](Result<std::int64_t> const& domain) {
            if (!domain)
                network_.remove(name);
            started(domain);
        };
        if (auto const begun = begin(order, *network, tell); !begun)
            tell(std::unexpected(begun.error()));
    });
}

void LocalBackend::set_network(std::string const& name, NetworkOrder const& order)
{
    network_.change(name, order);
}

Result<> LocalBackend::prepare(StartOrder const& order, std::string const& folder) const
{
    TRY_VOID(make_folders(folder + "/etc"));
    for (char const* const part : {"/vchan", "/grants"}) {
        TRY_VOID(put_away(folder + part));
        if (!starter_.separate_users()) // else the launcher makes them: they belong to the qube
            TRY_VOID(make_folders(folder + part));
    }
    std::string id = order.uuid;
    std::erase(id, '-');
    std::map<std::string, std::string> const files{
        {"passwd", "root:x:0:0:root:/root:/bin/bash\nuser:x:1000:1000:user:/home/user:/bin/bash\n"
                   "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"},
        {"group", "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n"},
        {"hostname", order.name + "\n"},
        {"hosts", "127.0.0.1 localhost " + order.name + "\n"},
        {"machine-id", id + "\n"},
    };
    for (std::string const& file : own_etc_files(order))
        TRY_VOID(write_public(folder + "/etc/" + file, files.at(file)));
    return write_public(folder + "/resolv.conf", resolvers);
}

Result<> LocalBackend::begin(StartOrder order, Namespace const& network, Started& started)
{
    std::string const folder = folder_of(order.name);
    TRY_VOID(prepare(order, folder));
    std::string const logs = host_.logs + "/" + order.name;
    TRY_VOID(make_folders(logs));
    KeeperStarter::Request request{.qube = order.name,
                                   .domain = first_domain + order.qid,
                                   .arguments = {"--name", order.name, "--log", "", "--"},
                                   .mounts = {},
                                   .listening = -1,
                                   .log = -1,
                                   .network = network.net.get(),
                                   .network_owner = network.owner.get()};
    request.arguments[3] = logs + "/qube.log";
    if (starter_.separate_users()) {
        request.mounts = TRY(take_own_mounts(order, host_.data, folder));
        request.mounts.push_back(
            {.from = logs.substr(host_.data.size() + 1), .to = "log", .writable = true});
        for (OwnMount const& mount : request.mounts)
            TRY_VOID(make_folders(folder + "/" + mount.to));
        request.arguments[3] = folder + "/log/qube.log";
    }
    SandboxPlaces places{.folder = folder,
                         .own_etc = own_etc_files(order),
                         .domain = request.domain,
                         .resolver = resolver_place(order)};
    auto const sandbox = sandbox_command(host_, order, places);
    request.arguments.insert(request.arguments.end(), sandbox.begin(), sandbox.end());
    Fd const listening = TRY(listen_unix(folder + "/keeper.sock"));
    Fd const log = TRY(open_log(folder + "/keeper.log"));
    request.listening = listening.get();
    request.log = log.get();
    // What is known of it before it runs, so that a qubesd after us finds it whatever happens.
    TRY_VOID(write_record(folder, {{"name", order.name},
                                   {"domain", request.domain},
                                   {"start_time", static_cast<std::int64_t>(std::time(nullptr))}}));
    starter_.start(request, [this, name = order.name, domain = request.domain,
                             timeout = order.timeout, started](Result<pid_t> keeper) mutable {
        if (!keeper)
            return started(std::unexpected(keeper.error()));
        if (auto const done = handle_keeper(name, domain, *keeper, timeout, started); !done)
            started(std::unexpected(done.error()));
    });
    return {};
}

Result<> LocalBackend::handle_keeper(std::string const& name, std::int64_t domain, pid_t keeper,
                                     std::chrono::seconds timeout, Started& started)
{
    std::string const folder = folder_of(name);
    Json record = Json::parse(TRY(read_file(folder + "/keeper.json")), nullptr, false);
    record["pid"] = keeper;
    TRY_VOID(write_record(folder, record));
    Fd pidfd = TRY(open_process(keeper));
    network_.hold(name, pidfd.get());
    Fd socket = TRY(connect_unix(folder + "/keeper.sock"));
    auto made =
        std::make_unique<Sandbox>(*this, name, domain, keeper, std::move(pidfd), std::move(socket));
    made->wait_for_agent(std::move(started), timeout);
    sandboxes_[name] = std::move(made);
    return {};
}

void LocalBackend::ended(std::string const& name)
{
    if (auto const gone = put_away(folder_of(name)); !gone)
        std::fprintf(stderr, "vitrail-qubesd: %s\n", gone.error().message().c_str());
    network_.forget(name);
    ended_(name);
}

void LocalBackend::shut_down(std::string const& name)
{
    if (auto const found = sandboxes_.find(name); found != sandboxes_.end())
        found->second->send({{"op", "shutdown"}});
}

void LocalBackend::kill(std::string const& name)
{
    if (auto const found = sandboxes_.find(name); found != sandboxes_.end())
        found->second->send({{"op", "kill"}});
}

Result<> LocalBackend::pause(std::string const& name)
{
    auto const found = sandboxes_.find(name);
    if (found == sandboxes_.end())
        return error("the qube " + name + " has no sandbox");
    found->second->set_paused(true);
    return {};
}

Result<> LocalBackend::unpause(std::string const& name)
{
    auto const found = sandboxes_.find(name);
    if (found == sandboxes_.end())
        return error("the qube " + name + " has no sandbox");
    found->second->set_paused(false);
    return {};
}

Result<RunningQube> LocalBackend::adopt(std::string const& name)
{
    Json const record =
        Json::parse(TRY(read_file(folder_of(name) + "/keeper.json")), nullptr, false);
    for (char const* const number : {"domain", "start_time"})
        if (!record.is_object() || !record.contains(number) || !record[number].is_number_integer())
            return error("the record of the qube " + name + " is none");
    // The socket is what proves that it runs; a process number may be another's by now.
    Fd socket = TRY(connect_unix(folder_of(name) + "/keeper.sock"));
    auto answer = ask_keeper(socket.get());
    if (!answer) // it lives, else nobody listened: its qube must not be started a second time
        answer = KeeperAnswer{
            TRY(find_keeper(host_.keeper, name, {host_.logs + "/" + name, folder_of(name)})), false,
            Fd()};
    pid_t const keeper = answer->keeper;
    Fd pidfd = TRY(open_process(keeper));
    if (answer->net)
        network_.adopt(name, std::move(answer->net), pidfd.get());
    auto const domain = record["domain"].get<std::int64_t>();
    sandboxes_[name] =
        std::make_unique<Sandbox>(*this, name, domain, keeper, std::move(pidfd), std::move(socket));
    return RunningQube{.name = name,
                       .domain = domain,
                       .start_time = record["start_time"].get<std::int64_t>(),
                       .paused = answer->paused};
}

std::vector<RunningQube> LocalBackend::running()
{
    std::vector<RunningQube> all;
    auto const names = list_folder(host_.runtime + "/qubes");
    for (std::string const& name : names.value_or(std::vector<std::string>())) {
        if (name.contains(aside_mark)) {
            (void)remove_tree(folder_of(name)); // as far as we may
            continue;
        }
        if (auto found = adopt(name))
            all.push_back(std::move(*found));
        else
            (void)put_away(folder_of(name)); // of one that has ended; made anew at its start
    }
    return all;
}

std::optional<Usage> LocalBackend::usage(std::string const& name)
{
    auto const found = sandboxes_.find(name);
    pid_t const top = found != sandboxes_.end() ? found->second->keeper() : getpid();
    if (found == sandboxes_.end() && name != qube::dom0)
        return std::nullopt;
    TreeUsage const tree = tree_usage(top);
    return Usage{.memory_kib = tree.resident_kib,
                 .memory_total_kib = tree.resident_kib,
                 .cpu_time_ns = tree.cpu_ns,
                 .vcpus = machine().processors};
}

Machine LocalBackend::machine() const
{
    struct sysinfo info{};
    sysinfo(&info);
    long const processors = sysconf(_SC_NPROCESSORS_ONLN);
    return {.memory_mib = info.totalram * std::uint64_t{info.mem_unit} >> 20,
            .processors = static_cast<unsigned>(std::max(processors, 1L))};
}

std::uint64_t LocalBackend::available_memory_mib() const
{
    std::string const text = read_file("/proc/meminfo").value_or("");
    unsigned long kib = 0;
    constexpr std::string_view key = "MemAvailable:";
    if (auto const at = text.find(key); at != std::string::npos)
        kib = std::strtoul(text.c_str() + at + key.size(), nullptr, 10);
    return kib >> 10U;
}

} // namespace vitrail::qubesd
