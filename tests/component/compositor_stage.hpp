#pragma once

#include "compositor/session_control.hpp"
#include "tests/component/compositor_clients.hpp"
#include "tests/support/image.hpp"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::test {

struct StageSetup {
    std::string outputs = "1024x768"; ///< as VITRAIL_HEADLESS_OUTPUTS
    std::string config;               ///< TOML; empty: defaults
    bool locked = false;
};

/// An origin as sessiond would describe it.
struct OriginSetup {
    std::string name;
    std::string label;
    std::uint32_t rgb = 0;
    std::string code;
    std::uint32_t permissions = 4; ///< menus may place themselves
    std::uint32_t max_windows = 100;
    std::uint32_t max_pages = 100000;
};

/// One window as the inspection says.
struct Seen {
    std::string qube, title;
    std::uint32_t origin = 0, window = 0;
    Rect frame, content;
    int workspace = 0;
    bool focused = false, fullscreen = false, maximized = false, minimized = false, popup = false,
         lost = false, visible = false;
};

/// The compositor's objects in this process, headless, with the test as backend, as user and as
/// sessiond. One thread; nothing waits for a clock.
class Stage {
public:
    explicit Stage(StageSetup setup = {});
    ~Stage();
    Stage(Stage const&) = delete;
    Stage& operator=(Stage const&) = delete;

    // sessiond
    void set_origin(std::uint32_t number, OriginSetup const& origin);
    void remove_origin(std::uint32_t number);
    /// A client of tier qube.
    [[nodiscard]] std::unique_ptr<QubeHand> add_qube(std::uint32_t origin, std::uint32_t epoch = 1);
    [[nodiscard]] std::unique_ptr<ShellHand> add_shell();
    /// tier: as in vitrail_session_v1. Nobody pumps it but settle().
    template <typename Hand>
    [[nodiscard]] std::unique_ptr<Hand> add(std::uint32_t tier, std::uint32_t origin,
                                            std::uint32_t epoch)
    {
        auto hand = std::make_unique<Hand>(add_client(tier, origin, epoch));
        clients_.push_back(hand.get());
        settle();
        return hand;
    }
    /// The client goes, as a killed program does.
    template <typename Hand> void drop(std::unique_ptr<Hand>& hand)
    {
        std::erase(clients_, hand.get());
        hand.reset();
        settle();
    }
    [[nodiscard]] SessionHand& session() { return *session_; }
    void end_session(); ///< sessiond dies
    void lock();
    [[nodiscard]] std::string inspect(std::string const& what);
    [[nodiscard]] std::vector<Seen> windows();
    [[nodiscard]] std::optional<Seen> window(std::uint32_t origin, std::uint32_t number);

    /// Everything that any client said has been worked off, and they have read the answers.
    void settle();
    /// False when it does not come true within a generous time.
    [[nodiscard]] bool run_until(std::function<bool()> const& condition);
    /// What an output shows after the next frame.
    [[nodiscard]] Image look(std::size_t output = 0);

    // The user's hands.
    void point_at(Point p);
    void press(std::uint32_t button = 0x110);
    void release(std::uint32_t button = 0x110);
    void click(Point p);
    void move_by(double dx, double dy); ///< a relative motion of the mouse
    void key(std::uint32_t code, bool pressed);
    void tap(std::uint32_t code);
    /// The pointer's image as it is drawn: nothing here means hidden or a client's own picture.
    [[nodiscard]] compositor::Desktop& desktop() { return *desktop_; }

    // Outputs.
    [[nodiscard]] wlr_output* output(std::size_t index) const;
    void add_output(Size size, float scale = 1);
    void remove_output(std::size_t index);
    [[nodiscard]] std::size_t output_count() const;

private:
    struct Screen;
    [[nodiscard]] Fd add_client(std::uint32_t tier, std::uint32_t origin, std::uint32_t epoch);
    void turn();
    void watch_outputs();
    [[nodiscard]] std::uint32_t time() { return ++time_; }

    std::filesystem::path config_;
    compositor::SessionControl control_;
    std::unique_ptr<compositor::Desktop> desktop_;
    std::unique_ptr<SessionHand> session_;
    std::vector<Client*> clients_;
    std::vector<std::unique_ptr<Screen>> screens_;
    wlr_keyboard keyboard_{};
    wlr_pointer pointer_{};
    std::uint32_t time_ = 1000;
};

} // namespace vitrail::test
