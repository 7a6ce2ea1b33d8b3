#pragma once

#include "compositor/decoration.hpp"

#include <cstdint>

namespace vitrail::compositor {

/// What sessiond said of a qube. Exists only by vitrail_session_v1.
struct Origin {
    static constexpr std::uint32_t may_fullscreen = 1;
    static constexpr std::uint32_t may_override_redirect = 4;

    std::uint32_t number = 0;
    Badge badge;
    std::uint32_t permissions = 0;
    std::uint32_t max_windows = 0;
    std::uint32_t max_pages = 0;
    std::uint32_t max_clipboard = 0;
};

} // namespace vitrail::compositor
