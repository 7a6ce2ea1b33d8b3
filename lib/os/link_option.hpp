#pragma once

#include "lib/os/fd.hpp"

namespace vitrail {

/// The descriptor that `--link-fd N` names: the one option of a program that sessiond starts and
/// then tells everything else over that link. Empty for any other words; `program` and its usage
/// are then said on stderr.
[[nodiscard]] Fd take_link_option(char const* program, int argc, char** argv);

} // namespace vitrail
