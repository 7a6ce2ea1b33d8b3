#pragma once

#include <string>

namespace vitrail {

/// The user's language as the environment says it, "de_DE.UTF-8": LC_ALL, LC_MESSAGES, LANG, the
/// first that is set; else "C".
[[nodiscard]] std::string messages_locale();

} // namespace vitrail
