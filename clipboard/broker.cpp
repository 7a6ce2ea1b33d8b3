#include "clipboard/broker.hpp"

#include "clipboard/offer.hpp"

#include <algorithm>

namespace vitrail::clipboard {

using transport::ClipboardRecordKind;
using transport::ClipboardType;
using enum transport::ClipboardNoticeKind;

// ---- qubes ----

void Broker::set_qube(DomainId domain, std::string name, std::uint32_t limit,
                      std::uint32_t image_limit)
{
    qubes_[domain] = {std::move(name), std::min(limit, most_bytes),
                      std::min(image_limit, most_image_bytes)};
}

void Broker::remove_qube(DomainId domain, Time now)
{
    handle_time(now);
    if (copying_ && copying_->source == domain)
        refuse_copy(no_answer);
    if (pasting_ && pasting_->target == domain)
        refuse_paste(target_gone);
    if (item_ && item_->source == domain && item_->is_files)
        lose_files();
    if (item_ && item_->source == domain)
        item_->source = DomainId{0}; // its number may become another's; its name stays its own
    qubes_.erase(domain);
}

/// They are where they were; only nobody can send them any more.
void Broker::lose_files()
{
    DomainId const source = item_->source;
    auto const waiting = std::exchange(pasting_, {});
    drop_item();
    tell(waiting ? files_failed : wiped, source,
         waiting ? std::optional(waiting->target) : std::nullopt);
}

Broker::Qube const* Broker::find(DomainId domain) const
{
    auto const found = qubes_.find(domain);
    return found == qubes_.end() ? nullptr : &found->second;
}

// ---- copy ----

void Broker::handle_copy(DomainId source, Time focused, Time now)
{
    handle_time(now);
    abandon(); // a new chord takes the place of the one before
    Qube const* const qube = find(source);
    if (!qube)
        return tell(no_qube, std::nullopt, std::nullopt);
    if (focused < focus_before)
        return tell(copy_unfocused, source, std::nullopt);
    copying_ = Copying{source, random_(), now + answer_time, Secret(qube->limit), std::nullopt};
    actions_.emplace_back(Ask{source, copying_->serial});
    tell(asking, source, std::nullopt);
}

void Broker::handle_record(DomainId from, transport::ClipboardRecord const& untrusted,
                           std::span<std::byte const> untrusted_payload, Time now)
{
    handle_time(now);
    if (untrusted.kind == ClipboardRecordKind::paste_refused && given_image_ &&
        given_image_->target == from && given_image_->serial == untrusted.serial) {
        given_image_.reset();
        return tell(no_images, std::nullopt, from);
    }
    if (!copying_ || copying_->source != from || copying_->serial != untrusted.serial)
        return; // unasked, late, twice, or another qube's
    if (untrusted.kind == ClipboardRecordKind::copy_data) {
        if (copying_->await == Await::data)
            take_data(untrusted, untrusted_payload, now);
        else if (copying_->await == Await::image_data)
            take_image_data(untrusted, now);
    } else if (untrusted.kind == ClipboardRecordKind::copy_offer && !copying_->mime)
        take_offer(untrusted_payload, now);
}

void Broker::take_offer(std::span<std::byte const> untrusted, Time now)
{
    Qube const& qube = *find(copying_->source);
    auto const choice = choose_offer(untrusted);
    bool const is_image = choice && choice->type == ClipboardType::image;
    if (!choice || (is_image && qube.image_limit == 0))
        return refuse_data(nothing_to_copy);
    if (choice->type == ClipboardType::files)
        return finish_copy({.is_files = true}, now); // which they are, the qube alone knows
    copying_->text.clear();
    copying_->mime = choice->index;
    copying_->until = now + answer_time;
    if (is_image) {
        copying_->await = Await::image_room;
        actions_.emplace_back(AskImage{copying_->serial, qube.image_limit});
    } else
        actions_.emplace_back(Request{copying_->source, copying_->serial, choice->index});
}

void Broker::take_data(transport::ClipboardRecord const& untrusted,
                       std::span<std::byte const> untrusted_payload, Time now)
{
    if (untrusted.mime != copying_->mime.value_or(0))
        return;
    bool const too_large = (untrusted.flags & transport::clipboard_flag_too_large) != 0;
    if (too_large || !copying_->text.append(untrusted_payload))
        return refuse_data(copy_too_large);
    if ((untrusted.flags & transport::clipboard_flag_last) == 0)
        return;
    if (copying_->text.size() == 0)
        return refuse_data(nothing_to_copy);
    finish_copy({.text = std::move(copying_->text)}, now);
}

// A picture: its file comes from sessiond, the qube's guid fills it, two processes make another of
// it, and that one is held.

void Broker::handle_image_room(std::uint32_t serial, bool there, Time now)
{
    handle_time(now);
    if (!copying_ || copying_->serial != serial || copying_->await != Await::image_room)
        return;
    if (!there)
        return refuse_data(bad_image);
    copying_->await = Await::image_data;
    copying_->until = now + image_time;
    actions_.emplace_back(Request{copying_->source, serial, *copying_->mime, true});
}

void Broker::take_image_data(transport::ClipboardRecord const& untrusted, Time now)
{
    if (untrusted.mime != *copying_->mime ||
        (untrusted.flags & transport::clipboard_flag_last) == 0)
        return;
    if ((untrusted.flags & transport::clipboard_flag_too_large) != 0 ||
        untrusted.bytes > find(copying_->source)->image_limit)
        return refuse_data(copy_too_large);
    if (untrusted.bytes == 0)
        return refuse_data(nothing_to_copy);
    copying_->await = Await::image;
    copying_->until = now + image_time;
    actions_.emplace_back(Decode{untrusted.bytes});
}

bool Broker::awaits_image(std::uint32_t serial) const
{
    return copying_ && copying_->serial == serial && copying_->await != Await::data;
}

void Broker::handle_image(std::uint32_t serial, transport::ImageResult const& result, Fd file,
                          Time now)
{
    handle_time(now);
    if (!copying_ || copying_->serial != serial || copying_->await == Await::data)
        return;
    std::uint64_t const most =
        std::uint64_t{find(copying_->source)->image_limit} * transport::image_growth;
    if (result.status == transport::ImageStatus::too_large || result.bytes > most)
        return refuse_data(copy_too_large);
    // It came before the qube's own was complete: the decoder has ended.
    if (copying_->await != Await::image || result.status != transport::ImageStatus::done ||
        result.bytes == 0 || !transport::is_image_size(result.width, result.height))
        return refuse_data(bad_image);
    finish_copy({.image = Image{result.width, result.height, result.bytes, std::move(file)}}, now);
}

/// `item` with what was copied; of whom and when, this knows.
void Broker::finish_copy(Item item, Time now)
{
    item.source = copying_->source;
    item.source_name = find(item.source)->name;
    item.taken = now;
    copying_.reset();
    expired_ = false;
    item_ = std::move(item);
    tell(copied, item_->source, std::nullopt, item_->measure());
}

Measure Broker::Item::measure() const
{
    if (is_files)
        return {ClipboardType::files};
    if (image)
        return {ClipboardType::image, image->bytes, image->width, image->height};
    return {ClipboardType::text, static_cast<std::uint32_t>(text.size()), 0, 0};
}

void Broker::drop_item()
{
    item_.reset();
    expired_ = false;
}

/// The qube has answered: what was held before goes too.
void Broker::refuse_data(transport::ClipboardNoticeKind why)
{
    drop_item();
    refuse_copy(why);
}

void Broker::refuse_copy(transport::ClipboardNoticeKind why)
{
    DomainId const source = copying_->source;
    bool const is_image = copying_->await != Await::data;
    copying_.reset();
    tell(why, source, std::nullopt, {is_image ? ClipboardType::image : ClipboardType::none});
}

// ---- paste ----

void Broker::handle_paste(DomainId target, Time focused, Time now)
{
    handle_time(now);
    if (pasting_ && pasting_->target == target)
        return handle_proceed(now); // pressed again: the user is sure
    abandon();
    Qube const* const qube = find(target);
    if (!qube)
        return tell(no_qube, std::nullopt, std::nullopt);
    if (auto const why = refusal(target, *qube, focused))
        return tell(*why, item_ ? std::optional(item_->source) : std::nullopt, target);
    pasting_ = Pasting{target, Stage::policy, random_(), now + answer_time};
    actions_.emplace_back(
        AskPolicy{pasting_->serial, item_->measure().type, item_->source_name, qube->name});
}

std::optional<transport::ClipboardNoticeKind> Broker::refusal(DomainId target, Qube const& qube,
                                                              Time focused) const
{
    if (!item_)
        return expired_ ? expired : nothing_to_paste;
    // By name too: a qube that was started again since has another number.
    if (item_->source == target || item_->source_name == qube.name)
        return same_qube;
    if (focused < focus_before)
        return paste_unfocused;
    std::uint64_t const most =
        item_->image ? std::uint64_t{qube.image_limit} * transport::image_growth : qube.limit;
    if (item_->measure().bytes > most)
        return paste_too_large;
    return std::nullopt;
}

void Broker::handle_policy(std::uint32_t serial, bool allowed, Time now)
{
    handle_time(now);
    if (!pasting_ || pasting_->stage != Stage::policy || pasting_->serial != serial)
        return;
    if (!allowed)
        return refuse_paste(denied);
    if (pasting_->at_once || settings_.moment <= Time{0})
        return give();
    pasting_->stage = Stage::naming;
    pasting_->until = now + settings_.moment;
    tell(naming, item_->source, pasting_->target, item_->measure());
}

void Broker::handle_proceed(Time now)
{
    handle_time(now);
    if (!pasting_)
        return;
    if (pasting_->stage == Stage::naming)
        return give();
    pasting_->at_once = true;
}

void Broker::send_files(Item const& item, DomainId target)
{
    if (sending_.size() == most_sending)
        sending_.erase(sending_.begin());
    sending_.push_back({random_(), item.source, target});
    actions_.emplace_back(SendFiles{sending_.back().serial, item.source_name, find(target)->name});
}

void Broker::handle_files_sent(std::uint32_t serial, bool arrived, Time now)
{
    handle_time(now);
    auto const found = std::ranges::find(sending_, serial, &Sending::serial);
    if (found == sending_.end())
        return;
    Sending const done = *found;
    sending_.erase(found);
    if (!arrived)
        tell(files_failed, done.source, done.target, {ClipboardType::files});
}

void Broker::give()
{
    Item item = *std::exchange(item_, {});
    DomainId const target = pasting_->target;
    Measure const measure = item.measure();
    pasting_.reset();
    expired_ = false;
    if (item.is_files)
        send_files(item, target);
    else if (item.image) {
        given_image_ = GivenImage{target, random_()};
        actions_.emplace_back(GiveImage{target, given_image_->serial, std::move(*item.image)});
    } else
        actions_.emplace_back(Give{target, std::move(item.text)});
    tell(given, item.source, target, measure);
    auto& notice = std::get<Tell>(actions_.back()).notice;
    notice.source_name = transport::name_field(item.source_name);
}

void Broker::refuse_paste(transport::ClipboardNoticeKind why)
{
    DomainId const target = pasting_->target;
    pasting_.reset();
    tell(why, item_ ? std::optional(item_->source) : std::nullopt, target);
}

// ---- both ----

/// What the chord before began ends without a word: the new one's follows.
void Broker::abandon()
{
    copying_.reset();
    pasting_.reset();
}

void Broker::handle_cancel(Time now)
{
    handle_time(now);
    if (!pending())
        return;
    abandon();
    tell(cancelled, std::nullopt, std::nullopt);
}

void Broker::handle_clear(Time now)
{
    handle_time(now);
    abandon();
    item_.reset();
    expired_ = false;
    tell(cleared, std::nullopt, std::nullopt);
}

Time Broker::expiry() const
{
    return settings_.keep > Time{0} ? item_->taken + settings_.keep : Time::max();
}

void Broker::handle_time(Time now)
{
    if (item_ && now >= expiry()) {
        bool const wanted = pasting_.has_value();
        DomainId const source = item_->source;
        DomainId const target = wanted ? pasting_->target : DomainId{0};
        item_.reset();
        pasting_.reset();
        expired_ = true;
        tell(wanted ? expired : wiped, source, wanted ? std::optional(target) : std::nullopt);
    }
    if (copying_ && now >= copying_->until)
        refuse_copy(no_answer);
    if (pasting_ && now >= pasting_->until) {
        if (pasting_->stage == Stage::naming)
            give();
        else
            refuse_paste(denied); // nobody said yes
    }
}

std::optional<Time> Broker::deadline() const
{
    Time soonest = Time::max();
    if (item_)
        soonest = expiry();
    if (copying_)
        soonest = std::min(soonest, copying_->until);
    if (pasting_)
        soonest = std::min(soonest, pasting_->until);
    return soonest == Time::max() ? std::nullopt : std::optional(soonest);
}

void Broker::tell(transport::ClipboardNoticeKind kind, std::optional<DomainId> source,
                  std::optional<DomainId> target, Measure const& measure)
{
    transport::ClipboardNotice notice;
    notice.kind = kind;
    notice.type = measure.type;
    notice.bytes = measure.bytes;
    notice.width = measure.width;
    notice.height = measure.height;
    notice.pending = pending() ? 1 : 0;
    if (source) {
        notice.source = source->value;
        if (Qube const* const qube = find(*source)) {
            notice.source_name = transport::name_field(qube->name);
            if (kind == copy_too_large)
                notice.limit =
                    measure.type == ClipboardType::image ? qube->image_limit : qube->limit;
        } else if (item_ && item_->source == *source) // it has ended
            notice.source_name = transport::name_field(item_->source_name);
    }
    if (target) {
        notice.target = target->value;
        if (Qube const* const qube = find(*target)) {
            notice.target_name = transport::name_field(qube->name);
            if (kind == paste_too_large)
                notice.limit =
                    item_->image ? qube->image_limit * transport::image_growth : qube->limit;
        }
    }
    if (item_) {
        Measure const held = item_->measure();
        notice.held_type = held.type;
        notice.held_bytes = held.bytes;
        notice.held_width = held.width;
        notice.held_height = held.height;
        notice.held_name = transport::name_field(item_->source_name);
    }
    actions_.emplace_back(Tell{notice});
}

} // namespace vitrail::clipboard
