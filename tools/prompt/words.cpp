#include "tools/prompt/words.hpp"

#include "lib/base/text.hpp"

#include <array>
#include <utility>

namespace vitrail::prompt {
namespace {

/// The services that users meet. Source: fact sheet services.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> wishes{{
    {"qubes.ClipboardPaste", "wants to paste its text in another qube"},
    {"qubes.ConnectTCP", "wants to reach a port of another qube"},
    {"qubes.Filecopy", "wants to send files to another qube"},
    {"qubes.GetImageRGBA", "wants a picture from another qube"},
    {"qubes.Gpg", "wants to use the keys of another qube"},
    {"qubes.InputKeyboard", "wants to type as a keyboard of yours"},
    {"qubes.InputMouse", "wants to move and click as a mouse of yours"},
    {"qubes.OpenInVM", "wants to open a file in another qube"},
    {"qubes.OpenURL", "wants to open a link in another qube"},
    {"qubes.StartApp", "wants to start an application in another qube"},
    {"qubes.VMExec", "wants to run a command in another qube"},
    {"qubes.VMShell", "wants to run any commands in another qube"},
}};

std::string shown(std::string_view name)
{
    return display_text(UntrustedText(std::string(name)));
}

} // namespace

std::string wish(std::string_view service)
{
    for (auto const& [name, text] : wishes)
        if (name == service)
            return std::string(text);
    return "wants to use a service of another qube";
}

std::string operation(std::string_view service, std::string_view argument)
{
    std::string text(service);
    if (!argument.empty())
        text += "+" + std::string(argument);
    return shown(text);
}

std::string target_name(std::string_view target)
{
    if (auto const made_from = disposable_of(target))
        return "New disposable (" + shown(*made_from) + ")";
    if (target == "@adminvm")
        return "dom0";
    return shown(target);
}

std::string consent(std::string_view target)
{
    if (target.empty())
        return "Allow";
    return disposable_of(target) ? "Allow in a new disposable" : "Allow in " + shown(target);
}

std::string notice_title(Notice const& notice)
{
    char const* const result = notice.result == Notice::Result::allow  ? "Allowed: "
                               : notice.result == Notice::Result::deny ? "Denied: "
                                                                       : "Failed: ";
    return result + operation(notice.service, notice.argument);
}

std::string notice_text(Notice const& notice)
{
    std::string const to = notice.target == "@default"  ? "no qube that it named"
                           : notice.target == "@dispvm" ? "a new disposable"
                                                        : target_name(notice.target);
    return shown(notice.source) + " to " + to;
}

} // namespace vitrail::prompt
