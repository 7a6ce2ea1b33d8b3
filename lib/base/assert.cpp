#include "lib/base/assert.hpp"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace vitrail {

namespace {
void (*assert_hook)() noexcept = nullptr;
}

void set_assert_hook(void (*hook)() noexcept) noexcept
{
    assert_hook = hook;
}

void assert_failed(char const* expression, char const* file, int line) noexcept
{
    std::fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, expression);
    if (auto* hook = std::exchange(assert_hook, nullptr))
        hook();
    std::abort();
}

} // namespace vitrail
