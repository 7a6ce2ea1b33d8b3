// Prints lib/formats/file_name_table.inc from ICU's character data:
//     build/tests/unit/formats/make-file-name-table > lib/formats/file_name_table.inc
#include "tests/unit/formats/file_name_rule.hpp"

#include <unicode/uversion.h>

#include <cstdio>

int main()
{
    std::printf(
        "// Made by tests/unit/formats/make_file_name_table.cpp from Unicode %s: do not edit.\n",
        U_UNICODE_VERSION);
    UChar32 first = -1;
    int column = 0;
    for (UChar32 c = 0; c <= 0x110000; ++c) {
        bool const inside = c < 0x110000 && vitrail::file_name_rule::may_stand(c);
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
    return 0;
}
