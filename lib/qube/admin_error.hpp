#pragma once

#include "lib/base/result.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace vitrail::qube {

/// The types of exceptions of the Admin API that we give (fact sheet admin-api §3). A closed list:
/// AdminError holds one of these.
namespace exception {
inline constexpr std::string_view generic = "QubesException";
inline constexpr std::string_view protocol = "ProtocolError";
inline constexpr std::string_view permission_denied = "PermissionDenied";
inline constexpr std::string_view qube = "QubesVMError";
inline constexpr std::string_view qube_not_found = "QubesVMNotFoundError";
inline constexpr std::string_view invalid_uuid = "QubesVMInvalidUUIDError";
inline constexpr std::string_view qube_exists = "QubesVMAlreadyExistsError";
inline constexpr std::string_view qube_in_use = "QubesVMInUseError";
inline constexpr std::string_view not_started = "QubesVMNotStartedError";
inline constexpr std::string_view not_running = "QubesVMNotRunningError";
inline constexpr std::string_view not_paused = "QubesVMNotPausedError";
inline constexpr std::string_view not_suspended = "QubesVMNotSuspendedError";
inline constexpr std::string_view not_halted = "QubesVMNotHaltedError";
inline constexpr std::string_view shutdown_timeout = "QubesVMShutdownTimeoutError";
inline constexpr std::string_view no_template = "QubesNoTemplateError";
inline constexpr std::string_view memory = "QubesMemoryError";
inline constexpr std::string_view value = "QubesValueError";
inline constexpr std::string_view property_value = "QubesPropertyValueError";
inline constexpr std::string_view no_such_property = "QubesNoSuchPropertyError";
inline constexpr std::string_view not_implemented = "QubesNotImplementedError";
inline constexpr std::string_view feature_not_found = "QubesFeatureNotFoundError";
inline constexpr std::string_view tag_not_found = "QubesTagNotFoundError";
inline constexpr std::string_view invalid_tag = "QubesInvalidTagError";
inline constexpr std::string_view label_not_found = "QubesLabelNotFoundError";
inline constexpr std::string_view invalid_label = "QubesInvalidLabelError";
inline constexpr std::string_view invalid_label_value = "QubesInvalidLabelValueError";
inline constexpr std::string_view label_in_use = "QubesLabelInUseError";
inline constexpr std::string_view storage = "StoragePoolException";
inline constexpr std::string_view pool_in_use = "QubesPoolInUseError";
inline constexpr std::string_view pool_not_found = "QubesPoolNotFoundError";
inline constexpr std::string_view volume_not_found = "QubesVolumeNotFoundError";
inline constexpr std::string_view revision_not_found = "QubesVolumeRevisionNotFoundError";
inline constexpr std::string_view copy_token_not_found = "QubesVolumeCopyTokenNotFoundError";
inline constexpr std::string_view copy_in_use = "QubesVolumeCopyInUseError";
inline constexpr std::string_view device_not_assigned = "DeviceNotAssigned";
inline constexpr std::string_view device_not_found = "DeviceNotFound";
inline constexpr std::string_view device_attached = "DeviceAlreadyAttached";
inline constexpr std::string_view device_assigned = "DeviceAlreadyAssigned";
inline constexpr std::string_view unrecognized_device = "UnrecognizedDevice";
inline constexpr std::string_view unexpected_device_property = "UnexpectedDeviceProperty";
inline constexpr std::string_view assignment_mode = "QubesUnrecognizedDeviceAssignmentMode";
} // namespace exception

/// A call's refusal: the kind as the wire names it, and a sentence for a person.
/// An empty type stands for an internal failure: the caller gets an empty reply.
struct AdminError {
    std::string type;
    std::string message;
    friend bool operator==(AdminError const&, AdminError const&) = default;
};

template <typename T = void> using Outcome = std::expected<T, AdminError>;

[[nodiscard]] std::unexpected<AdminError> refuse(std::string_view type, std::string message);

/// Whether `kind` is `type` or one of the kinds that it descends from (all descend from
/// QubesException): what a client may handle alike.
[[nodiscard]] bool is_kind_of(std::string_view type, std::string_view kind);

} // namespace vitrail::qube
