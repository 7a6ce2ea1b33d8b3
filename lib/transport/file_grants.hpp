#pragma once

#include <cstdint>

/// How grants are laid out in the two files of a domain that both ends share (fact sheet
/// vchan-socket §2): reference r is page r of `dom<D>.mem`, and entry r of `dom<D>.tab`, a u32,
/// says who may map it.
namespace vitrail::transport {

inline constexpr std::uint32_t file_grant_references = 1U << 21; ///< 0 is not used
inline constexpr std::uint32_t file_grant_valid = 1U << 31;
inline constexpr std::uint32_t file_grant_domain = 0xffff; ///< these bits name who may map it

} // namespace vitrail::transport
