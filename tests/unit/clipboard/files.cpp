// Files: of them the broker holds nothing but whose they are.

#include "tests/unit/clipboard/broker_stage.hpp"

#include <gtest/gtest.h>

namespace vitrail::test {
namespace {

using Kind = BrokerStage::Kind;
using transport::ClipboardType;

class ClipboardFiles : public testing::Test, public BrokerStage {
protected:
    static constexpr std::string_view file_manager{
        "text/plain\0x-special/gnome-copied-files\0text/uri-list\0", 54};
    void copy_files(DomainId source = work)
    {
        std::uint32_t const serial = chord_copy(source);
        answer(source, serial, file_manager, transport::clipboard_flag_last,
               transport::ClipboardRecordKind::copy_offer);
    }
    void sent(std::uint32_t serial, bool arrived)
    {
        broker.handle_files_sent(serial, arrived, now);
        take();
    }
};

TEST_F(ClipboardFiles, are_marked_and_no_name_of_theirs_is_asked_for)
{
    copy_files();
    EXPECT_EQ(told(), Kind::copied);
    EXPECT_EQ(notice().type, ClipboardType::files);
    EXPECT_EQ(notice().bytes, 0U);
    EXPECT_TRUE(requests.empty());
    EXPECT_TRUE(given.empty());
}

TEST_F(ClipboardFiles, are_sent_by_their_qube_once_policy_and_the_moment_let_them)
{
    copy_files();
    chord_paste(personal);
    ASSERT_EQ(questions.size(), 1U);
    EXPECT_EQ(questions[0].type, ClipboardType::files);
    EXPECT_TRUE(sent_files.empty());
    decide(true);
    EXPECT_EQ(told(), Kind::naming);
    EXPECT_EQ(notice().type, ClipboardType::files);
    EXPECT_TRUE(sent_files.empty());
    wait(clipboard::Time(800));
    ASSERT_EQ(sent_files.size(), 1U);
    EXPECT_EQ(sent_files[0].source, "work");
    EXPECT_EQ(sent_files[0].target, "personal");
    EXPECT_EQ(told(), Kind::given);
    EXPECT_TRUE(given.empty());
    paste(vault);
    EXPECT_EQ(told(), Kind::nothing_to_paste);
    EXPECT_EQ(sent_files.size(), 1U);
}

TEST_F(ClipboardFiles, that_policy_denies_or_escape_keeps_are_not_sent)
{
    copy_files();
    chord_paste(vault);
    decide(false);
    EXPECT_EQ(told(), Kind::denied);
    chord_paste(personal);
    decide(true);
    broker.handle_cancel(now);
    EXPECT_EQ(told(), Kind::cancelled);
    wait(clipboard::Time(5000));
    EXPECT_TRUE(sent_files.empty());
    paste(work);
    EXPECT_EQ(told(), Kind::same_qube);
    EXPECT_TRUE(sent_files.empty());
}

TEST_F(ClipboardFiles, that_did_not_all_arrive_are_said_once)
{
    copy_files();
    paste(personal);
    std::uint32_t const serial = sent_files.at(0).serial;
    auto const before = notices.size();
    sent(serial + 1, false);
    EXPECT_EQ(notices.size(), before);
    sent(serial, false);
    EXPECT_EQ(told(), Kind::files_failed);
    EXPECT_EQ(transport::name_view(notice().source_name), "work");
    EXPECT_EQ(transport::name_view(notice().target_name), "personal");
    sent(serial, false);
    EXPECT_EQ(notices.size(), before + 1);
    copy_files();
    paste(personal);
    auto const again = notices.size();
    sent(sent_files.at(1).serial, true);
    EXPECT_EQ(notices.size(), again) << "that they arrived, the user sees";
}

TEST_F(ClipboardFiles, are_gone_with_their_qube)
{
    copy_files();
    broker.remove_qube(work, now);
    EXPECT_EQ(told(), Kind::wiped);
    EXPECT_EQ(notice().held_type, ClipboardType::none);
    chord_paste(personal);
    EXPECT_EQ(told(), Kind::nothing_to_paste);
    broker.set_qube(work, "work", 64000);
    copy_files();
    chord_paste(personal);
    decide(true);
    broker.remove_qube(work, now);
    EXPECT_EQ(told(), Kind::files_failed);
    wait(clipboard::Time(5000));
    EXPECT_TRUE(sent_files.empty());
}

} // namespace
} // namespace vitrail::test
