#pragma once

#include "lib/qube/admin_error.hpp"
#include "lib/qube/names.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrail::qube {

/// A whole request is no longer than this; a longer one is dropped (fact sheet admin-api §1.1).
inline constexpr std::size_t max_request = 65536;
inline constexpr std::size_t max_method = 255;

/// Who calls, or what the call is about.
struct Party {
    enum class Kind { name, uuid, adminvm } kind = Kind::adminvm;
    std::string text; ///< a valid name or UUID; of the adminvm: "dom0"
    friend bool operator==(Party const&, Party const&) = default;
};
/// The one of this name, which is taken as it is.
[[nodiscard]] Party party_named(std::string_view name);

/// One call. Method and argument hold only characters that a service call may hold; the payload is
/// what the caller sent and is still untrusted.
struct AdminRequest {
    std::string method;
    std::string argument; ///< empty: none (the API does not tell the two apart)
    Party source;
    Party destination;
    std::string untrusted_payload;
};

/// METHOD[+ARG] SRC DESTTYPE DEST NUL PAYLOAD, complete. nullopt: malformed or over the limit, the
/// connection ends without a reply.
[[nodiscard]] std::optional<AdminRequest> parse_request(std::string_view untrusted_bytes);
/// The client's side; `destination` "dom0" becomes the keyword adminvm.
[[nodiscard]] std::string build_request(AdminRequest const& request);

/// Pairs of an event; a missing value is empty text.
using EventPairs = std::vector<std::pair<std::string, std::string>>;

struct AdminEvent {
    std::string subject; ///< a qube, or empty: the system
    std::string name;
    EventPairs pairs;
    friend bool operator==(AdminEvent const&, AdminEvent const&) = default;
};

[[nodiscard]] std::string build_success(std::string_view content);
[[nodiscard]] std::string build_exception(AdminError const& error);
[[nodiscard]] std::string build_event(AdminEvent const& event);

/// A complete reply: the content, or the exception it carries. An empty reply is a refused access
/// (PermissionDenied); anything malformed a ProtocolError.
[[nodiscard]] Outcome<std::string> parse_reply(std::string_view untrusted_bytes);

/// Takes an event stream apart as it arrives.
class EventParser {
public:
    void feed(std::string_view untrusted_bytes) { untrusted_.append(untrusted_bytes); }
    /// The next whole event; nullopt inside: wait for more. Fails on anything that is no event
    /// (an exception in its place is handed on) or is longer than max_request.
    [[nodiscard]] Outcome<std::optional<AdminEvent>> next();

private:
    std::string untrusted_;
};

} // namespace vitrail::qube
