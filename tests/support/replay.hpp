#pragma once

#include "tests/support/capture.hpp"
#include "tests/support/fake_agent.hpp"

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace vitrail::test {

/// The daemon's side of a replay: what the person, the window manager and the screen did.
class ReplayHost {
public:
    virtual ~ReplayHost() = default;
    /// Runs both ends until the condition holds; false when it never does.
    [[nodiscard]] virtual bool until(std::function<bool()> const& condition) = 0;
    /// Makes happen what the recorded daemon said of by this message: a key, a place, a state. Told
    /// for all but acknowledgements, KEYMAP_NOTIFY and a CONFIGURE that only repeats the agent's
    /// wish. `repeats`: a key that repeats itself, its release and its press together.
    virtual void do_again(CapturedMessage const& message, bool repeats) = 0;
    /// The window, which is mapped, shall show this.
    virtual void compare(CapturedPixels const& pixels) = 0;
};

/// An agent that says again what a recorded original agent said.
///
/// It waits where that one waited: for each acknowledgement and for each DESTROY. It answers each
/// CONFIGURE that comes now, as the protocol asks, instead of those that came then. A dump's pages
/// hold what the recording saw next in that window, and the same pages get the picture after that
/// as soon as one was compared: only damage that the original told of makes it visible.
class Replay {
public:
    Replay(std::vector<CapturedEvent> events, FakeAgent& agent, ReplayHost& host);

    /// Plays everything. False when the daemon did not do what was waited for; `trouble` says what.
    [[nodiscard]] bool play();
    /// Answers what has come; call it whenever the agent was pumped.
    void handle_received();

    [[nodiscard]] bool mapped(std::uint32_t window) const { return mapped_.contains(window); }
    [[nodiscard]] std::vector<CapturedEvent> const& events() const { return events_; }
    /// Messages of the recorded daemon of this type, in order.
    [[nodiscard]] std::vector<CapturedMessage> recorded(wire::Type type) const;
    std::string trouble;
    int compared = 0;

private:
    [[nodiscard]] bool play(std::size_t index);
    [[nodiscard]] bool play_daemon(CapturedMessage const& message, std::size_t index);
    void play_agent(CapturedMessage const& message, std::size_t index);
    [[nodiscard]] bool wait_for(wire::Type type, std::size_t count);
    void dump(CapturedMessage const& message, std::size_t index);
    /// Writes the next picture that the recording has of what is dumped now.
    void draw_next(std::uint32_t window, std::size_t after);
    [[nodiscard]] bool is_repeat(CapturedMessage const& release, std::size_t index) const;

    struct Dumped {
        int width = 0, height = 0;
        std::vector<std::uint32_t> references;
    };
    std::vector<CapturedEvent> events_;
    FakeAgent& agent_;
    ReplayHost& host_;
    std::map<std::uint32_t, Dumped> dumped_;
    std::map<std::uint32_t, std::vector<Rect>> wished_; ///< places that the agent named itself
    std::map<std::uint32_t, Rect> asked_;               ///< by the recorded daemon, unanswered
    std::set<std::uint32_t> mapped_, living_;
    std::size_t answered_ = 0; ///< of the agent's received messages
    std::size_t acknowledged_ = 0, destroyed_ = 0;
    bool repeating_ = false; ///< the press that comes next was told already
    std::string after_;      ///< the last marker
};

[[nodiscard]] Rect place_of(wire::Configure const& configure);

} // namespace vitrail::test
