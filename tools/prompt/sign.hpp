#pragma once

#include "lib/base/result.hpp"

#include <cstdint>
#include <string>

namespace vitrail::prompt {

/// The user's sign: a phrase that stands in every prompt and that no qube can know, so that nobody
/// can draw a prompt that looks right. Two words and a number, of 16 random bits each. Pure.
[[nodiscard]] std::string sign_of(std::uint64_t random);

/// The sign of this user, from the first line of the file; made there the first time. The user may
/// write another into it. The error names the file.
[[nodiscard]] Result<std::string> load_sign(std::string const& file);

} // namespace vitrail::prompt
