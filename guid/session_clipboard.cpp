#include "guid/session.hpp"

#include "lib/base/secret.hpp"

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
    fetched_ += chunk.data.size();
    if (fetched_ > profile_.max_clipboard_size) {
        fetch_.reset();
        clipboard_.send({ClipboardRecordKind::copy_data, chunk.serial, chunk.mime,
                         transport::clipboard_flag_too_large},
                        {});
        return {};
    }
    if (chunk.last)
        fetch_.reset();
    // At most two records.
    clipboard_.send({ClipboardRecordKind::copy_data, chunk.serial, chunk.mime,
                     chunk.last ? 0 : transport::clipboard_flag_more},
                    chunk.data);
    return {};
}

void Session::handle_clipboard_record(transport::ClipboardRecord const& record,
                                      std::span<std::byte const> payload)
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
    case ClipboardRecordKind::paste_offer:
        if (extended() && payload.size() <= wire::max_mime_bytes)
            outbox_.send(wire::Type::x_clipboard_offer, WindowId{0},
                         wire::XClipboardOffer{record.serial}, payload);
        break;
    case ClipboardRecordKind::request:
        if (!extended())
            break;
        fetch_ = wire::from_daemon::ClipboardFetch{record.serial, record.mime};
        fetched_ = 0;
        outbox_.send(wire::Type::x_clipboard_request, WindowId{0},
                     wire::XClipboardRequest{record.serial, record.mime});
        break;
    default: break;
    }
}

void Session::paste(std::span<std::byte const> text)
{
    if (text.empty())
        return;
    if (minor() < 8)
        text = text.first(std::min<std::size_t>(text.size(), wire::max_clipboard_1_7));
    WindowId target = input_.focus().value_or(WindowId{0});
    if (minor() < 2) // the length stood there (fact sheet gui-protocol §2.2)
        target = WindowId{static_cast<std::uint32_t>(text.size())};
    outbox_.send(wire::Type::clipboard_data, target, text);
}

} // namespace vitrail::guid
