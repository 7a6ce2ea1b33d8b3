#include "compositor/prompts.hpp"

#include <algorithm>
#include <ctime>
#include <utility>

namespace vitrail::compositor {

namespace {

/// So near, in layout units, is beside.
constexpr std::int32_t near = 64;

std::int64_t now_in_ms()
{
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

} // namespace

Prompts::Prompt::Prompt(Prompts& owner, wlr_layer_surface_v1& surface, wlr_scene_tree& tree,
                        Events events)
    : owner_(owner),
      surface_(&surface),
      tree_(&tree),
      events_(std::move(events)),
      timer_(owner.loop_, *this),
      map_(std::make_unique<Listener<&Prompt::handle_map>>(*this, surface.surface->events.map)),
      unmap_(
          std::make_unique<Listener<&Prompt::handle_unmap>>(*this, surface.surface->events.unmap)),
      destroy_(std::make_unique<Listener<&Prompt::handle_destroy>>(*this, surface.events.destroy))
{
    owner.prompts_.push_back(this);
}

Prompts::Prompt::~Prompt()
{
    std::erase(owner_.prompts_, this);
    if (mapped())
        owner_.owner_.handle_prompts_changed();
}

void Prompts::Prompt::handle_map()
{
    guard_.show(now_in_ms(), owner_.owner_.keys_down());
    std::erase(owner_.prompts_, this);
    owner_.prompts_.push_back(this);
    wait_for_calm();
    owner_.owner_.handle_prompts_changed();
}

void Prompts::Prompt::handle_unmap()
{
    timer_.disarm();
    show_ready(false);
    owner_.owner_.handle_prompts_changed();
}

void Prompts::Prompt::handle_destroy()
{
    map_.reset();
    unmap_.reset();
    surface_ = nullptr;
    tree_ = nullptr;
    timer_.disarm();
    owner_.owner_.handle_prompts_changed();
    destroy_.reset(); // the one that runs: last
}

void Prompts::Prompt::wait_for_calm()
{
    show_ready(false);
    timer_.arm(std::chrono::milliseconds(guard_.ready_at() - now_in_ms()));
}

void Prompts::Prompt::handle_timer()
{
    if (!guard_.ready(now_in_ms()))
        return wait_for_calm(); // the timer's clock is coarser than ours
    show_ready(true);
}

void Prompts::Prompt::show_ready(bool ready)
{
    if (std::exchange(ready_, ready) != ready)
        events_.ready(ready);
}

bool Prompts::holds(wlr_layer_surface_v1 const* surface) const
{
    return surface && std::ranges::find(prompts_, surface, &Prompt::surface_) != prompts_.end();
}

Prompts::Prompt* Prompts::shown() const
{
    for (auto it = prompts_.rbegin(); it != prompts_.rend(); ++it)
        if ((*it)->mapped())
            return *it;
    return nullptr;
}

wlr_surface* Prompts::keyboard_surface() const
{
    Prompt const* const prompt = shown();
    return prompt ? prompt->surface_->surface : nullptr;
}

bool Prompts::may_press(wlr_surface* surface) const
{
    if (prompts_.empty() || !surface)
        return true;
    // A menu of a prompt is a part of it.
    wlr_surface* root = wlr_surface_get_root_surface(surface);
    while (wlr_xdg_popup const* const popup = wlr_xdg_popup_try_from_wlr_surface(root)) {
        if (!popup->parent)
            break;
        root = wlr_surface_get_root_surface(popup->parent);
    }
    for (Prompt const* const prompt : prompts_)
        if (prompt->mapped() && prompt->surface_->surface == root)
            return prompt->ready_;
    return true;
}

bool Prompts::take_key(std::uint32_t code)
{
    Prompt* const prompt = shown();
    return !prompt || prompt->guard_.take_key(code, now_in_ms());
}

bool Prompts::ready() const
{
    Prompt const* const prompt = shown();
    return prompt && prompt->ready_;
}

void Prompts::key_released(std::uint32_t code)
{
    for (Prompt* const prompt : prompts_)
        prompt->guard_.key_released(code);
}

void Prompts::disturb(Rect const& place)
{
    for (Prompt* const prompt : prompts_) {
        if (!prompt->mapped())
            continue;
        int x = 0;
        int y = 0;
        wlr_scene_node_coords(&prompt->tree_->node, &x, &y);
        auto const& size = prompt->surface_->surface->current;
        Rect const around{x - near, y - near, size.width + 2 * near, size.height + 2 * near};
        if (intersection(around, place).empty())
            continue;
        prompt->guard_.disturb(now_in_ms());
        prompt->wait_for_calm();
    }
}

void Prompts::cancel()
{
    for (Prompt* const prompt : std::vector(prompts_))
        if (prompt->mapped())
            prompt->events_.cancelled();
}

} // namespace vitrail::compositor
