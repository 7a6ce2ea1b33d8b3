#include "services/network/lookup.hpp"

#include "lib/os/pipe.hpp"
#include "lib/qube/names.hpp"
#include "services/network/namespaces.hpp"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <resolv.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <utility>

namespace vitrail::network {
namespace {

constexpr std::size_t most_output = 65536;
constexpr unsigned most_seconds = 20; ///< for all names together

void give_up_rights()
{
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> none{};
    if (syscall(SYS_capset, &header, none.data()) != 0)
        _exit(1);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/// In the child: one question, its answers to `out`.
void ask(res_state resolver, std::string const& name, ns_type type, int out)
{
    std::array<unsigned char, 4096> answer{};
    int const size = res_nquery(resolver, name.c_str(), ns_c_in, type, answer.data(),
                                static_cast<int>(answer.size()));
    ns_msg message{};
    if (size <= 0 || ns_initparse(answer.data(), size, &message) != 0)
        return;
    int const family = type == ns_t_a ? AF_INET : AF_INET6;
    std::size_t const length = type == ns_t_a ? sizeof(in_addr) : sizeof(in6_addr);
    for (int i = 0; i < ns_msg_count(message, ns_s_an); ++i) {
        ns_rr record{};
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (ns_parserr(&message, ns_s_an, i, &record) != 0 || ns_rr_type(record) != type ||
            ns_rr_rdlen(record) != length ||
            !inet_ntop(family, ns_rr_rdata(record), text.data(), text.size()))
            continue;
        dprintf(out, "%s %s\n", name.c_str(), text.data());
    }
}

[[noreturn]] void be_child(int netns, std::set<std::string> const& names, int out)
{
    reset_signals();
    if (setns(netns, CLONE_NEWNET) != 0)
        _exit(1);
    give_up_rights();
    alarm(most_seconds);
    struct __res_state resolver{};
    if (res_ninit(&resolver) != 0)
        _exit(1);
    resolver.options &= ~(RES_DNSRCH | RES_DEFNAMES);
    resolver.retrans = 2;
    resolver.retry = 2;
    resolver.nscount = 1;
    resolver.nsaddr_list[0] = {};
    resolver.nsaddr_list[0].sin_family = AF_INET;
    resolver.nsaddr_list[0].sin_port = htons(53);
    inet_pton(AF_INET, first_resolver, &resolver.nsaddr_list[0].sin_addr);
    for (std::string const& name : names)
        for (ns_type const type : {ns_t_a, ns_t_aaaa})
            ask(&resolver, name, type, out);
    _exit(0);
}

bool is_address(std::string const& text)
{
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    return inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
           inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

} // namespace

Resolved parse_answers(std::string_view untrusted_text, std::set<std::string> const& names)
{
    Resolved found;
    for (std::string_view const line : qube::split(untrusted_text, '\n')) {
        auto const space = line.find(' ');
        if (space == std::string_view::npos)
            continue;
        std::string const name(line.substr(0, space));
        std::string const address(line.substr(space + 1));
        if (names.contains(name) && is_address(address) &&
            !std::ranges::contains(found[name], address))
            found[name].push_back(address);
    }
    std::erase_if(found, [](auto const& entry) { return entry.second.empty(); });
    return found;
}

Result<std::unique_ptr<Lookup>> Lookup::start(wl_event_loop* loop, int netns,
                                              std::set<std::string> names,
                                              std::function<void(Resolved)> done)
{
    auto [output, writer] = TRY(make_pipe());
    pid_t const child = fork();
    if (child < 0)
        return errno_error("a child");
    if (child == 0)
        be_child(netns, names, writer.get());
    fcntl(output.get(), F_SETFL, O_NONBLOCK);
    return std::unique_ptr<Lookup>(
        new Lookup(loop, std::move(names), child, std::move(output), std::move(done)));
}

Lookup::Lookup(wl_event_loop* loop, std::set<std::string> names, pid_t child, Fd output,
               std::function<void(Resolved)> done)
    : names_(std::move(names)),
      child_(child),
      output_(std::move(output)),
      done_(std::move(done)),
      source_(loop, *this, output_.get(), WL_EVENT_READABLE)
{
}

Lookup::~Lookup()
{
    kill(child_, SIGKILL); // ours until it is reaped
    waitpid(child_, nullptr, 0);
}

void Lookup::handle_output(std::uint32_t)
{
    std::array<char, 4096> part{};
    ssize_t const got = read(output_.get(), part.data(), part.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0) {
        text_.append(part.data(), static_cast<std::size_t>(got));
        if (text_.size() < most_output)
            return;
    }
    auto const done = std::exchange(done_, nullptr);
    source_.set_mask(0);
    done(parse_answers(text_, names_));
}

} // namespace vitrail::network
