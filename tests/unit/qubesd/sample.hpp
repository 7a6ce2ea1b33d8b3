#pragma once

#include "services/qubesd/state.hpp"

namespace vitrail::qubesd {

/// A system as people have it: dom0, a template, a network qube, two application qubes, a
/// disposable.
[[nodiscard]] inline State sample_state()
{
    State state;
    state.machine = {16384, 4};
    state.labels = qube::make_standard_labels();
    state.pools["varlibqubes"] = {"varlibqubes", "dir", {{"dir_path", "/nowhere"}}};
    auto const add = [&](char const* name, unsigned qid, qube::QubeClass qube_class,
                         ByName<std::string> properties) {
        Qube one;
        one.name = name;
        one.qid = qid;
        std::array<std::uint8_t, 16> bytes{};
        bytes[15] = static_cast<std::uint8_t>(qid);
        one.uuid = qid == 0 ? std::string(qube::dom0_uuid) : qube::uuid_from(bytes);
        one.qube_class = qube_class;
        one.properties = std::move(properties);
        if (qid == 0)
            one.now.power = qube::Power::running;
        else
            one.firewall = {{.action = qube::FirewallRule::Action::accept}};
        state.qubes[name] = one;
    };
    using enum qube::QubeClass;
    add("dom0", 0, admin, {{"label", "black"}});
    add("debian", 1, template_, {{"label", "black"}, {"memory", "600"}});
    add("sys-net", 2, app,
        {{"label", "red"}, {"template", "debian"}, {"netvm", ""}, {"provides_network", "True"}});
    add("work", 3, app, {{"label", "blue"}, {"template", "debian"}});
    add("default-dvm", 4, app,
        {{"label", "red"}, {"template", "debian"}, {"template_for_dispvms", "True"}});
    add("disp1", 5, disposable,
        {{"label", "red"},
         {"template", "default-dvm"},
         {"dispid", "300"},
         {"auto_cleanup", "True"}});
    state.globals = {{"default_netvm", "sys-net"},
                     {"default_template", "debian"},
                     {"default_dispvm", "default-dvm"}};
    return state;
}

} // namespace vitrail::qubesd
