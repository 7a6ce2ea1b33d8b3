#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

namespace vitrail {

/// A type that is nothing but its bytes: no padding (the compiler's own proof), no pointers to run.
template <typename T>
concept Pod = std::is_trivially_copyable_v<T> && std::has_unique_object_representations_v<T>;

/// A value that a peer chose. It does not convert, compare or print: only check() opens it, and
/// what the check returns is another type, so an unchecked value cannot be used by accident.
template <typename T> class Untrusted {
public:
    explicit constexpr Untrusted(T value) : value_(std::move(value)) {}

    /// Calls `check(T const&)`; name its parameter untrusted_…, so that grep finds every place.
    template <typename Check> [[nodiscard]] constexpr auto check(Check&& check) const
    {
        return check(value_);
    }

private:
    T value_;
};

/// The bytes as a T. The span's size is part of the type: a caller cannot pass too few.
template <Pod T>
[[nodiscard]] Untrusted<T> load(std::span<std::byte const, sizeof(T)> bytes) noexcept
{
    T value;
    std::memcpy(&value, bytes.data(), sizeof(T));
    return Untrusted<T>(value);
}

} // namespace vitrail
