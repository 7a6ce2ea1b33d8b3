// Devices: what is assigned and attached is kept, checked and answered. Source: fact sheet
// admin-api §13.

#include "services/qubesd/api.hpp"

#include <algorithm>

namespace vitrail::qubesd {

using qube::Assignment;
using qube::AssignmentMode;
using qube::DeviceRef;
using qube::Outcome;
using qube::refuse;
namespace exception = qube::exception;

namespace {

auto same_device(DeviceRef const& device)
{
    return [&device](Assignment const& one) {
        return one.device.device_class == device.device_class &&
               one.device.backend == device.backend && one.device.port == device.port &&
               (one.device.id == device.id || device.id == qube::any_device);
    };
}

/// Those of the class, and of the port when the call names one (BACKEND+PORT), sorted.
std::string lines(std::vector<Assignment> const& all, Call const& call)
{
    std::vector<std::string> found;
    for (Assignment const& one : all)
        if (one.device.device_class == call.detail &&
            (call.argument().empty() || one.device.port_text() == call.argument()))
            found.push_back(assignment_line(one, call.subject) + "\n");
    std::ranges::sort(found);
    std::string out;
    for (std::string const& line : found)
        out += line;
    return out;
}

qube::EventPairs device_pairs(DeviceRef const& device)
{
    return {{"device", device.port_text() + ":" + device.id}};
}

} // namespace

Outcome<DeviceRef> Api::device(Call const& call) const
{
    DeviceRef found = TRY(qube::parse_device_argument(call.detail, call.argument()));
    if (!system_.state.find(found.backend))
        return refuse(exception::qube_not_found, "There is no qube " + found.backend);
    return found;
}

Outcome<> Api::keep_assignments(Qube& one, std::vector<Assignment> all)
{
    Transaction change(system_.store);
    change.set_assignments(one.name, all);
    TRY_VOID(system_.keep(change));
    one.assignments = std::move(all);
    return {};
}

Api::Text Api::device_classes(Call const&)
{
    std::string out;
    for (std::string_view const one : qube::device_classes)
        out += std::string(one) + "\n";
    return out;
}

Api::Text Api::device_available(Call const&)
{
    return ""; // this host's back ends offer none yet
}

Api::Text Api::device_assigned(Call const& call)
{
    return lines(subject(call).assignments, call);
}

Api::Text Api::device_attached(Call const& call)
{
    return lines(subject(call).now.attached, call);
}

Api::Text Api::device_assign(Call const& call)
{
    DeviceRef const wanted = TRY(device(call));
    Assignment const assignment =
        TRY(qube::parse_assignment(wanted, call.subject, call.untrusted_payload()));
    if (assignment.mode == AssignmentMode::manual) // the original fails inside: an empty reply
        return refuse("", "an assignment has a mode other than manual");
    if (wanted.backend == call.subject)
        return refuse(exception::value, "A qube's own device is not assigned to it");
    if (assignment.mode == AssignmentMode::required && call.detail != "pci" &&
        call.detail != "block")
        return refuse(exception::value, "Only block and pci devices can be required");
    auto all = subject(call).assignments;
    if (std::ranges::any_of(all, same_device(assignment.device)))
        return refuse(exception::device_assigned, "The device is assigned already");
    all.push_back(assignment);
    TRY_VOID(keep_assignments(subject(call), std::move(all)));
    system_.events.fire(call.subject, "device-assign:" + call.detail,
                        device_pairs(assignment.device));
    return "";
}

Api::Text Api::device_unassign(Call const& call)
{
    DeviceRef const wanted = TRY(device(call));
    auto all = subject(call).assignments;
    auto const found = std::ranges::find_if(all, same_device(wanted));
    if (found == all.end())
        return refuse(exception::device_not_assigned, "The device is not assigned");
    DeviceRef const gone = found->device;
    all.erase(found);
    TRY_VOID(keep_assignments(subject(call), std::move(all)));
    system_.events.fire(call.subject, "device-unassign:" + call.detail, device_pairs(gone));
    return "";
}

Api::Text Api::device_set_assignment(Call const& call)
{
    DeviceRef const wanted = TRY(device(call));
    AssignmentMode const mode = TRY(qube::parse_mode(call.untrusted_payload()));
    if (mode == AssignmentMode::manual)
        return refuse(exception::assignment_mode, "An assignment has a mode other than manual");
    auto all = subject(call).assignments;
    auto const found = std::ranges::find_if(all, same_device(wanted));
    if (found == all.end())
        return refuse(exception::device_not_assigned, "The device is not assigned");
    found->mode = mode;
    DeviceRef const changed = found->device;
    TRY_VOID(keep_assignments(subject(call), std::move(all)));
    system_.events.fire(call.subject, "device-assignment-changed:" + call.detail,
                        device_pairs(changed));
    return "";
}

Api::Text Api::device_attach(Call const& call)
{
    DeviceRef const wanted = TRY(device(call));
    Assignment const assignment =
        TRY(qube::parse_assignment(wanted, call.subject, call.untrusted_payload()));
    if (subject(call).now.power != qube::Power::running)
        return refuse(exception::not_running, "The qube " + call.subject + " is not running");
    if (std::ranges::any_of(subject(call).now.attached, same_device(assignment.device)))
        return refuse(exception::device_attached, "The device is attached already");
    return refuse(exception::device_not_found,
                  "The qube " + wanted.backend + " has no such device"); // see Available
}

Api::Text Api::device_detach(Call const& call)
{
    DeviceRef const wanted = TRY(device(call));
    Qube& one = subject(call);
    auto const assigned = std::ranges::find_if(one.assignments, same_device(wanted));
    if (assigned != one.assignments.end() && assigned->mode == AssignmentMode::required &&
        !one.is_off())
        return refuse(exception::not_halted, "The qube needs the device as long as it runs");
    auto const found = std::ranges::find_if(one.now.attached, same_device(wanted));
    if (found == one.now.attached.end())
        return refuse(exception::device_not_assigned, "The device is not attached");
    one.now.attached.erase(found);
    system_.events.fire(call.subject, "device-detach:" + call.detail,
                        {{"port", wanted.port_text()}});
    return "";
}

// ---- denied interfaces ----

namespace {

std::vector<std::string> denied_codes(State const& state, Qube const& one)
{
    return qube::parse_interfaces(property_text(state, one, "devices_denied"))
        .value_or(std::vector<std::string>());
}

} // namespace

Api::Text Api::keep_denied(Call const& call, std::vector<std::string> const& codes)
{
    std::string text;
    for (std::string const& code : codes)
        text += code;
    auto const& property = *qube::find_property(subject(call).qube_class, "devices_denied");
    TRY_VOID(change_property(subject(call), property, text));
    return "";
}

Api::Text Api::denied_list(Call const& call)
{
    std::string out;
    for (std::string const& code : denied_codes(system_.state, subject(call)))
        out += code + "\n";
    return out;
}

Api::Text Api::denied_add(Call const& call)
{
    auto codes = denied_codes(system_.state, subject(call));
    for (std::string const& code : TRY(qube::parse_interfaces(call.untrusted_payload())))
        if (!std::ranges::contains(codes, code))
            codes.push_back(code);
    std::ranges::sort(codes);
    return keep_denied(call, codes);
}

Api::Text Api::denied_remove(Call const& call)
{
    if (call.untrusted_payload() == "all")
        return keep_denied(call, {});
    auto codes = denied_codes(system_.state, subject(call));
    for (std::string const& code : TRY(qube::parse_interfaces(call.untrusted_payload())))
        if (std::erase(codes, code) == 0)
            return refuse(exception::value, "The interface " + code + " is not denied");
    return keep_denied(call, codes);
}

} // namespace vitrail::qubesd
