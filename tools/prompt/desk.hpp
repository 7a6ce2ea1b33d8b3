#pragma once

#include "lib/os/line_socket.hpp"
#include "tools/prompt/request.hpp"

#include <cstdint>
#include <map>
#include <memory>

namespace vitrail::prompt {

/// The socket at which the policy process asks and tells. One connection is one request.
class Desk {
public:
    /// Called from the loop; none may destroy the desk.
    struct Events {
        virtual void handle_question(std::uint64_t number, Question const& question) = 0;
        /// Who asked does not wait any more.
        virtual void handle_withdrawn(std::uint64_t number) = 0;
        virtual void handle_notice(Notice const& notice) = 0;

    protected:
        ~Events() = default;
    };
    Desk(wl_event_loop* loop, Events& events);
    ~Desk();
    Desk(Desk const&) = delete;
    Desk& operator=(Desk const&) = delete;
    [[nodiscard]] Result<> listen(std::string const& path);
    /// Nothing: no. A number that is not known any more is passed over.
    void answer(std::uint64_t number, std::optional<std::string> const& target);

    /// So many may wait or be read at once; the next are a no.
    static constexpr std::size_t max_connections = 256;

private:
    class Connection;
    void handle_connection(Fd socket);
    void handle_request(std::uint64_t number, std::string_view text);
    void handle_end(std::uint64_t number);

    wl_event_loop* loop_;
    Events& events_;
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
    std::unique_ptr<LineListener> listener_;
};

} // namespace vitrail::prompt
