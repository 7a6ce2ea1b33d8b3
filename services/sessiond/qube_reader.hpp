#pragma once

#include "lib/qube/async_client.hpp"
#include "lib/transport/guid_start.hpp"
#include "services/sessiond/labels.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace vitrail::session {

/// What the session wants to know of a qube, as qubesd said it.
struct QubeFacts {
    std::string name;
    std::string power; ///< Halted, Transient, Running, Paused, Halting, …
    Label label;
    std::uint32_t domain = 0; ///< 0: it does not run
    bool gui = false;         ///< its windows are ours to show
    bool autostart = false;
    transport::GuidStart options; ///< guid.conf's
};

/// Reads one qube; `done` once. Fails with what the API refused.
void read_qube(qube::AsyncAdminClient& client, std::string const& name,
               std::function<void(qube::Outcome<QubeFacts>)> done);

/// Names of all qubes but dom0 in an answer of admin.vm.List.
[[nodiscard]] std::vector<std::string> listed_qubes(std::string_view answer);

/// The value of an answer of property.Get, "default=… type=… VALUE"; empty for one that is none.
[[nodiscard]] std::string property_value(std::string_view answer);

} // namespace vitrail::session
