#pragma once

#include "tools/qvm/tool.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qvm {

/// What a column or a filter has to be asked for, beside the list itself.
enum Needs : std::uint8_t {
    needs_nothing = 0,
    needs_properties = 1,
    needs_volumes = 2,
    needs_memory = 4,
    needs_features = 8,
    needs_tags = 16,
};

/// A qube with what was asked of it.
struct Seen {
    ListedQube listed;
    Properties properties;
    std::map<std::string, std::map<std::string, std::string>> volumes; ///< by name: private, root
    std::uint64_t memory_kib = 0;
    std::map<std::string, std::string> features; ///< those that were asked for and are set
    std::set<std::string> tags;
    unsigned depth = 0; ///< below its netvm, in a tree

    [[nodiscard]] std::string property(std::string_view name) const;
    [[nodiscard]] bool is_on() const;
};

/// One column of qvm-ls (fact sheet desktop-tools §15).
struct Column {
    std::string name; ///< upper case
    std::string help;
    std::uint8_t needs = needs_nothing;
    bool is_number = false;
    std::string (*value)(Seen const&) = nullptr; ///< nullptr: the property of this name

    /// Whether it says anything of such a qube; a name that is nothing's says nothing of any.
    [[nodiscard]] bool is_of(Seen const& seen) const;
    /// Empty: there is none.
    [[nodiscard]] std::string of(Seen const& seen) const;
};

struct Format {
    std::string_view name;
    std::string_view columns; ///< comma-separated
};

[[nodiscard]] std::span<Column const> known_columns();
[[nodiscard]] std::span<Format const> known_formats();
/// Of any case; a name that is no column is the property of that name.
[[nodiscard]] Column column_named(std::string_view name);
[[nodiscard]] bool is_number_column(std::string_view upper_name);

} // namespace vitrail::qvm
