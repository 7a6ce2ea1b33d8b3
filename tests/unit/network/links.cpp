#include "services/network/links.hpp"

#include <gtest/gtest.h>

using namespace vitrail::network;

namespace {

Link const link_of_seven{
    .number = 7, .client = {"10.137.0.7", ""}, .netvm = {"10.137.0.3", "fd09:24ef:4179::a89:3"}};

} // namespace

TEST(Links, join_eth0_of_a_client_to_an_interface_of_its_own_in_the_netvm)
{
    EXPECT_EQ(pair_commands(link_of_seven, "/proc/self/fd/3"),
              "link add eth0 address 00:16:3e:5e:6c:00 type veth peer name vif7 address "
              "fe:ff:ff:ff:ff:ff netns /proc/self/fd/3\n");
}

TEST(Links, give_the_client_one_address_and_the_netvm_as_its_gateway)
{
    EXPECT_EQ(client_commands(link_of_seven),
              "link set dev eth0 group 1\n"
              "address replace 10.137.0.7/32 dev eth0\n"
              "link set dev eth0 up\n"
              "neighbour replace 10.137.0.3 dev eth0 lladdr fe:ff:ff:ff:ff:ff nud permanent\n"
              "route replace 10.137.0.3/32 dev eth0\n"
              "route replace default via 10.137.0.3 dev eth0 onlink\n");
    EXPECT_EQ(netvm_commands(link_of_seven),
              "link set dev vif7 group 2\n"
              "link set dev vif7 up\n"
              "address replace 10.137.0.3/32 dev vif7\n"
              "neighbour replace 10.137.0.7 dev vif7 lladdr 00:16:3e:5e:6c:00 nud permanent\n"
              "route replace 10.137.0.7/32 dev vif7\n");
}

TEST(Links, have_ipv6_where_both_ends_have_it)
{
    Link both = link_of_seven;
    EXPECT_FALSE(client_commands(both).contains("fd09"));
    both.client.ip6 = "fd09:24ef:4179::a89:7";
    EXPECT_TRUE(client_commands(both).contains("address replace fd09:24ef:4179::a89:7/128"));
    EXPECT_TRUE(client_commands(both).contains(
        "route replace default via fd09:24ef:4179::a89:3 dev eth0 onlink\n"));
    EXPECT_TRUE(netvm_commands(both).contains("route replace fd09:24ef:4179::a89:7/128 dev vif7"));
}
