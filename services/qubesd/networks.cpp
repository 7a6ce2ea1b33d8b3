#include "services/qubesd/networks.hpp"

namespace vitrail::qubesd {

NetworkOrder network_order(State const& state, Qube const& qube)
{
    std::string const* const uplink = qube.feature(uplink_feature);
    return {.number = qube.qid,
            .netvm = property_text(state, qube, "netvm"),
            .ip = property_text(state, qube, "ip"),
            .ip6 = property_text(state, qube, "ip6"),
            .provides = property_is_true(state, qube, "provides_network"),
            .uplink = uplink && !uplink->empty(),
            .rules = qube.firewall};
}

Networks::Networks(System& system, Backend& backend)
    : system_(system),
      backend_(backend),
      subscription_(system.events.subscribe(
          {}, [this](qube::AdminEvent const& event, std::string const&) { handle_event(event); }))
{
}

Networks::~Networks()
{
    system_.events.unsubscribe(subscription_);
}

void Networks::follow(Qube const& qube)
{
    using qube::Power;
    bool const runs = qube.now.power == Power::running || qube.now.power == Power::paused;
    if (runs && !qube.is(qube::QubeClass::admin) && !qube.is(qube::QubeClass::remote))
        backend_.set_network(qube.name, network_order(system_.state, qube));
}

void Networks::follow_all()
{
    std::set<std::string> followed;
    for (auto const& [name, qube] : system_.state.qubes)
        follow_after_netvm(qube, followed);
}

/// What a qube leads to must be known when it asks for it, through any number of netvms.
void Networks::follow_after_netvm(Qube const& qube, std::set<std::string>& followed)
{
    if (!followed.insert(qube.name).second)
        return;
    if (Qube const* const netvm = system_.state.find(property_text(system_.state, qube, "netvm")))
        follow_after_netvm(*netvm, followed);
    follow(qube);
}

void Networks::handle_event(qube::AdminEvent const& event)
{
    bool const of_netvm =
        event.name == "property-set:netvm" || event.name == "property-reset:netvm";
    if (of_netvm || event.name == "firewall-changed") {
        if (Qube const* const one = system_.state.find(event.subject))
            follow(*one);
    } else if (event.name == "domain-start") {
        for (std::string const& client : running_clients(system_.state, event.subject))
            follow(*system_.state.find(client));
    } else if (event.name == "property-set:default_netvm" ||
               event.name == "property-reset:default_netvm")
        follow_all();
}

} // namespace vitrail::qubesd
