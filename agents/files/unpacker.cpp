// qfile-unpacker: the receiving end of qubes.Filecopy. A stream of files comes in, the answer goes
// out. Source: fact sheet services §1 and §2.

#include "agents/files/receiver.hpp"
#include "lib/base/result.hpp"
#include "lib/base/text.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/whole.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace {

using namespace vitrail;

int usage()
{
    std::fputs("usage: qfile-unpacker [-v] [--into FOLDER] [allow-all-names]\n"
               "Without FOLDER: QubesIncoming/$QREXEC_REMOTE_DOMAIN in the home folder.\n",
               stderr);
    return 2;
}

/// The name of the calling qube becomes that of a folder.
bool is_folder_name(std::string_view text)
{
    return !text.empty() && text != "." && text != ".." && !text.contains('/');
}

Result<Fd> open_folder(std::string const& path)
{
    for (std::string const& one : {std::filesystem::path(path).parent_path().string(), path})
        if (mkdir(one.c_str(), 0700) != 0 && errno != EEXIST)
            return errno_error("the folder " + one);
    Fd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder)
        return errno_error("the folder " + path);
    return folder;
}

void answer(formats::QfileResult const& result)
{
    std::vector<std::byte> bytes;
    formats::build_result(bytes, result);
    static_cast<void>(!write_all(STDOUT_FILENO, bytes)); // the exit status says it too
}

formats::QfileResult receive(agent_files::Receiver& receiver)
{
    static std::array<std::byte, 1 << 17> bytes;
    while (!receiver.ended()) {
        ssize_t const got = read(STDIN_FILENO, bytes.data(), bytes.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        auto const done = receiver.take(std::span(bytes).first(static_cast<std::size_t>(got)));
        if (!done)
            return {done.error().code, 0, done.error().untrusted_name};
    }
    return receiver.finish();
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    bool is_verbose = false;
    formats::QfileLimits limits;
    std::string path;
    option const known[] = {{"into", required_argument, nullptr, 'i'}, {}};
    for (int found; (found = getopt_long(argc, argv, "v", known, nullptr)) != -1;)
        switch (found) {
        case 'v': is_verbose = true; break;
        case 'i': path = optarg; break;
        default: return usage();
        }
    // The argument of the service, where this is one.
    constexpr std::string_view any_name = "allow-all-names";
    if (argc - optind > 1 || (optind < argc && argv[optind] != any_name))
        return usage();
    limits.all_names = optind < argc;
    if (path.empty()) {
        std::string const caller = environment_value("QREXEC_REMOTE_DOMAIN");
        if (!is_folder_name(caller) || environment_value("HOME").empty())
            return usage();
        path = environment_value("HOME") + "/QubesIncoming/" + caller;
    }
    umask(0077);
    auto folder = open_folder(path);
    if (!folder) {
        std::fprintf(stderr, "qfile-unpacker: %s\n", folder.error().message().c_str());
        answer({folder.error().code, 0, ""});
        return folder.error().code & 0xff;
    }
    agent_files::Receiver receiver(
        std::move(*folder), limits, [is_verbose](formats::Entry const& entry) {
            if (is_verbose)
                std::fprintf(stderr, "%s\n", escape_for_log(entry.name).c_str());
        });
    formats::QfileResult const result = receive(receiver);
    if (result.code != 0)
        std::fprintf(stderr, "qfile-unpacker: %s: %s\n",
                     escape_for_log(result.untrusted_name).c_str(),
                     formats::describe_code(result.code).c_str());
    answer(result);
    return result.code & 0xff;
}
