// The network of qubes: vitrail-qubesd, vitrail-network-zone, keepers and sandboxes as they are
// shipped, a server behind sys-net, no internet.

#include "tests/system/network_stage.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <ctime>
#include <memory>

using namespace vitrail::test;

namespace {

/// untrusted → sys-firewall → sys-net → the machine's cable; vault has no netvm.
class Network : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        stage = std::make_unique<NetworkStage>();
        stage->start_qubesd();
        make("sys-net", "red", "");
        make("sys-firewall", "green", "sys-net");
        make("untrusted", "red", "sys-firewall");
        make("vault", "black", "");
        EXPECT_EQ(stage->call("sys-net", "admin.vm.feature.Set+net.uplink", "1"), "");
        for (char const* const name : {"untrusted", "vault"})
            EXPECT_EQ(stage->call(name, "admin.vm.Start"), "") << stage->logs();
    }
    static void TearDownTestSuite() { stage.reset(); }
    static void make(std::string const& name, char const* label, char const* netvm)
    {
        if (stage->state_of(name) != "Halted") {
            EXPECT_EQ(stage->call("dom0", "admin.vm.Create.AppVM+host",
                                  "name=" + name + " label=" + label),
                      "");
        }
        EXPECT_EQ(stage->call(name, "admin.vm.property.Set+netvm", netvm), "");
        if (name.starts_with("sys-")) {
            EXPECT_EQ(stage->call(name, "admin.vm.property.Set+provides_network", "True"), "");
        }
    }

    void SetUp() override { ASSERT_EQ(stage->state_of("untrusted"), "Running") << stage->logs(); }
    void TearDown() override
    {
        EXPECT_EQ(rules("untrusted", "action=accept\n"), "");
        EXPECT_EQ(stage->output("untrusted", "rm -f /tmp/ticking"), "");
    }

    static std::string rules(std::string const& qube, std::string const& text)
    {
        return stage->call(qube, "admin.vm.firewall.Set", text);
    }
    /// What is asked of qubesd holds a little later.
    static bool becomes(std::string const& qube, int port, std::string const& page)
    {
        return stage->wait_until([&] { return stage->page(qube, port) == page; });
    }
    /// Packets from untrusted over a socket that stays open; returns when the server sees them.
    static void tick()
    {
        stage->run("untrusted", "touch /tmp/ticking; exec 3> /dev/udp/203.0.113.1/9; while [ -e "
                                "/tmp/ticking ]; do echo tick >&3; sleep 0.02; done 2> /dev/null");
        int const before = ticks();
        EXPECT_TRUE(stage->wait_until([&] { return ticks() > before + 3; }));
    }
    static int ticks() { return stage->seen("udp tick"); }

    static std::unique_ptr<NetworkStage> stage;
};

std::unique_ptr<NetworkStage> Network::stage;

} // namespace

TEST_F(Network, leads_through_sys_firewall_and_sys_net_to_a_server)
{
    EXPECT_EQ(stage->interfaces("untrusted"), "eth0 lo\n");
    EXPECT_TRUE(becomes("untrusted", 80, "page of port 80\n")) << stage->logs();
    EXPECT_EQ(stage->page("untrusted", 81), "page of port 81\n");
    EXPECT_GE(stage->seen("tcp 80"), 1);
}

TEST_F(Network, finds_a_server_by_its_name)
{
    EXPECT_EQ(stage->page("untrusted", 80, "page.example"), "page of port 80\n");
    EXPECT_GE(stage->seen("dns page.example"), 1);
    EXPECT_EQ(stage->output("untrusted", "cat /etc/resolv.conf"),
              "nameserver 10.139.1.1\nnameserver 10.139.1.2\n");
    EXPECT_EQ(stage->page("untrusted", 80, "other.example"), "");
}

TEST_F(Network, is_none_for_a_qube_without_a_netvm)
{
    EXPECT_EQ(stage->interfaces("vault"), "lo\n");
    int const before = stage->seen("tcp 80");
    EXPECT_EQ(stage->page("vault", 80), "");
    EXPECT_EQ(stage->seen("tcp 80"), before);
    EXPECT_EQ(stage->output("vault", "timeout 5 bash -c '(cat < /dev/tcp/127.0.0.1/7) 2>&1 | "
                                     "grep -om1 refused'"),
              "refused\n")
        << "its loopback is up, and its own";
}

TEST_F(Network, blocks_the_port_that_the_qubes_firewall_says_and_no_other)
{
    EXPECT_EQ(rules("untrusted", "action=drop proto=tcp dstports=81\naction=accept\n"), "");
    EXPECT_TRUE(becomes("untrusted", 81, ""));
    int const before = stage->seen("tcp 81");
    EXPECT_EQ(stage->page("untrusted", 81), "");
    EXPECT_EQ(stage->page("untrusted", 80), "page of port 80\n");
    EXPECT_EQ(stage->seen("tcp 81"), before);
    EXPECT_EQ(rules("untrusted", ""), "");
    EXPECT_TRUE(becomes("untrusted", 80, "")) << "no rule is no network";
}

TEST_F(Network, is_closed_at_once_for_what_is_open_already)
{
    tick();
    EXPECT_EQ(rules("untrusted", "action=accept proto=tcp dstports=80\n"), "");
    EXPECT_TRUE(becomes("untrusted", 81, "")) << "the rules hold";
    int const then = ticks();
    EXPECT_EQ(stage->page("untrusted", 80), "page of port 80\n") << "meanwhile it went on ticking";
    EXPECT_EQ(ticks(), then);
    EXPECT_EQ(rules("untrusted", "action=accept\n"), "");
    EXPECT_TRUE(stage->wait_until([&] { return ticks() > then + 3; }));
}

TEST_F(Network, knows_names_in_rules)
{
    EXPECT_EQ(rules("untrusted",
                    "action=accept specialtarget=dns\naction=accept proto=tcp dstports=80 "
                    "dsthost=page.example\n"),
              "");
    EXPECT_TRUE(stage->wait_until(
        [] { return stage->page("untrusted", 80, "page.example") == "page of port 80\n"; }));
    EXPECT_EQ(stage->page("untrusted", 81, "page.example"), "");
    EXPECT_EQ(rules("untrusted", "action=drop dsthost=nowhere.example\naction=accept\n"), "");
    EXPECT_TRUE(becomes("untrusted", 80, "")) << "what is to be blocked is not known";
    EXPECT_TRUE(stage->wait_until([] { return stage->seen("dns nowhere.example") > 0; }));
    EXPECT_EQ(stage->page("untrusted", 80), "");
}

TEST_F(Network, ends_when_a_rule_expires)
{
    EXPECT_EQ(
        rules("untrusted", "action=accept expire=" + std::to_string(std::time(nullptr) + 3) + "\n"),
        "");
    tick();
    EXPECT_TRUE(becomes("untrusted", 80, ""));
    int const then = ticks();
    EXPECT_EQ(stage->page("untrusted", 80), "");
    EXPECT_EQ(ticks(), then);
}

TEST_F(Network, follows_a_netvm_that_is_changed_while_the_qube_runs)
{
    EXPECT_EQ(stage->call("untrusted", "admin.vm.property.Set+netvm", ""), "");
    EXPECT_TRUE(stage->wait_until([] { return stage->interfaces("untrusted") == "lo\n"; }));
    EXPECT_EQ(stage->page("untrusted", 80), "");
    EXPECT_EQ(stage->call("untrusted", "admin.vm.property.Set+netvm", "sys-net"), "");
    EXPECT_TRUE(becomes("untrusted", 80, "page of port 80\n"));
    EXPECT_EQ(stage->call("untrusted", "admin.vm.property.Set+netvm", "sys-firewall"), "");
    EXPECT_TRUE(stage->wait_until(
        [] { return stage->page("untrusted", 80, "page.example") == "page of port 80\n"; }));
    EXPECT_EQ(stage->call("vault", "admin.vm.property.Set+netvm", "sys-firewall"), "");
    EXPECT_TRUE(becomes("vault", 80, "page of port 80\n"));
    EXPECT_EQ(stage->call("vault", "admin.vm.property.Set+netvm", ""), "");
    EXPECT_TRUE(stage->wait_until([] { return stage->interfaces("vault") == "lo\n"; }));
}

TEST_F(Network, lets_no_packet_of_ipv6_out_of_a_qube_that_has_no_such_address)
{
    EXPECT_TRUE(stage->wait_until([] { return stage->seen("udp6 the machine") == 1; }))
        << "the machine itself reaches the server that way";
    for (char const* const qube : {"untrusted", "vault", "sys-firewall"})
        EXPECT_TRUE(stage
                        ->output(qube, "echo " + std::string(qube) + " > /dev/udp/" +
                                           NetworkStage::server6 + "/9")
                        .contains("unreachable"))
            << qube;
    EXPECT_EQ(stage->page("untrusted", 80), "page of port 80\n") << "what was sent before is there";
    for (char const* const qube : {"untrusted", "vault", "sys-firewall"})
        EXPECT_EQ(stage->seen(std::string("udp6 ") + qube), 0) << qube;
}

TEST_F(Network, cannot_be_changed_by_a_qube)
{
    for (char const* const qube : {"untrusted", "sys-firewall"})
        for (char const* const attempt :
             {"ip link set dev lo down", "ip address add 10.137.0.99/32 dev lo",
              "ip route add default dev lo", "ip link add dev x type dummy",
              "unshare --user --map-root-user ip link set dev lo down", "nft flush ruleset",
              "unshare --user --map-root-user nft flush ruleset",
              "bash -c 'echo 0 > /proc/sys/net/ipv4/ip_forward'"})
            EXPECT_EQ(stage->output(qube, std::string("PATH=$PATH:/usr/sbin; if ") + attempt +
                                              " 2> /dev/null; then echo yes; else echo no; fi"),
                      "no\n")
                << qube << ": " << attempt;
    EXPECT_EQ(stage->output("untrusted", "ls -l /proc/self/fd | grep -c ns: "), "0\n");
}

TEST_F(Network, reaches_nothing_of_the_machine_itself)
{
    for (char const* const address :
         {NetworkStage::machine, NetworkStage::inner, "127.0.0.1", "10.137.0.1"})
        for (char const* const qube : {"untrusted", "sys-net"})
            EXPECT_EQ(stage->page(qube, 8080, address), "") << qube << " " << address;
}

TEST_F(Network, lets_nothing_past_a_sys_firewall_that_is_killed)
{
    tick();
    kill(stage->process("vitrail-qube-keeper", "sys-firewall"), SIGKILL);
    ASSERT_TRUE(stage->wait_until([] { return stage->state_of("sys-firewall") == "Halted"; }));
    EXPECT_TRUE(stage->wait_until([] { return stage->interfaces("untrusted") == "lo\n"; }))
        << "its link died with it";
    int const then = ticks();
    int const connections = stage->seen("tcp 80");
    EXPECT_EQ(stage->page("untrusted", 80), "");
    EXPECT_EQ(ticks(), then);
    EXPECT_EQ(stage->seen("tcp 80"), connections);
    EXPECT_EQ(stage->call("sys-firewall", "admin.vm.Start"), "");
    EXPECT_TRUE(becomes("untrusted", 80, "page of port 80\n"))
        << "its clients are joined to it again";
}

TEST_F(Network, goes_on_without_qubesd_and_follows_the_next_one)
{
    stage->kill_qubesd();
    EXPECT_EQ(stage->page("untrusted", 80), "page of port 80\n");
    stage->start_qubesd();
    ASSERT_EQ(stage->state_of("untrusted"), "Running");
    EXPECT_EQ(rules("untrusted", "action=drop proto=tcp dstports=81\naction=accept\n"), "");
    EXPECT_TRUE(becomes("untrusted", 81, ""));
    EXPECT_EQ(stage->page("untrusted", 80), "page of port 80\n");
}

TEST_F(Network, stays_under_its_rules_when_the_zone_is_killed_and_a_new_one_takes_it_over)
{
    EXPECT_EQ(rules("untrusted", "action=drop proto=tcp dstports=81\naction=accept\n"), "");
    EXPECT_TRUE(becomes("untrusted", 81, ""));
    int const before = stage->seen("tcp 81");
    pid_t const first = stage->process("vitrail-network-zone");
    kill(first, SIGKILL);
    EXPECT_EQ(stage->page("untrusted", 81), "");
    EXPECT_TRUE(stage->wait_until([&] {
        pid_t const next = stage->process("vitrail-network-zone");
        return next > 0 && next != first;
    }));
    EXPECT_TRUE(becomes("untrusted", 80, "page of port 80\n"))
        << "with a new uplink; " << stage->logs();
    EXPECT_EQ(stage->page("untrusted", 81), "");
    EXPECT_EQ(stage->seen("tcp 81"), before);
    EXPECT_EQ(rules("untrusted", "action=accept\n"), "");
    EXPECT_TRUE(becomes("untrusted", 81, "page of port 81\n")) << "its rules can be changed again";
    EXPECT_EQ(stage->call("vault", "admin.vm.property.Set+netvm", "sys-firewall"), "");
    EXPECT_TRUE(becomes("vault", 80, "page of port 80\n")) << "and others be joined";
    EXPECT_EQ(stage->call("vault", "admin.vm.property.Set+netvm", ""), "");
    EXPECT_TRUE(stage->wait_until([] { return stage->interfaces("vault") == "lo\n"; }));
}

TEST_F(Network, comes_back_when_qubesd_and_the_zone_were_killed)
{
    EXPECT_EQ(rules("untrusted", "action=drop proto=tcp dstports=81\naction=accept\n"), "");
    EXPECT_TRUE(becomes("untrusted", 81, ""));
    int const before = stage->seen("tcp 81");
    stage->kill_qubesd();
    kill(stage->process("vitrail-network-zone"), SIGKILL);
    EXPECT_EQ(stage->page("untrusted", 81), "");
    stage->start_qubesd();
    ASSERT_EQ(stage->state_of("untrusted"), "Running");
    EXPECT_TRUE(becomes("untrusted", 80, "page of port 80\n")) << stage->logs();
    EXPECT_EQ(stage->page("untrusted", 81), "");
    EXPECT_EQ(stage->seen("tcp 81"), before);
}

TEST_F(Network, leaves_nothing_behind_when_the_last_qube_has_ended)
{
    for (char const* const name : {"untrusted", "vault", "sys-firewall", "sys-net"})
        EXPECT_EQ(stage->call(name, "admin.vm.Kill"), "") << name;
    EXPECT_TRUE(stage->wait_until([] { return stage->process("pasta") < 0; }));
    stage->kill_qubesd();
    EXPECT_TRUE(stage->wait_until([] { return stage->process("vitrail-network-zone") < 0; }));
    stage->start_qubesd();
    for (char const* const name : {"untrusted", "vault"})
        EXPECT_EQ(stage->call(name, "admin.vm.Start"), "");
    EXPECT_TRUE(becomes("untrusted", 80, "page of port 80\n"));
}
