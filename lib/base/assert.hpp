#pragma once

namespace vitrail {

/// Prints the broken promise, runs the hook that set_assert_hook() gave, aborts.
[[noreturn]] void assert_failed(char const* expression, char const* file, int line) noexcept;

/// What to do before the abort: the owner of a trace ring dumps it here. One a process.
void set_assert_hook(void (*hook)() noexcept) noexcept;

} // namespace vitrail

/// A promise of our own code, checked in every build. Never for what a peer or the world does.
#define VITRAIL_ASSERT(x)                                                                          \
    ((x) ? static_cast<void>(0) : ::vitrail::assert_failed(#x, __FILE__, __LINE__))
