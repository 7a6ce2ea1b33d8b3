#include "lib/paint/theme.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace vitrail {

namespace {

double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(Color color)
{
    return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue);
}

constexpr Palette light{
    .bar = Color::rgb(0xfbfaf8),
    .bar_inactive = Color::rgb(0xedebe8),
    .text = Color::rgb(0x1d1f24),
    .text_muted = Color::rgb(0x5c6068),
    .line = Color::rgb(0xd9d6d1),
    .hover = Color::rgb(0x1d1f24, 0.10),
    .pressed = Color::rgb(0x1d1f24, 0.20),
    .danger = Color::rgb(0xc22f3d),
    .neutral_frame = Color::rgb(0xb4b1ac),
    .card = Color::rgb(0xfbfaf8, 0.97),
    .card_selected = Color::rgb(0xe6ebf4),
    .accent = Color::rgb(0x2f5fb3),
};

constexpr Palette dark{
    .bar = Color::rgb(0x2b2d33),
    .bar_inactive = Color::rgb(0x212328),
    .text = Color::rgb(0xf1f0ee),
    .text_muted = Color::rgb(0xa4a7ae),
    .line = Color::rgb(0x3d4047),
    .hover = Color::rgb(0xffffff, 0.12),
    .pressed = Color::rgb(0xffffff, 0.22),
    .danger = Color::rgb(0xc9404d),
    .neutral_frame = Color::rgb(0x6b6f78),
    .card = Color::rgb(0x25272c, 0.97),
    .card_selected = Color::rgb(0x3a4252),
    .accent = Color::rgb(0x8fb2f0),
};

} // namespace

double contrast(Color a, Color b)
{
    double const la = luminance(a);
    double const lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

Color ink_on(Color background)
{
    constexpr Color black = Color::rgb(0x000000);
    constexpr Color white = Color::rgb(0xffffff);
    // White is preferred where it is good enough: it looks calmer on saturated colours.
    if (contrast(background, white) >= 4.5)
        return white;
    return black;
}

Color mix(Color a, Color b, double amount)
{
    auto const between = [amount](double from, double to) { return from + (to - from) * amount; };
    return {between(a.red, b.red), between(a.green, b.green), between(a.blue, b.blue),
            between(a.alpha, b.alpha)};
}

Texture texture_of(std::string_view label)
{
    constexpr std::array<std::pair<std::string_view, Texture>, 9> known{{
        {"red", Texture::diagonals},
        {"orange", Texture::dots},
        {"yellow", Texture::grid},
        {"green", Texture::back_diagonals},
        {"gray", Texture::waves},
        {"grey", Texture::waves},
        {"blue", Texture::rows},
        {"purple", Texture::checks},
        {"black", Texture::plain},
    }};
    for (auto const& [name, texture] : known)
        if (name == label)
            return texture;
    std::uint32_t hash = 2166136261U; // FNV-1a: the same on every machine and in every run
    for (char const c : label)
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 16777619U;
    return static_cast<Texture>(hash % 9);
}

Palette const& palette(Scheme scheme)
{
    return scheme == Scheme::dark ? dark : light;
}

} // namespace vitrail
