#pragma once

#include "lib/os/line_socket.hpp"
#include "services/qrexecd/grants.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

namespace vitrail::qrexecd {

/// Where the GUI domain says what its user agreed to (docs/decisions/0021): a socket in the user's
/// own folder, that no qube and no reader of a qube's bytes reaches. A line a grant (parse_grant),
/// answered `granted`; for another line the connection ends.
class GrantDoor {
public:
    [[nodiscard]] static Result<std::unique_ptr<GrantDoor>> open(wl_event_loop* loop,
                                                                 std::string const& path);
    /// Whether there is one for this call; it is used up then.
    [[nodiscard]] bool take(Grant const& wanted);

private:
    explicit GrantDoor(wl_event_loop* loop) : loop_(loop) {}
    void handle_connection(Fd socket);
    void handle_line(std::uint64_t from, std::string_view line);

    wl_event_loop* loop_;
    Grants grants_;
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, std::unique_ptr<LineSocket>> givers_;
    std::unique_ptr<LineListener> listener_;
};

} // namespace vitrail::qrexecd
