#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vitrail::qrexec {

/// Rules of what names a call: services, arguments, qubes, requests. All pure.
/// Source: fact sheet qrexec §4, §10, §11 and §16.
inline constexpr std::size_t max_service_name = 255;
inline constexpr std::size_t max_qube_name = 31;

[[nodiscard]] bool
is_service_name(std::string_view untrusted_text); ///< of [A-Za-z0-9._-], 1 to 255
[[nodiscard]] bool
is_argument(std::string_view untrusted_text); ///< of [A-Za-z0-9+._-]; may be empty
/// A letter, then of [A-Za-z0-9_.-]; at most 31.
[[nodiscard]] bool is_qube_name(std::string_view untrusted_text);
/// 36 characters, lower case.
[[nodiscard]] bool is_uuid(std::string_view untrusted_text);
inline constexpr std::string_view dom0_uuid = "00000000-0000-0000-0000-000000000000";

/// A service and its argument. `name+argument`; without a plus it is called with the empty
/// argument.
struct ServiceCall {
    std::string name;
    std::string argument;
    bool has_plus = true; ///< as it was written

    /// `name+argument`: what a service's file and the command line say (an empty argument keeps its
    /// plus).
    [[nodiscard]] std::string descriptor() const { return name + "+" + argument; }
    friend bool operator==(ServiceCall const&, ServiceCall const&) = default;
};
/// Refuses characters that no service may have; nullopt then.
[[nodiscard]] std::optional<ServiceCall> parse_service(std::string_view untrusted_text);

/// Every byte outside [A-Za-z0-9_.-+] becomes `_`, as the daemon does before it asks policy.
[[nodiscard]] std::string clean_service(std::string_view untrusted_text);
/// Every byte outside [A-Za-z0-9_.-@:] becomes `_`.
[[nodiscard]] std::string clean_target(std::string_view untrusted_text);

/// The 32 bytes of a request's name: characters of [0-9A-Za-z_-. ], a NUL, then only NULs.
[[nodiscard]] bool is_request_ident(std::string_view untrusted_field);

} // namespace vitrail::qrexec
