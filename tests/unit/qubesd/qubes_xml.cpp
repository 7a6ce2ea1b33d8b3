#include "services/qubesd/qubes_xml.hpp"
#include "tests/unit/qubesd/sample.hpp"

#include <gtest/gtest.h>

using namespace vitrail::qubesd;
namespace qube = vitrail::qube;

TEST(QubesXml, holds_all_that_it_describes)
{
    State state = sample_state();
    Qube& work = *state.find("work");
    work.features = {{"a", "1 & <2>"}, {"empty", ""}};
    work.tags = {"created-by-dom0"};
    work.volumes["private"] = {.name = "private",
                               .pool = "varlibqubes",
                               .vid = "appvms/work/private",
                               .size = 2147483648,
                               .revisions_to_keep = 3};
    work.assignments.push_back({.device = {"block", "sys-net", "sda", "*"},
                                .mode = qube::AssignmentMode::ask,
                                .options = {{"read-only", "yes"}}});
    for (auto& [name, one] : state.qubes)
        one.firewall.clear(); // stands in files of its own (fact sheet storage-and-lifecycle §5)
    auto const again = import_xml(export_xml(state));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->qubes, state.qubes);
    EXPECT_EQ(again->globals, state.globals);
    EXPECT_EQ(again->labels, state.labels);
    EXPECT_EQ(again->pools, state.pools);
}

TEST(QubesXml, of_an_older_release_names_required_devices_otherwise)
{
    auto const state = import_xml(
        "<qubes><labels><label id='label-1' color='0xcc0000'>red</label></labels><domains>"
        "<domain id='domain-1' class='StandaloneVM'><properties><property name='qid'>1</property>"
        "<property name='name'>win</property><property name='label'>red</property>"
        "<property name='uuid'>00010203-0405-4f07-bf09-0a0b0c0d0e0f</property></properties>"
        "<devices class='pci'><device backend-domain='dom0' id='00_14.0' "
        "required='True'/></devices>"
        "</domain></domains></qubes>");
    ASSERT_TRUE(state) << state.error().message();
    EXPECT_EQ(state->find("win")->assignments[0].mode, qube::AssignmentMode::required);
    EXPECT_EQ(state->find("win")->assignments[0].device.id, "*");
}

TEST(QubesXml, that_makes_no_sense_is_an_error_that_names_it)
{
    auto const message = [](std::string_view text) {
        auto const state = import_xml(text);
        return state ? std::string() : state.error().message();
    };
    EXPECT_NE(message("<qubes>").find("qubes.xml"), std::string::npos);
    EXPECT_NE(message("<x/>").find("no element qubes"), std::string::npos);
    EXPECT_NE(message("<qubes><properties><property name='x'>1</property></properties></qubes>")
                  .find("no property x"),
              std::string::npos);
    EXPECT_NE(
        message("<qubes><domains><domain class='FunnyVM'/></domains></qubes>").find("FunnyVM"),
        std::string::npos);
    EXPECT_NE(message("<qubes><domains><domain class='AppVM'><properties><property name='name'>a/b"
                      "</property></properties></domain></domains></qubes>")
                  .find("a/b"),
              std::string::npos);
}
