#include "agents/qrexec/session.hpp"

#include "lib/os/files.hpp"

#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace vitrail::agent_qrexec {

std::string session_file()
{
    char const* const file = std::getenv("VITRAIL_SESSION_FILE");
    return file ? file : "";
}

Environment read_session(std::string const& file)
{
    Environment all;
    auto const text = file.empty() ? Result<std::string>("") : read_file(file);
    std::string_view rest = text ? std::string_view(*text) : std::string_view();
    for (auto end = rest.find('\0'); end != std::string_view::npos; end = rest.find('\0')) {
        std::string_view const one = rest.substr(0, end);
        if (auto const sign = one.find('='); sign != std::string_view::npos)
            all[std::string(one.substr(0, sign))] = one.substr(sign + 1);
        rest.remove_prefix(end + 1);
    }
    return all;
}

int wait_for_session(std::string const& file)
{
    if (file.empty())
        return 0; // nobody keeps one here: there is nothing to wait for
    Fd const changes(inotify_init1(IN_CLOEXEC));
    std::string const folder = std::filesystem::path(file).parent_path();
    if (!changes || inotify_add_watch(changes.get(), folder.c_str(), IN_MOVED_TO | IN_CREATE) < 0) {
        std::perror(folder.c_str());
        return 1;
    }
    alignas(inotify_event) std::array<char, 4096> events;
    while (access(file.c_str(), F_OK) != 0)
        if (read(changes.get(), events.data(), events.size()) < 0 && errno != EINTR)
            return 1;
    return 0;
}

} // namespace vitrail::agent_qrexec
