// What the back end hears of a running qube's network.

#include "services/qubesd/networks.hpp"

#include "tests/unit/qubesd/service.hpp"

using namespace vitrail::qubesd;

namespace {

class NetworksOfQubes : public testing::Test {
protected:
    NetworksOfQubes() : networks(*service.system, *service.backend) {}
    std::string call(std::string const& to, std::string const& method,
                     std::string const& payload = "")
    {
        return service.call(to, method, payload);
    }
    /// What was said since the last time: "qube netvm", in order.
    std::vector<std::string> said()
    {
        std::vector<std::string> all;
        for (auto const& [name, order] : std::exchange(service.backend->networks, {}))
            all.push_back(name + " " + order.netvm);
        return all;
    }
    using Said = std::vector<std::string>;
    Service service;
    Networks networks;
};

} // namespace

TEST_F(NetworksOfQubes, begin_with_the_order_to_start)
{
    EXPECT_EQ(call("sys-net", "admin.vm.feature.Set+net.uplink", "1"), "");
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    NetworkOrder const& work = service.backend->orders["work"].network;
    NetworkOrder const& net = service.backend->orders["sys-net"].network;
    EXPECT_EQ(work.netvm, "sys-net");
    EXPECT_EQ(work.ip, call("work", "admin.vm.property.Get+ip").substr(22));
    EXPECT_EQ(work.number, service.system->state.find("work")->qid);
    EXPECT_FALSE(work.provides || work.uplink);
    EXPECT_TRUE(net.provides && net.uplink);
    EXPECT_EQ(work.rules, service.system->state.find("work")->firewall);
}

TEST_F(NetworksOfQubes, follow_netvm_and_rules_while_they_run_and_not_before)
{
    EXPECT_EQ(call("work", "admin.vm.firewall.Set", "action=drop\n"), "");
    EXPECT_EQ(said(), Said());
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    said();
    EXPECT_EQ(call("work", "admin.vm.firewall.Set", "action=accept proto=tcp\n"), "");
    ASSERT_EQ(service.backend->networks.size(), 1U);
    EXPECT_EQ(service.backend->networks[0].second.rules[0].proto, "tcp");
    EXPECT_EQ(said(), Said{"work sys-net"});
    EXPECT_EQ(call("work", "admin.vm.firewall.Reload"), "");
    EXPECT_EQ(said(), Said{"work sys-net"});
    EXPECT_EQ(call("work", "admin.vm.property.Set+netvm", ""), "");
    EXPECT_EQ(said(), Said{"work "});
    EXPECT_EQ(call("work", "admin.vm.property.Reset+netvm"), "");
    EXPECT_EQ(said().size(), 1U);
}

TEST_F(NetworksOfQubes, join_the_clients_of_a_netvm_that_comes_back)
{
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    EXPECT_EQ(call("sys-net", "admin.vm.Kill"), "");
    said();
    EXPECT_EQ(call("sys-net", "admin.vm.Start"), "");
    EXPECT_EQ(said(), Said{"work sys-net"});
}

TEST_F(NetworksOfQubes, follow_the_default_netvm_netvms_first)
{
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    said();
    EXPECT_EQ(call("dom0", "admin.property.Set+default_netvm", ""), "");
    Said const all = said();
    ASSERT_EQ(all.size(), 2U);
    EXPECT_TRUE(all[0].starts_with("sys-net "));
}
