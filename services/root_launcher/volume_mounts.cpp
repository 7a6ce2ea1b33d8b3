#include "services/root_launcher/volume_mounts.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <fstream>

namespace vitrail::launcher {
namespace {

Result<Fd> folder_below(int top, std::string const& name)
{
    open_how how{};
    how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
    Fd found(static_cast<int>(syscall(SYS_openat2, top, name.c_str(), &how, sizeof how)));
    if (!found)
        return errno_error("the folder " + name);
    return found;
}

Result<Fd> top_folder(std::string const& path)
{
    Fd found(open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!found)
        return errno_error("the folder " + path);
    return found;
}

Result<> mount_one(VolumeMount const& mount, int data, int runtime, int id_map)
{
    Fd const from = TRY(folder_below(data, mount.from));
    Fd const to = TRY(folder_below(runtime, mount.to));
    Fd const tree(open_tree(from.get(), "", AT_EMPTY_PATH | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (!tree)
        return errno_error("the volume " + mount.from);
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                          (mount.writable ? 0U : MOUNT_ATTR_RDONLY);
    attributes.userns_fd = static_cast<std::uint64_t>(id_map);
    if (mount_setattr(tree.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0)
        return errno_error("this file system cannot show the volume " + mount.from +
                           " under another user id; set VITRAIL_STATE to a folder on ext4, xfs, "
                           "btrfs or tmpfs, or start the desktop as an ordinary user");
    if (move_mount(tree.get(), "", to.get(), "",
                   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0)
        return errno_error("mounting the volume " + mount.from);
    return {};
}

} // namespace

Result<Fd> make_id_map(uid_t on_disk, uid_t seen)
{
    // A user namespace needs a process to be born with; it lives on in the descriptor.
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno_error("a pipe");
    Fd const reader(ends[0]);
    Fd writer(ends[1]);
    pid_t const child = fork();
    if (child < 0)
        return errno_error("making a user namespace");
    if (child == 0) {
        if (unshare(CLONE_NEWUSER) == 0) [[maybe_unused]]
            ssize_t const told = write(writer.get(), "", 1);
        writer.reset();
        for (;;)
            pause();
    }
    writer.reset();
    char made = 0;
    bool const there = read(reader.get(), &made, 1) == 1;
    std::string const folder = "/proc/" + std::to_string(child);
    bool mapped = there;
    for (char const* const file : {"/uid_map", "/gid_map"}) {
        std::ofstream map(folder + file);
        map << on_disk << ' ' << seen << " 1\n" << std::flush;
        mapped = mapped && map.good();
    }
    Fd space(open((folder + "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    if (!mapped || !space)
        return error("a user namespace for a qube's volumes could not be made");
    return space;
}

Result<> mount_volumes(std::vector<VolumeMount> const& mounts, std::string const& data,
                       std::string const& runtime, int id_map)
{
    Fd const data_folder = TRY(top_folder(data));
    Fd const run_folder = TRY(top_folder(runtime));
    for (VolumeMount const& mount : mounts)
        TRY_VOID(mount_one(mount, data_folder.get(), run_folder.get(), id_map));
    return {};
}

} // namespace vitrail::launcher
