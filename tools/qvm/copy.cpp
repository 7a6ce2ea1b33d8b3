#include "tools/qvm/copy.hpp"

#include "lib/qube/device.hpp"
#include "lib/qube/property.hpp"

#include <algorithm>
#include <array>

namespace vitrail::qvm {
namespace {

/// Given by Create, of the original alone, or told by qubesd.
bool is_copied(qube::QubeClass qube_class, std::string_view name)
{
    constexpr std::array<std::string_view, 10> own{"name",     "qid",        "uuid",
                                                   "template", "label",      "installed_by_rpm",
                                                   "dispid",   "is_preload", "backup_timestamp",
                                                   "klass"};
    if (std::ranges::contains(own, name))
        return false;
    qube::Property const* const known = qube::find_property(qube_class, name);
    return !known || known->access == qube::Access::writable ||
           known->access == qube::Access::while_halted;
}

bool is_copied_tag(std::string_view tag)
{
    return !tag.starts_with("created-by-") && !tag.starts_with("disp-created-by-");
}

bool is_copied_feature(std::string_view name)
{
    return name != "preload-dispvm" && name != "preload-dispvm-in-progress" &&
           name != "preload-dispvm-completed";
}

/// One clone on its way.
class Copying {
public:
    Copying(Tool& tool, CopyOrder const& order) : tool_(tool), order_(order) {}

    [[nodiscard]] Done<> copy_all()
    {
        if (order_.copies_settings) {
            TRY_VOID(copy_properties());
            TRY_VOID(copy_features());
            TRY_VOID(copy_tags());
            TRY_VOID(copy_devices());
            TRY_VOID(copy_text("admin.vm.firewall."));
            TRY_VOID(copy_text("admin.vm.notes."));
        }
        return copy_volumes();
    }

private:
    [[nodiscard]] std::string const& from() const { return order_.source; }
    [[nodiscard]] std::string const& to() const { return order_.wanted.name; }

    /// A failure, or with --ignore-errors a line about it.
    [[nodiscard]] Done<> allow(std::string const& what, Done<std::string> const& done) const
    {
        if (done)
            return {};
        std::string const why = what + ": " + done.error().message;
        if (!order_.ignore_errors)
            return fail("Cloning to '" + to() + "' failed: " + why);
        tool_.note("not cloned: " + why);
        return {};
    }

    [[nodiscard]] Done<> copy_properties() const
    {
        auto const qube_class = qube::parse_class(order_.wanted.qube_class);
        for (auto const& [name, value] : TRY(tool_.properties(from())))
            if (!value.is_default && qube_class && is_copied(*qube_class, name)) {
                auto const done = tool_.call(to(), "admin.vm.property.Set", name, value.text);
                bool const has_none = !done && done.error().is(qube::exception::no_such_property);
                if (!has_none) // of another class
                    TRY_VOID(allow("property " + name, done));
            }
        return {};
    }

    [[nodiscard]] Done<> copy_features() const
    {
        for (std::string const& name : lines_of(TRY(tool_.call(from(), "admin.vm.feature.List"))))
            if (is_copied_feature(name))
                if (auto const value = TRY(tool_.feature(from(), name)))
                    TRY_VOID(allow("feature " + name,
                                   tool_.call(to(), "admin.vm.feature.Set", name, *value)));
        return {};
    }

    [[nodiscard]] Done<> copy_tags() const
    {
        for (std::string const& tag : lines_of(TRY(tool_.call(from(), "admin.vm.tag.List"))))
            if (is_copied_tag(tag))
                TRY_VOID(allow("tag " + tag, tool_.call(to(), "admin.vm.tag.Set", tag)));
        return {};
    }

    /// Each line of Assigned: BACKEND+PORT:DEVICEID, then the assignment in serialized form, which
    /// names the qube it was for.
    [[nodiscard]] Done<> copy_devices() const
    {
        for (std::string const& kind :
             lines_of(TRY(tool_.call(qube::dom0, "admin.deviceclass.List")))) {
            std::string const prefix = "admin.vm.device." + kind + ".";
            auto const assigned = tool_.call(from(), prefix + "Assigned");
            TRY_VOID(allow("devices of class " + kind, assigned));
            for (std::string const& line : lines_of(assigned.value_or("")))
                TRY_VOID(copy_device(prefix, line));
        }
        return {};
    }
    [[nodiscard]] Done<> copy_device(std::string const& prefix, std::string const& line) const;

    [[nodiscard]] Done<> copy_text(std::string const& prefix) const
    {
        auto const text = tool_.call(from(), prefix + "Get");
        bool const unknown = !text && (text.error().is(qube::exception::protocol) ||
                                       text.error().is(qube::exception::permission_denied));
        if (unknown || (text && text->empty() && prefix.contains("notes")))
            return {}; // not in older releases, or nothing to copy
        TRY_VOID(allow(prefix, text));
        return text ? allow(prefix, tool_.call(to(), prefix + "Set", "", *text)) : Done<>();
    }

    [[nodiscard]] Done<> copy_volumes() const
    {
        for (std::string const& volume : lines_of(TRY(tool_.call(to(), "admin.vm.volume.List")))) {
            if (volume == "private" && !order_.copies_private)
                continue;
            std::string const mine = TRY(tool_.call(to(), "admin.vm.volume.Info", volume));
            auto const theirs = tool_.call(from(), "admin.vm.volume.Info", volume);
            auto const is_saved = [](std::string const& info) {
                return std::ranges::contains(
                    parse_pairs(info), std::pair<std::string, std::string>("save_on_stop", "True"));
            };
            if (!is_saved(mine) || !theirs || !is_saved(*theirs))
                continue;
            auto const token = tool_.call(from(), "admin.vm.volume.CloneFrom", volume);
            TRY_VOID(allow("volume " + volume, token));
            if (token)
                TRY_VOID(allow("volume " + volume,
                               tool_.call_slowly("cloning " + from() + ":" + volume, to(),
                                                 "admin.vm.volume.CloneTo", volume, *token)));
        }
        return {};
    }

    Tool& tool_;
    CopyOrder const& order_;
};

Done<> Copying::copy_device(std::string const& prefix, std::string const& line) const
{
    auto const space = line.find(' ');
    auto const fields =
        TRY(qube::parse_fields(space == std::string::npos ? "" : line.substr(space + 1)));
    qube::DeviceRef device{.device_class = prefix.substr(16, prefix.size() - 17)};
    qube::DeviceFields kept;
    for (auto const& [key, value] : fields) {
        if (key == "backend_domain")
            device.backend = value;
        else if (key == "port_id")
            device.port = value;
        else if (key == "device_id")
            device.id = value;
        else if (key == "mode" || key.starts_with('_'))
            kept.emplace_back(key, value);
    }
    return allow("device " + device.port_text(),
                 tool_.call(to(), prefix + "Assign", qube::build_device_argument(device),
                            qube::serialize(kept)));
}

} // namespace

Done<> create_qube(Tool const& tool, NewQube const& wanted)
{
    std::string payload = "name=" + wanted.name + " label=" + wanted.label;
    for (auto const& [volume, pool] : wanted.pools)
        payload += " " + (volume == "pool" ? volume : "pool:" + volume) + "=" + pool;
    (void)TRY(tool.call_slowly(
        "creating " + wanted.name, qube::dom0,
        (wanted.pools.empty() ? "admin.vm.Create." : "admin.vm.CreateInPool.") + wanted.qube_class,
        wanted.from, payload));
    return {};
}

Done<> copy_qube(Tool& tool, CopyOrder const& order)
{
    TRY_VOID(create_qube(tool, order.wanted));
    tool.forget_list();
    auto const done = Copying(tool, order).copy_all();
    if (!done) {
        auto const gone = tool.call(order.wanted.name, "admin.vm.Remove");
        tool.forget_list();
        if (!gone)
            tool.note("and '" + order.wanted.name +
                      "' could not be removed again: " + gone.error().message);
    }
    return done;
}

} // namespace vitrail::qvm
