#pragma once

#include "lib/base/result.hpp"

namespace vitrail::test {

/// Id that a test's ordinary user has where root runs it.
inline constexpr unsigned ordinary_id = 1900000000;

/// For root in a bubblewrap: from now on this process and its children see /proc without the covers
/// that keep the kernel from giving a qube a /proc of its own, as the root launcher has it (fact
/// sheet local-host §1). Nothing for an ordinary user.
[[nodiscard]] Result<> uncover_proc();

/// The same, and this process is an ordinary user from now on; nothing where it is one already.
[[nodiscard]] Result<> become_ordinary_user();

} // namespace vitrail::test
