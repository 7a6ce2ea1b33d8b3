#pragma once

#include "tests/component/compositor_stage.hpp"

#include <iosfwd>

namespace vitrail::test {

inline constexpr std::uint32_t attack_color = 0xff00ff; ///< nobody else draws with it
inline constexpr std::uint32_t victim_color = 0x20c060;
inline constexpr std::uint32_t panel_color = 0x102030;
inline constexpr std::uint32_t bank = 1; ///< origin of the victim, with the focus
inline constexpr std::uint32_t evil = 2; ///< of the attacker
inline constexpr std::uint32_t evil_rgb = 0xcc0000;

/// A panel, a victim who is being typed into, and an attacker who holds a guid.
struct Scene {
    explicit Scene(StageSetup const& setup = {}, std::uint32_t permissions = 4);
    ~Scene();
    /// Every pixel is where it belongs: outside of the attacker's frames as it was before, in his
    /// frames as the painter paints them, the panel as it was.
    void check_pixels();
    /// The victim has the focus, and every title bar of the attacker can be reached.
    void check_rest();

    Stage stage;
    std::unique_ptr<ShellHand> panel;
    std::unique_ptr<QubeHand> victim;
    std::unique_ptr<QubeHand> attacker;
    Size screen;
    Rect victim_content;
    Image calm;
};

struct Forgery {
    std::string name;   ///< a sentence
    bool ended = false; ///< by a protocol error
    std::function<void(Scene&, QubeHand&)> act;
};
[[nodiscard]] std::vector<Forgery> forgeries();
void PrintTo(Forgery const& forgery, std::ostream* out);

} // namespace vitrail::test
