#pragma once

/// toml++ as all of ours use it: its header-only form without exceptions (the packaged library has
/// them), and without its assertions: they abort on some malformed files, where its own next line
/// makes a proper error of the same thing.
#undef TOML_SHARED_LIB
#undef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 1
#undef TOML_EXCEPTIONS
#define TOML_EXCEPTIONS 0
#define TOML_ASSERT(expression) static_assert(true)
#include <toml++/toml.hpp>
