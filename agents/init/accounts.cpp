#include "agents/init/accounts.hpp"
#include "lib/os/environment.hpp"

#include "lib/os/fd.hpp"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace vitrail::init {
namespace {

void append(char const* path, std::string const& line)
{
    Fd const file(open(path, O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!file || write(file.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        std::perror(path);
}

} // namespace

void add_own_user()
{
    std::string const user = environment_value("USER");
    std::string const uid = std::to_string(getuid());
    std::string const gid = std::to_string(getgid());
    if (!getpwuid(getuid()))
        append("/etc/passwd", user + ":x:" + uid + ":" + gid + "::" + environment_value("HOME") +
                                  ":" + environment_value("SHELL") + "\n");
    if (!getgrgid(getgid()))
        append("/etc/group", user + ":x:" + gid + ":\n");
}

} // namespace vitrail::init
