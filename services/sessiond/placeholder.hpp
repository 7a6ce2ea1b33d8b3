#pragma once

#include "lib/os/event_loop.hpp"
#include "services/sessiond/compositor_link.hpp"

#include <string>

namespace vitrail::session {

class QubeHost;
struct QubeLook;

/// What the screen shows of a start that the user asked for, from its first moment until the first
/// window, the user's wish, or the end of our patience; an error stays until the user closes it.
class Placeholder {
public:
    explicit Placeholder(QubeHost& host);
    ~Placeholder() { end(); }
    Placeholder(Placeholder const&) = delete;
    Placeholder& operator=(Placeholder const&) = delete;

    /// A start begins, or is further than it was: `stage` says how.
    void show(QubeLook const& look, std::string stage);
    /// It runs; nothing of it is seen yet. Goes by itself where no window ever comes.
    void wait_for_window(QubeLook const& look);
    void fail(QubeLook const& look, std::string why);
    void end();
    /// The user closed it: this start is not shown any more.
    void handle_closed();
    void handle_compositor_started();

    [[nodiscard]] bool shown() const { return shown_; }
    [[nodiscard]] std::uint32_t id() const { return spec_.id; }

private:
    void send();

    QubeHost& host_;
    PlaceholderSpec spec_;
    bool shown_ = false;
    bool closed_ = false; ///< during this start
    Timer<&Placeholder::end> patience_;
};

} // namespace vitrail::session
