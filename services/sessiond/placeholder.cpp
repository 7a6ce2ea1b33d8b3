#include "services/sessiond/placeholder.hpp"

#include "services/sessiond/qube.hpp"

#include <utility>

namespace vitrail::session {
namespace {

/// As long as a focus claim: a window that comes later is a surprise anyway.
constexpr std::chrono::seconds patience{15};

std::uint32_t next_id()
{
    static std::uint32_t last = 0;
    return ++last;
}

PlaceholderSpec spec_of(std::uint32_t id, QubeLook const& look)
{
    return {.id = id,
            .name = look.name,
            .label = look.label.name,
            .code = look.label.code,
            .rgb = look.label.rgb,
            .title = {},
            .text = {},
            .failed = false};
}

} // namespace

Placeholder::Placeholder(QubeHost& host) : host_(host), patience_(host.loop(), *this)
{
    spec_.id = next_id();
}

void Placeholder::show(QubeLook const& look, std::string stage)
{
    spec_ = spec_of(spec_.id, look);
    spec_.title = "Starting";
    spec_.text = std::move(stage);
    patience_.disarm();
    send();
}

void Placeholder::wait_for_window(QubeLook const& look)
{
    if (!shown_)
        return;
    spec_ = spec_of(spec_.id, look);
    spec_.title = "Started";
    spec_.text = "Waiting for its first window";
    patience_.arm(patience);
    send();
}

void Placeholder::fail(QubeLook const& look, std::string why)
{
    spec_ = spec_of(spec_.id, look);
    spec_.title = "Did not start";
    spec_.text = std::move(why);
    spec_.failed = true;
    patience_.disarm();
    send();
}

void Placeholder::end()
{
    patience_.disarm();
    closed_ = false;
    if (std::exchange(shown_, false))
        if (CompositorLink* const compositor = host_.compositor())
            compositor->remove_placeholder(spec_.id);
}

void Placeholder::handle_closed()
{
    end();
    closed_ = true;
}

void Placeholder::handle_compositor_started()
{
    if (shown_)
        send();
}

void Placeholder::send()
{
    if (closed_ && !spec_.failed)
        return;
    shown_ = true;
    if (CompositorLink* const compositor = host_.compositor())
        compositor->set_placeholder(spec_);
}

} // namespace vitrail::session
