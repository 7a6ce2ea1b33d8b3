#include "lib/qube/device.hpp"

#include "lib/qube/names.hpp"

#include <algorithm>
#include <span>

namespace vitrail::qube {
namespace {

bool is_port(std::string_view text)
{
    constexpr std::size_t max_port = 128;
    return !text.empty() && text.size() <= max_port && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("._-").contains(c);
    });
}

/// Inside a call's argument ':' is '+' and '*' is '_'; of the unknown interface the '?' as well.
std::string id_from_argument(std::string_view text)
{
    if (text == "_")
        return std::string(any_device);
    std::string out(text);
    std::ranges::replace(out, '+', ':');
    auto const last = out.rfind(':');
    if (last == std::string::npos || std::ranges::count(out, ':') != 3)
        return out;
    for (auto at = last + 1; at < out.size(); at += interface_code_size) {
        std::string code = out.substr(at, interface_code_size);
        std::ranges::replace(code, '_', '*');
        if (code == "*******")
            code[0] = '?';
        out.replace(at, interface_code_size, code);
    }
    return out;
}

bool may_have_option(std::string_view device_class, std::string_view name, std::string_view value)
{
    if (device_class == "block") {
        if (name == "frontend-dev")
            return value.size() > 3 && (value.starts_with("xvd") || value.starts_with("sd"));
        if (name == "read-only")
            return value == "yes" || value == "no";
        return name == "devtype" && (value == "disk" || value == "cdrom");
    }
    if (device_class == "pci")
        return (name == "no-strict-reset" || name == "permissive") && parse_bool(value);
    return false;
}

Outcome<> agree(std::string_view key, std::string_view said, std::string_view meant)
{
    if (said == meant)
        return {};
    return refuse(exception::protocol,
                  "the payload's " + std::string(key) + " is not that of the call");
}

} // namespace

Outcome<DeviceRef> parse_device_argument(std::string_view device_class, std::string_view argument)
{
    auto const first = argument.find('+');
    if (first == std::string_view::npos)
        return refuse(exception::protocol, "a device is BACKEND+PORT or BACKEND+PORT+ID");
    DeviceRef device{.device_class = std::string(device_class),
                     .backend = std::string(argument.substr(0, first)),
                     .port = {}};
    std::string_view rest = argument.substr(first + 1);
    auto const second = rest.find('+');
    device.port = rest.substr(0, second);
    if (device.port == "_")
        device.port = any_device;
    if (second != std::string_view::npos)
        device.id = id_from_argument(rest.substr(second + 1));
    bool const good_port = device.port == any_device || is_port(device.port);
    if ((device.backend != dom0 && !is_qube_name(device.backend)) || !good_port ||
        device.id.empty())
        return refuse(exception::protocol, "this names no device");
    return device;
}

std::string build_device_argument(DeviceRef const& device)
{
    std::string id = device.id;
    std::ranges::replace(id, ':', '+');
    std::ranges::replace(id, '*', '_');
    std::ranges::replace(id, '?', '_');
    return device.backend + "+" + (device.port == any_device ? "_" : device.port) + "+" + id;
}

std::string_view mode_name(AssignmentMode mode)
{
    switch (mode) {
    case AssignmentMode::manual: return "manual";
    case AssignmentMode::ask: return "ask-to-attach";
    case AssignmentMode::automatic: return "auto-attach";
    case AssignmentMode::required: return "required";
    }
    return "";
}

Outcome<AssignmentMode> parse_mode(std::string_view text)
{
    for (auto const mode : {AssignmentMode::manual, AssignmentMode::ask, AssignmentMode::automatic,
                            AssignmentMode::required})
        if (mode_name(mode) == text)
            return mode;
    return refuse(exception::assignment_mode, "there is no such mode of assignment");
}

std::string serialize(DeviceFields const& fields)
{
    std::string out;
    for (auto const& [key, value] : fields) {
        if (!out.empty())
            out += ' ';
        out += key + "='";
        for (char const c : value) {
            if (c == '\'')
                out += '\\';
            out += c;
        }
        out += '\'';
    }
    return out;
}

Outcome<DeviceFields> parse_fields(std::string_view text)
{
    DeviceFields fields;
    while (!text.empty()) {
        auto const sign = text.find("='");
        if (sign == std::string_view::npos || sign == 0)
            return refuse(exception::protocol, "key='value' is expected");
        std::string_view const key = text.substr(0, sign);
        if (!is_feature_name(key))
            return refuse(exception::protocol, "a key holds a character that it may not");
        std::string value;
        std::size_t at = sign + 2;
        for (; at < text.size() && text[at] != '\''; ++at) {
            if (text[at] == '\\' && at + 1 < text.size() && text[at + 1] == '\'')
                ++at;
            if (text[at] < 0x20 || text[at] > 0x7e)
                return refuse(exception::protocol, "a value holds more than printable ASCII");
            value += text[at];
        }
        if (at == text.size())
            return refuse(exception::protocol, "a value does not end");
        fields.emplace_back(key, std::move(value));
        text.remove_prefix(at + 1);
        if (!text.empty() && (text[0] != ' ' || text.size() == 1))
            return refuse(exception::protocol, "one space is expected between two items");
        text.remove_prefix(std::min<std::size_t>(text.size(), 1));
    }
    return fields;
}

Outcome<Assignment> parse_assignment(DeviceRef const& device, std::string_view frontend,
                                     std::string_view payload)
{
    Assignment assignment{.device = device, .mode = AssignmentMode::manual, .options = {}};
    for (auto const& [key, value] : TRY(parse_fields(payload))) {
        if (key.starts_with('_')) {
            std::string const name = key.substr(1);
            if (!may_have_option(device.device_class, name, value))
                return refuse(exception::unexpected_device_property, "a " + device.device_class +
                                                                         " device has no option " +
                                                                         name + " of this value");
            assignment.options[name] = value;
        } else if (key == "mode")
            assignment.mode = TRY(parse_mode(value));
        else if (key == "device_id") {
            if (device.id == any_device)
                assignment.device.id = value;
            else
                TRY_VOID(agree(key, value, device.id));
        } else if (key == "port_id")
            TRY_VOID(agree(key, value, device.port));
        else if (key == "devclass")
            TRY_VOID(agree(key, value, device.device_class));
        else if (key == "backend_domain")
            TRY_VOID(agree(key, value, device.backend));
        else if (key == "frontend_domain")
            TRY_VOID(agree(key, value, frontend));
        else
            return refuse(exception::protocol, "an assignment has no field " + key);
    }
    return assignment;
}

std::string assignment_line(Assignment const& assignment, std::string_view frontend)
{
    DeviceRef const& device = assignment.device;
    DeviceFields fields{{"device_id", device.id},
                        {"port_id", device.port},
                        {"devclass", device.device_class},
                        {"backend_domain", device.backend},
                        {"mode", std::string(mode_name(assignment.mode))},
                        {"frontend_domain", std::string(frontend)}};
    for (auto const& [name, value] : assignment.options)
        fields.emplace_back("_" + name, value);
    return device.port_text() + ":" + device.id + " " + serialize(fields);
}

Outcome<std::vector<std::string>> parse_interfaces(std::string_view codes)
{
    std::vector<std::string> parts;
    if (codes.size() % interface_code_size != 0)
        return refuse(exception::value, "a device interface has 7 characters");
    for (; !codes.empty(); codes.remove_prefix(interface_code_size)) {
        std::string_view const code = codes.substr(0, interface_code_size);
        bool const good = std::string_view("upbm?*").contains(code[0]) &&
                          std::ranges::all_of(code.substr(1), [](char c) {
                              return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '*';
                          });
        if (!good)
            return refuse(exception::value, "this is no code of a device interface");
        parts.emplace_back(code);
    }
    return parts;
}

} // namespace vitrail::qube
