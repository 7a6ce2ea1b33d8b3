#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace vitrail {

/// An integer that does not mix with others: `using WindowId = Strong<uint32_t, struct
/// WindowIdTag>;`
template <typename T, typename Tag> struct Strong {
    T value{};

    constexpr Strong() = default;
    explicit constexpr Strong(T v) : value(v) {}
    friend constexpr auto operator<=>(Strong const&, Strong const&) = default;
};

/// A window of a qube, by the number its agent chose. 0 is the whole screen of the qube.
using WindowId = Strong<std::uint32_t, struct WindowIdTag>;
/// A running domain (Xen's number, or the one sessiond gave on the local host).
using DomainId = Strong<std::uint32_t, struct DomainIdTag>;
/// A buffer of the GUI protocol's extension, by the number its agent chose; never 0.
using BufferId = Strong<std::uint32_t, struct BufferIdTag>;

} // namespace vitrail

template <typename T, typename Tag> struct std::hash<vitrail::Strong<T, Tag>> {
    std::size_t operator()(vitrail::Strong<T, Tag> const& s) const noexcept
    {
        return std::hash<T>{}(s.value);
    }
};
