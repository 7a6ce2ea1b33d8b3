#include "clipboard/service.hpp"

#include "lib/transport/struct_link.hpp"
#include "lib/wire/types.hpp"

#include <sys/random.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace vitrail::clipboard {

using transport::ClipboardChordKind;
using transport::ClipboardOrderKind;
using transport::ClipboardPort;
using transport::ClipboardRecordKind;
using transport::StructReceive;

namespace {

Time now()
{
    return std::chrono::duration_cast<Time>(std::chrono::steady_clock::now().time_since_epoch());
}

std::uint32_t random_bits()
{
    std::uint32_t bits = 0;
    while (getrandom(&bits, sizeof bits, 0) != sizeof bits) {
    }
    return bits;
}

} // namespace

Service::Service(EventLoop& loop, Fd control)
    : loop_(loop),
      control_(std::move(control)),
      broker_(random_bits),
      timer_(loop.get(), *this),
      control_source_(loop.get(), *this, control_.get(), WL_EVENT_READABLE)
{
}

// ---- sessiond ----

void Service::handle_control(std::uint32_t)
{
    transport::ClipboardOrder order;
    std::vector<Fd> descriptors;
    switch (transport::receive_struct(control_.get(), order, descriptors)) {
    case StructReceive::message: follow(order, std::move(descriptors)); break;
    case StructReceive::closed: return loop_.stop();
    case StructReceive::nothing: break;
    }
    settle();
}

void Service::follow(transport::ClipboardOrder const& order, std::vector<Fd> descriptors)
{
    DomainId const domain{order.domain};
    Fd descriptor;
    if (descriptors.size() == 1)
        descriptor = std::move(descriptors.front());
    switch (order.kind) {
    case ClipboardOrderKind::set_qube:
        broker_.set_qube(domain, std::string(transport::name_view(order.name)), order.limit,
                         order.image_limit);
        if (descriptor)
            qubes_[domain] = std::make_unique<QubeLink>(*this, domain, std::move(descriptor));
        break;
    case ClipboardOrderKind::remove_qube:
        qubes_.erase(domain);
        broker_.remove_qube(domain, now());
        break;
    case ClipboardOrderKind::set_compositor: set_compositor(std::move(descriptor)); break;
    case ClipboardOrderKind::policy:
        broker_.handle_policy(order.serial, order.allowed == 1, now());
        break;
    case ClipboardOrderKind::clear: broker_.handle_clear(now()); break;
    case ClipboardOrderKind::files_sent:
        broker_.handle_files_sent(order.serial, order.allowed == 1, now());
        break;
    case ClipboardOrderKind::image: start_image(order.serial, std::move(descriptors)); break;
    }
}

// ---- pictures ----

void Service::start_image(std::uint32_t serial, std::vector<Fd> descriptors)
{
    constexpr std::size_t wanted = 4;
    if (!broker_.awaits_image(serial))
        return;
    bool const there = descriptors.size() == wanted;
    image_.reset();
    if (there) {
        image_ =
            std::make_unique<ImageJob>(serial, std::move(descriptors[0]), std::move(descriptors[1]),
                                       std::move(descriptors[2]), std::move(descriptors[3]));
        image_->source.emplace(loop_.get(), *this, image_->encoder.get(), WL_EVENT_READABLE);
    }
    broker_.handle_image_room(serial, there, now());
}

void Service::handle_encoder(std::uint32_t)
{
    transport::ImageResult result;
    switch (transport::receive_struct(image_->encoder.get(), result)) {
    case StructReceive::message: break;
    case StructReceive::closed: result = {}; break; // killed, or its decoder refused
    case StructReceive::nothing: return;
    }
    image_->source.reset();
    broker_.handle_image(image_->serial, result, std::move(image_->encoded), now());
    settle();
}

// ---- the compositor ----

void Service::set_compositor(Fd link)
{
    broker_.handle_cancel(now()); // the one who would press Escape is not there
    compositor_source_.reset();
    compositor_ = std::move(link);
    if (compositor_)
        compositor_source_.emplace(loop_.get(), *this, compositor_.get(), WL_EVENT_READABLE);
}

void Service::handle_compositor(std::uint32_t)
{
    transport::ClipboardChord chord;
    switch (transport::receive_struct(compositor_.get(), chord)) {
    case StructReceive::message: follow(chord); break;
    case StructReceive::closed: set_compositor({}); break;
    case StructReceive::nothing: break;
    }
    settle();
}

void Service::follow(transport::ClipboardChord const& chord)
{
    DomainId const origin{chord.origin};
    Time const focused{chord.focused_ms};
    switch (chord.kind) {
    case ClipboardChordKind::settings:
        broker_.set_settings(
            {.keep = std::chrono::seconds(chord.keep_s), .moment = Time(chord.moment_ms)});
        break;
    case ClipboardChordKind::copy: broker_.handle_copy(origin, focused, now()); break;
    case ClipboardChordKind::paste: broker_.handle_paste(origin, focused, now()); break;
    case ClipboardChordKind::proceed: broker_.handle_proceed(now()); break;
    case ClipboardChordKind::cancel: broker_.handle_cancel(now()); break;
    }
}

// ---- guids ----

Service::QubeLink::QubeLink(Service& service, DomainId domain, Fd link)
    : service_(service), domain_(domain), port_(std::move(link))
{
    source_.emplace(service.loop_.get(), *this, port_.fd(), WL_EVENT_READABLE);
}

void Service::QubeLink::handle_ready(std::uint32_t)
{
    auto& received = service_.received_;
    auto what = ClipboardPort::Receive::record;
    // The largest clipboard in one turn, and no more of one qube before the others' turn.
    for (int left = records_a_turn; left > 0 && what == ClipboardPort::Receive::record; --left) {
        what = port_.receive(received);
        if (what == ClipboardPort::Receive::record)
            service_.broker_.handle_record(domain_, received.record, received.payload, now());
        wipe(received.payload);
    }
    // sessiond keeps this end open for the next broker: an end seen here is a breach of the
    // protocol.
    if (what == ClipboardPort::Receive::closed || !port_.flush())
        source_.reset();
    settle();
    service_.settle();
}

void Service::QubeLink::settle()
{
    if (source_ && std::exchange(writing_, port_.wants_write()) != port_.wants_write())
        source_->set_mask(WL_EVENT_READABLE | (writing_ ? std::uint32_t{WL_EVENT_WRITABLE} : 0U));
}

void Service::QubeLink::ask(std::uint32_t serial)
{
    port_.send({ClipboardRecordKind::ask, serial, 0, 0}, {});
    settle();
}

void Service::QubeLink::request(Request const& request, Fd file)
{
    port_.send({ClipboardRecordKind::request, request.serial, request.mime, 0}, {},
               std::move(file));
    settle();
}

void Service::QubeLink::give(Secret const& text)
{
    port_.send({ClipboardRecordKind::paste_data, 0, 0, 0}, text.bytes());
    settle();
}

void Service::QubeLink::give(GiveImage image)
{
    static constexpr std::string_view type{"image/png\0", 10};
    port_.send({ClipboardRecordKind::paste_offer, image.serial, 0, 0, image.image.bytes},
               std::as_bytes(std::span(type)), std::move(image.image.file));
    settle();
}

// ---- what the broker wants ----

void Service::handle_timer()
{
    deadline_.reset(); // it has fired: the next one is armed whenever it is
    broker_.handle_time(now());
    settle();
}

void Service::settle()
{
    for (Action& action : broker_.take_actions())
        perform(action);
    if (image_ && !broker_.awaits_image(image_->serial))
        image_.reset(); // cancelled, too late or done: what works on it is told by this end
    auto const deadline = broker_.deadline();
    if (std::exchange(deadline_, deadline) == deadline)
        return;
    if (deadline)
        timer_.arm(std::max(*deadline - now(), Time{1}));
    else
        timer_.disarm();
}

void Service::perform(Action& action)
{
    auto const link = [this](DomainId domain) -> QubeLink* {
        auto const found = qubes_.find(domain);
        return found == qubes_.end() ? nullptr : found->second.get();
    };
    std::visit(
        wire::Overloaded{
            [&](Ask const& ask) {
                if (QubeLink* const qube = link(ask.source))
                    qube->ask(ask.serial);
            },
            [&](Request const& request) {
                if (QubeLink* const qube = link(request.source))
                    qube->request(request, request.is_image ? std::move(image_->original) : Fd());
            },
            [&](AskImage const& ask) {
                // Lost: nobody answers, and the copy fails in time.
                static_cast<void>(transport::send_struct(
                    control_.get(),
                    transport::ClipboardQuestion{.kind = transport::ClipboardQuestionKind::image,
                                                 .serial = ask.serial,
                                                 .limit = ask.limit}));
            },
            [&](Decode const& decode) {
                // A decoder that is gone: the encoder's end says so.
                static_cast<void>(transport::send_struct(image_->decoder.get(),
                                                         transport::ImageStart{decode.bytes}));
            },
            [&](AskPolicy const& ask) {
                // Lost: nobody answers, and the broker denies in time.
                static_cast<void>(transport::send_struct(
                    control_.get(),
                    transport::ClipboardQuestion{.kind = transport::ClipboardQuestionKind::paste,
                                                 .serial = ask.serial,
                                                 .type = ask.type,
                                                 .source = transport::name_field(ask.source),
                                                 .target = transport::name_field(ask.target)}));
            },
            [&](Give& give) {
                if (QubeLink* const qube = link(give.target))
                    qube->give(give.text);
                give.text.clear(); // before anybody is told
            },
            [&](SendFiles const& files) {
                // Lost: sessiond has ended, and this with it.
                static_cast<void>(transport::send_struct(
                    control_.get(), transport::ClipboardQuestion{
                                        .kind = transport::ClipboardQuestionKind::send_files,
                                        .serial = files.serial,
                                        .type = transport::ClipboardType::files,
                                        .source = transport::name_field(files.source),
                                        .target = transport::name_field(files.target)}));
            },
            [&](GiveImage& give) {
                if (QubeLink* const qube = link(give.target))
                    qube->give(std::move(give));
            },
            [&](Tell const& tell) {
                if (compositor_)
                    static_cast<void>(transport::send_struct(compositor_.get(), tell.notice));
            },
        },
        action);
}

} // namespace vitrail::clipboard
