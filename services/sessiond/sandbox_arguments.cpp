#include "services/sessiond/sandbox_arguments.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace vitrail::session {

std::vector<std::string> sandbox_arguments(Sandbox const& sandbox)
{
    std::string root = sandbox.template_root;
    if (root == "/")
        root.clear();
    std::vector<std::string> words{
        "bwrap",
        "--unshare-all",
        "--unshare-user",
        "--as-pid-1",
        "--die-with-parent",
        "--new-session",
        "--uid",
        "1000",
        "--gid",
        "1000",
        "--hostname",
        sandbox.name,
        "--ro-bind",
        root + "/usr",
        "/usr",
        "--ro-bind",
        root + "/etc",
        "/etc",
        "--ro-bind",
        root + "/var",
        "/var",
        "--perms",
        "1777",
        "--tmpfs",
        "/tmp",
        "--tmpfs",
        "/run",
        "--dir",
        "/run/user",
        "--perms",
        "0700",
        "--dir",
        "/run/user/1000",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--bind",
        sandbox.home,
        "/home/user",
        "--bind",
        sandbox.vchan,
        "/run/vchan",
        "--bind",
        sandbox.grants,
        "/run/vitrail-grants",
        "--ro-bind",
        sandbox.init,
        "/opt/vitrail/vitrail-qube-init",
        "--ro-bind",
        sandbox.agent,
        "/opt/vitrail/vitrail-agent-gui",
        "--ro-bind",
        sandbox.demo,
        "/opt/vitrail/demo",
        "--chdir",
        "/home/user",
        "--clearenv",
    };
    auto const add = [&](std::initializer_list<std::string> more) {
        words.insert(words.end(), more);
    };
    if (sandbox.network)
        add({"--share-net"});
    for (char const* const link : {"bin", "lib", "lib64", "sbin"})
        add({"--symlink", std::string("usr/") + link, std::string("/") + link});
    for (std::string const& file : sandbox.own_files)
        add({"--ro-bind", sandbox.own_etc + "/" + file, "/etc/" + file});
    std::array<std::pair<std::string_view, std::string>, 10> const variables{{
        {"HOME", "/home/user"},
        {"USER", "user"},
        {"LOGNAME", "user"},
        {"SHELL", "/bin/bash"},
        {"PATH", "/usr/local/bin:/usr/bin:/bin:/usr/games"},
        {"LANG", "C.UTF-8"},
        {"XDG_RUNTIME_DIR", "/run/user/1000"},
        {"VCHAN_DOMAIN", std::to_string(sandbox.domain)},
        {"VCHAN_SOCKET_DIR", "/run/vchan"},
        {"VITRAIL_GRANT_DIR", "/run/vitrail-grants"},
    }};
    for (auto const& [name, value] : variables)
        add({"--setenv", std::string(name), value});
    add({"--", "/opt/vitrail/vitrail-qube-init", "--control-fd", std::to_string(sandbox.control_fd),
         "--stop-fd", std::to_string(sandbox.stop_fd), "--run-fd", std::to_string(sandbox.run_fd)});
    return words;
}

} // namespace vitrail::session
