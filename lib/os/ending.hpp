#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <csignal>
#include <optional>
#include <utility>

namespace vitrail {

/// Ends a service's loop at SIGTERM or SIGINT, or when whoever started it has gone: its end of
/// `session` is closed then, and it never sends. Without a session the signals alone.
class Ending {
public:
    Ending(EventLoop& loop, Fd session)
        : loop_(loop),
          session_(std::move(session)),
          terminate_(loop.get(), *this, SIGTERM),
          interrupt_(loop.get(), *this, SIGINT)
    {
        if (session_)
            session_source_.emplace(loop.get(), *this, session_.get(), WL_EVENT_READABLE);
    }
    Ending(Ending const&) = delete;
    Ending& operator=(Ending const&) = delete;
    [[nodiscard]] Fd const& session() const { return session_; }
    void handle_signal(int) { loop_.stop(); }
    void handle_session(std::uint32_t) { loop_.stop(); }

private:
    EventLoop& loop_;
    Fd session_;
    std::optional<FdSource<&Ending::handle_session>> session_source_;
    SignalSource<&Ending::handle_signal> terminate_;
    SignalSource<&Ending::handle_signal> interrupt_;
};

} // namespace vitrail
