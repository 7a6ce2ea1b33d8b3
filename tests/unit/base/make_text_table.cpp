// Prints lib/base/text_table.inc from ICU's character data:
//     build/tests/unit/base/make-text-table > lib/base/text_table.inc
#include "tests/unit/base/text_rule.hpp"

#include <unicode/uversion.h>

#include <cstdio>

namespace {

void print(char const* name, bool (*in)(UChar32))
{
    std::printf("inline constexpr Range %s[] = {\n", name);
    UChar32 first = -1;
    int column = 0;
    for (UChar32 c = 0; c <= 0x110000; ++c) {
        bool const inside = c < 0x110000 && in(c);
        if (inside && first < 0)
            first = c;
        if (inside || first < 0)
            continue;
        std::printf("%s{0x%x, 0x%x},%s", column == 0 ? "    " : " ", static_cast<unsigned>(first),
                    static_cast<unsigned>(c - 1), column == 3 ? "\n" : "");
        column = (column + 1) % 4;
        first = -1;
    }
    std::printf("%s};\n", column == 0 ? "" : "\n");
}

} // namespace

int main()
{
    std::printf("// Made by tests/unit/base/make_text_table.cpp from Unicode %s: do not edit.\n",
                U_UNICODE_VERSION);
    print("refused", vitrail::text_rule::refused);
    print("combining", vitrail::text_rule::combining);
}
