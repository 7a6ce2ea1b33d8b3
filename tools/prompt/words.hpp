#pragma once

#include "tools/prompt/request.hpp"

#include <string>

/// What is said of a call, in the user's words. All pure, plain text.
namespace vitrail::prompt {

/// What `source` would like, as the rest of a sentence that begins with its name: "wants to send
/// files to another qube".
[[nodiscard]] std::string wish(std::string_view service);
/// The service as it is called, with its argument.
[[nodiscard]] std::string operation(std::string_view service, std::string_view argument);
/// How a target is called: a qube's name, dom0, or "New disposable (TEMPLATE)".
[[nodiscard]] std::string target_name(std::string_view target);
/// The button that says yes.
[[nodiscard]] std::string consent(std::string_view target);
/// "Denied: qubes.Filecopy"
[[nodiscard]] std::string notice_title(Notice const& notice);
/// "work to vault"
[[nodiscard]] std::string notice_text(Notice const& notice);

} // namespace vitrail::prompt
