#pragma once

#include <cstdint>
#include <type_traits>

/// What guid and the clipboard broker say on their SOCK_SEQPACKET link: one record a message, this
/// header and at most `clipboard_record_payload` bytes. Larger data comes in several records, the
/// largest (pictures) in files whose descriptors go with a record of the broker's.
///
/// The broker takes everything a guid sends as hostile. A paste goes only to the guid whose link
/// the broker writes to: no record names a qube (design.md §2).
namespace vitrail::transport {

inline constexpr std::uint32_t clipboard_record_payload = 32768;

enum class ClipboardRecordKind : std::uint32_t {
    /// guid to broker: the answer to `ask` with this serial. UTF-8 text as the qube sent it.
    /// Several
    /// records, the last with flag_last; empty: nothing to copy.
    copy_data = 1,
    /// guid to broker: instead of copy_data where the qube offers typed data: mime types, each with
    /// its NUL. The broker asks for one of them with `request`.
    copy_offer = 2,
    /// broker to guid: put this in the qube's clipboard (several records, flag_last).
    paste_data = 3,
    /// broker to guid: offer this to the qube's programs: one mime type with its NUL as payload;
    /// the
    /// descriptor that comes with it is a file with the data, `bytes` long.
    paste_offer = 4,
    /// broker to guid: send the data of mime type number `mime` of the offer `serial`. With a
    /// descriptor it is to be written there instead: a file of a fixed size. The answer is then one
    /// copy_data without payload, `bytes` being how much was written.
    request = 5,
    /// broker to guid: the user pressed the copy chord in this qube. guid asks the qube, and
    /// answers
    /// with this serial.
    ask = 6,
    /// guid to broker: what paste_offer with this serial brought cannot be given: the qube's agent
    /// takes text alone.
    paste_refused = 7,
};

inline constexpr std::uint32_t clipboard_flag_last = 1;
/// The qube's data was over the limit: the broker tells the user and clears, nothing follows.
inline constexpr std::uint32_t clipboard_flag_too_large = 2;
/// Given to ClipboardLink::send: the last record of this call is not the last of the data.
inline constexpr std::uint32_t clipboard_flag_more = 4;

struct ClipboardRecord {
    ClipboardRecordKind kind = ClipboardRecordKind::copy_data;
    std::uint32_t serial = 0;
    std::uint32_t mime = 0; ///< index in the offer; 0 for text
    std::uint32_t flags = 0;
    std::uint32_t bytes = 0; ///< in the file of a descriptor
};
static_assert(std::is_trivially_copyable_v<ClipboardRecord> && sizeof(ClipboardRecord) == 20);

} // namespace vitrail::transport
