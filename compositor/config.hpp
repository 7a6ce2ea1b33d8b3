#pragma once

#include "compositor/bindings.hpp"
#include "lib/base/geometry.hpp"
#include "lib/base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::compositor {

struct KeyboardConfig {
    std::string layout; ///< xkb names; empty: the system's default
    std::string variant;
    std::string options;
    std::int32_t repeat_rate = 25;   ///< a second; 0: no repeat
    std::int32_t repeat_delay = 600; ///< ms
    friend bool operator==(KeyboardConfig const&, KeyboardConfig const&) = default;
};

struct OutputConfig {
    struct Mode {
        Size size;
        std::int32_t refresh = 0; ///< mHz; 0: any
        friend bool operator==(Mode const&, Mode const&) = default;
    };
    std::string name; ///< connector name ("DP-1"), or "*"
    bool enabled = true;
    std::optional<double> scale; ///< 0.5 to 8
    std::optional<Mode> mode;
    std::optional<Point> position; ///< layout units
    std::optional<int> transform;  ///< degrees anticlockwise: 0, 90, 180, 270
    friend bool operator==(OutputConfig const&, OutputConfig const&) = default;
};

/// Of the clipboard between qubes.
struct ClipboardConfig {
    std::int32_t keep = 300;   ///< seconds until what was copied is wiped; 0: until it is pasted
    std::int32_t moment = 800; ///< ms for which the target is named, and Escape cancels; 0: none
    friend bool operator==(ClipboardConfig const&, ClipboardConfig const&) = default;
};

enum class FocusMode { click, follows_pointer };
enum class ThemeChoice { automatic, light, dark };

/// Everything the user can set of the compositor. The members' values are the defaults.
struct Config {
    KeyboardConfig keyboard;
    FocusMode focus = FocusMode::click;
    ThemeChoice theme = ThemeChoice::automatic;
    std::int32_t gap = 8;        ///< layout units between snapped windows
    std::int32_t workspaces = 4; ///< 1 to 20
    std::string terminal = "foot";
    bool natural_scroll = false;
    bool tap_to_click = true;
    ClipboardConfig clipboard;
    std::vector<OutputConfig> outputs;
    std::vector<Binding> bindings = default_bindings();

    friend bool operator==(Config const&, Config const&) = default;

    /// What is set for an output: the entry of that name, else of "*", else nothing.
    [[nodiscard]] OutputConfig const* output(std::string_view name) const;
};

/// Reads TOML text. `name` is the file's name for messages. An unknown key is an error too: a
/// misspelt setting should not be silently without effect.
/// Fails with "FILE:LINE: what is wrong and what is allowed".
[[nodiscard]] Result<Config> parse_config(std::string_view text, std::string_view name);

/// The same from a file; one that does not exist gives the defaults.
[[nodiscard]] Result<Config> load_config(std::string const& path);

} // namespace vitrail::compositor
