#include "compositor/clipboard_words.hpp"

#include <utility>

namespace vitrail::compositor {
namespace {

using transport::ClipboardNotice;
using transport::ClipboardNoticeKind;
using transport::ClipboardType;

std::string with_commas(std::uint32_t number)
{
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3; at -= 3)
        text.insert(at - 3, ",");
    return text;
}

std::string size_of(std::uint32_t bytes)
{
    return with_commas(bytes) + (bytes == 1 ? " byte" : " bytes");
}

std::string thing(ClipboardNotice const& notice)
{
    if (notice.type == ClipboardType::image)
        return "an image of " + std::to_string(notice.width) + " × " +
               std::to_string(notice.height);
    if (notice.type == ClipboardType::files)
        return "files";
    return size_of(notice.bytes) + " of " + std::string(type_word(notice.type));
}

/// What the paste chord does with it.
std::string_view it_or_them(ClipboardNotice const& notice)
{
    return notice.type == ClipboardType::image ? "it" : "them";
}

std::string name(transport::QubeNameField const& field)
{
    auto const view = transport::name_view(field);
    return view.empty() ? "a qube" : std::string(view);
}

} // namespace

std::string_view event_name(ClipboardNoticeKind kind)
{
    switch (kind) {
    case ClipboardNoticeKind::asking: return "asking";
    case ClipboardNoticeKind::copied: return "copied";
    case ClipboardNoticeKind::nothing_to_copy: return "nothing-to-copy";
    case ClipboardNoticeKind::copy_too_large: return "copy-too-large";
    case ClipboardNoticeKind::no_answer: return "no-answer";
    case ClipboardNoticeKind::copy_unfocused: return "copy-unfocused";
    case ClipboardNoticeKind::naming: return "naming";
    case ClipboardNoticeKind::given: return "given";
    case ClipboardNoticeKind::nothing_to_paste: return "nothing-to-paste";
    case ClipboardNoticeKind::expired: return "expired";
    case ClipboardNoticeKind::same_qube: return "same-qube";
    case ClipboardNoticeKind::denied: return "denied";
    case ClipboardNoticeKind::paste_unfocused: return "paste-unfocused";
    case ClipboardNoticeKind::paste_too_large: return "paste-too-large";
    case ClipboardNoticeKind::target_gone: return "target-gone";
    case ClipboardNoticeKind::cancelled: return "cancelled";
    case ClipboardNoticeKind::cleared: return "cleared";
    case ClipboardNoticeKind::wiped: return "wiped";
    case ClipboardNoticeKind::no_qube: return "no-qube";
    case ClipboardNoticeKind::bad_image: return "bad-image";
    case ClipboardNoticeKind::no_images: return "no-images";
    case ClipboardNoticeKind::files_failed: return "files-failed";
    }
    return "?";
}

ClipboardWords words_for(ClipboardNotice const& notice)
{
    using enum ClipboardWords::Beside;
    switch (notice.kind) {
    case ClipboardNoticeKind::asking:
    case ClipboardNoticeKind::wiped: return {};
    case ClipboardNoticeKind::copied:
        return {source, "was copied from: " + thing(notice) + ". The paste chord gives " +
                            std::string(it_or_them(notice)) + " to another qube."};
    case ClipboardNoticeKind::nothing_to_copy:
        return {source, "has nothing to copy. The clipboard between qubes is empty."};
    case ClipboardNoticeKind::copy_too_large:
        return {source, "copied more than " + size_of(notice.limit) +
                            ", too much. The clipboard between qubes is empty."};
    case ClipboardNoticeKind::no_answer: return {source, "did not answer. Nothing was copied."};
    case ClipboardNoticeKind::copy_unfocused:
        return {source, "got the keyboard only just now. Nothing was copied."};
    case ClipboardNoticeKind::naming:
        return {target, "gets " + thing(notice) + " from " + name(notice.source_name) +
                            ". Escape cancels."};
    case ClipboardNoticeKind::given:
        if (notice.type == ClipboardType::files)
            return {target, "gets the files of " + name(notice.source_name) +
                                ", in its folder QubesIncoming."};
        return {target, "has " + thing(notice) + " from " + name(notice.source_name) +
                            ". Paste there as usual."};
    case ClipboardNoticeKind::nothing_to_paste:
        return {target, "gets nothing: the clipboard between qubes is empty."};
    case ClipboardNoticeKind::expired:
        return {target, "gets nothing: what was copied was too old and is wiped."};
    case ClipboardNoticeKind::same_qube:
        return {target, "copied this itself. Paste there as usual."};
    case ClipboardNoticeKind::denied:
        return {target, "may not have what was copied from " + name(notice.source_name) +
                            ": denied by policy."};
    case ClipboardNoticeKind::paste_unfocused:
        return {target, "got the keyboard only just now. Nothing was pasted."};
    case ClipboardNoticeKind::paste_too_large:
        return {target, "takes no more than " + size_of(notice.limit) + ". Nothing was pasted."};
    case ClipboardNoticeKind::target_gone:
        return {machine, name(notice.target_name) + " has ended. Nothing was pasted."};
    case ClipboardNoticeKind::cancelled: return {machine, "Cancelled: nothing was given."};
    case ClipboardNoticeKind::cleared: return {machine, "The clipboard between qubes is empty."};
    case ClipboardNoticeKind::no_qube: return {machine, "No qube has the keyboard."};
    case ClipboardNoticeKind::bad_image:
        return {source, "copied an image that is broken, too large or of no known kind. The "
                        "clipboard between qubes is empty."};
    case ClipboardNoticeKind::files_failed:
        return {source, "could not send all of its files to " + name(notice.target_name) + "."};
    case ClipboardNoticeKind::no_images: return {target, "takes only text. It got nothing."};
    }
    return {};
}

} // namespace vitrail::compositor
