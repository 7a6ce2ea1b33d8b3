#pragma once

#include "lib/formats/crc32.hpp"
#include "lib/formats/file_name.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// qfile: the stream in which files and folders go from one qube to another, and its answer.
///
/// Entries of a 32-byte header, a name and content; folders before and after what is in them, the
/// second time with their final mode and times; then a header without a name. Little-endian.
/// Source: fact sheet services §1.
namespace vitrail::formats {

struct FileTime {
    std::uint32_t seconds = 0, nanoseconds = 0;
    friend bool operator==(FileTime const&, FileTime const&) = default;
};

enum class EntryKind : std::uint8_t { file, folder, link };

/// What a header says of an entry, checked: the name is canonical, the mode holds 07777 alone.
struct Entry {
    EntryKind kind = EntryKind::file;
    std::string name;
    std::uint32_t mode = 0;
    std::uint64_t size = 0; ///< of a file's content; 0 of others
    std::string target;     ///< of a link
    FileTime accessed, modified;
    friend bool operator==(Entry const&, Entry const&) = default;
};

/// Why a transfer ends. `code` is what the answer says: an errno, or legal_eof.
struct QfileError {
    int code = 0;
    std::string untrusted_name; ///< of the entry; empty: none
    friend bool operator==(QfileError const&, QfileError const&) = default;
};
/// The input ended early: the sender is expected to have said why.
inline constexpr int legal_eof = 31415926;

/// What a receiver takes; 0: no limit.
struct QfileLimits {
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
    bool all_names = false; ///< the argument allow-all-names: any bytes but NUL and what leads out
};

/// A piece of the content of the file whose Entry came last; `last`: it is complete.
struct Content {
    std::span<std::byte const> bytes; ///< points into the input
    bool last = false;
};
struct EndOfTransfer {};
using QfileEvent = std::variant<Entry, Content, EndOfTransfer>;

/// Cuts a stream into entries, checks them, and counts its checksum. Does no I/O and never waits;
/// stores at most one header, name and link target.
///
/// A file's Entry is followed by Contents up to one that is `last` (an empty file has one too).
class QfileParser {
public:
    explicit QfileParser(QfileLimits limits = {}) : limits_(limits) {}

    /// The next event, taken from the front of `input`; nothing: input is used up. After an error
    /// every further call repeats it; after EndOfTransfer nothing more is taken.
    [[nodiscard]] std::expected<std::optional<QfileEvent>, QfileError>
    next(std::span<std::byte const>& input);
    /// What the end of the input means here: nothing after EndOfTransfer.
    [[nodiscard]] std::optional<QfileError> handle_eof() const;
    /// Of every byte taken so far.
    [[nodiscard]] std::uint32_t crc() const { return crc_.value(); }
    [[nodiscard]] bool ended() const { return phase_ == Phase::end; }
    /// Name of the last entry: the answer names it.
    [[nodiscard]] std::string const& untrusted_name() const { return entry_.name; }

private:
    enum class Phase : std::uint8_t { header, name, target, content, end };
    [[nodiscard]] bool take(std::span<std::byte const>& input, std::size_t wanted);
    [[nodiscard]] std::unexpected<QfileError> refuse(int code);
    [[nodiscard]] std::expected<void, QfileError> begin_entry();
    [[nodiscard]] std::expected<void, QfileError> check_name();
    [[nodiscard]] std::expected<void, QfileError> check_target();
    [[nodiscard]] std::expected<void, QfileError> count(std::uint64_t bytes);
    [[nodiscard]] Content take_content(std::span<std::byte const>& input);

    QfileLimits limits_;
    Crc32 crc_;
    Phase phase_ = Phase::header;
    std::vector<std::byte> stored_;
    Entry entry_;
    std::size_t wanted_ = 0;  ///< bytes of the name or target
    std::uint64_t left_ = 0;  ///< of a file's content
    std::uint64_t bytes_ = 0; ///< counted against the limit
    std::uint64_t entries_ = 0;
    std::optional<QfileError> broken_;
};

/// Writes a stream: what is appended to `out` is to be sent in this order.
class QfileWriter {
public:
    /// The header, the name and, of a link, its target. The content of a file follows by
    /// add_content(), exactly entry.size bytes.
    void begin(std::vector<std::byte>& out, Entry const& entry);
    /// Counts content that the caller sends itself.
    void add_content(std::span<std::byte const> bytes) { crc_.add(bytes); }
    void end(std::vector<std::byte>& out);
    [[nodiscard]] std::uint32_t crc() const { return crc_.value(); }

private:
    Crc32 crc_;
};

/// What the receiver says, once.
struct QfileResult {
    int code = 0; ///< 0, an errno or legal_eof
    std::uint32_t crc = 0;
    std::string untrusted_name; ///< the last one that it took; may be empty
    friend bool operator==(QfileResult const&, QfileResult const&) = default;
};
inline constexpr std::size_t result_header_bytes = 16;
void build_result(std::vector<std::byte>& out, QfileResult const& result);
/// The result in all bytes of an answer (the name is optional, §1); nothing when it is not one or
/// not all of one. A negative code of some receivers is taken as its absolute value.
[[nodiscard]] std::optional<QfileResult> parse_result(std::span<std::byte const> untrusted_bytes);

/// What a code means, for the person who copies. Without the name.
[[nodiscard]] std::string describe_code(int code);

} // namespace vitrail::formats
