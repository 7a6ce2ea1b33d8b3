#include "tools/ctl/connection.hpp"

#include "lib/os/line_socket.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace vitrail::ctl {

Result<std::string> session_folder()
{
    char const* const runtime = std::getenv("XDG_RUNTIME_DIR");
    if (!runtime)
        return error("XDG_RUNTIME_DIR is not set: which desktop?");
    return std::string(runtime) + "/vitrail";
}

Result<nlohmann::json> ask(nlohmann::json const& request)
{
    std::string const path = TRY(session_folder()) + "/ctl.sock";
    auto socket = connect_unix(path);
    if (!socket)
        return error("no desktop answers at " + path + "; is one running? (vitrail run)");
    fcntl(socket->get(), F_SETFL, 0); // this program does nothing else: it may wait
    std::string const line = request.dump() + "\n";
    if (::send(socket->get(), line.data(), line.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(line.size()))
        return errno_error(path);
    std::string text;
    std::array<char, 65536> bytes;
    while (text.find('\n') == std::string::npos) {
        ssize_t const got = read(socket->get(), bytes.data(), bytes.size());
        if (got <= 0)
            return error("the desktop ended before it answered");
        text.append(bytes.data(), static_cast<std::size_t>(got));
    }
    auto const answer = nlohmann::json::parse(text, nullptr, false);
    if (!answer.is_object() || !answer.contains("ok"))
        return error("the desktop's answer makes no sense");
    if (answer["ok"] != true)
        return error(answer.value("error", "the desktop says no"));
    return answer.contains("result") ? answer["result"] : nlohmann::json::object();
}

} // namespace vitrail::ctl
