#pragma once

#include "lib/transport/clipboard_control.hpp"

#include <string>
#include <string_view>

namespace vitrail::compositor {

/// How the user is told what the clipboard broker did: beside whose badge, in which words.
struct ClipboardWords {
    enum class Beside : std::uint8_t { nothing, source, target, machine };
    Beside beside = Beside::nothing; ///< nothing: it is not shown
    std::string text;
};

/// The words hold sizes, the broker's own kinds of things and names of qubes as sessiond gave them;
/// nothing that a qube wrote.
[[nodiscard]] ClipboardWords words_for(transport::ClipboardNotice const& notice);

/// "copied", "paste-denied": for scripts.
[[nodiscard]] std::string_view event_name(transport::ClipboardNoticeKind kind);

} // namespace vitrail::compositor
