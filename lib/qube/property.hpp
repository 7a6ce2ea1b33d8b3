#pragma once

#include "lib/qube/admin_error.hpp"
#include "lib/qube/qube_class.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vitrail::qube {

enum class PropertyType : std::uint8_t { text, integer, boolean, qube, label };
/// As on the wire: str, int, bool, vm, label.
[[nodiscard]] std::string_view type_name(PropertyType type);

enum class Access : std::uint8_t {
    writable,
    while_halted, ///< writable when the qube is off
    once,         ///< given when the qube is made
    read_only,
};

/// Where a value comes from that nobody set.
enum class Fallback : std::uint8_t {
    none,               ///< there is no default: undefined
    fixed,              ///< `fallback` is the value
    global,             ///< the global property that `fallback` names
    from_template,      ///< the template's value; without a template `fallback` is the value
    template_or_global, ///< the template's value; without a template the global one
    computed,           ///< by qubesd, from the state
};

/// One property of a qube or of the whole system. Source: fact sheet admin-api §7, §8.
struct Property {
    std::string_view name;
    PropertyType type = PropertyType::text;
    std::uint8_t classes = 0; ///< bits of QubeClass; 0: a global property
    Access access = Access::writable;
    Fallback rule = Fallback::none;
    std::string_view fallback{};
    std::string_view help{};
    std::int64_t least = 0; ///< of an integer
    std::int64_t most = INT32_MAX;

    [[nodiscard]] constexpr bool belongs_to(QubeClass qube_class) const
    {
        return (classes & static_cast<std::uint8_t>(qube_class)) != 0;
    }
};

[[nodiscard]] std::span<Property const> qube_properties();   ///< sorted by name
[[nodiscard]] std::span<Property const> global_properties(); ///< sorted by name
/// nullptr: a qube of this class has no such property.
[[nodiscard]] Property const* find_property(QubeClass qube_class, std::string_view name);
[[nodiscard]] Property const* find_global(std::string_view name);

/// An untrusted new value in the form that is stored and answered: numbers in decimal, True or
/// False, names of qubes and labels (whether they exist is the caller's to check; an empty name of
/// a qube is none). Fails with QubesPropertyValueError.
[[nodiscard]] Outcome<std::string> check_value(Property const& property,
                                               std::string_view untrusted_value);

} // namespace vitrail::qube
