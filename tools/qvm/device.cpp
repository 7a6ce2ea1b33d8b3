// qvm-device, qvm-block, qvm-usb, qvm-pci. Source: fact sheet desktop-tools §15, admin-api §13.

#include "lib/qube/device.hpp"
#include "tools/qvm/make.hpp"
#include "tools/qvm/subcommands.hpp"
#include "tools/qvm/table.hpp"

#include <algorithm>

namespace vitrail::qvm {
namespace {

using qube::DeviceRef;

std::string field(qube::DeviceFields const& fields, std::string_view key)
{
    for (auto const& [name, value] : fields)
        if (name == key)
            return value;
    return {};
}

/// A line of Available, Assigned or Attached: the name, a blank, the fields.
qube::DeviceFields fields_of(std::string const& line)
{
    auto const space = line.find(' ');
    if (space == std::string::npos)
        return {};
    return qube::parse_fields(line.substr(space + 1)).value_or(qube::DeviceFields());
}

std::string description(qube::DeviceFields const& fields)
{
    std::string text;
    for (char const* const key : {"manufacturer", "vendor", "product", "name", "serial"})
        if (std::string const value = field(fields, key);
            !value.empty() && value != "unknown" && !text.contains(value))
            text += (text.empty() ? "" : " ") + value;
    std::string const interfaces = field(fields, "interfaces");
    return text.empty() ? interfaces : text;
}

/// BACKEND:PORT[:DEVICEID]; `*` as a port is any.
Done<DeviceRef> parse_device(std::string const& device_class, std::string const& text)
{
    auto const [backend, rest] = TRY(split_colon(text));
    DeviceRef device{.device_class = device_class, .backend = backend, .port = rest};
    if (auto const sign = rest.find(':'); sign != std::string::npos) {
        device.port = rest.substr(0, sign);
        device.id = rest.substr(sign + 1);
    }
    if (device.port.empty() || device.id.empty())
        return misuse("BACKEND:PORT[:DEVICEID] is expected, not '" + text + "'");
    return device;
}

/// One device in the list, and who uses it.
struct Shown {
    std::string place; ///< BACKEND:PORT
    std::string id;
    std::string text;
    std::vector<std::string> users;
};

class Device final : public Subcommands<Device> {
public:
    /// `device_class`: empty: it is the first word.
    explicit Device(std::string device_class)
        : Subcommands(&Device::list), class_(std::move(device_class))
    {
    }

    void define(CLI::App& app) override
    {
        if (class_.empty()) {
            app.add_option("class", class_, "block, usb, pci, mic, …")->type_name("DEVICECLASS");
            app.add_flag("--list-device-classes", list_classes_, "List the classes and exit");
        }
        app.require_subcommand(0, 1);
        auto* const list = add(app, "list", {"ls", "l"}, "The devices", &Device::list);
        list->add_option("qubes", names_, "Only what these offer or use")->type_name("QUBE");
        list->add_flag("-s,--assignments", assignments_, "What is assigned and not there, too");
        list->add_flag("--with-sbdf,--resolve-paths", ignored_,
                       "Ignored: paths are shown as they are");

        auto* const attach =
            add(app, "attach", {"at", "a"}, "Give a device to a running qube", &Device::attach);
        common(attach);
        options(attach);
        attach->add_flag("-p,--persistent", persistent_, "And assign it as required");

        auto* const detach = add(app, "detach", {"d", "dt"}, "Take a device away", &Device::detach);
        qube_of(detach);
        detach->add_option("which", device_, "BACKEND:PORT[:DEVICEID]; without it all of them")
            ->type_name("DEVICE");

        auto* const assign = add(app, "assign", {"s"}, "Keep a device for a qube", &Device::assign);
        common(assign);
        options(assign);
        assign->add_flag("-r,--required", required_, "The qube does not start without it");
        assign->add_flag("--ask,--ask-to-attach", ask_, "Ask when it appears");
        assign->add_flag("--port", by_port_, "Whatever device is at this port");
        assign->add_flag("--device", by_device_, "This device at whatever port");

        auto* const unassign = add(app, "unassign", {"u"}, "Keep it no longer", &Device::unassign);
        qube_of(unassign);
        unassign->add_option("which", device_, "BACKEND:PORT[:DEVICEID]; without it all of them")
            ->type_name("DEVICE");

        auto* const info = add(app, "info", {"i"}, "What is known of a device", &Device::info);
        info->add_option("which", device_, "BACKEND:PORT")->type_name("DEVICE")->required();
    }
    Done<int> run(Tool& tool) override
    {
        if (list_classes_) {
            tool.print(TRY(tool.call(qube::dom0, "admin.deviceclass.List")));
            return 0;
        }
        if (class_.empty())
            return misuse("a class of devices has to be named");
        auto const classes = lines_of(TRY(tool.call(qube::dom0, "admin.deviceclass.List")));
        if (!std::ranges::contains(classes, class_))
            return misuse("there is no device class '" + class_ + "'");
        TRY_VOID(act(tool));
        return 0;
    }

private:
    void qube_of(CLI::App* app)
    {
        app->add_option("qube", name_, "The qube")->type_name("QUBE")->required();
    }
    void common(CLI::App* app)
    {
        qube_of(app);
        app->add_option("which", device_, "BACKEND:PORT[:DEVICEID]")
            ->type_name("DEVICE")
            ->required();
    }
    void options(CLI::App* app)
    {
        add_repeated(*app, "-o,--option", options_, "An option of the device; may be repeated")
            ->type_name("NAME=VALUE");
        app->add_flag("--ro", read_only_, "The same as -o read-only=yes");
    }

    [[nodiscard]] std::string method(char const* verb) const
    {
        return "admin.vm.device." + class_ + "." + verb;
    }
    [[nodiscard]] Done<std::string> argument() const
    {
        DeviceRef device = TRY(parse_device(class_, device_));
        if (by_port_)
            device.id = qube::any_device;
        if (by_device_)
            device.port = qube::any_device;
        return qube::build_device_argument(device);
    }
    [[nodiscard]] Done<std::string> payload(qube::AssignmentMode mode) const
    {
        qube::DeviceFields fields;
        if (mode != qube::AssignmentMode::manual)
            fields.emplace_back("mode", qube::mode_name(mode));
        for (std::string const& one : options_) {
            auto const [name, value] = TRY(parse_option(one));
            fields.emplace_back("_" + name, value);
        }
        if (read_only_)
            fields.emplace_back("_read-only", "yes");
        return qube::serialize(fields);
    }
    [[nodiscard]] Done<std::string> qube_name(Tool& tool) const
    {
        return TRY(tool.find(name_)).name;
    }

    [[nodiscard]] Done<> list(Tool& tool);
    [[nodiscard]] Done<> info(Tool& tool);

    [[nodiscard]] Done<> attach(Tool& tool)
    {
        std::string const name = TRY(qube_name(tool));
        std::string const where = TRY(argument());
        (void)TRY(tool.call_slowly("attaching " + device_, name, method("Attach"), where,
                                   TRY(payload(qube::AssignmentMode::manual))));
        if (persistent_)
            (void)TRY(tool.call(name, method("Assign"), where,
                                TRY(payload(qube::AssignmentMode::required))));
        return {};
    }
    [[nodiscard]] Done<> assign(Tool& tool)
    {
        if (int(required_) + int(ask_) > 1 || int(by_port_) + int(by_device_) > 1)
            return misuse("--required and --ask, or --port and --device, do not go together");
        auto const mode = required_ ? qube::AssignmentMode::required
                          : ask_    ? qube::AssignmentMode::ask
                                    : qube::AssignmentMode::automatic;
        (void)TRY(
            tool.call(TRY(qube_name(tool)), method("Assign"), TRY(argument()), TRY(payload(mode))));
        return {};
    }
    [[nodiscard]] Done<> detach(Tool& tool) { return take_away(tool, "Attached", "Detach"); }
    [[nodiscard]] Done<> unassign(Tool& tool) { return take_away(tool, "Assigned", "Unassign"); }

    /// One device, or every one of those that `list` names.
    [[nodiscard]] Done<> take_away(Tool& tool, char const* list, char const* verb)
    {
        std::string const name = TRY(qube_name(tool));
        std::vector<std::string> arguments;
        if (!device_.empty())
            arguments.push_back(TRY(argument()));
        else
            for (std::string const& line : lines_of(TRY(tool.call(name, method(list))))) {
                auto const fields = fields_of(line);
                arguments.push_back(
                    qube::build_device_argument({.device_class = class_,
                                                 .backend = field(fields, "backend_domain"),
                                                 .port = field(fields, "port_id"),
                                                 .id = field(fields, "device_id")}));
            }
        for (std::string const& one : arguments)
            (void)TRY(tool.call(name, method(verb), one));
        return {};
    }

    std::string class_;
    std::string name_;
    std::string device_;
    std::vector<std::string> names_;
    std::vector<std::string> options_;
    bool list_classes_ = false;
    bool assignments_ = false;
    bool persistent_ = false;
    bool required_ = false;
    bool ask_ = false;
    bool by_port_ = false;
    bool by_device_ = false;
    bool read_only_ = false;
    bool ignored_ = false;
};

Done<> Device::list(Tool& tool)
{
    std::vector<ListedQube> const qubes = TRY(tool.list());
    std::vector<Request> requests;
    for (ListedQube const& one : qubes)
        for (char const* const verb : {"Available", "Attached", "Assigned"})
            requests.push_back({one.name, method(verb)});
    auto const answers = tool.call_all(requests);
    std::vector<Shown> shown;
    auto const entry = [&](qube::DeviceFields const& fields) -> Shown& {
        std::string const place = field(fields, "backend_domain") + ":" + field(fields, "port_id");
        std::string const id = field(fields, "device_id");
        for (Shown& one : shown)
            if (one.place == place && (one.id == id || id == "*" || one.id == "*"))
                return one;
        return shown.emplace_back(Shown{.place = place, .id = id, .text = {}, .users = {}});
    };
    for (std::size_t i = 0; i < requests.size(); i += 3)
        for (std::string const& line : lines_of(answers[i].value_or("")))
            entry(fields_of(line)).text = description(fields_of(line));
    for (std::size_t i = 0; i < requests.size(); i += 3) {
        std::string const& user = requests[i].destination;
        std::vector<std::string> attached;
        for (std::string const& line : lines_of(answers[i + 1].value_or(""))) {
            entry(fields_of(line)).users.push_back(user + " (attached)");
            attached.push_back(line.substr(0, line.find(' ')));
        }
        for (std::string const& line : lines_of(answers[i + 2].value_or(""))) {
            bool const is_attached =
                std::ranges::contains(attached, line.substr(0, line.find(' ')));
            std::size_t const before = shown.size();
            Shown& one = entry(fields_of(line));
            if (shown.size() > before && !assignments_) {
                shown.pop_back(); // it is not there
                continue;
            }
            std::string options;
            for (auto const& [key, value] : fields_of(line))
                if (key.starts_with('_'))
                    options += (options.empty() ? "" : ", ") + key.substr(1) + "=" + value;
            if (!is_attached)
                one.users.push_back("*" + user + " (" + field(fields_of(line), "mode") +
                                    (options.empty() ? "" : ": " + options) + ")");
        }
    }
    std::vector<Row> rows;
    for (Shown const& one : shown) {
        std::string users;
        bool wanted = names_.empty() ||
                      std::ranges::contains(names_, one.place.substr(0, one.place.find(':')));
        for (std::string const& user : one.users) {
            users += (users.empty() ? "" : ", ") + user;
            std::string const bare = user.substr(user.starts_with('*') ? 1 : 0);
            wanted = wanted || std::ranges::contains(names_, bare.substr(0, bare.find(' ')));
        }
        if (wanted)
            rows.push_back({one.place, one.text, users});
    }
    std::ranges::sort(rows);
    rows.insert(rows.begin(), {"BACKEND:DEVID", "DESCRIPTION", "USED BY"});
    tool.print(aligned(rows));
    return {};
}

Done<> Device::info(Tool& tool)
{
    DeviceRef const device = TRY(parse_device(class_, device_));
    std::string const lines =
        TRY(tool.call(TRY(tool.find(device.backend)).name, method("Available"), device.port));
    for (std::string const& line : lines_of(lines)) {
        auto const fields = fields_of(line);
        if (field(fields, "port_id") != device.port)
            continue;
        std::vector<Row> rows;
        for (auto const& [key, value] : fields)
            rows.push_back({key + ":", value});
        tool.print(aligned(rows));
        return {};
    }
    return fail("the qube '" + device.backend + "' has no device '" + device.port + "'");
}

} // namespace

std::unique_ptr<Command> make_device()
{
    return std::make_unique<Device>("");
}
std::unique_ptr<Command> make_block()
{
    return std::make_unique<Device>("block");
}
std::unique_ptr<Command> make_usb()
{
    return std::make_unique<Device>("usb");
}
std::unique_ptr<Command> make_pci()
{
    return std::make_unique<Device>("pci");
}

} // namespace vitrail::qvm
