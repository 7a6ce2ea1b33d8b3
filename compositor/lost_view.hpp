#pragma once

#include "compositor/framed_view.hpp"
#include "lib/os/event_loop.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace vitrail::compositor {

/// Which window of which life of an agent: what makes a window that comes back the same one.
struct WindowKey {
    std::uint32_t origin = 0;
    std::uint32_t window = 0;
    std::uint32_t epoch = 0;
    friend bool operator==(WindowKey const&, WindowKey const&) = default;
};

/// A window whose guid has gone: its last image in grey, in its frame, at its place. A value: it
/// holds no client, takes no input, and answers to nobody but the user.
class LostView final : public FramedView {
public:
    /// `picture`: the buffers shown now are kept on, as they are.
    LostView(Desktop& desktop, FramedView const& gone, WindowKey key, wlr_scene_tree* picture,
             std::function<void(LostView&)> handle_close);

    [[nodiscard]] WindowKey key() const { return key_; }
    /// Takes the place of `gone` on the screen and in the stack.
    void take_place_of(FramedView& gone) { map_in_place_of(gone); }

    [[nodiscard]] Badge badge() const override { return badge_; }
    [[nodiscard]] std::string title() const override { return title_; }
    [[nodiscard]] std::string app_id() const override { return app_id_; }
    [[nodiscard]] wlr_surface* surface() const override { return nullptr; }
    [[nodiscard]] Size wanted_size() const override
    {
        return {state_.content.width, state_.content.height};
    }
    [[nodiscard]] bool fixed_size() const override { return true; }
    [[nodiscard]] std::uint32_t origin() const override { return key_.origin; }
    [[nodiscard]] std::uint32_t window_number() const override { return key_.window; }
    [[nodiscard]] bool lost() const override { return true; }
    void configure(Size) override {}
    void activate(bool) override {}
    void close() override { handle_close_(*this); }
    void set_badge(Badge const& badge) { badge_ = badge; }

private:
    WindowKey key_;
    Badge badge_;
    std::string title_;
    std::string app_id_;
    std::function<void(LostView&)> handle_close_;
};

/// Windows that may come back: those whose guid has gone, for 5 s, and those that sessiond
/// remembers from before the compositor's restart.
class LostWindows {
public:
    explicit LostWindows(Desktop& desktop);

    /// A guid has gone: this window of it stays as a picture. `picture`: its scene buffers.
    void keep(FramedView& gone, WindowKey key, wlr_scene_tree* picture);
    /// What sessiond remembers; `stacking` counts from the bottom.
    struct Remembered {
        WindowKey key;
        FramedView::State state;
        std::uint32_t stacking = 0;
        bool focused = false;
    };
    void remember(Remembered const& window) { remembered_.push_back(window); }

    /// The picture that this window was, for it to take the place of; null without.
    [[nodiscard]] LostView* find(WindowKey key) const;
    void forget(LostView& view);
    [[nodiscard]] std::optional<Remembered> recall(WindowKey key);
    /// The view that a window of this remembered place lies under; null: it is the topmost so far.
    [[nodiscard]] FramedView* above(std::uint32_t stacking) const;
    void recalled(FramedView const& view, std::uint32_t stacking);
    void remove_origin(std::uint32_t origin);
    /// A label changed: its pictures' frames too.
    void relabel(std::uint32_t origin, Badge const& badge);

    static constexpr std::chrono::milliseconds grace{5000};

private:
    void handle_time();
    void arm();

    struct Kept {
        std::unique_ptr<LostView> view;
        std::chrono::steady_clock::time_point until;
    };
    Desktop& desktop_;
    std::vector<Kept> kept_;
    std::vector<Remembered> remembered_;
    std::map<std::uint64_t, std::uint32_t> places_; ///< view's id to its remembered place
    Timer<&LostWindows::handle_time> timer_;
};

} // namespace vitrail::compositor
