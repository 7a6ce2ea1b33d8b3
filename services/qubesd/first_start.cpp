#include "services/qubesd/first_start.hpp"

#include "services/qubesd/network_order.hpp"
#include "services/qubesd/storage/dir_driver.hpp"

#include <utility>
#include <vector>

namespace vitrail::qubesd {
namespace {

using qube::QubeClass;

/// A qube of the usual set. Source: what an installed Qubes OS 4.2 offers after its first start.
struct Usual {
    char const* name;
    char const* label;
    ByName<std::string> properties;
    ByName<std::string> features;
};

/// In the order of their numbers; all of them from the template `host`. `netvm` empty: none, left
/// out: the default, sys-firewall.
std::vector<Usual> usual_set()
{
    return {
        {"sys-net",
         "red",
         {{"netvm", ""}, {"provides_network", "True"}},
         {{"servicevm", "1"}, {std::string(uplink_feature), "1"}}},
        {"sys-firewall",
         "green",
         {{"netvm", "sys-net"}, {"provides_network", "True"}},
         {{"servicevm", "1"}}},
        {"sys-usb", "red", {{"netvm", ""}}, {{"servicevm", "1"}}},
        {"default-dvm", "red", {{"template_for_dispvms", "True"}}, {{"appmenus-dispvm", "1"}}},
        {"personal", "yellow", {}, {}},
        {"work", "blue", {}, {}},
        {"untrusted", "red", {}, {}},
        {"banking", "green", {}, {}},
        {"vault", "black", {{"netvm", ""}}, {}},
    };
}

Qube new_qube(System const& system, State const& made, std::string name, QubeClass qube_class)
{
    Qube one;
    one.name = std::move(name);
    one.qid = free_qid(made);
    one.uuid = system.new_uuid();
    one.qube_class = qube_class;
    one.tags = {"created-by-dom0"};
    one.firewall = {{.action = qube::FirewallRule::Action::accept}};
    return one;
}

Result<> create_volumes(DirDriver& driver, State const& made, Qube& one)
{
    one.volumes = new_volumes(made, one, {});
    for (auto const& [name, volume] : one.volumes)
        if (volume.use != VolumeUse::fixed)
            TRY_VOID(driver.create(volume));
    return {};
}

} // namespace

Result<> make_first_state(System& system, std::string const& volumes)
{
    State made;
    made.labels = qube::make_standard_labels();
    made.pools["varlibqubes"] = {"varlibqubes", "dir", {{"dir_path", volumes}}};
    Qube admin;
    admin.name = qube::dom0;
    admin.uuid = qube::dom0_uuid;
    admin.qube_class = QubeClass::admin;
    admin.properties["label"] = "black";
    admin.now.power = qube::Power::running;
    made.qubes[admin.name] = admin;
    DirDriver driver(volumes);
    TRY_VOID(driver.set_up());
    Qube host = new_qube(system, made, "host", QubeClass::template_);
    host.properties = {{"label", "black"}};
    TRY_VOID(create_volumes(driver, made, host));
    TRY_VOID(driver.adopt(host.volumes.at("root"), "/"));
    made.qubes[host.name] = host;
    for (Usual& usual : usual_set()) {
        Qube one = new_qube(system, made, usual.name, QubeClass::app);
        one.properties = std::move(usual.properties);
        one.properties["label"] = usual.label;
        one.properties["template"] = host.name;
        one.features = std::move(usual.features);
        TRY_VOID(create_volumes(driver, made, one));
        made.qubes[one.name] = one;
    }
    made.globals = {{"default_template", host.name},
                    {"default_netvm", "sys-firewall"},
                    {"default_dispvm", "default-dvm"}};
    Transaction change(system.store);
    for (qube::Label const& label : made.labels)
        change.add_label(label);
    for (auto const& [name, pool] : made.pools)
        change.set_pool(pool);
    for (auto const& [name, one] : made.qubes)
        change.add_qube(one);
    for (auto const& [name, value] : made.globals)
        change.set_global(name, value);
    TRY_VOID(change.commit());
    made.machine = system.state.machine;
    system.state = std::move(made);
    return {};
}

} // namespace vitrail::qubesd
