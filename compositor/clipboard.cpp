#include "compositor/clipboard.hpp"

#include "compositor/clipboard_words.hpp"
#include "lib/transport/struct_link.hpp"

#include <algorithm>
#include <utility>

namespace vitrail::compositor {

using transport::ClipboardChordKind;
using transport::StructReceive;

Clipboard::Clipboard(wl_event_loop* loop, Notices& notices, Owner& owner)
    : loop_(loop), notices_(notices), owner_(owner), typed_since_(std::chrono::steady_clock::now())
{
}

void Clipboard::set_link(Fd link)
{
    source_.reset();
    waits_ = false;
    if (last_) // what a broker held has ended with it
        last_->held_type = transport::ClipboardType::none;
    owner_.handle_clipboard_changed();
    link_ = std::move(link);
    if (!link_)
        return;
    source_.emplace(loop_, *this, link_.get(), WL_EVENT_READABLE);
    set_config(config_);
}

void Clipboard::set_config(ClipboardConfig const& config)
{
    config_ = config;
    send({.kind = ClipboardChordKind::settings,
          .keep_s = static_cast<std::uint32_t>(config.keep),
          .moment_ms = static_cast<std::uint32_t>(config.moment)});
}

void Clipboard::set_typed(std::uint32_t origin)
{
    if (std::exchange(typed_, origin) != origin)
        typed_since_ = std::chrono::steady_clock::now();
}

std::chrono::milliseconds Clipboard::typed_for() const
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 typed_since_);
}

void Clipboard::send_chord(ClipboardChordKind kind)
{
    waits_ = static_cast<bool>(link_);
    std::int64_t const focused = std::min<std::int64_t>(typed_for().count(), 1'000'000);
    send({.kind = kind, .origin = typed_, .focused_ms = static_cast<std::uint32_t>(focused)});
}

void Clipboard::cancel()
{
    if (std::exchange(waits_, false))
        send({.kind = ClipboardChordKind::cancel});
}

void Clipboard::proceed()
{
    if (waits_)
        send({.kind = ClipboardChordKind::proceed});
}

void Clipboard::send(transport::ClipboardChord const& chord)
{
    if (link_ && !transport::send_struct(link_.get(), chord))
        set_link({}); // sessiond starts another broker
}

void Clipboard::handle_link(std::uint32_t)
{
    transport::ClipboardNotice notice;
    switch (transport::receive_struct(link_.get(), notice)) {
    case StructReceive::message: return show(notice);
    case StructReceive::closed: return set_link({});
    case StructReceive::nothing: return;
    }
}

void Clipboard::show(transport::ClipboardNotice const& notice)
{
    waits_ = notice.pending != 0;
    last_ = notice;
    ++seen_;
    owner_.handle_clipboard_changed();
    auto const words = words_for(notice);
    std::uint32_t origin = 0;
    switch (words.beside) {
    case ClipboardWords::Beside::nothing: return;
    case ClipboardWords::Beside::source: origin = notice.source; break;
    case ClipboardWords::Beside::target: origin = notice.target; break;
    case ClipboardWords::Beside::machine: break;
    }
    Badge const* const badge = origin != 0 ? owner_.badge_of(origin) : nullptr;
    notices_.show_clipboard(badge ? *badge : owner_.machine(), words.text);
}

} // namespace vitrail::compositor
