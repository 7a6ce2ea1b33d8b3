#pragma once

#include <memory>

namespace vitrail {

/// Calls a C destroy function.
template <auto Destroy> struct Destroyer {
    void operator()(auto* object) const noexcept { Destroy(object); }
};

/// Owns a C object released by Destroy: Handle<wl_display, wl_display_destroy>.
template <typename T, auto Destroy> using Handle = std::unique_ptr<T, Destroyer<Destroy>>;

} // namespace vitrail
