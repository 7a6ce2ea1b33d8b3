#include "services/sessiond/list_application.hpp"

#include "services/sessiond/gui_options.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace vitrail::session {
namespace {

using Call = qube::AsyncAdminClient::Call;

/// Of dom0: a list was applied to this store.
constexpr char const* applied_feature = "vitrail.list-applied";

/// Everything of a description but name and label.
void describe(QubeSpec const& spec, std::vector<Call>& calls)
{
    if (spec.network)
        calls.push_back({spec.name, "admin.vm.property.Reset", "netvm", ""});
    else
        calls.push_back({spec.name, "admin.vm.property.Set", "netvm", ""});
    for (auto const& [feature, value] : gui_features(spec.gui))
        calls.push_back({spec.name, "admin.vm.feature.Set", feature, value});
}

std::vector<Call> calls_for(QubeSpec const& spec, bool is_there, bool first)
{
    std::vector<Call> calls;
    if (!is_there)
        calls.push_back({std::string(qube::dom0), "admin.vm.Create.AppVM", "",
                         "name=" + spec.name + " label=" + spec.label.name});
    else if (first)
        calls.push_back({spec.name, "admin.vm.property.Set", "label", spec.label.name});
    if (!is_there || first)
        describe(spec, calls);
    return calls;
}

} // namespace

void apply_list(qube::AsyncAdminClient& client, std::vector<QubeSpec> const& list,
                std::vector<std::string> const& there,
                std::function<void(std::string const& name)> ready,
                std::function<void(std::string const& name, std::string const& why)> failed)
{
    std::string const dom0(qube::dom0);
    client.call(
        {dom0, "admin.vm.feature.Get", applied_feature},
        [&client, list, there, ready = std::move(ready), failed = std::move(failed),
         dom0](qube::Outcome<std::string> const& answer) {
            bool const first = !answer;
            for (QubeSpec const& spec : list)
                client.call_in_order(
                    calls_for(spec, std::ranges::contains(there, spec.name), first),
                    [name = spec.name, ready, failed](qube::Outcome<std::string> const& outcome) {
                        if (outcome)
                            return ready(name);
                        std::fprintf(stderr, "vitrail-sessiond: qube %s: %s\n", name.c_str(),
                                     outcome.error().message.c_str());
                        failed(name, outcome.error().message);
                    });
            if (first)
                client.call({dom0, "admin.vm.feature.Set", applied_feature, "1"},
                            [](qube::Outcome<std::string> const&) {});
        });
}

} // namespace vitrail::session
