#include "services/qubesd/new_qube.hpp"

namespace vitrail::qubesd {

using qube::Outcome;
using qube::QubeClass;
using qube::refuse;
namespace exception = qube::exception;

namespace {

void take_over(Qube& one, Qube const& from)
{
    for (auto const& [name, value] : from.properties) {
        auto const* const known = qube::find_property(QubeClass::disposable, name);
        bool const own = name == "template" || name == "autostart" || name == "installed_by_rpm" ||
                         name == "backup_timestamp" || name == "default_dispvm";
        if (known && !own && known->access == qube::Access::writable)
            one.properties[name] = value;
    }
    for (auto const& [name, value] : from.features)
        if (!name.starts_with("preload-dispvm"))
            one.features[name] = value;
    for (auto const& tag : from.tags)
        if (!tag.starts_with("created-by-"))
            one.tags.insert(tag);
    one.firewall = from.firewall;
}

} // namespace

Outcome<Qube> new_qube(System const& system, Lifecycle const& lifecycle, std::string const& name,
                       std::string const& label, std::string const& source)
{
    if (!qube::is_qube_name(name))
        return refuse(exception::value, "No qube may have this name");
    if (system.state.find(name) || lifecycle.is_busy(name))
        return refuse(exception::qube_exists, "A qube named " + name + " exists already");
    if (!system.state.find_label(label))
        return refuse(exception::label_not_found, "There is no such label");
    Qube one;
    one.name = name;
    one.qid = free_qid(system.state);
    if (one.qid == 0)
        return refuse(exception::qube, "There is no number left for a qube");
    one.uuid = system.new_uuid();
    one.properties["label"] = label;
    one.tags.insert("created-by-" + source);
    one.firewall = {{.action = qube::FirewallRule::Action::accept}};
    return one;
}

Outcome<Qube> new_disposable(System const& system, Lifecycle const& lifecycle,
                             std::string const& from_name, std::string const& source)
{
    Qube const* const from = system.state.find(from_name);
    if (!from)
        return refuse(exception::no_template, "There is no qube " + from_name);
    if (!from->is(QubeClass::app) || !property_is_true(system.state, *from, "template_for_dispvms"))
        return refuse(exception::value, from_name + " is no template of disposables");
    std::string const number = [&] {
        for (;;) {
            std::string candidate = std::to_string(system.world.random() % 10000);
            if (!system.state.find("disp" + candidate) && !lifecycle.is_busy("disp" + candidate))
                return candidate;
        }
    }();
    Qube one = TRY(
        new_qube(system, lifecycle, "disp" + number, std::string(from->property("label")), source));
    one.qube_class = QubeClass::disposable;
    take_over(one, *from);
    one.properties["template"] = from_name;
    one.properties["dispid"] = number;
    one.properties["auto_cleanup"] = "True";
    one.tags.insert("disp-created-by-" + source);
    return one;
}

} // namespace vitrail::qubesd
