#pragma once

#include "guid/window.hpp"

#include <map>

namespace vitrail::guid {

/// The windows of the session by the agent's numbers.
class WindowTable {
public:
    [[nodiscard]] Window* find(WindowId id)
    {
        auto const at = windows_.find(id);
        return at == windows_.end() ? nullptr : &at->second;
    }
    /// The number must be free.
    Window& add(WindowId id, Rect const& created, bool override_redirect)
    {
        return windows_.try_emplace(id, id, created, override_redirect).first->second;
    }
    void remove(WindowId id) { windows_.erase(id); }
    [[nodiscard]] std::size_t size() const { return windows_.size(); }
    [[nodiscard]] auto begin() { return windows_.begin(); }
    [[nodiscard]] auto end() { return windows_.end(); }

private:
    std::map<WindowId, Window> windows_;
};

} // namespace vitrail::guid
