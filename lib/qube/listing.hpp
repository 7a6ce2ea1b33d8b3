#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qube {

/// A line of admin.vm.List (fact sheet admin-api §4).
struct ListedQube {
    std::string name;
    std::string klass;
    std::string power; ///< Halted, Transient, Running, …
};
/// Lines that are none are left out, and so are names that no qube may have.
[[nodiscard]] std::vector<ListedQube> parse_list(std::string_view untrusted_answer);

/// The value of an answer of property.Get, "default=… type=… VALUE"; empty for one that is none.
[[nodiscard]] std::string property_value(std::string_view untrusted_answer);

/// Names and values of an answer of property.GetAll.
[[nodiscard]] std::map<std::string, std::string, std::less<>>
parse_properties(std::string_view untrusted_answer);

} // namespace vitrail::qube
