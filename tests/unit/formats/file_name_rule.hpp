#pragma once

#include <unicode/uchar.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <cstdint>

/// Which code points above ASCII a file's name may hold, said with ICU's own properties. Source:
/// fact sheet services §1, "Name checks".
namespace vitrail::file_name_rule {

inline bool is_readable(UChar32 point)
{
    constexpr std::uint32_t categories =
        U_GC_LU_MASK | U_GC_LL_MASK | U_GC_LT_MASK | U_GC_LM_MASK | U_GC_LO_MASK | U_GC_ND_MASK |
        U_GC_NL_MASK | U_GC_NO_MASK | U_GC_PD_MASK | U_GC_PS_MASK | U_GC_PE_MASK | U_GC_PC_MASK |
        U_GC_PO_MASK | U_GC_PI_MASK | U_GC_PF_MASK | U_GC_SM_MASK | U_GC_SC_MASK;
    return (U_GET_GC_MASK(point) & categories) != 0;
}

inline bool keeps_direction(UChar32 point)
{
    constexpr std::array kept{U_LEFT_TO_RIGHT,
                              U_EUROPEAN_NUMBER,
                              U_EUROPEAN_NUMBER_SEPARATOR,
                              U_EUROPEAN_NUMBER_TERMINATOR,
                              U_COMMON_NUMBER_SEPARATOR,
                              U_OTHER_NEUTRAL,
                              U_WHITE_SPACE_NEUTRAL};
    return std::ranges::contains(kept, u_charDirection(point));
}

inline bool is_of_known_script(UChar32 point)
{
    constexpr std::array known{USCRIPT_COMMON,         USCRIPT_INHERITED,      USCRIPT_LATIN,
                               USCRIPT_GREEK,          USCRIPT_CYRILLIC,       USCRIPT_HAN,
                               USCRIPT_HIRAGANA,       USCRIPT_KATAKANA,       USCRIPT_BOPOMOFO,
                               USCRIPT_HANGUL,         USCRIPT_BRAILLE,        USCRIPT_JAMO,
                               USCRIPT_SIMPLIFIED_HAN, USCRIPT_TRADITIONAL_HAN};
    UErrorCode status = U_ZERO_ERROR;
    return std::ranges::contains(known, uscript_getScript(point, &status)) && U_SUCCESS(status);
}

inline bool may_stand(UChar32 point)
{
    return point >= 0x80 && is_readable(point) && keeps_direction(point) &&
           is_of_known_script(point);
}

} // namespace vitrail::file_name_rule
