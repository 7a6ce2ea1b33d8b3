#include "lib/os/programs.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <utility>

namespace vitrail {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 21> build_folders{{
    {"vitrail", "tools/ctl"},
    {"vitrail-agent-gui", "agents/gui"},
    {"vitrail-clipboard", "clipboard"},
    {"vitrail-compositor", "compositor"},
    {"vitrail-guid", "guid"},
    {"vitrail-image-decoder", "images"},
    {"vitrail-image-encoder", "images"},
    {"vitrail-launcher", "launcher"},
    {"vitrail-network-zone", "services/network"},
    {"vitrail-notifications", "services/notifications"},
    {"vitrail-panel", "panel"},
    {"vitrail-prompt", "tools/prompt"},
    {"vitrail-qrexec-policy", "services/qrexecd"},
    {"vitrail-qrexecd", "services/qrexecd"},
    {"vitrail-qube-init", "agents/init"},
    {"vitrail-qube-keeper", "services/keeper"},
    {"vitrail-qubesd", "services/qubesd"},
    {"vitrail-root-launcher", "services/root_launcher"},
    {"vitrail-sessiond", "services/sessiond"},
    {"qvm", "tools/qvm"},
    {"qvm-run", "tools/qvm"},
}};

std::filesystem::path own_folder()
{
    std::error_code failure;
    return std::filesystem::read_symlink("/proc/self/exe", failure).parent_path();
}

} // namespace

std::string own_program(std::string_view name)
{
    std::filesystem::path const folder = own_folder();
    if (access((folder / name).c_str(), X_OK) == 0)
        return folder / name;
    // Every program of ours lies two folders deep in the build tree, or one.
    for (auto const& top : {folder.parent_path(), folder.parent_path().parent_path()})
        for (auto const& [program, place] : build_folders)
            if (program == name && access((top / place / name).c_str(), X_OK) == 0)
                return top / place / name;
    return folder / name; // starting it will say that it is missing
}

std::string in_qube_folder()
{
    std::filesystem::path const folder = own_folder();
    std::filesystem::path const top = folder.parent_path();
    std::error_code failure;
    for (auto const& one : {top / "libexec/vitrail/qube", top / "agents/in_qube/qube",
                            top.parent_path() / "agents/in_qube/qube"})
        if (std::filesystem::is_directory(one, failure))
            return one;
    return {};
}

std::string data_folder()
{
    std::filesystem::path const folder = own_folder();
    std::error_code failure;
    for (auto const& up : {folder.parent_path(), folder.parent_path().parent_path(),
                           folder.parent_path().parent_path().parent_path()}) {
        if (std::filesystem::exists(up / "data/config/vitrail.toml", failure))
            return up / "data";
        if (std::filesystem::exists(up / "share/vitrail/config/vitrail.toml", failure))
            return up / "share/vitrail";
    }
    return "/usr/share/vitrail";
}

} // namespace vitrail
