#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>

namespace vitrail {

struct Size {
    std::int32_t width = 0;
    std::int32_t height = 0;
    friend constexpr bool operator==(Size const&, Size const&) = default;
};

struct Point {
    std::int32_t x = 0;
    std::int32_t y = 0;
    friend constexpr bool operator==(Point const&, Point const&) = default;
};

/// A rectangle; width and height are never negative. The unit is the user's to say.
struct Rect {
    std::int32_t x = 0;
    std::int32_t y = 0;
    std::int32_t width = 0;
    std::int32_t height = 0;

    friend constexpr bool operator==(Rect const&, Rect const&) = default;

    [[nodiscard]] constexpr bool empty() const { return width <= 0 || height <= 0; }
    /// One past the last column and row, in 64 bits so that it cannot overflow.
    [[nodiscard]] constexpr std::int64_t right() const { return std::int64_t{x} + width; }
    [[nodiscard]] constexpr std::int64_t bottom() const { return std::int64_t{y} + height; }
    [[nodiscard]] constexpr bool contains(Point p) const
    {
        return p.x >= x && p.y >= y && p.x < right() && p.y < bottom();
    }
    [[nodiscard]] constexpr bool contains(Rect const& other) const
    {
        return other.x >= x && other.y >= y && other.right() <= right() &&
               other.bottom() <= bottom();
    }
};

/// What both rectangles cover; an empty rectangle where they do not meet.
[[nodiscard]] constexpr Rect intersection(Rect const& a, Rect const& b)
{
    std::int32_t const left = std::max(a.x, b.x);
    std::int32_t const top = std::max(a.y, b.y);
    std::int64_t const width = std::min(a.right(), b.right()) - left;
    std::int64_t const height = std::min(a.bottom(), b.bottom()) - top;
    if (width <= 0 || height <= 0)
        return {};
    return {left, top, static_cast<std::int32_t>(width), static_cast<std::int32_t>(height)};
}

/// a * b, or nothing where the product does not fit: sizes from outside are multiplied with this.
template <typename T> [[nodiscard]] constexpr std::optional<T> checked_mul(T a, T b)
{
    T product;
    if (__builtin_mul_overflow(a, b, &product))
        return std::nullopt;
    return product;
}

} // namespace vitrail
