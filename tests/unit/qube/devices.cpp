#include "lib/qube/device.hpp"

#include <gtest/gtest.h>

using namespace vitrail::qube;

TEST(DeviceArguments, name_backend_port_and_id)
{
    auto const device = parse_device_argument("usb", "sys-usb+2-1.4+046d+c52b++u030101u030102");
    ASSERT_TRUE(device);
    EXPECT_EQ(device->backend, "sys-usb");
    EXPECT_EQ(device->port, "2-1.4");
    EXPECT_EQ(device->id, "046d:c52b::u030101u030102");
    EXPECT_EQ(build_device_argument(*device), "sys-usb+2-1.4+046d+c52b++u030101u030102");
}

TEST(DeviceArguments, stand_for_any_port_or_device_by_an_underscore)
{
    EXPECT_EQ(parse_device_argument("usb", "sys-usb+_+046d+c52b++u030101")->port, "*");
    EXPECT_EQ(parse_device_argument("usb", "sys-usb+2-1+_")->id, "*");
    EXPECT_EQ(parse_device_argument("usb", "sys-usb+2-1")->id, "*");
    EXPECT_EQ(parse_device_argument("usb", "sys-usb+2-1+0000+0000++_______")->id,
              "0000:0000::?******");
    EXPECT_EQ(build_device_argument({"usb", "a", "*", "0000:0000::?******"}),
              "a+_+0000+0000++_______");
}

TEST(DeviceArguments, that_name_no_device_are_a_protocol_error)
{
    for (char const* const bad :
         {"", "sys-usb", "+2-1", "sys-usb+", "sys-usb+2-1+", "1a+b", "a+b:c"})
        EXPECT_EQ(parse_device_argument("usb", bad).error().type, "ProtocolError") << bad;
}

TEST(DeviceFieldsText, quotes_and_comes_back)
{
    DeviceFields const fields{{"name", "it's"}, {"x", ""}, {"_y", "a b"}};
    EXPECT_EQ(serialize(fields), R"(name='it\'s' x='' _y='a b')");
    EXPECT_EQ(parse_fields(serialize(fields)), fields);
    for (char const* const bad : {"name", "name=x", "name='x", "='x'", "a='b'c='d'", "a='b'  c='d'",
                                  "a='b' ", "a='\n'", "a b='c'"})
        EXPECT_EQ(parse_fields(bad).error().type, "ProtocolError") << bad;
}

TEST(Assignments, hold_what_the_payload_says_and_the_call_agrees_with)
{
    DeviceRef const device{"block", "sys-usb", "sda", "*"};
    auto const assignment = parse_assignment(
        device, "work", "mode='required' _read-only='yes' port_id='sda' frontend_domain='work'");
    ASSERT_TRUE(assignment);
    EXPECT_EQ(assignment->mode, AssignmentMode::required);
    EXPECT_EQ(assignment_line(*assignment, "work"),
              "sys-usb+sda:* device_id='*' port_id='sda' devclass='block' "
              "backend_domain='sys-usb' mode='required' frontend_domain='work' _read-only='yes'");
    EXPECT_EQ(parse_assignment(device, "work", "")->mode, AssignmentMode::manual);
}

TEST(Assignments, that_contradict_the_call_or_know_too_much_are_refused)
{
    DeviceRef const device{"block", "sys-usb", "sda", "1:2::b******"};
    auto const type = [&](std::string_view payload) {
        return parse_assignment(device, "work", payload).error().type;
    };
    EXPECT_EQ(type("port_id='sdb'"), "ProtocolError");
    EXPECT_EQ(type("device_id='x'"), "ProtocolError");
    EXPECT_EQ(type("frontend_domain='vault'"), "ProtocolError");
    EXPECT_EQ(type("colour='red'"), "ProtocolError");
    EXPECT_EQ(type("mode='always'"), "QubesUnrecognizedDeviceAssignmentMode");
    EXPECT_EQ(type("_permissive='yes'"), "UnexpectedDeviceProperty");
    EXPECT_EQ(type("_read-only='maybe'"), "UnexpectedDeviceProperty");
}

TEST(Interfaces, have_seven_characters_each)
{
    EXPECT_EQ(parse_interfaces("u03**01p0900**")->size(), 2U);
    EXPECT_EQ(parse_interfaces("")->size(), 0U);
    for (char const* const bad : {"u03", "x030101", "u03**0G", "u03**01u"})
        EXPECT_EQ(parse_interfaces(bad).error().type, "QubesValueError") << bad;
}
