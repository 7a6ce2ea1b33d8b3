// Prints lib/formats/file_name_table.inc from ICU's character data:
//     build/tests/unit/formats/make-file-name-table > lib/formats/file_name_table.inc
#include "tests/support/code_points.hpp"
#include "tests/unit/formats/file_name_rule.hpp"

#include <unicode/uversion.h>

int main()
{
    std::printf(
        "// Made by tests/unit/formats/make_file_name_table.cpp from Unicode %s: do not edit.\n",
        U_UNICODE_VERSION);
    vitrail::test::print_code_points(vitrail::file_name_rule::may_stand);
}
