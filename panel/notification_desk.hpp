#pragma once

#include "lib/formats/notification.hpp"
#include "lib/os/line_socket.hpp"
#include "panel/notification_book.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace vitrail::panel {

/// The socket at which is told what is to be shown: by the service's program of each qube
/// (services/notifications), and by the prompt. Whose a connection is, it says first, and once.
class NotificationDesk {
public:
    /// Called from the loop; none may destroy the desk.
    struct Events {
        virtual void handle_told(LinkId link, formats::NotificationOrigin const& origin,
                                 formats::NotificationMessage const& message) = 0;
        virtual void handle_link_end(LinkId link) = 0;

    protected:
        ~Events() = default;
    };
    NotificationDesk(wl_event_loop* loop, Events& events);
    ~NotificationDesk();
    NotificationDesk(NotificationDesk const&) = delete;
    NotificationDesk& operator=(NotificationDesk const&) = delete;
    [[nodiscard]] Result<> listen(std::string const& path);
    /// A link that is not there any more is passed over.
    void send(LinkId link, formats::NotificationReply const& reply);

    /// A qube has one: a newer one ends the older. So many in all.
    static constexpr std::size_t most_links = 256;
    /// More than this in a second comes from no program of ours that is whole: the link ends.
    static constexpr int most_a_second = 20;

private:
    struct Link;
    void handle_connection(Fd socket);
    void handle_frame(LinkId number, std::span<std::byte const> untrusted_frame);
    void handle_end(LinkId number);
    void begin(LinkId number, formats::NotificationOrigin origin);

    wl_event_loop* loop_;
    Events& events_;
    LinkId last_ = 0;
    std::map<LinkId, std::unique_ptr<Link>> links_;
    std::unique_ptr<LineListener> listener_;
};

} // namespace vitrail::panel
