#include "services/qubesd/api.hpp"

#include <algorithm>
#include <array>

namespace vitrail::qubesd {

using qube::Outcome;
using qube::refuse;
namespace exception = qube::exception;

std::span<Api::Method const> Api::methods()
{
    using enum Method::Destination;
    using Arg = Method::Argument;
    using Pay = Method::Payload;
    constexpr auto no = Arg::none;
    constexpr auto arg = Arg::required;
    constexpr auto maybe = Arg::optional;
    constexpr auto empty = Pay::none;
    constexpr auto data = Pay::taken;
    constexpr auto A = Scope::admin;
    constexpr auto I = Scope::internal;
    static constexpr std::array table{
        Method{"admin.vmclass.List", A, admin, no, empty, &Api::list_classes},
        Method{"admin.vm.List", A, any, no, empty, &Api::list},
        Method{"admin.vm.CurrentState", A, any, no, empty, &Api::current_state},
        Method{"admin.vm.Create.*", A, admin, maybe, data, nullptr, &Api::create},
        Method{"admin.vm.CreateInPool.*", A, admin, maybe, data, nullptr, &Api::create_in_pool},
        Method{"admin.vm.CreateDisposable", A, any, maybe, data, nullptr, &Api::create_disposable},
        Method{"admin.vm.Remove", A, any, no, empty, nullptr, &Api::remove},
        Method{"admin.vm.Start", A, any, no, empty, nullptr, &Api::start},
        Method{"admin.vm.Shutdown", A, any, maybe, empty, nullptr, &Api::shut_down},
        Method{"admin.vm.Kill", A, any, no, empty, nullptr, &Api::kill},
        Method{"admin.vm.Pause", A, any, no, empty, &Api::pause},
        Method{"admin.vm.Unpause", A, any, no, empty, &Api::unpause},
        Method{"admin.vm.Suspend", A, any, no, empty, &Api::suspend},
        Method{"admin.vm.Resume", A, any, no, empty, &Api::resume},

        Method{"admin.vm.property.List", A, any, no, empty, &Api::property_list},
        Method{"admin.vm.property.Get", A, any, arg, empty, &Api::property_get},
        Method{"admin.vm.property.GetAll", A, any, no, empty, &Api::property_get_all},
        Method{"admin.vm.property.GetDefault", A, any, arg, empty, &Api::property_default_of},
        Method{"admin.vm.property.Set", A, any, arg, data, &Api::property_set},
        Method{"admin.vm.property.Reset", A, any, arg, empty, &Api::property_reset},
        Method{"admin.vm.property.Help", A, any, arg, empty, &Api::property_help},
        Method{"admin.property.List", A, admin, no, empty, &Api::global_list},
        Method{"admin.property.Get", A, admin, arg, empty, &Api::global_get},
        Method{"admin.property.GetAll", A, admin, no, empty, &Api::global_get_all},
        Method{"admin.property.GetDefault", A, admin, arg, empty, &Api::global_default_of},
        Method{"admin.property.Set", A, admin, arg, data, &Api::global_set},
        Method{"admin.property.Reset", A, admin, arg, empty, &Api::global_reset},
        Method{"admin.property.Help", A, admin, arg, empty, &Api::global_help},

        Method{"admin.vm.feature.List", A, any, no, empty, &Api::feature_list},
        Method{"admin.vm.feature.Get", A, any, arg, empty, &Api::feature_get},
        Method{"admin.vm.feature.Set", A, any, arg, data, &Api::feature_set},
        Method{"admin.vm.feature.Remove", A, any, arg, empty, &Api::feature_remove},
        Method{"admin.vm.feature.CheckWithTemplate", A, any, arg, empty,
               &Api::feature_check_template},
        Method{"admin.vm.feature.CheckWithNetvm", A, any, arg, empty, &Api::feature_check_netvm},
        Method{"admin.vm.feature.CheckWithAdminVM", A, any, arg, empty, &Api::feature_check_admin},
        Method{"admin.vm.feature.CheckWithTemplateAndAdminVM", A, any, arg, empty,
               &Api::feature_check_template_admin},
        Method{"admin.vm.tag.List", A, any, no, empty, &Api::tag_list},
        Method{"admin.vm.tag.Get", A, any, arg, empty, &Api::tag_get},
        Method{"admin.vm.tag.Set", A, any, arg, empty, &Api::tag_set},
        Method{"admin.vm.tag.Remove", A, any, arg, empty, &Api::tag_remove},
        Method{"admin.label.List", A, admin, no, empty, &Api::label_list},
        Method{"admin.label.Get", A, admin, arg, empty, &Api::label_get},
        Method{"admin.label.Index", A, admin, arg, empty, &Api::label_index},
        Method{"admin.label.Create", A, admin, arg, data, &Api::label_create},
        Method{"admin.label.Remove", A, admin, arg, empty, &Api::label_remove},

        Method{"admin.vm.volume.List", A, any, no, empty, &Api::volume_list},
        Method{"admin.vm.volume.Info", A, any, arg, empty, &Api::volume_info},
        Method{"admin.vm.volume.ListSnapshots", A, any, arg, empty, &Api::volume_snapshots},
        Method{"admin.vm.volume.Revert", A, any, arg, data, nullptr, &Api::volume_revert},
        Method{"admin.vm.volume.CloneFrom", A, any, arg, empty, &Api::volume_clone_from},
        Method{"admin.vm.volume.CloneTo", A, any, arg, data, nullptr, &Api::volume_clone_to},
        Method{"admin.vm.volume.Resize", A, any, arg, data, nullptr, &Api::volume_resize},
        Method{"admin.vm.volume.Clear", A, any, arg, empty, nullptr, &Api::volume_clear},
        Method{"admin.vm.volume.Set.revisions_to_keep", A, any, arg, data,
               &Api::volume_set_revisions},
        Method{"admin.vm.volume.Set.rw", A, any, arg, data, &Api::volume_set_rw},
        Method{"admin.vm.volume.Set.ephemeral", A, any, arg, data, &Api::volume_set_ephemeral},
        Method{"admin.pool.List", A, admin, no, empty, &Api::pool_list},
        Method{"admin.pool.ListDrivers", A, admin, no, empty, &Api::pool_drivers},
        Method{"admin.pool.Info", A, admin, arg, empty, &Api::pool_info},
        Method{"admin.pool.UsageDetails", A, admin, arg, empty, &Api::pool_usage},
        Method{"admin.pool.Add", A, admin, arg, data, &Api::pool_add},
        Method{"admin.pool.Remove", A, admin, arg, empty, &Api::pool_remove},
        Method{"admin.pool.volume.List", A, admin, arg, empty, &Api::pool_volumes},
        Method{"admin.pool.Set.revisions_to_keep", A, admin, arg, data, &Api::pool_set_revisions},
        Method{"admin.pool.Set.ephemeral_volatile", A, admin, arg, data, &Api::pool_set_ephemeral},

        Method{"admin.deviceclass.List", A, admin, no, empty, &Api::device_classes},
        Method{"admin.vm.device.*.Available", A, any, maybe, empty, &Api::device_available},
        Method{"admin.vm.device.*.Assigned", A, any, maybe, empty, &Api::device_assigned},
        Method{"admin.vm.device.*.Attached", A, any, maybe, empty, &Api::device_attached},
        Method{"admin.vm.device.*.Assign", A, qube, arg, data, &Api::device_assign},
        Method{"admin.vm.device.*.Unassign", A, qube, arg, empty, &Api::device_unassign},
        Method{"admin.vm.device.*.Attach", A, qube, arg, data, &Api::device_attach},
        Method{"admin.vm.device.*.Detach", A, qube, arg, empty, &Api::device_detach},
        Method{"admin.vm.device.*.Set.assignment", A, qube, arg, data, &Api::device_set_assignment},
        Method{"admin.vm.device.denied.List", A, any, no, empty, &Api::denied_list},
        Method{"admin.vm.device.denied.Add", A, any, no, data, &Api::denied_add},
        Method{"admin.vm.device.denied.Remove", A, any, no, data, &Api::denied_remove},

        Method{"admin.vm.firewall.Get", A, qube, no, empty, &Api::firewall_get},
        Method{"admin.vm.firewall.Set", A, qube, no, data, &Api::firewall_set},
        Method{"admin.vm.firewall.Reload", A, qube, no, empty, &Api::firewall_reload},
        Method{"admin.vm.notes.Get", A, qube, no, empty, &Api::notes_get},
        Method{"admin.vm.notes.Set", A, qube, no, data, &Api::notes_set},
        Method{"admin.vm.Console", A, qube, no, empty, &Api::console},
        Method{"admin.Events", A, any, no, empty, nullptr, &Api::events},
        Method{"admin.vm.Stats", A, any, no, empty, nullptr, &Api::stats},

        Method{"internal.GetSystemInfo", I, admin, no, empty, &Api::system_info},
        Method{"internal.vm.volume.ImportBegin", I, qube, arg, data, nullptr, &Api::import_begin},
        Method{"internal.vm.volume.ImportEnd", I, qube, arg, data, nullptr, &Api::import_end},
        Method{"qubes.FeaturesRequest", Scope::misc, any, no, data, &Api::features_request},
        Method{"qubes.NotifyTools", Scope::misc, any, no, data, &Api::features_request},
        Method{"qubes.NotifyUpdates", Scope::misc, any, no, data, &Api::notify_updates},
    };
    return table;
}

namespace {

/// Whether `name` is the pattern, and what its `*` stands for.
bool matches(std::string_view pattern, std::string_view name, std::string& detail)
{
    auto const star = pattern.find('*');
    if (star == std::string_view::npos)
        return pattern == name;
    std::string_view const before = pattern.substr(0, star);
    std::string_view const after = pattern.substr(star + 1);
    if (name.size() <= before.size() + after.size() || !name.starts_with(before) ||
        !name.ends_with(after))
        return false;
    std::string_view const middle =
        name.substr(before.size(), name.size() - before.size() - after.size());
    bool const is_class = before.contains("device")
                              ? std::ranges::contains(qube::device_classes, middle)
                              : qube::parse_class(middle).has_value();
    if (is_class)
        detail = middle;
    return is_class;
}

} // namespace

void Api::handle(Scope scope, Call call)
{
    auto const table = methods();
    auto const found = std::ranges::find_if(table, [&](Method const& method) {
        return method.scope == scope && matches(method.name, call.request.method, call.detail);
    });
    if (found == table.end())
        return call.reply(refuse(exception::protocol, "There is no method " + call.request.method));
    if (auto const good = check(*found, call); !good)
        return call.reply(std::unexpected(good.error()));
    if (found->answer)
        return call.reply((this->*found->answer)(call));
    (this->*found->run)(std::move(call));
}

Outcome<> Api::check(Method const& method, Call& call) const
{
    Qube const* const source = system_.state.find(call.request.source);
    Qube const* const destination = system_.state.find(call.request.destination);
    if (!source)
        return refuse(exception::permission_denied, "Nobody knows the caller");
    if (!destination)
        return refuse(exception::qube_not_found,
                      "There is no qube " + call.request.destination.text);
    call.source = source->name;
    call.subject = destination->name;
    bool const is_admin = destination->is(qube::QubeClass::admin);
    if ((method.destination == Method::Destination::admin && !is_admin) ||
        (method.destination == Method::Destination::qube && is_admin))
        return refuse(exception::permission_denied,
                      call.request.method + " is not called for " + destination->name);
    if ((method.argument == Method::Argument::none && !call.argument().empty()) ||
        (method.argument == Method::Argument::required && call.argument().empty()))
        return refuse(exception::permission_denied,
                      call.request.method +
                          (call.argument().empty() ? " needs an argument" : " takes no argument"));
    if (method.payload == Method::Payload::none && !call.untrusted_payload().empty())
        return refuse(exception::protocol, call.request.method + " takes no payload");
    return {};
}

Outcome<> Api::require_halted(Call const& call)
{
    if (subject(call).is_off() && !lifecycle_.is_busy(call.subject))
        return {};
    return refuse(exception::not_halted, "The qube " + call.subject + " is not halted");
}

} // namespace vitrail::qubesd
