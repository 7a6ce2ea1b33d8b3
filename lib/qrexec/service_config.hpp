#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace vitrail::qrexec {

/// How a service is to be started, as its file in `rpc-config` says. Source: fact sheet qrexec §13.
struct ServiceConfig {
    bool wait_for_session = false;
    bool skip_service_descriptor = false; ///< socket services are not told who calls
    bool exit_on_service_eof = false;
    bool exit_on_client_eof = false;
    std::optional<std::string> force_user; ///< as this one whatever policy says
    friend bool operator==(ServiceConfig const&, ServiceConfig const&) = default;
};

inline constexpr std::size_t max_service_config = 4096;

/// A subset of TOML: `key = value` lines, `#` comments, no sections, no double quotes. Unknown keys
/// are ignored. The error says what is wrong, with the line's number; the call fails then.
[[nodiscard]] std::expected<ServiceConfig, std::string> parse_service_config(std::string_view text);

} // namespace vitrail::qrexec
