#pragma once

#include <unicode/uchar.h>

/// Which code points display_text() replaces, said with ICU's character data: the generator of
/// lib/base/text_table.inc and the test that compares the table with it share this.
namespace vitrail::text_rule {

inline bool refused(UChar32 c)
{
    // Emoji and text presentation of the character before: marks that everything uses.
    if (c == 0xfe0e || c == 0xfe0f)
        return false;
    switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR: // directions, joiners, soft hyphen, tags
    case U_SURROGATE:
    case U_PRIVATE_USE_CHAR:
    case U_UNASSIGNED: // and noncharacters
    case U_LINE_SEPARATOR:
    case U_PARAGRAPH_SEPARATOR: return true;
    default: break;
    }
    return u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

inline bool combining(UChar32 c)
{
    return u_charType(c) == U_NON_SPACING_MARK || u_charType(c) == U_ENCLOSING_MARK;
}

} // namespace vitrail::text_rule
