#include "lib/qube/property.hpp"

#include <gtest/gtest.h>

#include <algorithm>

using namespace vitrail::qube;

namespace {

std::string set(QubeClass qube_class, std::string_view name, std::string_view value)
{
    Property const* const property = find_property(qube_class, name);
    if (!property)
        return "no such property";
    auto const checked = check_value(*property, value);
    return checked ? *checked : checked.error().type;
}

} // namespace

TEST(Properties, of_dom0_are_few)
{
    std::string names;
    for (Property const& property : qube_properties())
        if (property.belongs_to(QubeClass::admin))
            names += std::string(property.name) + " ";
    EXPECT_EQ(names, "default_dispvm devices_denied icon include_in_backups keyboard_layout klass "
                     "label maxmem name qid updateable uuid ");
}

TEST(Properties, have_a_template_only_where_a_qube_is_made_from_one)
{
    EXPECT_TRUE(find_property(QubeClass::app, "template"));
    EXPECT_TRUE(find_property(QubeClass::disposable, "template"));
    for (QubeClass const other : {QubeClass::template_, QubeClass::standalone, QubeClass::admin})
        EXPECT_FALSE(find_property(other, "template"));
}

TEST(Properties, that_nobody_knows_are_not_found)
{
    EXPECT_FALSE(find_property(QubeClass::app, "Netvm"));
    EXPECT_FALSE(find_global("netvm"));
    EXPECT_TRUE(find_global("default_netvm"));
}

TEST(PropertyValues, are_stored_in_one_form)
{
    EXPECT_EQ(set(QubeClass::app, "autostart", "yes"), "True");
    EXPECT_EQ(set(QubeClass::app, "autostart", "OFF"), "False");
    EXPECT_EQ(set(QubeClass::app, "memory", "800"), "800");
    EXPECT_EQ(set(QubeClass::app, "netvm", ""), "");
    EXPECT_EQ(set(QubeClass::app, "label", "red"), "red");
}

TEST(PropertyValues, of_a_wrong_type_or_out_of_range_are_refused)
{
    for (auto const& [name, value] : std::initializer_list<std::pair<char const*, char const*>>{
             {"memory", "0"},
             {"memory", "-1"},
             {"memory", "lots"},
             {"memory", "99999999999999999999"},
             {"vcpus", "0"},
             {"autostart", "maybe"},
             {"netvm", "a b"},
             {"label", "a b"},
             {"virt_mode", "vm"},
             {"mac", "00:16:3E:5e:6c:00"},
             {"mac", "01:16:3e:5e:6c:00"},
             {"default_user", ""},
             {"default_user", "a/b"},
             {"kernel", "../x"},
             {"kernel", ".."},
             {"keyboard_layout", "us"},
             {"devices_denied", "u03"},
             {"kernelopts", "a\nb"}})
        EXPECT_EQ(set(QubeClass::app, name, value), "QubesPropertyValueError") << name << value;
    EXPECT_EQ(set(QubeClass::app, "kernelopts", std::string(513, 'x')), "QubesPropertyValueError");
    EXPECT_EQ(set(QubeClass::app, "kernelopts", std::string(512, 'x')), std::string(512, 'x'));
}

TEST(Properties, have_a_help_text_and_a_default_of_their_own_type)
{
    for (auto const table : {qube_properties(), global_properties()})
        for (Property const& property : table) {
            EXPECT_FALSE(property.help.empty()) << property.name;
            if (property.rule == Fallback::fixed || property.rule == Fallback::from_template) {
                EXPECT_EQ(check_value(property, property.fallback), property.fallback)
                    << property.name;
            }
            if (property.rule == Fallback::global ||
                property.rule == Fallback::template_or_global) {
                Property const* const global = find_global(property.fallback);
                ASSERT_TRUE(global) << property.name;
                EXPECT_EQ(global->type, property.type) << property.name;
            }
        }
}
