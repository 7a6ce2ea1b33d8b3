#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace vitrail {

/// Puts together pieces of known size from a stream that arrives in any portions. What lies whole
/// in the input is not copied; else at most one piece is stored.
class PieceStore {
public:
    /// `whole` becomes the next `wanted` bytes, taken from the front of `input`; valid until the
    /// next call and as long as the storage of `input`. False: all of `input` was taken, and more
    /// is needed; `wanted` is then the same at the next call.
    [[nodiscard]] bool take(std::span<std::byte const>& input, std::size_t wanted,
                            std::span<std::byte const>& whole)
    {
        if (std::exchange(handed_out_, false))
            stored_.clear();
        if (stored_.empty() && input.size() >= wanted) {
            whole = input.first(wanted);
            input = input.subspan(wanted);
            return true;
        }
        std::size_t const more = std::min(input.size(), wanted - stored_.size());
        stored_.insert(stored_.end(), input.begin(),
                       input.begin() + static_cast<std::ptrdiff_t>(more));
        input = input.subspan(more);
        if (stored_.size() < wanted)
            return false;
        whole = stored_;
        handed_out_ = true;
        return true;
    }
    /// Bytes stored of something incomplete: 0 between pieces.
    [[nodiscard]] std::size_t buffered() const { return handed_out_ ? 0 : stored_.size(); }

private:
    std::vector<std::byte> stored_;
    bool handed_out_ = false; ///< by the last call
};

} // namespace vitrail
