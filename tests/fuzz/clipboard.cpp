#include "clipboard/broker.hpp"
#include "clipboard/offer.hpp"
#include "tests/fuzz/harness.hpp"

#include <algorithm>

namespace {

using namespace vitrail;
using namespace vitrail::clipboard;

constexpr std::uint32_t limit = 300, qubes = 3;
std::uint32_t counter = 0;

/// The input as a reader of small numbers; 0 at its end.
struct Reader {
    std::span<std::byte const> rest;
    std::uint8_t next()
    {
        if (rest.empty())
            return 0;
        auto const value = static_cast<std::uint8_t>(rest.front());
        rest = rest.subspan(1);
        return value;
    }
    std::span<std::byte const> take(std::size_t size)
    {
        auto const part = rest.first(std::min(size, rest.size()));
        rest = rest.subspan(part.size());
        return part;
    }
};

} // namespace

/// What guids send to the clipboard broker, between a user's chords.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    Reader reader{fuzz::bytes_of(data, size)};
    if (auto const choice = choose_offer(reader.rest))
        fuzz::require(choice->index < 64, "what is chosen is in the offer");
    counter = 0;
    Broker broker([] { return ++counter; });
    for (std::uint32_t i = 1; i <= qubes; ++i)
        broker.set_qube(DomainId{i}, std::string(1, static_cast<char>('a' + i)), limit, limit);
    Time now{1};
    std::uint32_t asked = 0, source = 0, question = 0;
    while (!reader.rest.empty()) {
        std::uint8_t const what = reader.next();
        DomainId const qube{what / 16U % (qubes + 1)};
        switch (what % 16 == 8 || what % 16 == 9 ? what % 16 : what % 8) {
        case 0: broker.handle_copy(qube, focus_before, now); break;
        case 1: broker.handle_paste(qube, focus_before, now); break;
        case 2: broker.handle_policy(question, true, now); break;
        case 3: broker.handle_proceed(now); break;
        case 4:
            now += Time(reader.next() * 10);
            broker.handle_time(now);
            break;
        case 5:
            broker.handle_policy(question - reader.next() % 3, reader.next() % 2 != 0, now);
            break;
        case 8: broker.handle_image_room(asked, reader.next() % 4 != 0, now); break;
        case 9: {
            transport::ImageResult result;
            result.status = transport::ImageStatus{reader.next() % 4U};
            result.width = reader.next() * 100U;
            result.height = reader.next() * 100U;
            result.bytes = reader.next() * 8U;
            broker.handle_image(asked, result, {}, now);
            break;
        }
        default: {
            transport::ClipboardRecord record;
            record.kind = transport::ClipboardRecordKind{reader.next() % 8U};
            record.serial = asked - (what % 8 == 6 ? 0 : reader.next());
            record.mime = reader.next() % 4U;
            record.flags = reader.next();
            record.bytes = record.flags * 2U;
            broker.handle_record(qube, record, reader.take(reader.next() * 2U), now);
        }
        }
        for (Action const& action : broker.take_actions()) {
            if (auto const* const ask = std::get_if<Ask>(&action)) {
                asked = ask->serial;
                source = ask->source.value;
            } else if (auto const* const request = std::get_if<Request>(&action))
                fuzz::require(request->serial == asked && request->source.value == source,
                              "only who was asked is asked for a type");
            else if (auto const* const policy = std::get_if<AskPolicy>(&action)) {
                question = policy->serial;
                fuzz::require(policy->source != policy->target, "never back to its source");
            } else if (auto const* const give = std::get_if<Give>(&action)) {
                fuzz::require(give->text.size() > 0 && give->text.size() <= limit,
                              "what is given is within the limit");
                fuzz::require(give->target.value >= 1 && give->target.value <= qubes,
                              "a qube gets it");
            } else if (auto const* const image = std::get_if<GiveImage>(&action)) {
                fuzz::require(image->image.bytes > 0 &&
                                  image->image.bytes <= limit * transport::image_growth,
                              "a picture is within the limit");
                fuzz::require(transport::is_image_size(image->image.width, image->image.height),
                              "a picture has a size");
            } else if (auto const* const files = std::get_if<SendFiles>(&action))
                fuzz::require(files->source != files->target, "never back to its source");
            else if (auto const* const decode = std::get_if<Decode>(&action))
                fuzz::require(decode->bytes > 0 && decode->bytes <= limit,
                              "no more is decoded than may be copied");
        }
    }
    return 0;
}
