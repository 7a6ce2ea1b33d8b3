#include "guid/session.hpp"

#include "lib/base/secret.hpp"
#include "lib/os/whole.hpp"

#include <algorithm>

namespace vitrail::guid {

using transport::ClipboardRecordKind;

// Copy: the user pressed the chord, the broker asks, the agent is asked, what it answers goes to
// the broker. Only the answer to a chord goes there, once (fact sheet gui-protocol §8.2).

void Session::ask_for_clipboard(std::uint32_t serial)
{
    copy_serial_ = serial;
    outbox_.send(wire::Type::clipboard_req, input_.focus().value_or(WindowId{0}));
}

Verdict Session::handle(wire::from_agent::ClipboardData const& clipboard)
{
    if (!copy_serial_)
        return {};
    transport::ClipboardRecord record{ClipboardRecordKind::copy_data, *copy_serial_, 0, 0};
    copy_serial_.reset();
    auto data = clipboard.data;
    if (clipboard.too_large || data.size() > profile_.max_clipboard_size) {
        record.flags = transport::clipboard_flag_too_large;
        data = {};
    }
    clipboard_.send(record, data);
    return {};
}

Verdict Session::handle(wire::ClipboardOffer const& offer)
{
    if (!copy_serial_)
        return {};
    std::vector<std::byte> types;
    for (std::string const& type : offer.mime_types) {
        auto const bytes = std::as_bytes(std::span(type.c_str(), type.size() + 1));
        types.insert(types.end(), bytes.begin(), bytes.end());
    }
    clipboard_.send({ClipboardRecordKind::copy_offer, *copy_serial_, 0, 0}, types);
    copy_serial_.reset();
    return {};
}

Verdict Session::handle(wire::ClipboardChunk const& chunk)
{
    if (!fetch_ || fetch_->serial != chunk.serial || fetch_->mime != chunk.mime)
        return {}; // the broker asked for something else, or for nothing
    transport::ClipboardRecord record{ClipboardRecordKind::copy_data, chunk.serial, chunk.mime, 0};
    bool const is_file = static_cast<bool>(fetch_file_);
    if (!keep_fetched(chunk)) {
        fetch_.reset();
        fetch_file_.reset();
        record.flags = transport::clipboard_flag_too_large;
        clipboard_.send(record, {});
        return {};
    }
    if (chunk.last) {
        fetch_.reset();
        fetch_file_.reset();
    }
    if (is_file) {
        record.bytes = static_cast<std::uint32_t>(fetched_);
        if (chunk.last)
            clipboard_.send(record, {});
        return {};
    }
    record.flags = chunk.last ? 0 : transport::clipboard_flag_more;
    clipboard_.send(record, chunk.data); // at most two records
    return {};
}

/// False: it is more than may be copied. A file has the size that may be.
bool Session::keep_fetched(wire::ClipboardChunk const& chunk)
{
    fetched_ += chunk.data.size();
    if (fetch_file_)
        return write_all(fetch_file_.get(), chunk.data);
    return fetched_ <= profile_.max_clipboard_size;
}

void Session::handle_clipboard_record(transport::ClipboardRecord const& record,
                                      std::span<std::byte const> payload, Fd file)
{
    if (!version_)
        return;
    switch (record.kind) {
    case ClipboardRecordKind::ask: ask_for_clipboard(record.serial); break;
    case ClipboardRecordKind::paste_data:
        if (paste_.size() + payload.size() <= wire::max_clipboard_1_8)
            paste_.insert(paste_.end(), payload.begin(), payload.end());
        if ((record.flags & transport::clipboard_flag_last) != 0) {
            paste(paste_);
            wipe(paste_);
            paste_.clear();
        }
        break;
    case ClipboardRecordKind::paste_offer: paste_file(record, payload, std::move(file)); break;
    case ClipboardRecordKind::request: fetch(record, std::move(file)); break;
    default: break;
    }
}

void Session::fetch(transport::ClipboardRecord const& request, Fd file)
{
    if (!extended())
        return;
    fetch_ = wire::from_daemon::ClipboardFetch{request.serial, request.mime};
    fetched_ = 0;
    fetch_file_ = std::move(file);
    outbox_.send(wire::Type::x_clipboard_request, WindowId{0},
                 wire::XClipboardRequest{request.serial, request.mime});
}

void Session::paste_file(transport::ClipboardRecord const& offer, std::span<std::byte const> types,
                         Fd file)
{
    if (!extended()) {
        clipboard_.send({ClipboardRecordKind::paste_refused, offer.serial, 0, 0}, {});
        return;
    }
    outbox_.send(wire::Type::x_clipboard_offer, WindowId{0}, wire::XClipboardOffer{offer.serial},
                 types);
    file_paste_ = FilePaste{offer.serial, offer.bytes, std::move(file)};
}

bool Session::continue_paste()
{
    if (!file_paste_)
        return false;
    std::vector<std::byte> piece(
        std::min<std::size_t>(file_paste_->rest, wire::max_clipboard_chunk));
    if (!read_exactly(file_paste_->file.get(), piece)) {
        file_paste_.reset(); // never the last piece: the agent offers nothing
        return false;
    }
    file_paste_->rest -= piece.size();
    bool const last = file_paste_->rest == 0;
    outbox_.send(wire::Type::x_clipboard_chunk, WindowId{0},
                 wire::XClipboardChunk{file_paste_->serial, 0, last ? 1U : 0U}, piece);
    wipe(piece);
    if (last)
        file_paste_.reset();
    return true;
}

void Session::paste(std::span<std::byte const> text)
{
    if (text.empty())
        return;
    file_paste_.reset(); // this is newer
    if (minor() < 8)
        text = text.first(std::min<std::size_t>(text.size(), wire::max_clipboard_1_7));
    WindowId target = input_.focus().value_or(WindowId{0});
    if (minor() < 2) // the length stood there (fact sheet gui-protocol §2.2)
        target = WindowId{static_cast<std::uint32_t>(text.size())};
    outbox_.send(wire::Type::clipboard_data, target, text);
}

} // namespace vitrail::guid
