#include "guid/image.hpp"

#include <algorithm>

namespace vitrail::guid {

void Damage::add(Rect const& rect)
{
    if (all_ || rect.empty())
        return;
    for (Rect const& known : rects_)
        if (known.contains(rect))
            return;
    std::erase_if(rects_, [&](Rect const& known) { return rect.contains(known); });
    rects_.push_back(rect);
    if (rects_.size() <= wire::max_commit_rects)
        return;
    std::int64_t left = rect.x, top = rect.y, right = rect.right(), bottom = rect.bottom();
    for (Rect const& known : rects_) {
        left = std::min<std::int64_t>(left, known.x);
        top = std::min<std::int64_t>(top, known.y);
        right = std::max(right, known.right());
        bottom = std::max(bottom, known.bottom());
    }
    rects_ = {Rect{static_cast<std::int32_t>(left), static_cast<std::int32_t>(top),
                   static_cast<std::int32_t>(right - left),
                   static_cast<std::int32_t>(bottom - top)}};
}

void Damage::clear()
{
    rects_.clear();
    all_ = false;
}

std::expected<PortBuffer, BufferStore::Problem>
BufferStore::create(WindowId window, std::span<std::uint32_t const> references,
                    BufferShape const& shape)
{
    if (pages_ + references.size() > max_pages_)
        return std::unexpected(Problem::quota);
    auto const pages = reader_.resolve(references);
    if (!pages)
        return std::unexpected(Problem::reference);
    PortBuffer const id{++last_};
    port_.create_buffer(id, *pages, shape);
    pages_ += references.size();
    buffers_[id] = {window, shape, {references.begin(), references.end()}};
    return id;
}

void BufferStore::destroy(std::map<PortBuffer, Buffer>::iterator at)
{
    pages_ -= at->second.references.size();
    port_.destroy_buffer(at->first);
    buffers_.erase(at);
}

void BufferStore::retire(PortBuffer buffer)
{
    auto const at = buffers_.find(buffer);
    if (at == buffers_.end())
        return;
    if (at->second.busy)
        at->second.doomed = true;
    else
        destroy(at);
}

void BufferStore::forget_window(WindowId window)
{
    for (auto at = buffers_.begin(); at != buffers_.end();) {
        auto const next = std::next(at);
        if (at->second.window == window)
            destroy(at);
        at = next;
    }
}

Buffer* BufferStore::find(PortBuffer buffer)
{
    auto const at = buffers_.find(buffer);
    return at == buffers_.end() ? nullptr : &at->second;
}

void BufferStore::handle_released(PortBuffer buffer)
{
    auto const at = buffers_.find(buffer);
    if (at == buffers_.end())
        return;
    at->second.busy = false;
    if (at->second.doomed)
        destroy(at);
}

} // namespace vitrail::guid
