#include "tests/unit/qubesd/sample.hpp"

#include <gtest/gtest.h>

using namespace vitrail::qubesd;
namespace qube = vitrail::qube;

namespace {

class Values : public testing::Test {
protected:
    std::string of(char const* name, char const* property)
    {
        return property_text(state, *state.find(name), property);
    }
    State state = sample_state();
};

} // namespace

TEST_F(Values, that_nobody_set_are_the_templates)
{
    EXPECT_EQ(of("work", "memory"), "600");
    EXPECT_EQ(of("disp1", "memory"), "600");
    state.find("default-dvm")->properties["memory"] = "300";
    EXPECT_EQ(of("disp1", "memory"), "300");
    EXPECT_EQ(of("debian", "vcpus"), "2");
    EXPECT_EQ(of("work", "default_user"), "user");
}

TEST_F(Values, that_neither_qube_nor_template_set_are_the_globals)
{
    EXPECT_EQ(of("work", "qrexec_timeout"), "60");
    state.globals["default_qrexec_timeout"] = "90";
    EXPECT_EQ(of("work", "qrexec_timeout"), "90");
    state.find("debian")->properties["qrexec_timeout"] = "120";
    EXPECT_EQ(of("work", "qrexec_timeout"), "120");
    EXPECT_EQ(of("work", "guivm"), "dom0");
}

TEST_F(Values, of_netvm_are_the_global_one_but_none_for_templates_and_what_would_be_a_loop)
{
    EXPECT_EQ(of("work", "netvm"), "sys-net");
    EXPECT_EQ(of("debian", "netvm"), "");
    state.find("sys-net")->properties.erase("netvm");
    EXPECT_EQ(of("sys-net", "netvm"), "");
}

TEST_F(Values, of_addresses_follow_the_numbers)
{
    EXPECT_EQ(of("work", "ip"), "10.137.0.3");
    EXPECT_EQ(of("disp1", "ip"), "10.138.1.46"); // 299 div 254, 299 mod 254 + 1
    state.find("work")->qid = 255;
    EXPECT_EQ(of("work", "ip"), "10.137.1.1");
    EXPECT_EQ(of("debian", "ip"), "") << "no network, no address";
    EXPECT_EQ(of("sys-net", "gateway"), "10.137.0.2");
    EXPECT_EQ(of("work", "visible_gateway"), "10.137.0.2");
    EXPECT_EQ(of("work", "dns"), "10.139.1.1 10.139.1.2");
    EXPECT_EQ(of("work", "ip6"), "");
    state.find("work")->features["ipv6"] = "1";
    EXPECT_EQ(of("work", "ip6"), "fd09:24ef:4179::a89:ff");
    state.find("work")->features["net.fake-ip"] = "192.168.1.2";
    EXPECT_EQ(of("work", "visible_ip"), "192.168.1.2");
}

TEST_F(Values, of_icons_say_what_the_qube_is)
{
    EXPECT_EQ(of("dom0", "icon"), "adminvm-black");
    EXPECT_EQ(of("debian", "icon"), "templatevm-black");
    EXPECT_EQ(of("default-dvm", "icon"), "templatevm-red");
    EXPECT_EQ(of("sys-net", "icon"), "servicevm-red");
    EXPECT_EQ(of("disp1", "icon"), "dispvm-red");
    EXPECT_EQ(of("work", "icon"), "appvm-blue");
}

TEST_F(Values, of_a_qube_with_a_pci_device_are_those_of_full_virtualization)
{
    EXPECT_EQ(of("work", "virt_mode"), "pvh");
    EXPECT_EQ(of("work", "maxmem"), "6000");
    EXPECT_EQ(of("work", "kernelopts"), "swiotlb=2048");
    state.find("sys-net")->assignments.push_back({.device = {"pci", "dom0", "00_14.0", "*"},
                                                  .mode = qube::AssignmentMode::required,
                                                  .options = {}});
    EXPECT_EQ(of("sys-net", "virt_mode"), "hvm");
    EXPECT_EQ(of("sys-net", "maxmem"), "0");
    EXPECT_EQ(of("sys-net", "kernelopts"), "swiotlb=2048") << "the template's, which has none";
}

TEST_F(Values, tell_what_lives_and_what_is_kept)
{
    EXPECT_EQ(of("work", "xid"), "-1");
    EXPECT_EQ(of("work", "start_time"), "");
    state.find("work")->now = {qube::Power::running, 7, 1700000000, {}};
    EXPECT_EQ(of("work", "xid"), "7");
    EXPECT_EQ(of("work", "start_time"), "1700000000");
    EXPECT_EQ(of("work", "include_in_backups"), "True");
    EXPECT_EQ(of("disp1", "include_in_backups"), "False");
    EXPECT_EQ(of("dom0", "updateable"), "True");
    EXPECT_EQ(of("work", "updateable"), "False");
}

TEST_F(Values, know_who_uses_a_qube)
{
    EXPECT_EQ(
        uses_of(state, "debian"),
        (std::vector<std::string>{"global property default_template", "template of default-dvm",
                                  "template of sys-net", "template of work"}));
    EXPECT_TRUE(uses_of(state, "work").empty());
    EXPECT_TRUE(makes_loop(state, *state.find("sys-net"), "sys-net"));
    state.find("work")->properties["netvm"] = "sys-net";
    EXPECT_TRUE(makes_loop(state, *state.find("sys-net"), "work"));
    EXPECT_FALSE(makes_loop(state, *state.find("work"), "sys-net"));
}
