#include "agents/apps/application_list.hpp"
#include "lib/os/environment.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace vitrail::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t longest_file = 1 << 20;
constexpr int deepest_folder = 8;

/// A terminal, and what stands between it and a command.
struct Terminal {
    char const* program;
    char const* option; ///< empty: nothing
};
constexpr Terminal terminals[] = {
    {"x-terminal-emulator", "-e"},
    {"gnome-terminal", "--"},
    {"kgx", "--"},
    {"konsole", "-e"},
    {"xfce4-terminal", "-x"},
    {"foot", ""},
    {"alacritty", "-e"},
    {"xterm", "-e"},
};

} // namespace

std::vector<std::string> data_folders()
{
    std::vector<std::string> all{user_data_folder(environment_value("HOME", "/nonexistent"))};
    for (std::string& folder :
         path_list(environment_value("XDG_DATA_DIRS", "/usr/local/share:/usr/share")))
        if (!std::ranges::contains(all, folder))
            all.push_back(std::move(folder));
    return all;
}

std::map<std::string, std::string> find_desktop_files(std::vector<std::string> const& folders)
{
    std::map<std::string, std::string> found;
    for (std::string const& folder : folders) {
        fs::path const top = fs::path(folder) / "applications";
        std::error_code failed;
        for (auto at = fs::recursive_directory_iterator(
                 top, fs::directory_options::skip_permission_denied, failed);
             !failed && at != fs::recursive_directory_iterator(); at.increment(failed)) {
            if (at.depth() >= deepest_folder)
                at.disable_recursion_pending();
            std::error_code none;
            std::string const path = at->path().string();
            if (path.ends_with(formats::desktop_suffix) && at->is_regular_file(none))
                found.try_emplace(
                    formats::desktop_file_id(at->path().lexically_relative(top).string()), path);
        }
    }
    return found;
}

Result<std::string> read_desktop_file(std::string const& path)
{
    std::error_code failed;
    if (fs::file_size(path, failed) > longest_file || failed)
        return error(path + " is no desktop file");
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (file.bad())
        return error(path + " cannot be read");
    return text;
}

bool has_program(std::string const& name)
{
    return !find_program(name, environment_value("PATH", "/usr/local/bin:/usr/bin:/bin")).empty();
}

std::vector<std::string> in_terminal(std::vector<std::string> const& command)
{
    auto const begins = [&](Terminal const& one) {
        std::vector<std::string> words{one.program};
        if (!command.empty() && *one.option)
            words.emplace_back(one.option);
        words.insert(words.end(), command.begin(), command.end());
        return words;
    };
    if (std::getenv("WAYLAND_DISPLAY") && has_program("foot")) // what there is else may want X11
        return begins({"foot", ""});
    for (Terminal const& one : terminals)
        if (has_program(one.program))
            return begins(one);
    return {};
}

std::vector<std::string> file_manager()
{
    std::string const home = environment_value("HOME", "/");
    for (char const* const program :
         {"nautilus", "thunar", "dolphin", "pcmanfm-qt", "pcmanfm", "nemo", "caja", "xdg-open"})
        if (has_program(program))
            return {program, home};
    return {};
}

} // namespace vitrail::apps
