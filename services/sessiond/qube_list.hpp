#pragma once

#include "lib/base/result.hpp"
#include "lib/transport/guid_start.hpp"
#include "services/sessiond/labels.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace vitrail::session {

/// A qube as the user's list describes it: what it is made as where there is none of its name, and
/// which applications start in it.
struct QubeSpec {
    std::string name;
    Label label{};
    bool network = false;                  ///< has the default netvm; else none: loopback only
    std::vector<std::string> applications; ///< shell commands, started with the qube
    transport::GuidStart gui;              ///< guid.conf's options for this qube
};

/// Reads a list of qubes: TOML, one [[qube]] block each, with `name`, `label`, `network`,
/// `applications` and the options of guid.conf by their own names (fact sheet gui-protocol §7.3).
/// An unknown key is an error: a misspelt limit should not be silently without effect.
/// Fails with "FILE:LINE: what is wrong and what is allowed".
[[nodiscard]] Result<std::vector<QubeSpec>> parse_qube_list(std::string_view text,
                                                            std::string_view file);

/// The same from a file.
[[nodiscard]] Result<std::vector<QubeSpec>> load_qube_list(std::string const& path);

/// What a qube may be called. Source: fact sheet gui-protocol §6.5.
/// Fails with the rule that is broken.
[[nodiscard]] Result<> check_qube_name(std::string_view name);

} // namespace vitrail::session
