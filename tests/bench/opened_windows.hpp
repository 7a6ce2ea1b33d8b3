#pragma once

#include "lib/base/handle.hpp"
#include "tests/bench/record.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct wl_display;

namespace vitrail::bench {

/// The windows of a desktop as its compositor tells that they are there: no picture is looked at,
/// nothing is asked again and again.
class OpenedWindows {
public:
    /// `socket`: the desktop's public one. Ends the program when it cannot be reached.
    explicit OpenedWindows(std::filesystem::path const& socket);
    ~OpenedWindows();
    OpenedWindows(OpenedWindows const&) = delete;
    OpenedWindows& operator=(OpenedWindows const&) = delete;

    /// When a window of this title was told to be there. Ends the program when none comes.
    Nanoseconds wait_for(std::string_view title);
    /// Until no window has this title.
    void wait_gone(std::string_view title);
    /// Asks the application of this title's windows to end them.
    void close(std::string_view title);

private:
    struct State;
    void dispatch();
    std::unique_ptr<State> state_;
};

} // namespace vitrail::bench
