#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace vitrail::compositor {

/// Windows by last use, and the walk through them while Alt or Super is held. Holds ids, never
/// views: a window that goes away during the walk is simply skipped.
class Switcher {
public:
    using Id = std::uint64_t;

    void used(Id window);  ///< it took focus
    void added(Id window); ///< mapped without focus: behind those used before
    void removed(Id window);

    [[nodiscard]] bool walking() const { return chosen_.has_value(); }
    /// One step, beginning the walk where needed. `offered`: those that may be chosen.
    void step(std::vector<Id> const& offered, bool backwards);
    /// Ends the walk: the chosen window, if it is still there.
    [[nodiscard]] std::optional<Id> finish();
    void cancel() { chosen_.reset(); }

    /// What the overlay shows, in order, and which of them is chosen.
    [[nodiscard]] std::vector<Id> const& shown() const { return shown_; }
    [[nodiscard]] std::size_t chosen() const { return chosen_.value_or(0); }
    [[nodiscard]] std::vector<Id> const& by_use() const { return recent_; }

private:
    std::vector<Id> recent_; ///< last used first
    std::vector<Id> shown_;
    std::optional<std::size_t> chosen_;
};

} // namespace vitrail::compositor
