#include "services/qubesd/first_start.hpp"

#include "services/qubesd/storage/dir_driver.hpp"

namespace vitrail::qubesd {

Result<> make_first_state(System& system, std::string const& volumes)
{
    State made;
    made.labels = qube::make_standard_labels();
    made.pools["varlibqubes"] = {"varlibqubes", "dir", {{"dir_path", volumes}}};
    Qube admin;
    admin.name = qube::dom0;
    admin.uuid = qube::dom0_uuid;
    admin.qube_class = qube::QubeClass::admin;
    admin.properties["label"] = "black";
    admin.now.power = qube::Power::running;
    Qube host;
    host.name = "host";
    host.qid = 1;
    host.uuid = system.new_uuid();
    host.qube_class = qube::QubeClass::template_;
    host.properties = {{"label", "black"}};
    host.tags = {"created-by-dom0"};
    host.firewall = {{.action = qube::FirewallRule::Action::accept}};
    host.volumes = new_volumes(made, host, {});
    DirDriver driver(volumes);
    TRY_VOID(driver.set_up());
    for (auto const& [name, volume] : host.volumes)
        if (volume.use != VolumeUse::fixed)
            TRY_VOID(driver.create(volume));
    TRY_VOID(driver.adopt(host.volumes.at("root"), "/"));
    made.qubes[admin.name] = admin;
    made.qubes[host.name] = host;
    made.globals["default_template"] = host.name;
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
