#include "agents/gui/window.hpp"

#include "agents/gui/agent.hpp"

namespace vitrail::agent {

namespace from_agent = wire::from_agent;

Window::~Window()
{
    hide();
}

Rect Window::geometry() const
{
    Point const at = position();
    Size const size = picture_ ? picture_->size() : Size{1, 1};
    return {at.x, at.y, size.width, size.height};
}

void Window::show()
{
    if (picture_)
        return;
    id_ = agent_.add_window(*this);
    picture_ = std::make_unique<Picture>(agent_, id_);
    picture_->set_scale(agent_.scale_120());
    tree_ = wlr_scene_subsurface_tree_create(&picture_->root(), surface());
    agent_.enter_output(*surface());
    update_content();
    announce();
}

void Window::announce()
{
    if (!picture_ || !agent_.link().connected())
        return;
    told_ = agent_.link().extended() ? Rect{0, 0, geometry().width, geometry().height} : geometry();
    bool const popup = override_redirect();
    agent_.link().send(from_agent::Create{id_, told_, popup});
    describe();
    WindowId const parent = transient_for();
    agent_.link().send(
        from_agent::Map{id_, parent.value ? std::optional(parent) : std::nullopt, popup});
    picture_->start_over();
}

void Window::hide()
{
    if (!picture_)
        return;
    agent_.seat().forget(*this);
    agent_.book().close_window(id_);
    if (tree_)
        wlr_scene_node_destroy(&tree_->node);
    tree_ = nullptr;
    picture_.reset();
    agent_.link().send(from_agent::Unmap{id_});
    agent_.link().send(from_agent::Destroy{id_});
    agent_.remove_window(id_);
    id_ = {};
}

void Window::update_content()
{
    if (!picture_)
        return;
    Rect const shown = content();
    wlr_scene_node_set_position(&tree_->node, -shown.x, -shown.y);
    picture_->set_size({shown.width, shown.height});
}

void Window::send_geometry()
{
    if (!picture_ || !agent_.link().connected() || agent_.link().extended() || geometry() == told_)
        return;
    told_ = geometry();
    agent_.link().send(from_agent::Configure{id_, told_});
}

void Window::send_title(char const* title)
{
    if (picture_ && title)
        agent_.link().send(from_agent::Title{id_, UntrustedText(title)});
}

void Window::send_class(char const* res_class, char const* name)
{
    if (picture_ && (res_class || name))
        agent_.link().send(from_agent::Class{id_, UntrustedText(res_class ? res_class : ""),
                                             UntrustedText(name ? name : "")});
}

void Window::request(wire::RequestKind kind, std::uint32_t edges)
{
    if (!picture_ || !agent_.link().extended())
        return;
    agent_.link().send(from_agent::Request{id_, kind, edges});
    // The release of the button that began it goes to the compositor.
    if (kind == wire::RequestKind::move || kind == wire::RequestKind::resize)
        agent_.seat().end_pointer();
}

void Window::send_flags(wire::StateFlags const& set, wire::StateFlags const& unset)
{
    if (picture_)
        agent_.link().send(from_agent::Flags{id_, set, unset});
}

} // namespace vitrail::agent
