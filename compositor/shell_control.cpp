#include "compositor/shell_control.hpp"

#include "compositor/resource.hpp"
#include "lib/transport/clipboard_control.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace vitrail::compositor {

namespace {

/// Of what a qube may be called there are 31 characters; some room for other hosts.
constexpr std::size_t longest_name = 255;

/// The settings may have fewer by now: the last is meant then.
bool is_workspace(std::uint32_t number)
{
    return number >= 1 && number <= 99;
}

char const* label_of(Badge const& badge)
{
    return badge.kind == Badge::Kind::qube ? badge.label.c_str() : "";
}

} // namespace

/// One window as one client knows it.
class ShellControl::Toplevel final : public Resource<Toplevel> {
public:
    Toplevel(wl_resource* resource, ShellControl& control, std::uint64_t shell, FramedView& view)
        : Resource(resource), control_(control), shell_(shell), view_(&view)
    {
        control.toplevels_.push_back(this);
    }
    ~Toplevel() { std::erase(control_.toplevels_, this); }

    [[nodiscard]] wl_resource* resource() const { return resource_; }
    [[nodiscard]] FramedView const* view() const { return view_; }
    [[nodiscard]] std::uint64_t shell() const { return shell_; }

    struct Told {
        Badge badge;
        std::string title, app_id;
        std::uint32_t states = 0, workspace = 0;
        friend bool operator==(Told const&, Told const&) = default;
    };
    [[nodiscard]] static Told now(FramedView const& view)
    {
        auto const& state = view.state();
        auto const bit = [](bool on, std::uint32_t value) { return on ? value : 0U; };
        return {.badge = view.badge(),
                .title = view.title(),
                .app_id = view.app_id(),
                .states = bit(view.focused(), VITRAIL_TOPLEVEL_V1_STATE_FOCUSED) |
                          bit(state.minimized, VITRAIL_TOPLEVEL_V1_STATE_MINIMIZED) |
                          bit(state.maximized, VITRAIL_TOPLEVEL_V1_STATE_MAXIMIZED) |
                          bit(state.fullscreen, VITRAIL_TOPLEVEL_V1_STATE_FULLSCREEN) |
                          bit(view.wants_attention(), VITRAIL_TOPLEVEL_V1_STATE_ATTENTION) |
                          bit(view.lost(), VITRAIL_TOPLEVEL_V1_STATE_LOST),
                .workspace = static_cast<std::uint32_t>(state.workspace)};
    }
    void tell(Told const& now)
    {
        if (told_ == now)
            return;
        Told const before = told_.value_or(Told{});
        bool const first = !told_.has_value();
        if (first || before.badge != now.badge)
            vitrail_toplevel_v1_send_owner(resource_, now.badge.name.c_str(), label_of(now.badge),
                                           now.badge.rgb, now.badge.code.c_str());
        if (first || before.title != now.title)
            vitrail_toplevel_v1_send_title(resource_, now.title.c_str());
        if (first || before.app_id != now.app_id)
            vitrail_toplevel_v1_send_app_id(resource_, now.app_id.c_str());
        if (first || before.states != now.states || before.workspace != now.workspace)
            vitrail_toplevel_v1_send_state(resource_, now.states, now.workspace);
        vitrail_toplevel_v1_send_done(resource_);
        told_ = now;
    }
    void close_told()
    {
        view_ = nullptr;
        vitrail_toplevel_v1_send_closed(resource_);
    }

    void activate()
    {
        if (view_)
            control_.desktop_.activate(*view_);
    }
    void close()
    {
        if (view_)
            view_->request_close();
    }
    void set_minimized(std::uint32_t minimized)
    {
        if (check_flag(minimized) && view_)
            control_.desktop_.set_minimized(*view_, minimized != 0);
    }
    void set_maximized(std::uint32_t maximized)
    {
        if (check_flag(maximized) && view_)
            control_.desktop_.set_maximized(*view_, maximized != 0);
    }
    void move_to_workspace(std::uint32_t workspace)
    {
        if (!is_workspace(workspace))
            return refuse("there is no such workspace");
        if (view_)
            control_.desktop_.move_to_workspace(*view_, static_cast<int>(workspace));
    }

    static constexpr wl_interface const* interface = &vitrail_toplevel_v1_interface;
    static constexpr struct vitrail_toplevel_v1_interface vtable{
        .destroy = destroy_request,
        .activate = request<&Toplevel::activate>,
        .close = request<&Toplevel::close>,
        .set_minimized = request<&Toplevel::set_minimized>,
        .set_maximized = request<&Toplevel::set_maximized>,
        .move_to_workspace = request<&Toplevel::move_to_workspace>,
    };

private:
    void refuse(char const* why)
    {
        wl_resource_post_error(resource_, VITRAIL_SHELL_V1_ERROR_VALUE, "%s", why);
    }
    [[nodiscard]] bool check_flag(std::uint32_t value)
    {
        if (value > 1)
            refuse("a flag is 0 or 1");
        return value <= 1;
    }

    ShellControl& control_;
    std::uint64_t shell_; ///< which may be gone
    FramedView* view_;    ///< null once it is gone
    std::optional<Told> told_;
};

/// A layer surface that asks the user.
class ShellControl::PromptRole final : public Resource<PromptRole> {
public:
    explicit PromptRole(wl_resource* resource) : Resource(resource) {}
    void set(std::unique_ptr<Prompts::Prompt> prompt) { prompt_ = std::move(prompt); }
    void send_ready(bool ready) { vitrail_prompt_v1_send_ready(resource_, ready ? 1 : 0); }
    void send_cancelled() { vitrail_prompt_v1_send_cancelled(resource_); }

    static constexpr wl_interface const* interface = &vitrail_prompt_v1_interface;
    static constexpr struct vitrail_prompt_v1_interface vtable{.destroy = destroy_request};

private:
    friend class Resource<PromptRole>;
    std::unique_ptr<Prompts::Prompt> prompt_;
};

/// The global as one client has bound it.
class ShellControl::Shell final : public Resource<Shell> {
public:
    Shell(wl_resource* resource, ShellControl& control)
        : Resource(resource), control_(control), id_(++control.shells_made_)
    {
        control.shells_.push_back(this);
    }
    ~Shell() { std::erase(control_.shells_, this); }

    [[nodiscard]] wl_client* client() const { return wl_resource_get_client(resource_); }
    [[nodiscard]] wl_resource* resource() const { return resource_; }
    [[nodiscard]] std::uint64_t id() const { return id_; }
    void add(FramedView& view)
    {
        auto* const made =
            Toplevel::create(client(), wl_resource_get_version(resource_), 0, control_, id_, view);
        if (!made)
            return;
        vitrail_shell_v1_send_toplevel(resource_, made->resource());
        made->tell(Toplevel::now(view));
    }
    void tell(Facts const& now)
    {
        if (told_ == now)
            return;
        Facts const before = told_.value_or(Facts{});
        bool const first = !told_.has_value();
        if (first || before.workspaces != now.workspaces || before.workspace != now.workspace)
            vitrail_shell_v1_send_workspaces(resource_, now.workspaces, now.workspace);
        if (Badge const& badge = now.focus.badge; first || before.focus != now.focus)
            vitrail_shell_v1_send_focus(resource_, now.focus.keyboard, badge.name.c_str(),
                                        label_of(badge), badge.rgb, badge.code.c_str());
        if (first || before.layout != now.layout || before.layouts != now.layouts)
            vitrail_shell_v1_send_layout(resource_, now.layout.c_str(), now.layouts);
        if (auto const& held = now.clipboard; first || before.clipboard != held)
            vitrail_shell_v1_send_clipboard(resource_, held.qube.c_str(), held.type.c_str(),
                                            held.bytes, held.width, held.height);
        if (first || before.dark != now.dark)
            vitrail_shell_v1_send_scheme(resource_, now.dark ? 1 : 0);
        if (first || before.locked != now.locked)
            vitrail_shell_v1_send_locked(resource_, now.locked ? 1 : 0);
        vitrail_shell_v1_send_done(resource_);
        told_ = now;
    }

    void act(std::uint32_t action)
    {
        if (action > VITRAIL_SHELL_V1_ACTION_NEXT_LAYOUT)
            return refuse("no such action");
        control_.act(action);
    }
    void set_workspace(std::uint32_t workspace)
    {
        if (!is_workspace(workspace))
            return refuse("there is no such workspace");
        control_.desktop_.set_workspace(static_cast<int>(workspace));
    }
    void claim_focus(char const* name)
    {
        std::string_view const text(name);
        if (text.empty() || text.size() > longest_name)
            return refuse("no qube has such a name");
        control_.desktop_.set_focus_claim(std::string(text));
    }
    void get_prompt(std::uint32_t id, wl_resource* surface)
    {
        auto* const role = PromptRole::create(client(), wl_resource_get_version(resource_), id);
        if (!role)
            return;
        auto prompt =
            control_.desktop_.add_prompt(wlr_surface_from_resource(surface),
                                         {.ready = [role](bool ready) { role->send_ready(ready); },
                                          .cancelled = [role] { role->send_cancelled(); }});
        if (!prompt)
            return wl_resource_post_error(resource_, VITRAIL_SHELL_V1_ERROR_ROLE,
                                          "no layer surface, or a prompt already");
        role->set(std::move(prompt));
    }

    static constexpr wl_interface const* interface = &vitrail_shell_v1_interface;
    static constexpr struct vitrail_shell_v1_interface vtable{
        .destroy = destroy_request,
        .act = request<&Shell::act>,
        .set_workspace = request<&Shell::set_workspace>,
        .claim_focus = request<&Shell::claim_focus>,
        .get_prompt = request<&Shell::get_prompt>,
    };

private:
    void refuse(char const* why)
    {
        wl_resource_post_error(resource_, VITRAIL_SHELL_V1_ERROR_VALUE, "%s", why);
    }
    ShellControl& control_;
    std::uint64_t id_;
    std::optional<Facts> told_;
};

ShellControl::ShellControl(Desktop& desktop, DesktopHost& host)
    : desktop_(desktop),
      host_(host),
      global_(wl_global_create(
          desktop.display(), &vitrail_shell_v1_interface, 1, this,
          [](wl_client* client, void* data, std::uint32_t version, std::uint32_t id) noexcept {
              auto& self = *static_cast<ShellControl*>(data);
              auto* const shell = Shell::create(client, static_cast<int>(version), id, self);
              if (!shell)
                  return;
              for (FramedView* const view : self.desktop_.stack())
                  shell->add(*view);
              shell->tell(self.facts());
          }))
{
    display_gone_.self = this;
    display_gone_.base.notify = [](wl_listener* listener, void*) noexcept {
        DisplayGone* gone;
        gone = wl_container_of(listener, gone, base);
        gone->self->handle_display_gone();
    };
    wl_display_add_destroy_listener(desktop.display(), &display_gone_.base);
}

ShellControl::~ShellControl()
{
    if (!global_)
        return;
    wl_global_destroy(global_);
    wl_list_remove(&display_gone_.base.link);
    handle_display_gone();
}

void ShellControl::handle_display_gone()
{
    if (publishing_)
        wl_event_source_remove(std::exchange(publishing_, nullptr));
    global_ = nullptr; // the display's own
}

void ShellControl::view_told(FramedView& view)
{
    changed_.insert(&view);
    schedule();
}

void ShellControl::view_gone(FramedView& view)
{
    changed_.erase(&view);
    for (Toplevel* const toplevel : toplevels_)
        if (toplevel->view() == &view)
            toplevel->close_told();
}

void ShellControl::desktop_told()
{
    schedule();
}

void ShellControl::send_chord(std::string_view name)
{
    for (Shell const* const shell : shells_)
        vitrail_shell_v1_send_chord(shell->resource(), std::string(name).c_str());
}

void ShellControl::schedule()
{
    if (!publishing_ && global_ && !shells_.empty())
        publishing_ = wl_event_loop_add_idle(
            desktop_.loop(),
            [](void* data) noexcept {
                auto& self = *static_cast<ShellControl*>(data);
                self.publishing_ = nullptr;
                self.publish();
            },
            this);
}

void ShellControl::publish()
{
    for (FramedView* const view : std::exchange(changed_, {})) {
        if (std::ranges::find(desktop_.stack(), view) == desktop_.stack().end())
            continue;
        auto const now = Toplevel::now(*view);
        for (Shell* const shell : shells_) {
            auto const known = std::ranges::find_if(toplevels_, [&](Toplevel const* one) {
                return one->view() == view && one->shell() == shell->id();
            });
            if (known != toplevels_.end())
                (*known)->tell(now);
            else
                shell->add(*view);
        }
    }
    Facts const now = facts();
    for (Shell* const shell : shells_)
        shell->tell(now);
}

ShellControl::Facts ShellControl::facts() const
{
    Facts facts{.workspaces = static_cast<std::uint32_t>(desktop_.workspaces()),
                .workspace = static_cast<std::uint32_t>(desktop_.workspace()),
                .dark = desktop_.scheme() == Scheme::dark,
                .locked = desktop_.lock().locked()};
    if (desktop_.has_keyboard_focus()) {
        Badge const* const qube = host_.badge_of(desktop_.clipboard().typed());
        facts.focus = qube ? Focus{VITRAIL_SHELL_V1_KEYBOARD_QUBE, *qube}
                           : Focus{VITRAIL_SHELL_V1_KEYBOARD_SESSION, desktop_.machine()};
    }
    auto const layout = desktop_.keyboard_layout();
    facts.layout = layout.name;
    facts.layouts = layout.count;
    if (auto const& last = desktop_.clipboard().last();
        last && last->held_type != transport::ClipboardType::none)
        facts.clipboard = {std::string(transport::name_view(last->held_name)),
                           std::string(transport::type_word(last->held_type)), last->held_bytes,
                           last->held_width, last->held_height};
    return facts;
}

void ShellControl::act(std::uint32_t action)
{
    switch (action) {
    case VITRAIL_SHELL_V1_ACTION_LOCK: desktop_.perform({{}, Action::lock}); break;
    case VITRAIL_SHELL_V1_ACTION_QUIT: desktop_.perform({{}, Action::quit}); break;
    case VITRAIL_SHELL_V1_ACTION_TERMINAL: desktop_.perform({{}, Action::terminal}); break;
    case VITRAIL_SHELL_V1_ACTION_LAUNCHER: desktop_.perform({{}, Action::launcher}); break;
    case VITRAIL_SHELL_V1_ACTION_NEXT_LAYOUT: desktop_.perform({{}, Action::next_layout}); break;
    case VITRAIL_SHELL_V1_ACTION_CLEAR_CLIPBOARD:
        host_.handle_chord("clear-clipboard", nullptr);
        break;
    default: break;
    }
}

} // namespace vitrail::compositor
