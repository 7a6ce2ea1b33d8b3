#include "tests/system/network_world.hpp"

#include "services/network/namespaces.hpp"
#include "tests/support/ordinary_user.hpp"
#include "tests/system/network_stage.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
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

/// A datagram socket of IPv6: bound to `port`, or connected to the server's with 0.
int six(std::uint16_t port)
{
    int const fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int const yes = 1;
    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(port == 0 ? 9 : port);
    if (port == 0)
        inet_pton(AF_INET6, NetworkStage::server6, &address.sin6_addr);
    auto const* const raw = reinterpret_cast<sockaddr const*>(&address);
    must((port == 0 ? connect(fd, raw, sizeof address) : bind(fd, raw, sizeof address)) == 0,
         "IPv6");
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
          sockets_{{{listening(SOCK_STREAM, web_port), POLLIN, 0},
                    {listening(SOCK_STREAM, other_web_port), POLLIN, 0},
                    {listening(SOCK_STREAM, 80), POLLIN, 0},
                    {listening(SOCK_STREAM, 81), POLLIN, 0},
                    {listening(SOCK_DGRAM, 53), POLLIN, 0},
                    {listening(SOCK_DGRAM, 9), POLLIN, 0},
                    {six(9), POLLIN, 0}}}
    {
    }
    [[noreturn]] void run()
    {
        for (;;) {
            poll(sockets_.data(), sockets_.size(), -1);
            for (std::size_t i = 0; i < 2; ++i)
                if (sockets_[i].revents != 0)
                    serve_browser(sockets_[i].fd);
            for (std::size_t i = 2; i < 4; ++i)
                if (sockets_[i].revents != 0)
                    serve_page(sockets_[i].fd, 80 + static_cast<int>(i) - 2);
            if (sockets_[4].revents != 0)
                serve_packet(sockets_[4].fd, true);
            if (sockets_[5].revents != 0)
                serve_packet(sockets_[5].fd, false);
            if (sockets_[6].revents != 0)
                serve_six(sockets_[6].fd);
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
    /// A child for each connection: a browser opens some that it does not use.
    void serve_browser(int from) const
    {
        int const client = accept4(from, nullptr, nullptr, SOCK_CLOEXEC);
        if (fork() != 0) {
            close(client);
            return;
        }
        std::string asked;
        std::array<char, 4096> bytes{};
        ssize_t got = 0;
        while (!asked.contains("\r\n\r\n") && (got = read(client, bytes.data(), bytes.size())) > 0)
            asked.append(bytes.data(), static_cast<std::size_t>(got));
        auto const end = asked.find(' ', 4);
        if (!asked.starts_with("GET /") || end == std::string::npos)
            _exit(0);
        std::string const path = asked.substr(4, end - 4);
        note("http " + path);
        std::string const page = "<!doctype html><title>page " + path.substr(1) +
                                 "</title><body style=\"background:" + web_colour + "\">";
        dprintf(client,
                "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: %zu\r\n\r\n%s",
                page.size(), page.c_str());
        _exit(0);
    }
    void serve_six(int from) const
    {
        std::array<char, 1500> bytes{};
        ssize_t const got = recv(from, bytes.data(), bytes.size(), 0);
        std::string const text(bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
        note("udp6 " + text.substr(0, text.find('\n')));
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
    std::array<pollfd, 7> sockets_;
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
            server + "\naddress add " + NetworkStage::machine6 +
            "/64 dev wan nodad\nroute add default via " + NetworkStage::server6 + "\n",
        {internet.get()}));
    must(run_program_in(internet.get(), {"ip", "-batch", "-"},
                        "address add " + server + "/24 dev lan\nlink set lan up\naddress add " +
                            NetworkStage::server6 + "/64 dev lan nodad\n"));
}

} // namespace

void enter_machine(std::string const& folder)
{
    must(become_ordinary_user());
    setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1);
    must(network::enter_zone());
    must(unshare(CLONE_NEWNET | CLONE_NEWNS) == 0, "a machine");
    Fd const machine(open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    auto const internet = make_network_namespace();
    must(internet ? Result<>() : std::unexpected(internet.error()));
    lay_cable(machine, *internet);
    std::string const resolver = folder + "/resolv.conf";
    mount(resolver.c_str(), "/etc/resolv.conf", nullptr, MS_BIND, nullptr);
    int listens[2];
    must(pipe2(listens, O_CLOEXEC) == 0, "a pipe");
    pid_t const server = fork();
    must(server >= 0, "a server");
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        must(setns(internet->get(), CLONE_NEWNET) == 0, "the internet");
        Fd const low_ports(open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_WRONLY));
        must(low_ports && write(low_ports.get(), "0", 1) == 1, "ports below 1024");
        std::signal(SIGCHLD, SIG_IGN); // nobody waits for those that serve browsers
        Server here(folder + "/server.log");
        must(write(listens[1], "r", 1) == 1, "telling that the server is there");
        here.run();
    }
    close(listens[1]);
    char ready = 0;
    must(read(listens[0], &ready, 1) == 1, "the server");
    close(listens[0]);
    int const by_six = six(0); // what tests that nothing else comes this way has to see
    must(send(by_six, "the machine", 11, 0) == 11, "IPv6 to the server");
    close(by_six);
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
