#pragma once

#include <cstdint>
#include <string_view>

namespace vitrail {

/// sRGB components from 0 to 1, not premultiplied.
struct Color {
    double red = 0;
    double green = 0;
    double blue = 0;
    double alpha = 1;

    /// From 0xRRGGBB.
    static constexpr Color rgb(std::uint32_t value, double alpha = 1)
    {
        return {static_cast<double>(value >> 16 & 0xff) / 255.0,
                static_cast<double>(value >> 8 & 0xff) / 255.0,
                static_cast<double>(value & 0xff) / 255.0, alpha};
    }
    [[nodiscard]] constexpr Color with_alpha(double value) const
    {
        return {red, green, blue, value};
    }
};

/// WCAG 2 contrast ratio, from 1 to 21; alpha is ignored.
[[nodiscard]] double contrast(Color a, Color b);

/// Black or white, whichever reads better on this colour: never below 4.5 (the worse of the two
/// best cases is the square root of 21).
[[nodiscard]] Color ink_on(Color background);

/// `amount` of b in a.
[[nodiscard]] Color mix(Color a, Color b, double amount);

enum class Scheme { light, dark };

/// A pattern that tells labels apart without colour.
enum class Texture { diagonals, dots, grid, back_diagonals, waves, plain, rows, checks, columns };

/// The eight labels of the field have one each (fact sheet gui-protocol §6.4); any other label gets
/// one by its name, always the same.
[[nodiscard]] Texture texture_of(std::string_view label);

/// The colours of everything that is not a label.
struct Palette {
    Color bar;          ///< title bar with focus
    Color bar_inactive; ///< and without
    Color text;
    Color text_muted;
    Color line;  ///< hairlines between neutral areas
    Color hover; ///< behind a button under the pointer
    Color pressed;
    Color danger;        ///< close button under the pointer, error bar
    Color neutral_frame; ///< frames of windows of the GUI domain itself
    Color card;          ///< overlays
    Color card_selected;
    Color accent; ///< selection: no label has it as its only mark
};

[[nodiscard]] Palette const& palette(Scheme scheme);

} // namespace vitrail
