#include "tests/system/network_world.hpp"

#include "services/network/namespaces.hpp"
#include "tests/system/network_stage.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <vector>

namespace vitrail::test {
namespace {

using network::make_network_namespace;
using network::run_program_in;

void must(bool good, char const* what)
{
    if (good)
        return;
    std::perror(what);
    _exit(1);
}
void must(Result<> const& done)
{
    if (done)
        return;
    std::fprintf(stderr, "%s\n", done.error().message().c_str());
    _exit(1);
}

void become_ordinary()
{
    if (geteuid() != 0)
        return;
    must(unshare(CLONE_NEWNS) == 0, "a mount namespace");
    mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr);
    // As the root launcher does: else no qube gets a /proc of its own (fact sheet local-host §1).
    for (char const* const cover : {"/proc/irq", "/proc/bus", "/proc/sys", "/proc/sysrq-trigger"})
        umount2(cover, MNT_DETACH);
    must(setgroups(0, nullptr) == 0 && setresgid(ordinary_id, ordinary_id, ordinary_id) == 0 &&
             setresuid(ordinary_id, ordinary_id, ordinary_id) == 0,
         "giving up root");
    prctl(PR_SET_DUMPABLE, 1); // else /proc/self would stay root's
}

int listening(int type, std::uint16_t port)
{
    int const fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    int const yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    must(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "bind");
    must(type == SOCK_DGRAM || listen(fd, 64) == 0, "listen");
    return fd;
}

/// The name asked for, and an answer: our one address for page.example, nothing for others.
std::string answer_dns(std::string& message)
{
    std::string name;
    std::size_t at = 12;
    while (at < message.size() && message[at] != 0) {
        auto const length = static_cast<unsigned char>(message[at]);
        name += (name.empty() ? "" : ".") + message.substr(at + 1, length);
        at += length + 1U;
    }
    bool const wants_four = at + 2 < message.size() && message[at + 2] == 1;
    message.resize(at + 5);
    bool const known = name == "page.example";
    message[2] = static_cast<char>(0x81);
    message[3] = static_cast<char>(known ? 0x80 : 0x83); // else there is no such name
    for (std::size_t i = 6; i < 12; ++i)
        message[i] = 0;
    if (known && wants_four) {
        message[7] = 1;
        message += std::string("\xc0\x0c\0\1\0\1\0\0\0\1\0\4", 12);
        in_addr address{};
        inet_pton(AF_INET, NetworkStage::server, &address);
        message.append(reinterpret_cast<char const*>(&address), sizeof address);
    }
    return name;
}

class Server {
public:
    explicit Server(std::string const& log)
        : log_(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)),
          sockets_{{{listening(SOCK_STREAM, 80), POLLIN, 0},
                    {listening(SOCK_STREAM, 81), POLLIN, 0},
                    {listening(SOCK_DGRAM, 53), POLLIN, 0},
                    {listening(SOCK_DGRAM, 9), POLLIN, 0}}}
    {
    }
    [[noreturn]] void run()
    {
        for (;;) {
            poll(sockets_.data(), sockets_.size(), -1);
            for (std::size_t i = 0; i < 2; ++i)
                if (sockets_[i].revents != 0)
                    serve_page(sockets_[i].fd, 80 + static_cast<int>(i));
            if (sockets_[2].revents != 0)
                serve_packet(sockets_[2].fd, true);
            if (sockets_[3].revents != 0)
                serve_packet(sockets_[3].fd, false);
        }
    }

private:
    void note(std::string const& what) const { dprintf(log_, "%s\n", what.c_str()); }
    void serve_page(int from, int port) const
    {
        int const client = accept4(from, nullptr, nullptr, SOCK_CLOEXEC);
        note("tcp " + std::to_string(port));
        dprintf(client, "page of port %d\n", port);
        close(client);
    }
    void serve_packet(int from, bool dns) const
    {
        std::array<char, 1500> bytes{};
        sockaddr_in peer{};
        socklen_t length = sizeof peer;
        ssize_t const got = recvfrom(from, bytes.data(), bytes.size(), 0,
                                     reinterpret_cast<sockaddr*>(&peer), &length);
        if (got < 1)
            return;
        std::string text(bytes.data(), static_cast<std::size_t>(got));
        if (!dns)
            return note("udp " + text.substr(0, text.find('\n')));
        if (text.size() < 17)
            return;
        note("dns " + answer_dns(text));
        sendto(from, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&peer), length);
    }

    int log_;
    std::array<pollfd, 4> sockets_;
};

void lay_cable(Fd const& machine, Fd const& internet)
{
    std::string const server = NetworkStage::server;
    must(run_program_in(
        machine.get(), {"ip", "-batch", "-"},
        "link set lo up\nlink add wan type veth peer name lan netns "
        "/proc/self/fd/3\naddress add " +
            std::string(NetworkStage::machine) +
            "/24 dev wan\nlink set wan up\nlink add inner type veth peer name unused\n"
            "address add " +
            NetworkStage::inner + "/32 dev inner\nlink set inner up\nroute add default via " +
            server + "\n",
        {internet.get()}));
    must(run_program_in(internet.get(), {"ip", "-batch", "-"},
                        "address add " + server + "/24 dev lan\nlink set lan up\n"));
}

} // namespace

void enter_machine(std::string const& folder)
{
    become_ordinary();
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
    must(network::enter_zone());
    must(unshare(CLONE_NEWNET | CLONE_NEWNS) == 0, "a machine");
    Fd const machine(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    auto const internet = make_network_namespace();
    must(internet ? Result<>() : std::unexpected(internet.error()));
    lay_cable(machine, *internet);
    std::string const resolver = folder + "/resolv.conf";
    mount(resolver.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr);
    pid_t const server = fork();
    must(server >= 0, "a server");
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        must(setns(internet->get(), CLONE_NEWNET) == 0, "the internet");
        Fd const low_ports(open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_WRONLY));
        must(low_ports && write(low_ports.get(), "0", 1) == 1, "ports below 1024");
        Server(folder + "/server.log").run();
    }
    if (fork() == 0) { // something of the machine's own, that no qube is to reach
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        int const own = listening(SOCK_STREAM, 8080);
        for (;;)
            if (int const client = accept4(own, nullptr, nullptr, SOCK_CLOEXEC); client >= 0) {
                dprintf(client, "the machine's own\n");
                close(client);
            }
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

} // namespace vitrail::test
