#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

/// What the clipboard broker hears from sessiond and from the compositor, and what it tells them:
/// one of these structs a message, over a SOCK_SEQPACKET pair each.
///
/// All three are built together and trust each other's words, so the structs are native; a message
/// of another size ends the link. No byte of a clipboard is ever in one (design.md §2).
namespace vitrail::transport {

/// A qube's name with its NUL; longer ones do not exist (lib/qube/names.hpp).
using QubeNameField = std::array<char, 64>;

[[nodiscard]] inline QubeNameField name_field(std::string_view name)
{
    QubeNameField field{};
    name.copy(field.data(), field.size() - 1);
    return field;
}
[[nodiscard]] inline std::string_view name_view(QubeNameField const& field)
{
    std::string_view const all(field.data(), field.size());
    return all.substr(0, all.find('\0'));
}

enum class ClipboardType : std::uint32_t {
    none = 0,
    text,
    image,
    files, ///< that are copied in the source: of them nothing is held but that
};

/// As policy, scripts and the user's notices call it.
[[nodiscard]] constexpr std::string_view type_word(ClipboardType type)
{
    switch (type) {
    case ClipboardType::none: return "nothing";
    case ClipboardType::text: return "text";
    case ClipboardType::image: return "image";
    case ClipboardType::files: return "files";
    }
    return "?";
}

// ---- sessiond to broker -----------------------------------------------------------------------

enum class ClipboardOrderKind : std::uint32_t {
    set_qube = 1,   ///< domain, limit, name; with a descriptor: the link to its new guid
    remove_qube,    ///< domain
    set_compositor, ///< with a descriptor: the link to the compositor
    policy,         ///< the answer to the question with this serial: allowed
    clear,          ///< the user's wish: nothing is held any more
    /// The answer to a question of kind image, with its serial and these descriptors: the file that
    /// is to hold the qube's picture, for writing; the link to the decoder; the link to the
    /// encoder; the file with the encoded picture, for reading. Without any: it could not be done.
    image,
    files_sent, ///< what became of a question of kind send_files: serial, allowed: they arrived
};

struct ClipboardOrder {
    ClipboardOrderKind kind = ClipboardOrderKind::set_qube;
    std::uint32_t domain = 0;
    std::uint32_t limit = 0; ///< bytes of text that may be copied from it and pasted to it
    /// Bytes of a picture that may be copied from it; encoded anew it may be image_growth times as
    /// large (lib/transport/image_job.hpp). 0: no pictures, to it neither.
    std::uint32_t image_limit = 0;
    std::uint32_t serial = 0;
    std::uint32_t allowed = 0;
    QubeNameField name{};
};

// ---- broker to sessiond -----------------------------------------------------------------------

enum class ClipboardQuestionKind : std::uint32_t {
    paste = 1, ///< may what `source` copied be given to `target`? Answered by `policy`
    image,     ///< what a picture of at most `limit` bytes needs. Answered by `image`
    /// Have `source` send the files that were copied in it to `target`. Answered by `files_sent`,
    /// whenever that is over.
    send_files,
};

struct ClipboardQuestion {
    ClipboardQuestionKind kind = ClipboardQuestionKind::paste;
    std::uint32_t serial = 0;
    std::uint32_t limit = 0;
    ClipboardType type = ClipboardType::none;
    QubeNameField source{}, target{};
};

// ---- compositor to broker ---------------------------------------------------------------------

enum class ClipboardChordKind : std::uint32_t {
    settings = 1, ///< keep_s, moment_ms; sent first, and when the user changes them
    copy,         ///< of the qube `origin`, that has had the keyboard for focused_ms
    paste,        ///< to it
    proceed,      ///< while a notice is pending: a key or a button other than Escape
    cancel,       ///< Escape, or the screen was locked
};

struct ClipboardChord {
    ClipboardChordKind kind = ClipboardChordKind::settings;
    std::uint32_t origin = 0; ///< 0: no qube has the keyboard
    std::uint32_t focused_ms = 0;
    std::uint32_t keep_s = 0;    ///< 0: until it is pasted
    std::uint32_t moment_ms = 0; ///< how long a target is named before it gets the data
};

// ---- broker to compositor ---------------------------------------------------------------------

enum class ClipboardNoticeKind : std::uint32_t {
    asking = 1,       ///< source was asked
    copied,           ///< source: type, bytes
    nothing_to_copy,  ///< source
    copy_too_large,   ///< source, limit
    no_answer,        ///< source did not answer in time
    copy_unfocused,   ///< source had the keyboard too short a time
    naming,           ///< target gets it in a moment
    given,            ///< target: type, bytes
    nothing_to_paste, ///< nothing was copied, or it was pasted
    expired,          ///< what was copied is too old
    same_qube,        ///< source and target are one
    denied,           ///< policy says no
    paste_unfocused,  ///< target had the keyboard too short a time
    paste_too_large,  ///< over the target's limit
    target_gone,      ///< it ended meanwhile
    cancelled,        ///< by Escape
    cleared,          ///< by the user
    wiped,            ///< it grew too old just now
    no_qube,          ///< the chord was pressed in no qube
    bad_image,        ///< what source copied is no picture that could be read
    no_images,        ///< target's agent takes text alone
    files_failed,     ///< not all files of source reached target
};

struct ClipboardNotice {
    ClipboardNoticeKind kind = ClipboardNoticeKind::asking;
    ClipboardType type = ClipboardType::none; ///< of what this is about
    std::uint32_t bytes = 0;
    std::uint32_t limit = 0;
    std::uint32_t source = 0, target = 0; ///< origins; 0: none, or it has ended
    std::uint32_t pending = 0;            ///< Escape cancels, another key or button proceeds
    /// What is held after this: its size, kind and source; held_type none: nothing.
    ClipboardType held_type = ClipboardType::none;
    std::uint32_t held_bytes = 0;
    std::uint32_t width = 0, height = 0; ///< of a picture that this is about
    std::uint32_t held_width = 0, held_height = 0;
    QubeNameField source_name{}, target_name{}, held_name{};
};

static_assert(std::has_unique_object_representations_v<ClipboardOrder> &&
              std::has_unique_object_representations_v<ClipboardQuestion> &&
              std::has_unique_object_representations_v<ClipboardChord> &&
              std::has_unique_object_representations_v<ClipboardNotice>);

} // namespace vitrail::transport
