#pragma once

#include "tests/bench/qube.hpp"
#include "tests/bench/shm_client.hpp"
#include "tests/bench/stage.hpp"

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace vitrail::bench {

/// A window whose frames are shown one at a time: by a qube through guid, or by a Wayland client.
class Presenter {
public:
    virtual ~Presenter() = default;
    /// What the next frame will show.
    [[nodiscard]] virtual std::span<std::uint32_t> pixels() = 0;
    virtual void show(Rect const& damage) = 0;
    /// The next frame may come. False when that was not said in time.
    [[nodiscard]] virtual bool wait() = 0;
    /// CPU of everything between the application and the compositor.
    [[nodiscard]] virtual Nanoseconds cpu_time() = 0;
    [[nodiscard]] virtual std::optional<pid_t> guid() const { return std::nullopt; }
};

/// One way to the screen, with a compositor of its own: peers do not see each other.
struct Peer {
    enum class Kind { ours, ours_1_8, direct, waypipe_none, waypipe_lz4 };
    /// Ends the program when it does not come up.
    Peer(Kind kind, Size window, std::filesystem::path const& folder);

    std::string name;
    Size size;
    std::unique_ptr<Stage> stage;
    std::unique_ptr<Presenter> presenter;

    struct Times {
        double committed_us = 0; ///< the compositor has handled the commit
        double seen_us = 0;      ///< the pixel lies in the output's buffer
    };
    /// Shows what was painted: one sample. Nothing when the pixel was not seen.
    [[nodiscard]] std::optional<Times> show(Rect const& damage);

private:
    std::uint32_t color_ = 0x102030;
};

/// The room a window of this size needs: its frame, and some more.
[[nodiscard]] Size output_for(Size window);

/// Content that differs from frame to frame: one pixel, lines of text that scroll, noise.
enum class Content { pixel, text, noise };
class Painter {
public:
    Painter(Content content, Size size);
    void paint(std::span<std::uint32_t> pixels);

private:
    std::array<std::vector<std::uint32_t>, 2> frames_; ///< empty: Content::pixel
    std::size_t turn_ = 0;
};

} // namespace vitrail::bench
