#pragma once

#include <unicode/umachine.h>

#include <cstdio>

namespace vitrail::test {

/// Prints the ranges of code points for which `in` is true, as rows of an array: `{0x0, 0x1f},`.
inline void print_code_points(bool (*in)(UChar32))
{
    constexpr UChar32 end = 0x110000;
    UChar32 first = -1;
    int column = 0;
    for (UChar32 c = 0; c <= end; ++c) {
        bool const inside = c < end && in(c);
        if (inside && first < 0)
            first = c;
        if (inside || first < 0)
            continue;
        std::printf("%s{0x%x, 0x%x},%s", column == 0 ? "    " : " ", static_cast<unsigned>(first),
                    static_cast<unsigned>(c - 1), column == 3 ? "\n" : "");
        column = (column + 1) % 4;
        first = -1;
    }
    std::printf("%s", column == 0 ? "" : "\n");
}

} // namespace vitrail::test
