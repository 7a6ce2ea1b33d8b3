#include "compositor/session_control.hpp"

#include "compositor/inspect.hpp"
#include "compositor/lost_view.hpp"
#include "compositor/placeholder_view.hpp"
#include "compositor/shared_buffer.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

namespace vitrail::compositor {

struct SessionControl::Client {
    Client(SessionControl& of, wl_client* made, Tier given, std::uint32_t origin_number,
           std::uint32_t its_epoch)
        : control(of), client(made), tier(given), origin(origin_number), epoch(its_epoch)
    {
        hook.self = this;
        hook.base.notify = [](wl_listener* listener, void*) noexcept {
            Hook* found;
            found = wl_container_of(listener, found, base);
            found->self->handle_gone();
        };
        wl_client_add_destroy_late_listener(client, &hook.base);
    }
    ~Client() { wl_list_remove(&hook.base.link); }
    void handle_gone();

    SessionControl& control;
    wl_client* client;
    Tier tier;
    std::uint32_t origin;
    std::uint32_t epoch;
    struct Hook {
        wl_listener base{};
        Client* self = nullptr;
    } hook;
};

class SessionControl::Session final : public Resource<Session> {
public:
    Session(wl_resource* resource, SessionControl& control) : Resource(resource), control_(control)
    {
        control.session_ = this;
        if (!control.display_name_.empty())
            vitrail_session_v1_send_ready(resource_, control.display_name_.c_str());
        if (control.desktop_->lock().locked())
            vitrail_session_v1_send_locked(resource_, 1);
    }
    ~Session()
    {
        if (control_.session_ == this)
            control_.session_ = nullptr;
    }
    [[nodiscard]] wl_resource* resource() const { return resource_; }

    void set_origin(std::uint32_t number, char const* name, char const* label, std::uint32_t rgb,
                    char const* code, std::uint32_t permissions, std::uint32_t max_windows,
                    std::uint32_t max_pages, std::uint32_t max_clipboard)
    {
        if (number == 0 || rgb > 0xffffff)
            return wl_resource_post_error(resource_, VITRAIL_SESSION_V1_ERROR_VALUE,
                                          "origin 0 or a colour over 0xffffff");
        control_.set_origin({number,
                             {Badge::Kind::qube, name, label, rgb, code},
                             permissions,
                             max_windows,
                             max_pages,
                             max_clipboard});
    }
    void remove_origin(std::uint32_t number) { control_.remove_origin(number); }
    void add_client(std::int32_t fd, std::uint32_t tier, std::uint32_t origin, std::uint32_t epoch)
    {
        Fd owned{fd};
        if (tier > VITRAIL_SESSION_V1_TIER_SESSION)
            return wl_resource_post_error(resource_, VITRAIL_SESSION_V1_ERROR_VALUE,
                                          "no such tier");
        wl_client* const client = wl_client_create(control_.desktop_->display(), owned.get());
        if (!client)
            return;
        (void)owned.release(); // the client's now
        constexpr Tier tiers[] = {Tier::qube, Tier::shell, Tier::session};
        control_.desktop_->set_tier(client, tiers[tier]);
        control_.clients_.push_back(
            std::make_unique<Client>(control_, client, tiers[tier], origin, epoch));
    }
    void restore_window(std::uint32_t origin, std::uint32_t window, std::uint32_t epoch,
                        std::int32_t x, std::int32_t y, std::uint32_t width, std::uint32_t height,
                        std::uint32_t stacking, std::uint32_t workspace, std::uint32_t flags)
    {
        constexpr std::uint32_t longest_side = 32768;
        FramedView::State state;
        state.content = {x, y, static_cast<std::int32_t>(std::min(width, longest_side)),
                         static_cast<std::int32_t>(std::min(height, longest_side))};
        state.restore = state.content;
        state.maximized = (flags & VITRAIL_SESSION_V1_WINDOW_FLAG_MAXIMIZED) != 0;
        state.fullscreen = (flags & VITRAIL_SESSION_V1_WINDOW_FLAG_FULLSCREEN) != 0;
        state.minimized = (flags & VITRAIL_SESSION_V1_WINDOW_FLAG_MINIMIZED) != 0;
        state.workspace = static_cast<int>(std::clamp(workspace, 1U, 99U));
        control_.desktop_->lost_windows().remember(
            {{origin, window, epoch},
             state,
             stacking,
             (flags & VITRAIL_SESSION_V1_WINDOW_FLAG_FOCUSED) != 0});
    }
    void set_workspace(std::uint32_t workspace)
    {
        control_.desktop_->set_workspace(static_cast<int>(std::min(workspace, 99U)));
    }
    void lock() { control_.desktop_->lock().lock(); }
    void inspect(std::uint32_t serial, char const* what)
    {
        std::string const text = control_.inspect(what);
        Fd const memory{memfd_create("inspect", MFD_CLOEXEC | MFD_ALLOW_SEALING)};
        std::size_t written = 0;
        while (memory && written < text.size()) {
            ssize_t const count = write(memory.get(), text.data() + written, text.size() - written);
            if (count <= 0)
                break;
            written += static_cast<std::size_t>(count);
        }
        lseek(memory.get(), 0, SEEK_SET);
        fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
        if (memory)
            vitrail_session_v1_send_inspected(resource_, serial, memory.get());
    }
    void notify(std::uint32_t origin, char const* summary, char const* body)
    {
        Badge const* const badge = control_.badge_of(origin);
        Desktop& desktop = *control_.desktop_;
        desktop.notices().notify(badge ? *badge : desktop.machine(), desktop.shown_text(summary),
                                 desktop.shown_text(body));
    }
    void set_clipboard(std::int32_t fd) { control_.desktop_->clipboard().set_link(Fd{fd}); }
    void set_focus_claim(std::uint32_t origin) { control_.desktop_->set_focus_claim(origin); }
    void set_placeholder(std::uint32_t id, char const* name, char const* label, std::uint32_t rgb,
                         char const* code, char const* title, char const* text,
                         std::uint32_t failed)
    {
        Desktop& desktop = *control_.desktop_;
        Badge badge{Badge::Kind::qube, name, label, rgb & 0xffffffU, code};
        Progress progress{desktop.shown_text(title), desktop.shown_text(text), failed != 0};
        auto& view = placeholders_[id];
        if (view)
            return view->set(std::move(badge), std::move(progress));
        view = std::make_unique<PlaceholderView>(desktop, std::move(badge), std::move(progress),
                                                 [this, id] { handle_closed(id); });
    }
    void remove_placeholder(std::uint32_t id)
    {
        auto const gone = placeholders_.extract(id); // its end may look at what is left
    }
    void handle_closed(std::uint32_t id)
    {
        vitrail_session_v1_send_placeholder_closed(resource_, id);
        remove_placeholder(id);
    }

    static constexpr wl_interface const* interface = &vitrail_session_v1_interface;
    static constexpr struct vitrail_session_v1_interface vtable{
        .destroy = destroy_request,
        .set_origin = request<&Session::set_origin>,
        .remove_origin = request<&Session::remove_origin>,
        .add_client = request<&Session::add_client>,
        .restore_window = request<&Session::restore_window>,
        .set_workspace = request<&Session::set_workspace>,
        .lock = request<&Session::lock>,
        .inspect = request<&Session::inspect>,
        .notify = request<&Session::notify>,
        .set_focus_claim = request<&Session::set_focus_claim>,
        .set_clipboard = request<&Session::set_clipboard>,
        .set_placeholder = request<&Session::set_placeholder>,
        .remove_placeholder = request<&Session::remove_placeholder>,
    };

private:
    SessionControl& control_;
    std::map<std::uint32_t, std::unique_ptr<PlaceholderView>> placeholders_;
};

void SessionControl::Client::handle_gone()
{
    SessionControl& of = control;
    if (of.session_)
        vitrail_session_v1_send_client_gone(of.session_->resource(), origin, "");
    std::erase_if(of.clients_, [this](auto const& other) { return other.get() == this; });
}

SessionControl::SessionControl() = default;

SessionControl::~SessionControl()
{
    clients_.clear();
    if (control_)
        wl_list_remove(&control_gone_.link);
}

Result<> SessionControl::attach(Desktop& desktop, Fd control)
{
    desktop_ = &desktop;
    register_shared_buffers();
    session_global_ = wl_global_create(
        desktop.display(), &vitrail_session_v1_interface, 1, this,
        [](wl_client* client, void* data, std::uint32_t, std::uint32_t id) noexcept {
            Session::create(client, 1, id, *static_cast<SessionControl*>(data));
        });
    window_global_ = wl_global_create(
        desktop.display(), &vitrail_window_manager_v1_interface, 1, this,
        [](wl_client* client, void* data, std::uint32_t, std::uint32_t id) noexcept {
            auto& self = *static_cast<SessionControl*>(data);
            for (QubeManager const* const other : self.managers_)
                if (other->of(client)) // window numbers and parents are those of one manager
                    return wl_client_post_implementation_error(client, "a second window manager");
            QubeManager::create(client, 1, id, *self.desktop_, static_cast<OriginSource&>(self));
        });
    shell_ = std::make_unique<ShellControl>(desktop, *this);
    control_ = wl_client_create(desktop.display(), control.get());
    if (!control_)
        return errno_error("cannot use the control connection");
    (void)control.release();
    desktop.set_tier(control_, Tier::control);
    control_gone_.notify = [](wl_listener* listener, void*) noexcept {
        SessionControl* self;
        self = wl_container_of(listener, self, control_gone_);
        self->control_ = nullptr;
        self->session_ = nullptr;
        // sessiond died: nobody may find an open session, and nobody can come back to this one. It
        // ends, and what `vitrail run` starts in its place comes up locked.
        self->desktop_->lock().lock();
        wl_display_terminate(self->desktop_->display());
    };
    wl_client_add_destroy_listener(control_, &control_gone_);
    return {};
}

void SessionControl::announce_ready(std::string const& display)
{
    display_name_ = display;
    if (session_)
        vitrail_session_v1_send_ready(session_->resource(), display.c_str());
}

OriginSource::Identity SessionControl::identity(wl_client* client)
{
    for (auto const& known : clients_)
        if (known->client == client && known->tier == Tier::qube) {
            auto const origin = origins_.find(known->origin);
            return {origin == origins_.end() ? nullptr : origin->second.get(), known->epoch};
        }
    return {};
}

void SessionControl::set_origin(Origin origin)
{
    auto& known = origins_[origin.number];
    if (!known)
        known = std::make_unique<Origin>();
    *known = std::move(origin);
    desktop_->lost_windows().relabel(known->number, known->badge);
    for (FramedView* const view : desktop_->stack())
        view->refresh();
    for (QubeManager* const manager : managers_)
        if (auto const who = manager->identity(); who.origin == known.get())
            manager->identity_changed();
    handle_desktop_told(); // the label of whose keyboard it is
}

void SessionControl::remove_origin(std::uint32_t number)
{
    std::vector<wl_client*> leaving;
    for (auto const& client : clients_)
        if (client->tier == Tier::qube && client->origin == number)
            leaving.push_back(client->client);
    for (wl_client* const client : leaving)
        wl_client_destroy(client);
    desktop_->lost_windows().remove_origin(number);
    origins_.erase(number);
}

Badge const* SessionControl::badge_of(std::uint32_t origin) const
{
    auto const known = origins_.find(origin);
    return known == origins_.end() ? nullptr : &known->second->badge;
}

void SessionControl::handle_spawn(std::string const& command)
{
    if (session_)
        vitrail_session_v1_send_spawn(session_->resource(), command.c_str());
}

void SessionControl::handle_chord(std::string_view name, FramedView* focused)
{
    if (name == "launcher" && shell_)
        shell_->send_chord(name);
    std::uint32_t const origin = focused ? focused->origin() : 0;
    auto* const window =
        origin != 0 && !focused->lost() ? static_cast<QubeWindow*>(focused) : nullptr;
    if (session_)
        vitrail_session_v1_send_chord(session_->resource(), std::string(name).c_str(), origin,
                                      window ? window->number() : 0);
}

void SessionControl::handle_session_locked(bool locked)
{
    if (session_)
        vitrail_session_v1_send_locked(session_->resource(), locked);
    handle_desktop_told();
}

void SessionControl::handle_view_told(FramedView& view)
{
    if (shell_)
        shell_->view_told(view);
}

void SessionControl::handle_view_gone(FramedView& view)
{
    if (shell_)
        shell_->view_gone(view);
}

void SessionControl::handle_desktop_told()
{
    if (shell_) // not before the control connection is there
        shell_->desktop_told();
}

void SessionControl::handle_workspace(int number)
{
    if (session_)
        vitrail_session_v1_send_workspace(session_->resource(), static_cast<std::uint32_t>(number));
}

void SessionControl::handle_layout()
{
    for (QubeManager* const manager : managers_)
        manager->send_layout();
}

void SessionControl::handle_view_changed(FramedView& view)
{
    if (!session_ || view.origin() == 0 || view.lost())
        return;
    auto& window = static_cast<QubeWindow&>(view);
    if (!window.manager())
        return;
    auto const& state = view.state();
    auto const& stack = desktop_->stack();
    auto const place = std::ranges::find(stack, &view) - stack.begin();
    std::uint32_t const flags = (state.maximized ? 1U : 0U) | (state.fullscreen ? 2U : 0U) |
                                (state.minimized ? 4U : 0U) | (view.focused() ? 8U : 0U);
    vitrail_session_v1_send_window_state(
        session_->resource(), view.origin(), window.number(), window.manager()->identity().epoch,
        state.content.x, state.content.y, static_cast<std::uint32_t>(state.content.width),
        static_cast<std::uint32_t>(state.content.height), static_cast<std::uint32_t>(place),
        static_cast<std::uint32_t>(state.workspace), flags);
}

void SessionControl::handle_window_gone(std::uint32_t origin, std::uint32_t window,
                                        std::uint32_t epoch)
{
    if (session_)
        vitrail_session_v1_send_window_gone(session_->resource(), origin, window, epoch);
}

std::string SessionControl::inspect(std::string_view what) const
{
    if (what == "windows")
        return inspect_windows(*desktop_);
    if (what == "outputs")
        return inspect_outputs(*desktop_);
    if (what == "tree")
        return inspect_tree(*desktop_);
    if (what == "clipboard")
        return inspect_clipboard(*desktop_);
    if (what != "clients")
        return "null";
    return inspect_clients(*desktop_, [this](wl_client* client) -> ClientIdentity {
        for (auto const& known : clients_)
            if (known->client == client) {
                auto const origin = origins_.find(known->origin);
                return {known->origin, known->epoch,
                        origin == origins_.end() ? "" : origin->second->badge.name};
            }
        return {};
    });
}

} // namespace vitrail::compositor
