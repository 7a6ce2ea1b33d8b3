#pragma once

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// In the header alone: small programs of a qube use it that link nothing else of lib/os.
namespace vitrail {

/// A variable of the environment; `otherwise` where it is missing or empty.
[[nodiscard]] inline std::string environment_value(char const* name, std::string otherwise = {})
{
    char const* const value = std::getenv(name);
    return value && *value ? std::string(value) : otherwise;
}

/// The folders of a list as PATH is one: separated by colons, empty ones left out.
[[nodiscard]] inline std::vector<std::string> path_list(std::string_view list)
{
    std::vector<std::string> folders;
    while (!list.empty()) {
        std::string_view const folder = list.substr(0, list.find(':'));
        if (!folder.empty())
            folders.emplace_back(folder);
        list.remove_prefix(folder.size() < list.size() ? folder.size() + 1 : list.size());
    }
    return folders;
}

/// The file that a shell would run for this name: the first in these folders that may be run; a
/// name with a slash is that file. Empty: there is none.
[[nodiscard]] inline std::string find_program(std::string const& name, std::string_view path)
{
    if (name.contains('/'))
        return access(name.c_str(), X_OK) == 0 ? name : std::string();
    for (std::string const& folder : path_list(path))
        if (std::string file = folder + "/" + name; access(file.c_str(), X_OK) == 0)
            return file;
    return {};
}

/// Where the user's data stands: XDG_DATA_HOME, or what stands for it below `home`.
[[nodiscard]] inline std::string user_data_folder(std::string const& home)
{
    return environment_value("XDG_DATA_HOME", home + "/.local/share");
}

} // namespace vitrail
