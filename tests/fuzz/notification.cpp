#include "lib/formats/notification.hpp"
#include "lib/base/text.hpp"
#include "lib/base/utf8.hpp"
#include "tests/fuzz/harness.hpp"

namespace {

using namespace vitrail;
using namespace vitrail::formats;

void check_text(std::string_view text, std::size_t longest, bool lines)
{
    fuzz::require(text.size() <= longest, "a text has its bound");
    while (!text.empty()) {
        auto const [point, bytes] = decode_utf8(text);
        fuzz::require(bytes > 0, "a text is UTF-8");
        fuzz::require((lines && point == '\n') || may_display(point), "a text may be shown");
        text.remove_prefix(bytes);
    }
}

void check(NotificationMessage const& message, NotificationDialect dialect)
{
    auto const* const told = std::get_if<Notification>(&message);
    if (!told)
        return;
    check_text(told->app, longest_notification_label, false);
    check_text(told->summary, longest_notification_body, false);
    check_text(told->body, longest_notification_body, true);
    fuzz::require(told->actions.size() <= most_notification_actions, "actions have their bound");
    for (NotificationAction const& action : told->actions) {
        check_text(action.label, longest_notification_label, false);
        check_text(action.key, 255, false);
    }
    fuzz::require(told->timeout >= -1, "a timeout is one");
    auto const again = parse_notification(build_notification(message, dialect), dialect);
    fuzz::require(again && std::holds_alternative<Notification>(*again), "what is built is read");
    auto const& read = std::get<Notification>(*again);
    fuzz::require(read.sequence == told->sequence && read.replaces == told->replaces &&
                      read.urgency == told->urgency && read.timeout == told->timeout &&
                      read.actions.size() == told->actions.size(),
                  "what is built is read as it was");
}

} // namespace

/// A frame as a qube, the service's program, or the GUI domain sends it.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    auto const bytes = fuzz::bytes_of(data, size);
    for (auto const dialect : {NotificationDialect::original, NotificationDialect::extended,
                               NotificationDialect::internal})
        if (auto const message = parse_notification(bytes, dialect))
            check(*message, dialect);
    if (auto const reply = parse_notification_reply(bytes))
        fuzz::require(parse_notification_reply(build_notification_reply(*reply)) == *reply ||
                          std::holds_alternative<NotificationError>(*reply),
                      "a reply is built as it was read");
    if (auto const origin = parse_notification_origin(bytes))
        fuzz::require(parse_notification_origin(build_notification_origin(*origin)) == *origin,
                      "an origin is built as it was read");
    return 0;
}
