// Prints lib/base/text_table.inc from ICU's character data:
//     build/tests/unit/base/make-text-table > lib/base/text_table.inc
#include "tests/support/code_points.hpp"
#include "tests/unit/base/text_rule.hpp"

#include <unicode/uversion.h>

namespace {

void print(char const* name, bool (*in)(UChar32))
{
    std::printf("inline constexpr Range %s[] = {\n", name);
    vitrail::test::print_code_points(in);
    std::printf("};\n");
}

} // namespace

int main()
{
    std::printf("// Made by tests/unit/base/make_text_table.cpp from Unicode %s: do not edit.\n",
                U_UNICODE_VERSION);
    print("refused", vitrail::text_rule::refused);
    print("combining", vitrail::text_rule::combining);
}
