#include "services/sessiond/clipboard_policy.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace vitrail::session {
namespace {

qrexec::SystemFacts three_qubes()
{
    std::vector<qrexec::QubeFacts> qubes;
    for (char const* const name : {"work", "personal", "vault"})
        qubes.push_back({.name = name, .type = "AppVM", .tags = {}, .guivm = "dom0", .runs = true});
    return qrexec::SystemFacts(std::move(qubes));
}

bool allowed(std::string_view rules, std::string const& source, std::string const& target,
             std::string const& type = "text")
{
    auto parsed = qrexec::parse_policy(rules, "test.policy");
    EXPECT_TRUE(parsed) << parsed.error();
    return parsed && allows_paste({std::move(*parsed)}, three_qubes(), source, target, type);
}

constexpr std::string_view shipped = "qubes.ClipboardPaste * @anyvm @anyvm ask\n";

TEST(ClipboardPolicy, ask_is_a_yes_since_the_chord_is_the_users_word)
{
    EXPECT_TRUE(allowed(shipped, "work", "personal"));
    EXPECT_TRUE(allowed("qubes.ClipboardPaste * work personal allow\n", "work", "personal"));
}

TEST(ClipboardPolicy, a_rule_that_denies_a_pair_denies_that_pair_alone)
{
    std::string const rules = "qubes.ClipboardPaste * work vault deny\n" + std::string(shipped);
    EXPECT_FALSE(allowed(rules, "work", "vault"));
    EXPECT_TRUE(allowed(rules, "vault", "work"));
    EXPECT_TRUE(allowed(rules, "personal", "vault"));
}

TEST(ClipboardPolicy, without_a_rule_it_is_a_no)
{
    EXPECT_FALSE(allowed("", "work", "personal"));
    EXPECT_FALSE(allowed("qubes.Filecopy * @anyvm @anyvm allow\n", "work", "personal"));
}

TEST(ClipboardPolicy, a_type_may_be_denied_apart)
{
    EXPECT_FALSE(allowed("qubes.ClipboardPaste +text work vault deny\n" + std::string(shipped),
                         "work", "vault"));
    EXPECT_FALSE(allowed("qubes.ClipboardPaste + work vault deny\n" + std::string(shipped), "work",
                         "vault"));
    EXPECT_TRUE(allowed("qubes.ClipboardPaste +image work vault deny\n" + std::string(shipped),
                        "work", "vault"));
}

TEST(ClipboardPolicy, files_are_asked_for_as_the_service_that_copies_them)
{
    std::string const copying = "qubes.Filecopy * work vault deny\n"
                                "qubes.Filecopy * @anyvm @anyvm ask\n";
    EXPECT_TRUE(allowed(copying, "work", "personal", "files"));
    EXPECT_FALSE(allowed(copying, "work", "vault", "files"));
    EXPECT_FALSE(allowed(shipped, "work", "personal", "files"));
    EXPECT_FALSE(
        allowed("qubes.Filecopy * work vault allow target=personal\n", "work", "vault", "files"));
}

TEST(ClipboardPolicy, a_rule_that_sends_the_paste_elsewhere_is_a_no)
{
    EXPECT_FALSE(
        allowed("qubes.ClipboardPaste * work vault allow target=personal\n", "work", "vault"));
    EXPECT_FALSE(
        allowed("qubes.ClipboardPaste * work vault ask target=personal\n", "work", "vault"));
}

TEST(ClipboardPolicy, a_qube_that_is_not_there_gets_nothing)
{
    EXPECT_FALSE(allowed(shipped, "work", "gone"));
    EXPECT_FALSE(allowed(shipped, "gone", "work"));
}

} // namespace
} // namespace vitrail::session
