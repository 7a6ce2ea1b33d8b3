#include "services/qubesd/local_backend.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

namespace vitrail::qubesd {
namespace {

void add(std::vector<std::string>& words, std::initializer_list<std::string> more)
{
    words.insert(words.end(), more);
}

/// A volume at `place` in the qube.
void mount(std::vector<std::string>& words, Attachment const& volume, std::string const& place)
{
    if (volume.kind != Attachment::Kind::overlay)
        return add(words, {volume.rw ? "--bind" : "--ro-bind", volume.path, place});
    for (std::string const& layer : volume.layers)
        add(words, {"--overlay-src", layer});
    if (volume.rw)
        add(words, {"--overlay", volume.path, volume.work, place});
    else
        add(words, {"--overlay-src", volume.path, "--ro-overlay", place});
}

bool is_hosts_own(Attachment const& root)
{
    return root.layers.size() == 1 && root.layers.front() == "/";
}

bool has_hosts_own(StartOrder const& order)
{
    auto const root = order.volumes.find("root");
    return root != order.volumes.end() && is_hosts_own(root->second);
}

/// The root: of a template, or the machine's own usr, etc and var, which cannot be the lower layer
/// of an overlay where other file systems are mounted in it (fact sheet local-host §3).
void mount_root(std::vector<std::string>& words, Attachment const& root)
{
    if (!is_hosts_own(root))
        return mount(words, root, "/");
    for (char const* const shared : {"/usr", "/etc", "/var"})
        add(words, {"--ro-bind", shared, shared});
    for (char const* const link : {"bin", "lib", "lib64", "sbin"})
        add(words, {"--symlink", std::string("usr/") + link, std::string("/") + link});
}

} // namespace

std::string resolver_place(StartOrder const& order)
{
    std::filesystem::path const place = "/etc/resolv.conf";
    std::error_code none;
    if (!has_hosts_own(order))
        return place;
    auto const target = std::filesystem::read_symlink(place, none);
    return none ? place : (place.parent_path() / target).lexically_normal();
}

std::vector<std::string> own_etc_files(StartOrder const& order)
{
    std::vector<std::string> files{"hostname", "hosts", "machine-id"};
    if (!has_hosts_own(order))
        return files;
    files.insert(files.begin(), {"passwd", "group"});
    std::erase_if(files, [](std::string const& file) { // nothing can be put where nothing is
        return access(("/etc/" + file).c_str(), F_OK) != 0;
    });
    return files;
}

std::vector<std::string> sandbox_command(LocalHost const& host, StartOrder const& order,
                                         SandboxPlaces const& places)
{
    std::string const& folder = places.folder;
    std::vector<std::string> words{
        "bwrap",         "--unshare-all", "--unshare-user", "--as-pid-1", "--die-with-parent",
        "--new-session", "--uid",         "1000",           "--gid",      "1000",
        "--hostname",    order.name};
    add(words, {"--share-net"}); // its keeper is in the qube's own network already
    if (auto const root = order.volumes.find("root"); root != order.volumes.end())
        mount_root(words, root->second);
    add(words, {"--perms", "1777", "--tmpfs", "/tmp", "--tmpfs", "/run", "--dir", "/run/qubes",
                "--dir", "/run/user", "--perms", "0700", "--dir", "/run/user/1000", "--proc",
                "/proc", "--dev", "/dev"});
    if (auto const home = order.volumes.find("private"); home != order.volumes.end())
        mount(words, home->second, "/home/user");
    add(words, {"--bind", folder + "/vchan", "/run/vchan", "--bind", folder + "/grants",
                "/run/vitrail-grants", "--ro-bind", host.init, "/opt/vitrail/vitrail-qube-init",
                "--ro-bind", host.agent, "/opt/vitrail/vitrail-agent-gui"});
    for (std::string const service : {"qubes.GetAppmenus", "qubes.StartApp"})
        add(words, {"--ro-bind", host.apps, "/opt/vitrail/qubes-rpc/" + service});
    if (!host.tools.empty())
        add(words, {"--ro-bind", host.tools, "/opt/vitrail/qube"});
    if (!host.demo.empty())
        add(words, {"--ro-bind", host.demo, "/opt/vitrail/demo"});
    for (std::string const& file : places.own_etc)
        add(words, {"--ro-bind", folder + "/etc/" + file, "/etc/" + file});
    add(words, {"--ro-bind", folder + "/resolv.conf", places.resolver, "--chdir", "/home/user",
                "--clearenv"});
    std::array<std::pair<char const*, std::string>, 12> const variables{{
        {"HOME", "/home/user"},
        {"USER", order.default_user},
        {"LOGNAME", order.default_user},
        {"SHELL", "/bin/bash"},
        {"PATH", "/usr/local/bin:/usr/bin:/bin:/usr/games:/opt/vitrail/qube/bin"},
        {"LANG", "C.UTF-8"},
        {"XDG_RUNTIME_DIR", "/run/user/1000"},
        {"VCHAN_DOMAIN", std::to_string(places.domain)},
        {"VCHAN_SOCKET_DIR", "/run/vchan"},
        {"VITRAIL_GRANT_DIR", "/run/vitrail-grants"},
        {"QREXEC_SERVICE_PATH", "/run/qubes-rpc:/usr/local/etc/qubes-rpc:/etc/qubes-rpc:"
                                "/opt/vitrail/qube/rpc:/opt/vitrail/qubes-rpc"},
        {"QUBES_RPC_CONFIG_PATH", "/run/qubes/rpc-config:/usr/local/etc/qubes/rpc-config:"
                                  "/etc/qubes/rpc-config:/opt/vitrail/qube/rpc-config"},
    }};
    for (auto const& [name, value] : variables)
        add(words, {"--setenv", name, value});
    add(words, {"--", "/opt/vitrail/vitrail-qube-init", "--control-fd", "3", "--stop-fd", "4"});
    return words;
}

Result<std::vector<OwnMount>> take_own_mounts(StartOrder& order, std::string const& data,
                                              std::string const& folder)
{
    std::vector<OwnMount> mounts;
    auto const take = [&](std::string const& path, bool writable) -> Result<std::string> {
        if (!path.starts_with(data + "/"))
            return error("the volume " + path + " is outside of " + data +
                         ": where every qube has a user id of its own, pools have to be there");
        OwnMount mount{.from = path.substr(data.size() + 1),
                       .to = "volumes/" + std::to_string(mounts.size()),
                       .writable = writable};
        mounts.push_back(mount);
        return folder + "/" + mount.to;
    };
    for (char const* const name : {"root", "private"}) {
        auto const found = order.volumes.find(name);
        if (found == order.volumes.end() ||
            (name == std::string_view("root") && is_hosts_own(found->second)))
            continue;
        Attachment& volume = found->second;
        if (volume.kind != Attachment::Kind::overlay) {
            volume.path = TRY(take(volume.path, volume.rw));
            continue;
        }
        for (std::string& layer : volume.layers)
            layer = TRY(take(layer, false));
        // overlayfs wants both on one mount: they stand in one folder.
        std::filesystem::path const path = volume.path;
        std::filesystem::path const work = volume.work;
        std::string const live = TRY(take(path.parent_path(), volume.rw));
        volume.path = live + "/" + path.filename().string();
        volume.work = live + "/" + work.filename().string();
    }
    return mounts;
}

} // namespace vitrail::qubesd
