#pragma once

#include "lib/os/fd.hpp"

#include <string_view>

namespace vitrail {

/// A descriptor above the standard three that we inherited, closed from now on when we start a
/// program. Empty: `number` names none (3 to 1023).
[[nodiscard]] Fd inherited_descriptor(std::string_view number);

/// The descriptor that `--link-fd N` names: the one option of a program that sessiond starts and
/// then tells everything else over that link. Empty for any other words; `program` and its usage
/// are then said on stderr.
[[nodiscard]] Fd take_link_option(char const* program, int argc, char** argv);

} // namespace vitrail
