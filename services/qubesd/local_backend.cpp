#include "services/qubesd/local_backend.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/log_sink.hpp"
#include "lib/os/process.hpp"
#include "services/qubesd/process_tree.hpp"
#include "services/qubesd/storage/files.hpp"

#include <nlohmann/json.hpp>
#include <sys/sysinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <set>
#include <utility>

namespace vitrail::qubesd {

using Json = nlohmann::json;

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
        signal_below(keeper_, paused ? SIGSTOP : SIGCONT);
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
        std::string const log = owner.folder_of(name) + "/log";
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

LocalBackend::LocalBackend(wl_event_loop* loop, LocalHost host)
    : loop_(loop), host_(std::move(host))
{
}

LocalBackend::~LocalBackend() = default;

std::string LocalBackend::folder_of(std::string const& name) const
{
    return host_.runtime + "/qubes/" + name;
}

std::int64_t LocalBackend::free_domain() const
{
    std::set<std::int64_t> used;
    for (auto const& [name, sandbox] : sandboxes_)
        used.insert(sandbox->domain());
    std::int64_t domain = 1;
    while (used.contains(domain))
        ++domain;
    return domain;
}

void LocalBackend::start(StartOrder const& order, Started started)
{
    if (auto const begun = begin(order, started); !begun)
        started(std::unexpected(begun.error()));
}

Result<> LocalBackend::begin(StartOrder const& order, Started& started)
{
    std::string const folder = folder_of(order.name);
    for (char const* const part : {"/vchan", "/grants"}) {
        TRY_VOID(remove_tree(folder + part));
        TRY_VOID(make_folders(folder + part));
    }
    std::string id = order.uuid;
    std::erase(id, '-');
    TRY_VOID(write_file(folder + "/machine-id", id + "\n"));
    Fd const listening = TRY(listen_unix(folder + "/keeper.sock"));
    Fd const log = TRY(open_log(folder + "/keeper.log"));
    std::int64_t const domain = free_domain();
    Spawn spawn{.arguments = {host_.keeper, "--name", order.name, "--log", folder + "/log", "--"},
                .environment = inherited_environment({"PATH", "LANG"}),
                .descriptors = {{listening.get(), 3}, {log.get(), 1}, {log.get(), 2}},
                .new_session = true};
    auto const sandbox = sandbox_command(host_, order, folder, domain);
    spawn.arguments.insert(spawn.arguments.end(), sandbox.begin(), sandbox.end());
    Process const keeper = TRY(Process::start(spawn));
    Json const record{{"name", order.name},
                      {"pid", keeper.pid()},
                      {"domain", domain},
                      {"start_time", static_cast<std::int64_t>(std::time(nullptr))}};
    if (auto const kept = write_file(folder + "/keeper.json", record.dump()); !kept) {
        keeper.signal(SIGKILL); // nobody would find it again; its sandbox dies with it
        return kept;
    }
    Fd pidfd = TRY(open_process(keeper.pid()));
    Fd socket = TRY(connect_unix(folder + "/keeper.sock"));
    auto made = std::make_unique<Sandbox>(*this, order.name, domain, keeper.pid(), std::move(pidfd),
                                          std::move(socket));
    made->wait_for_agent(std::move(started), order.timeout);
    sandboxes_[order.name] = std::move(made);
    return {};
}

void LocalBackend::ended(std::string const& name)
{
    if (auto const gone = remove_tree(folder_of(name)); !gone)
        std::fprintf(stderr, "vitrail-qubesd: %s\n", gone.error().message().c_str());
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
    for (char const* const number : {"pid", "domain", "start_time"})
        if (!record.is_object() || !record.contains(number) || !record[number].is_number_integer())
            return error("the record of the qube " + name + " is none");
    auto const pid = record["pid"].get<pid_t>();
    // The number may be another process's by now: its socket is what proves it.
    Fd socket = TRY(connect_unix(folder_of(name) + "/keeper.sock"));
    Fd pidfd = TRY(open_process(pid));
    auto const domain = record["domain"].get<std::int64_t>();
    sandboxes_[name] =
        std::make_unique<Sandbox>(*this, name, domain, pid, std::move(pidfd), std::move(socket));
    return RunningQube{.name = name,
                       .domain = domain,
                       .start_time = record["start_time"].get<std::int64_t>(),
                       .paused = false};
}

std::vector<RunningQube> LocalBackend::running()
{
    std::vector<RunningQube> all;
    auto const names = list_folder(host_.runtime + "/qubes");
    for (std::string const& name : names.value_or(std::vector<std::string>())) {
        if (auto found = adopt(name))
            all.push_back(std::move(*found));
        else
            (void)remove_tree(folder_of(name)); // of one that has ended; made anew at its start
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

} // namespace vitrail::qubesd
