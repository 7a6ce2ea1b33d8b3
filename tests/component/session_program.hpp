#pragma once

#include "tests/component/compositor_clients.hpp"

struct xdg_wm_base;
struct xdg_surface;
struct xdg_toplevel;
struct xdg_popup;
struct zwp_pointer_constraints_v1;
struct zwp_locked_pointer_v1;
struct zwp_confined_pointer_v1;

namespace vitrail::test {

/// A program of the session (tier session), as a toolkit would speak: windows, menus, subsurfaces,
/// holds on the pointer. It draws one colour in whatever size it is asked for.
class ProgramHand final : public Client {
public:
    explicit ProgramHand(Fd socket) : Client(std::move(socket)) {}
    ~ProgramHand() override;

    struct Surface {
        ProgramHand* hand = nullptr;
        wl_surface* surface = nullptr;
        xdg_surface* shell = nullptr;
        xdg_toplevel* toplevel = nullptr;
        xdg_popup* popup = nullptr;
        wl_subsurface* subsurface = nullptr;
        Size size; ///< of what it draws
        Size asked;
        std::vector<Size> all_asked; ///< in each configure
        bool maximized = false, fullscreen = false;
        int popups_done = 0;
        zwp_locked_pointer_v1* lock = nullptr;
        zwp_confined_pointer_v1* confinement = nullptr;
        int held = 0, freed = 0; ///< how often its hold on the pointer came and went
    };

    /// A toplevel that is not committed yet: requests may follow.
    Surface& create(int number, Size size);
    /// It draws when it is configured.
    void commit(int number);
    Surface& open(int number, Size size);
    /// At a place in its parent's geometry; with `grab`, by the last button press.
    Surface& open_menu(int number, int parent, Rect const& place, bool grab);
    Surface& open_subsurface(int number, int parent, Point place, Size size);
    void paint(int number, Size size);
    void hide(int number);
    void destroy(int number);
    void move_subsurface(int number, Point place);
    void input_region(int number, Rect const& region);
    void begin_move(int number);
    void lock_pointer(int number);
    void confine_pointer(int number, Rect const& region);
    void free_pointer(int number);
    void watch_touch(); ///< once the seat has fingers
    [[nodiscard]] Surface& at(int number) { return surfaces_.at(number); }
    /// Number of the surface, 0 for none.
    [[nodiscard]] int pointed() const { return number_of(pointed_); }
    [[nodiscard]] int typed() const { return number_of(typed_); }

    std::optional<double> x, y; ///< of the pointer in its surface
    int motions = 0, frames = 0;
    struct Button {
        int surface;
        bool pressed;
        friend bool operator==(Button const&, Button const&) = default;
    };
    std::vector<Button> buttons;
    std::vector<std::uint32_t> keys; ///< pressed
    int touches = 0, touches_ended = 0;

private:
    void handle_global(std::uint32_t name, std::string_view interface) override;
    [[nodiscard]] int number_of(wl_surface* surface) const;
    struct Tables;

    std::map<int, Surface> surfaces_;
    ::wl_compositor* compositor_ = nullptr;
    wl_subcompositor* subcompositor_ = nullptr;
    wl_shm* shm_ = nullptr;
    wl_seat* seat_ = nullptr;
    wl_pointer* pointer_ = nullptr;
    wl_keyboard* keyboard_ = nullptr;
    wl_touch* touch_ = nullptr;
    xdg_wm_base* shell_ = nullptr;
    zwp_pointer_constraints_v1* constraints_ = nullptr;
    wl_surface* pointed_ = nullptr;
    wl_surface* typed_ = nullptr;
    std::uint32_t press_serial_ = 0;
};

} // namespace vitrail::test
