#include "tests/system/network_stage.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/qube/admin_client.hpp"
#include "tests/support/ordinary_user.hpp"
#include "tests/support/process.hpp"
#include "tests/system/network_world.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>

namespace vitrail::test {
namespace {

std::string contents(std::filesystem::path const& path)
{
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

/// On a byte: a new qubesd; its number back.
[[noreturn]] void be_machine(std::string const& folder, int socket)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    enter_machine(folder);
    prctl(PR_SET_PDEATHSIG, SIGKILL); // a change of user forgets it
    std::signal(SIGCHLD, SIG_IGN);
    for (char byte = 0; read(socket, &byte, 1) == 1;) {
        pid_t const child = fork();
        if (child == 0) {
            std::signal(SIGCHLD, SIG_DFL);
            int const log =
                open((folder + "/qubesd.log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
            dup2(log, 1);
            dup2(log, 2);
            std::string const state = folder + "/state";
            std::string const run = folder + "/run";
            execl(VITRAIL_QUBESD, VITRAIL_QUBESD, "--state", state.c_str(), "--runtime-dir",
                  run.c_str(), nullptr);
            _exit(127);
        }
        [[maybe_unused]] ssize_t const told = write(socket, &child, sizeof child);
    }
    _exit(0);
}

} // namespace

NetworkStage::NetworkStage()
{
    adopt_orphans();
    std::ofstream(file("resolv.conf")) << "nameserver " << server << "\n";
    if (geteuid() == 0) {
        for (std::string const& path : {folder_.path(), file("resolv.conf")})
            EXPECT_EQ(chown(path.c_str(), ordinary_id, ordinary_id), 0);
    }
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    to_machine_ = ends[0];
    machine_ = fork();
    if (machine_ == 0) {
        close(ends[0]);
        be_machine(folder_.path(), ends[1]);
    }
    close(ends[1]);
}

NetworkStage::~NetworkStage()
{
    close(to_machine_);
    end_descendants();
    if (testing::Test::HasFailure())
        std::fputs(logs().c_str(), stderr);
    // overlayfs leaves folders that their owner may not enter
    EXPECT_TRUE(output_of(
        {.arguments = {"chmod", "-R", "u+rwX", folder_.path()}, .environment = {}, .output = {}}));
}

std::string NetworkStage::file(std::string const& name) const
{
    return folder_ / name;
}

std::string NetworkStage::logs() const
{
    std::string all;
    for (char const* const name : {"qubesd.log", "run/network.log"})
        all += std::string("--- ") + name + "\n" + contents(file(name));
    std::error_code failure;
    for (auto const& qube : std::filesystem::directory_iterator(file("run/qubes"), failure))
        for (char const* const name : {"keeper.log", "log"})
            all += "--- " + qube.path().filename().string() + " " + name + "\n" +
                   contents(qube.path() / name);
    return all;
}

void NetworkStage::start_qubesd()
{
    ASSERT_EQ(write(to_machine_, "q", 1), 1);
    ASSERT_EQ(read(to_machine_, &qubesd_, sizeof qubesd_), ssize_t{sizeof qubesd_});
    ASSERT_TRUE(wait_until([&] { return call("dom0", "admin.vm.List").starts_with("dom0 "); }))
        << logs();
}

void NetworkStage::kill_qubesd()
{
    kill(qubesd_, SIGKILL);
    ASSERT_TRUE(wait_until([&] { return kill(qubesd_, 0) != 0; }));
}

std::string NetworkStage::call(std::string const& qube, std::string const& method,
                               std::string const& payload) const
{
    auto const plus = method.find('+');
    auto const answer =
        qube::AdminClient(file("run/qubesd.sock"))
            .call(qube, method.substr(0, plus),
                  plus == std::string::npos ? "" : method.substr(plus + 1), payload);
    return answer ? *answer : answer.error().type + ": " + answer.error().message;
}

std::string NetworkStage::state_of(std::string const& qube) const
{
    std::string const line = call(qube, "admin.vm.List");
    auto const at = line.find("state=");
    return at == std::string::npos ? line : line.substr(at + 6, line.find(' ', at) - at - 6);
}

void NetworkStage::run(std::string const& qube, std::string const& command) const
{
    auto keeper = connect_unix(file("run/qubes/" + qube + "/keeper.sock"));
    ASSERT_TRUE(keeper) << keeper.error().message();
    std::string quoted;
    for (char const c : command)
        quoted += (c == '"' || c == '\\' ? std::string("\\") : std::string()) + c;
    std::string const line = "{\"op\":\"launch\",\"argv\":[\"bash\",\"-c\",\"" + quoted + "\"]}\n";
    ASSERT_EQ(send(keeper->get(), line.data(), line.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(line.size()));
    char reply[256];
    pollfd ready{keeper->get(), POLLIN, 0};
    ASSERT_EQ(poll(&ready, 1, 20000), 1);
    ssize_t const got = read(keeper->get(), reply, sizeof reply);
    ASSERT_TRUE(got > 0 &&
                std::string_view(reply, static_cast<std::size_t>(got)).contains("launched"));
}

std::string NetworkStage::output(std::string const& qube, std::string const& command)
{
    std::string const name = "out." + std::to_string(++outputs_);
    std::string const path = "/run/vitrail-grants/" + name; // a folder that we see from outside
    run(qube, "{ " + command + "; } > " + path + ".part 2>&1; mv " + path + ".part " + path);
    std::string const here = file("run/qubes/" + qube + "/grants/" + name);
    EXPECT_TRUE(wait_until([&] { return access(here.c_str(), F_OK) == 0; }))
        << qube << ": " << command;
    return contents(here);
}

std::string NetworkStage::page(std::string const& qube, int port, std::string const& host)
{
    return output(qube, "timeout 4 bash -c 'cat < /dev/tcp/" + host + "/" + std::to_string(port) +
                            "' 2>/dev/null");
}

std::string NetworkStage::interfaces(std::string const& qube)
{
    return output(qube, "sed -n 's/^ *\\([a-z0-9]*\\):.*/\\1/p' /proc/net/dev | sort | xargs");
}

int NetworkStage::seen(std::string const& what) const
{
    std::istringstream lines(contents(file("server.log")));
    int count = 0;
    for (std::string line; std::getline(lines, line);)
        count += line == what ? 1 : 0;
    return count;
}

pid_t NetworkStage::process(std::string const& name, std::string const& word) const
{
    for (pid_t const pid : descendants(getpid())) {
        auto const arguments = arguments_of(pid);
        if (program_of(pid) == name &&
            (word.empty() || std::ranges::find(arguments, word) != arguments.end()))
            return pid;
    }
    return -1;
}

bool NetworkStage::wait_until(std::function<bool()> const& done) const
{
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!done()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        poll(nullptr, 0, 10);
    }
    return true;
}

} // namespace vitrail::test
