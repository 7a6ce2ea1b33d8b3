#pragma once

#include "compositor/listener.hpp"
#include "compositor/prompt_guard.hpp"
#include "compositor/wlr.hpp"
#include "lib/base/geometry.hpp"
#include "lib/os/event_loop.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace vitrail::compositor {

/// Surfaces that ask the user something: above everything but the lock, with the keyboard, and deaf
/// to input that was meant for something else (PromptGuard).
class Prompts {
public:
    struct Owner {
        /// One was shown or hidden: the keyboard may be another's.
        virtual void handle_prompts_changed() = 0;
        /// Keys (evdev codes) that are down now.
        [[nodiscard]] virtual std::vector<std::uint32_t> keys_down() const = 0;

    protected:
        ~Owner() = default;
    };
    /// One prompt; ends by itself with its surface, and takes the surface out of the rules when it
    /// is destroyed.
    class Prompt {
    public:
        struct Events {
            std::function<void(bool)> ready; ///< whether it gets input from now on
            std::function<void()> cancelled; ///< the screen was locked
        };
        /// `tree`: where it is in the scene; gone with the surface.
        Prompt(Prompts& owner, wlr_layer_surface_v1& surface, wlr_scene_tree& tree, Events events);
        ~Prompt();
        Prompt(Prompt const&) = delete;
        Prompt& operator=(Prompt const&) = delete;

    private:
        friend class Prompts;
        void handle_map();
        void handle_unmap();
        void handle_destroy();
        void handle_timer();
        void wait_for_calm();
        void show_ready(bool ready);
        [[nodiscard]] bool mapped() const { return surface_ && surface_->surface->mapped; }

        Prompts& owner_;
        wlr_layer_surface_v1* surface_; ///< null after its end
        wlr_scene_tree* tree_;          ///< likewise
        Events events_;
        PromptGuard guard_;
        bool ready_ = false;
        Timer<&Prompt::handle_timer> timer_;
        std::unique_ptr<Listener<&Prompt::handle_map>> map_; ///< these end with the surface
        std::unique_ptr<Listener<&Prompt::handle_unmap>> unmap_;
        std::unique_ptr<Listener<&Prompt::handle_destroy>> destroy_;
    };

    Prompts(wl_event_loop* loop, Owner& owner) : loop_(loop), owner_(owner) {}

    /// Whether this layer surface is a prompt's.
    [[nodiscard]] bool holds(wlr_layer_surface_v1 const* surface) const;
    /// The newest that is shown; null without any.
    [[nodiscard]] wlr_surface* keyboard_surface() const;
    /// Whether this surface, or a part of it, may be pressed: true for what is no prompt.
    [[nodiscard]] bool may_press(wlr_surface* surface) const;
    /// Whether the prompt that has the keyboard gets this press. Ask only while there is one.
    [[nodiscard]] bool take_key(std::uint32_t code);
    void key_released(std::uint32_t code);
    /// Whether the prompt that has the keyboard gets input now.
    [[nodiscard]] bool ready() const;
    /// Something was, or is now, in this place of the layout.
    void disturb(Rect const& place);
    void cancel();

private:
    [[nodiscard]] Prompt* shown() const;

    wl_event_loop* loop_;
    Owner& owner_;
    std::vector<Prompt*> prompts_; ///< the newest last
};

} // namespace vitrail::compositor
