#include "lib/formats/qfile.hpp"

#include "lib/base/result.hpp"
#include "lib/base/untrusted.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace vitrail::formats {

static_assert(std::endian::native == std::endian::little, "the stream is little-endian");

namespace {

struct FileHeader {
    std::uint32_t name_length; ///< with its NUL; 0: the end
    std::uint32_t mode;
    std::uint64_t length;
    std::uint32_t atime, atime_ns, mtime, mtime_ns;
};
static_assert(sizeof(FileHeader) == 32 && Pod<FileHeader>);

struct ResultHeader {
    std::uint32_t code, pad;
    std::uint64_t crc;
};
static_assert(sizeof(ResultHeader) == result_header_bytes && Pod<ResultHeader>);

constexpr std::uint32_t most_nanoseconds = 999'999'999;

template <Pod T> void append(std::vector<std::byte>& out, T const& value)
{
    auto const bytes = std::as_bytes(std::span(&value, 1));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_text(std::vector<std::byte>& out, std::string_view text)
{
    auto const bytes = std::as_bytes(std::span(text));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

std::string text_of(std::span<std::byte const> bytes)
{
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

std::optional<EntryKind> kind_of(std::uint32_t mode)
{
    if (S_ISREG(mode))
        return EntryKind::file;
    if (S_ISDIR(mode))
        return EntryKind::folder;
    if (S_ISLNK(mode))
        return EntryKind::link;
    return std::nullopt;
}

std::uint32_t type_bits(EntryKind kind)
{
    switch (kind) {
    case EntryKind::file: return S_IFREG;
    case EntryKind::folder: return S_IFDIR;
    case EntryKind::link: return S_IFLNK;
    }
    return 0;
}

} // namespace

bool QfileParser::take(std::span<std::byte const>& input, std::size_t wanted)
{
    std::size_t const more = std::min(input.size(), wanted - stored_.size());
    auto const part = input.first(more);
    crc_.add(part);
    stored_.insert(stored_.end(), part.begin(), part.end());
    input = input.subspan(more);
    return stored_.size() == wanted;
}

std::unexpected<QfileError> QfileParser::refuse(int code)
{
    broken_ = QfileError{code, entry_.name};
    return std::unexpected(*broken_);
}

std::expected<void, QfileError> QfileParser::begin_entry()
{
    auto const untrusted =
        load<FileHeader>(std::span<std::byte const>(stored_).first<sizeof(FileHeader)>())
            .check([](FileHeader const& header) { return header; });
    stored_.clear();
    if (untrusted.name_length == 0) {
        phase_ = Phase::end;
        return {};
    }
    entry_ = {};
    if (untrusted.name_length > max_path_bytes + 1)
        return refuse(ENAMETOOLONG);
    auto const kind = kind_of(untrusted.mode);
    if (!kind || untrusted.atime_ns > most_nanoseconds || untrusted.mtime_ns > most_nanoseconds ||
        (*kind == EntryKind::folder && untrusted.length != 0))
        return refuse(EINVAL);
    if (*kind == EntryKind::link && untrusted.length > max_path_bytes + 1)
        return refuse(ENAMETOOLONG);
    entry_ = {.kind = *kind,
              .name = "",
              .mode = untrusted.mode & 07777,
              .size = *kind == EntryKind::file ? untrusted.length : 0,
              .target = "",
              .accessed = {untrusted.atime, untrusted.atime_ns},
              .modified = {untrusted.mtime, untrusted.mtime_ns}};
    left_ = untrusted.length;
    wanted_ = untrusted.name_length;
    phase_ = Phase::name;
    return {};
}

std::expected<void, QfileError> QfileParser::count(std::uint64_t bytes)
{
    ++entries_;
    bool const too_many = limits_.entries != 0 && entries_ > limits_.entries;
    bool const too_large =
        limits_.bytes != 0 && (bytes > limits_.bytes || bytes_ > limits_.bytes - bytes);
    if (too_many || too_large)
        return refuse(EDQUOT);
    bytes_ += limits_.bytes != 0 ? bytes : 0;
    return {};
}

std::expected<void, QfileError> QfileParser::check_name()
{
    std::string name = text_of(stored_);
    stored_.clear();
    bool const is_terminated = name.ends_with('\0');
    if (is_terminated)
        name.pop_back();
    entry_.name = name;
    if (!is_terminated || name.contains('\0'))
        return refuse(EINVAL);
    if (!is_canonical_path(name) || (!limits_.all_names && !has_safe_characters(name)))
        return refuse(EILSEQ);
    return count(entry_.kind == EntryKind::folder ? 0 : left_);
}

std::expected<void, QfileError> QfileParser::check_target()
{
    entry_.target = text_of(stored_);
    stored_.clear();
    if (!limits_.all_names && !has_safe_characters(entry_.target))
        return refuse(EILSEQ);
    if (!stays_inside(entry_.name, entry_.target))
        return refuse(ENOLINK);
    return {};
}

Content QfileParser::take_content(std::span<std::byte const>& input)
{
    auto const size = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), left_));
    Content const content{input.first(size), size == left_};
    crc_.add(content.bytes);
    input = input.subspan(size);
    left_ -= size;
    if (content.last)
        phase_ = Phase::header;
    return content;
}

std::expected<std::optional<QfileEvent>, QfileError>
QfileParser::next(std::span<std::byte const>& input)
{
    if (broken_)
        return std::unexpected(*broken_);
    while (true)
        switch (phase_) {
        case Phase::header:
            if (!take(input, sizeof(FileHeader)))
                return std::nullopt;
            TRY_VOID(begin_entry());
            if (phase_ == Phase::end)
                return EndOfTransfer{};
            break;
        case Phase::name:
            if (!take(input, wanted_))
                return std::nullopt;
            TRY_VOID(check_name());
            phase_ = Phase::header;
            if (entry_.kind == EntryKind::folder)
                return entry_;
            if (entry_.kind == EntryKind::file) {
                phase_ = Phase::content;
                return entry_;
            }
            wanted_ = static_cast<std::size_t>(left_);
            phase_ = Phase::target;
            break;
        case Phase::target:
            if (!take(input, wanted_))
                return std::nullopt;
            TRY_VOID(check_target());
            phase_ = Phase::header;
            return entry_;
        case Phase::content:
            if (input.empty() && left_ > 0)
                return std::nullopt;
            return take_content(input);
        case Phase::end: return std::nullopt;
        }
}

std::optional<QfileError> QfileParser::handle_eof() const
{
    if (broken_)
        return broken_;
    if (phase_ == Phase::end)
        return std::nullopt;
    bool const between = phase_ == Phase::header && stored_.empty();
    return QfileError{between ? EREMOTEIO : legal_eof, entry_.name};
}

void QfileWriter::begin(std::vector<std::byte>& out, Entry const& entry)
{
    std::size_t const start = out.size();
    bool const is_link = entry.kind == EntryKind::link;
    append(out, FileHeader{.name_length = static_cast<std::uint32_t>(entry.name.size() + 1),
                           .mode = type_bits(entry.kind) | (entry.mode & 07777),
                           .length = is_link ? entry.target.size() : entry.size,
                           .atime = entry.accessed.seconds,
                           .atime_ns = entry.accessed.nanoseconds,
                           .mtime = entry.modified.seconds,
                           .mtime_ns = entry.modified.nanoseconds});
    append_text(out, entry.name);
    out.push_back(std::byte{0});
    append_text(out, entry.target);
    crc_.add(std::span(out).subspan(start));
}

void QfileWriter::end(std::vector<std::byte>& out)
{
    std::size_t const start = out.size();
    append(out, FileHeader{});
    crc_.add(std::span(out).subspan(start));
}

void build_result(std::vector<std::byte>& out, QfileResult const& result)
{
    append(out, ResultHeader{static_cast<std::uint32_t>(result.code), 0, result.crc});
    if (result.untrusted_name.empty())
        return;
    append(out, static_cast<std::uint32_t>(result.untrusted_name.size()));
    append_text(out, result.untrusted_name);
}

std::optional<QfileResult> parse_result(std::span<std::byte const> bytes)
{
    if (bytes.size() < sizeof(ResultHeader))
        return std::nullopt;
    auto const untrusted = load<ResultHeader>(bytes.first<sizeof(ResultHeader)>())
                               .check([](ResultHeader const& header) { return header; });
    auto const code = static_cast<std::int64_t>(static_cast<std::int32_t>(untrusted.code));
    if (untrusted.pad != 0 || untrusted.crc > UINT32_MAX || code == INT32_MIN)
        return std::nullopt;
    QfileResult result{.code = static_cast<int>(std::abs(code)),
                       .crc = static_cast<std::uint32_t>(untrusted.crc),
                       .untrusted_name = ""};
    bytes = bytes.subspan(sizeof(ResultHeader));
    if (bytes.empty())
        return result;
    if (bytes.size() < sizeof(std::uint32_t))
        return std::nullopt;
    auto const length =
        load<std::uint32_t>(bytes.first<sizeof(std::uint32_t)>()).check([](std::uint32_t size) {
            return size;
        });
    bytes = bytes.subspan(sizeof(std::uint32_t));
    if (length > max_path_bytes + 1 || bytes.size() != length)
        return std::nullopt;
    result.untrusted_name = text_of(bytes);
    return result;
}

std::string describe_code(int code)
{
    switch (code) {
    case 0: return "done";
    case EEXIST: return "a file of that name is already in the incoming folder";
    case EINVAL: return "the data is corrupted, or a file of a kind that cannot be copied";
    case EILSEQ: return "a name or a link with characters that are not allowed";
    case ENOLINK: return "a link that would lead out of the copied folder";
    case EDQUOT: return "more than the receiver takes";
    case EREMOTEIO: return "the transfer broke off";
    case ENAMETOOLONG: return "a name that is too long";
    case legal_eof: return "the sender ended the transfer";
    default: return std::strerror(code);
    }
}

} // namespace vitrail::formats
