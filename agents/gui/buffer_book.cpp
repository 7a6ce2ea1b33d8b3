#include "agents/gui/buffer_book.hpp"

#include "agents/gui/daemon_link.hpp"

#include <algorithm>

namespace vitrail::agent {

namespace from_agent = wire::from_agent;

BufferBook::~BufferBook()
{
    for (Waiting& entry : waiting_)
        pool_.give_back(std::move(entry.grant));
}

void BufferBook::commit(WindowId window, SharedBuffer& buffer, std::uint32_t serial, Size content,
                        wire::DamageList const& damage)
{
    if (!link_.connected())
        return;
    if (!link_.extended()) {
        // Any other buffer was replaced by a resize; the same one only changed.
        if (buffer.dump == 0)
            dump(window, buffer);
        if (damage.count == 0)
            link_.send(from_agent::Damage{window, {0, 0, buffer.base.width, buffer.base.height}});
        for (Rect const& rect : damage.list())
            if (!rect.empty())
                link_.send(from_agent::Damage{window, rect});
        return;
    }
    if (!buffer.announced)
        announce(window, buffer, wire::BufferFormat::xrgb8888);
    hold(buffer);
    link_.send(from_agent::Commit{window, buffer.number, serial, content, damage});
}

void BufferBook::announce(WindowId window, SharedBuffer& buffer, wire::BufferFormat format)
{
    buffer.window = window;
    buffer.announced = true;
    announced_[buffer.number] = &buffer;
    auto const pages = static_cast<std::ptrdiff_t>(buffer.pages());
    link_.send(from_agent::Buffer{window,
                                  buffer.number,
                                  {buffer.base.width, buffer.base.height},
                                  buffer.stride(),
                                  format,
                                  {buffer.grant.refs.begin(), buffer.grant.refs.begin() + pages}});
}

void BufferBook::hold(SharedBuffer& buffer)
{
    if (buffer.held)
        return;
    buffer.held = true;
    wlr_buffer_lock(&buffer.base);
}

void BufferBook::dump(WindowId window, SharedBuffer& buffer)
{
    buffer.window = window;
    buffer.announced = true;
    buffer.dump = ++last_dump_;
    announced_[buffer.number] = &buffer;
    unacknowledged_.emplace_back(window, buffer.dump);
    auto const pages = static_cast<std::ptrdiff_t>(buffer.pages());
    link_.send(from_agent::Dump{window,
                                {buffer.base.width, buffer.base.height},
                                {buffer.grant.refs.begin(), buffer.grant.refs.begin() + pages}});
}

void BufferBook::release_lock(SharedBuffer& buffer)
{
    if (!buffer.held)
        return;
    buffer.held = false;
    wlr_buffer_unlock(&buffer.base); // may end it
}

void BufferBook::close_window(WindowId window)
{
    closing_.insert(window);
    std::vector<SharedBuffer*> held;
    for (auto const& [number, buffer] : announced_)
        if (buffer->window == window && buffer->held)
            held.push_back(buffer);
    for (SharedBuffer* buffer : held)
        release_lock(*buffer);
}

void BufferBook::retire(SharedBuffer& buffer)
{
    announced_.erase(buffer.number);
    if (!buffer.announced) {
        pool_.give_back(std::move(buffer.grant));
        return;
    }
    if (link_.extended() && !closing_.contains(buffer.window))
        link_.send(from_agent::BufferDestroy{buffer.window, buffer.number});
    waiting_.push_back({buffer.window, buffer.number, buffer.dump, std::move(buffer.grant)});
}

void BufferBook::handle_release(WindowId window, BufferId number)
{
    if (auto const at = announced_.find(number); at != announced_.end()) {
        if (at->second->window == window)
            release_lock(*at->second);
        return;
    }
    auto const at = std::ranges::find(waiting_, number, &Waiting::number);
    if (at == waiting_.end() || at->window != window)
        return;
    pool_.give_back(std::move(at->grant));
    waiting_.erase(at);
}

void BufferBook::handle_dump_ack(WindowId window)
{
    // In order, one for each dump; surplus ones mean nothing.
    auto const acknowledged =
        std::ranges::find(unacknowledged_, window, &std::pair<WindowId, std::uint64_t>::first);
    if (acknowledged == unacknowledged_.end())
        return;
    std::uint64_t const dump = acknowledged->second;
    unacknowledged_.erase(acknowledged);
    std::erase_if(waiting_, [&](Waiting& entry) {
        bool const free = entry.window == window && entry.dump != 0 && entry.dump < dump &&
                          !closing_.contains(window);
        if (free)
            pool_.give_back(std::move(entry.grant));
        return free;
    });
}

void BufferBook::handle_window_gone(WindowId window)
{
    if (closing_.erase(window) == 0)
        return;
    std::erase_if(waiting_, [&](Waiting& entry) {
        if (entry.window == window)
            pool_.give_back(std::move(entry.grant));
        return entry.window == window;
    });
}

void BufferBook::forget_daemon()
{
    std::vector<SharedBuffer*> known;
    for (auto const& [number, buffer] : announced_)
        known.push_back(buffer);
    announced_.clear();
    unacknowledged_.clear();
    closing_.clear();
    for (Waiting& entry : waiting_)
        pool_.give_back(std::move(entry.grant));
    waiting_.clear();
    for (SharedBuffer* buffer : known) {
        buffer->announced = false;
        buffer->dump = 0;
        release_lock(*buffer);
    }
}

bool BufferBook::may_announce(WindowId window) const
{
    constexpr std::ptrdiff_t limit = 8;
    auto const live = std::ranges::count_if(
        announced_, [&](auto const& entry) { return entry.second->window == window; });
    return live + std::ranges::count(waiting_, window, &Waiting::window) < limit;
}

} // namespace vitrail::agent
