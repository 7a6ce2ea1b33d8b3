#pragma once

#include "tools/qvm/tool.hpp"

#include <map>
#include <string>

namespace vitrail::qvm {

/// What a new qube is made as.
struct NewQube {
    std::string name;
    std::string qube_class;
    std::string label;
    std::string from;                         ///< a template; empty: none, or the default one
    std::map<std::string, std::string> pools; ///< by volume; "pool": all of them
};
[[nodiscard]] Done<> create_qube(Tool const& tool, NewQube const& wanted);

/// How a qube is cloned.
struct CopyOrder {
    std::string source;
    NewQube wanted;
    bool ignore_errors = false; ///< what cannot be copied is told and left out
    bool copies_private = true;
    bool copies_settings = true; ///< properties, features, tags, devices, firewall, notes
};
/// Makes a qube like another: its settings one by one, then each volume that is saved (fact sheet
/// admin-api §5: a clone has no method of its own). When it fails, nothing is left of it.
[[nodiscard]] Done<> copy_qube(Tool& tool, CopyOrder const& order);

} // namespace vitrail::qvm
