#pragma once

#include "lib/qube/admin_error.hpp"

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vitrail::qube {

/// Devices as values. Source: fact sheet admin-api §13.
inline constexpr std::array<std::string_view, 4> device_classes{"block", "mic", "pci", "usb"};
inline constexpr std::string_view any_device = "*";
inline constexpr std::size_t interface_code_size = 7;

/// Which device, or which devices: `*` in port or id stands for any.
struct DeviceRef {
    std::string device_class;
    std::string backend;
    std::string port;
    std::string id = std::string(any_device);
    friend auto operator<=>(DeviceRef const&, DeviceRef const&) = default;

    /// BACKEND+PORT, as a call's argument and the answers begin.
    [[nodiscard]] std::string port_text() const { return backend + "+" + port; }
};

/// BACKEND+PORT[+ID] of a call's argument. Fails with ProtocolError.
[[nodiscard]] Outcome<DeviceRef> parse_device_argument(std::string_view device_class,
                                                       std::string_view untrusted_argument);
/// The client's side.
[[nodiscard]] std::string build_device_argument(DeviceRef const& device);

/// How a device comes to its qube.
enum class AssignmentMode { manual, ask, automatic, required };
[[nodiscard]] std::string_view mode_name(AssignmentMode mode);
/// Fails with QubesUnrecognizedDeviceAssignmentMode.
[[nodiscard]] Outcome<AssignmentMode> parse_mode(std::string_view untrusted_text);

struct Assignment {
    DeviceRef device;
    AssignmentMode mode = AssignmentMode::manual;
    std::map<std::string, std::string> options; ///< checked against the class
    friend bool operator==(Assignment const&, Assignment const&) = default;
};

/// key='value' items; the order is kept.
using DeviceFields = std::vector<std::pair<std::string, std::string>>;
[[nodiscard]] std::string serialize(DeviceFields const& fields);
/// Fails with ProtocolError.
[[nodiscard]] Outcome<DeviceFields> parse_fields(std::string_view untrusted_text);

/// The payload of Assign or Attach for `device` (from the call's argument) and `frontend`. Base
/// keys may be left out but must agree; unknown ones are a ProtocolError, unknown or wrong options
/// an UnexpectedDeviceProperty.
[[nodiscard]] Outcome<Assignment> parse_assignment(DeviceRef const& device,
                                                   std::string_view frontend,
                                                   std::string_view untrusted_payload);
/// One assignment as Assigned and Attached answer it, without the line's end.
[[nodiscard]] std::string assignment_line(Assignment const& assignment, std::string_view frontend);

/// Codes of 7 characters without separator. Fails with QubesValueError.
[[nodiscard]] Outcome<std::vector<std::string>> parse_interfaces(std::string_view untrusted_codes);

} // namespace vitrail::qube
