#pragma once

#include "compositor/desktop.hpp"

#include <functional>
#include <string>

namespace vitrail::compositor {

/// What the desktop looks like from inside, as JSON text (design: commands). Fields may be added,
/// never changed.

[[nodiscard]] std::string inspect_windows(Desktop const& desktop);
[[nodiscard]] std::string inspect_outputs(Desktop const& desktop);
/// The scene, layer by layer, bottom first.
[[nodiscard]] std::string inspect_clipboard(Desktop const& desktop);
[[nodiscard]] std::string inspect_tree(Desktop const& desktop);

struct ClientIdentity {
    std::uint32_t origin = 0; ///< 0: no qube
    std::uint32_t epoch = 0;
    std::string qube;
};
[[nodiscard]] std::string
inspect_clients(Desktop const& desktop, std::function<ClientIdentity(wl_client*)> const& identity);

} // namespace vitrail::compositor
