#include "tools/prompt/teller.hpp"

#include "lib/formats/notification.hpp"
#include "lib/os/line_socket.hpp"
#include "tools/prompt/words.hpp"

#include <sys/socket.h>

namespace vitrail::prompt {
Result<> tell_panel(std::string const& socket, Notice const& notice)
{
    formats::Notification const told{.sequence = 1,
                                     .app = "Policy of calls",
                                     .summary = notice_title(notice),
                                     .body = notice_text(notice),
                                     .actions = {}};
    std::string const all =
        formats::with_length(
            formats::build_notification_origin({.name = "dom0", .about = notice.source})) +
        formats::with_length(build_notification(told, formats::NotificationDialect::internal));
    Fd const connection = TRY(connect_unix(socket));
    if (send(connection.get(), all.data(), all.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(all.size())) // an empty socket takes it whole
        return errno_error(socket);
    return {};
}

} // namespace vitrail::prompt
