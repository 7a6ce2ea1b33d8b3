#pragma once

#include "compositor/framed_view.hpp"
#include "compositor/overlays.hpp"
#include "compositor/pixel_buffer.hpp"

#include <functional>

namespace vitrail::compositor {

/// In place of a qube's first window while there is none: its name and how its start goes, in its
/// frame. Ours from edge to edge; no client draws here. It takes no keys: what is typed stays where
/// it was.
class PlaceholderView final : public FramedView {
public:
    /// `handle_close`: the user does not want to see it; it may destroy this.
    PlaceholderView(Desktop& desktop, Badge badge, Progress progress,
                    std::function<void()> handle_close);

    void set(Badge badge, Progress progress);

    [[nodiscard]] Badge badge() const override { return badge_; }
    [[nodiscard]] std::string title() const override { return progress_.title; }
    [[nodiscard]] std::string app_id() const override { return "vitrail.placeholder"; }
    [[nodiscard]] wlr_surface* surface() const override { return nullptr; }
    [[nodiscard]] Size wanted_size() const override { return progress_size; }
    [[nodiscard]] bool fixed_size() const override { return true; }
    void configure(Size) override {}
    void activate(bool) override {}
    void close() override { handle_close_(); }
    void handle_placed() override { paint(); }
    void handle_layout() override { paint(); }

private:
    void paint();

    Badge badge_;
    Progress progress_;
    std::function<void()> handle_close_;
    Picture picture_;
    double scale_ = 0; ///< of what is painted
    Scheme scheme_ = Scheme::light;
};

} // namespace vitrail::compositor
