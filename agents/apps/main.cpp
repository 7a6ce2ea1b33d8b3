// The services of a qube's applications. Source: fact sheet services §6 and §7.
//
//     qubes.GetAppmenus            tells the applications, as qubes.SyncAppMenus does too
//     qubes.StartApp ID            starts one, in place of this program
//     qubes-desktop-run FILE [WHAT] the same, as its command in a menu is written; WHAT is opened

#include "agents/apps/application_list.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>

namespace {

using namespace vitrail;
using namespace vitrail::apps;

/// Started by the desktop itself, whether or not the qube has files for them.
constexpr std::string_view run_terminal = "qubes-run-terminal.desktop";
constexpr std::string_view open_files = "qubes-open-file-manager.desktop";

int complain(std::string const& text)
{
    std::fprintf(stderr, "%s\n", text.c_str());
    return 1;
}

bool can_be_tried(std::vector<formats::DesktopLine> const& lines)
{
    for (formats::DesktopLine const& line : lines)
        if (line.key == "TryExec" && line.locale.empty())
            return has_program(std::string(line.value));
    return true;
}

int tell()
{
    for (auto const& [file, path] : find_desktop_files(data_folders())) {
        auto const text = read_desktop_file(path);
        if (!text || !can_be_tried(formats::parse_desktop_entry(*text)))
            continue;
        std::string const lines = formats::appmenu_lines(file, *text);
        if (std::fwrite(lines.data(), 1, lines.size(), stdout) != lines.size())
            return complain("nobody takes the list");
    }
    return std::fflush(stdout) == 0 ? 0 : complain("nobody takes the list");
}

std::optional<formats::DesktopCommand> command_for(std::string const& file, std::string_view opened)
{
    auto const files = find_desktop_files(data_folders());
    if (auto const found = files.find(file); found != files.end()) {
        auto const text = read_desktop_file(found->second);
        if (!text)
            return std::nullopt;
        return formats::command_of(formats::parse_desktop_entry(*text), opened);
    }
    if (file == run_terminal)
        return formats::DesktopCommand{.words = in_terminal({})};
    if (file == open_files)
        return formats::DesktopCommand{.words = file_manager()};
    return std::nullopt;
}

int start(std::string file, std::string_view opened)
{
    if (!file.ends_with(formats::desktop_suffix))
        file += formats::desktop_suffix;
    auto command = command_for(file, opened);
    if (command && command->in_terminal)
        command->words = in_terminal(command->words);
    if (!command || command->words.empty())
        return complain("there is no program " + file);
    if (!command->folder.empty() && chdir(command->folder.c_str()) != 0)
        return complain(command->folder + ": " + std::strerror(errno));
    std::vector<char*> words;
    for (std::string& word : command->words)
        words.push_back(word.data());
    words.push_back(nullptr);
    execvp(words.front(), words.data());
    return complain(command->words.front() + ": " + std::strerror(errno));
}

} // namespace

int main(int argc, char** argv)
{
    std::string_view const path = argc > 0 ? argv[0] : "";
    std::string_view const name = path.substr(path.rfind('/') + 1);
    if (name == "qubes.GetAppmenus")
        return tell();
    char const* const argument = argc > 1 ? argv[1] : std::getenv("QREXEC_SERVICE_ARGUMENT");
    if ((name == "qubes.StartApp" || name == "qubes-desktop-run") && argument && *argument)
        return start(argument, argc > 2 ? argv[2] : "");
    return complain(std::string(name) + ": which program is to be started?");
}
