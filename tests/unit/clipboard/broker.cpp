#include "clipboard/offer.hpp"
#include "tests/unit/clipboard/broker_stage.hpp"

#include <gtest/gtest.h>

namespace vitrail::test {
namespace {

using Kind = BrokerStage::Kind;
using namespace std::chrono_literals;
using Given = std::vector<std::pair<DomainId, std::string>>;

class ClipboardBroker : public testing::Test, public BrokerStage {
protected:
    static constexpr auto offer = transport::ClipboardRecordKind::copy_offer;
    void answer_type(DomainId from, std::uint32_t serial, std::uint32_t mime, std::string_view text,
                     std::uint32_t flags = transport::clipboard_flag_last)
    {
        broker.handle_record(from, {transport::ClipboardRecordKind::copy_data, serial, mime, flags},
                             bytes_of(text), now);
        take();
    }
};

TEST_F(ClipboardBroker, what_is_copied_in_one_qube_is_given_to_the_one_where_paste_is_pressed)
{
    copy(work, "a secret");
    EXPECT_EQ(told(), Kind::copied);
    EXPECT_EQ(notice().bytes, 8U);
    EXPECT_EQ(transport::name_view(notice().source_name), "work");
    EXPECT_TRUE(given.empty());
    chord_paste(personal);
    ASSERT_EQ(questions.size(), 1U);
    EXPECT_EQ(questions[0].source, "work");
    EXPECT_EQ(questions[0].target, "personal");
    decide(true);
    EXPECT_EQ(told(), Kind::naming);
    EXPECT_EQ(transport::name_view(notice().target_name), "personal");
    EXPECT_EQ(notice().pending, 1U);
    EXPECT_TRUE(given.empty()) << "given before the moment to cancel";
    wait(800ms);
    EXPECT_EQ(given, (Given{{personal, "a secret"}}));
    EXPECT_EQ(told(), Kind::given);
    EXPECT_EQ(notice().held_type, transport::ClipboardType::none);
}

TEST_F(ClipboardBroker, a_paste_empties_the_clipboard)
{
    copy(work, "once");
    paste(personal);
    ASSERT_EQ(given.size(), 1U);
    paste(vault);
    EXPECT_EQ(told(), Kind::nothing_to_paste);
    EXPECT_EQ(given.size(), 1U);
}

TEST_F(ClipboardBroker, the_next_key_ends_the_moment_and_escape_the_paste)
{
    copy(work, "text");
    chord_paste(personal);
    decide(true);
    broker.handle_proceed(now);
    take();
    EXPECT_EQ(given.size(), 1U);
    copy(work, "text");
    chord_paste(personal);
    decide(true);
    broker.handle_cancel(now);
    EXPECT_EQ(told(), Kind::cancelled);
    wait(5s);
    EXPECT_EQ(given.size(), 1U);
    paste(personal);
    EXPECT_EQ(given.size(), 2U) << "what was not pasted is still there";
}

TEST_F(ClipboardBroker, a_key_while_policy_is_asked_ends_the_moment_before_it_begins)
{
    copy(work, "text");
    chord_paste(personal);
    broker.handle_proceed(now);
    take();
    EXPECT_TRUE(given.empty());
    decide(true);
    EXPECT_EQ(given.size(), 1U);
}

TEST_F(ClipboardBroker, what_policy_denies_is_said_and_kept_for_another_qube)
{
    copy(work, "text");
    chord_paste(vault);
    decide(false);
    EXPECT_EQ(told(), Kind::denied);
    EXPECT_EQ(transport::name_view(notice().source_name), "work");
    EXPECT_EQ(transport::name_view(notice().target_name), "vault");
    wait(5s);
    EXPECT_TRUE(given.empty());
    paste(personal);
    EXPECT_EQ(given, (Given{{personal, "text"}}));
}

TEST_F(ClipboardBroker, policy_that_does_not_answer_in_time_denies)
{
    copy(work, "text");
    chord_paste(personal);
    wait(999ms);
    EXPECT_EQ(told(), Kind::copied);
    wait(1ms);
    EXPECT_EQ(told(), Kind::denied);
    decide(true); // too late
    wait(5s);
    EXPECT_TRUE(given.empty());
}

TEST_F(ClipboardBroker, policys_answer_to_an_earlier_paste_does_not_count_for_this_one)
{
    copy(work, "text");
    chord_paste(vault);
    std::uint32_t const first = questions.back().serial;
    chord_paste(personal);
    broker.handle_policy(first, true, now);
    take();
    wait(900ms);
    EXPECT_TRUE(given.empty());
    decide(true);
    wait(800ms);
    EXPECT_EQ(given, (Given{{personal, "text"}}));
}

TEST_F(ClipboardBroker, the_source_is_never_the_target)
{
    copy(work, "text");
    chord_paste(work);
    EXPECT_EQ(told(), Kind::same_qube);
    EXPECT_TRUE(questions.empty());
    // Nor is the same qube under another number, started anew.
    broker.remove_qube(work, now);
    broker.set_qube(DomainId{9}, "work", 64000);
    chord_paste(DomainId{9});
    EXPECT_EQ(told(), Kind::same_qube);
    EXPECT_TRUE(questions.empty());
    // And another qube with its old number is another qube.
    broker.set_qube(work, "untrusted", 64000);
    paste(work);
    EXPECT_EQ(given, (Given{{work, "text"}}));
}

TEST_F(ClipboardBroker, a_qube_focused_less_than_300_ms_before_the_chord_is_no_source_and_no_target)
{
    chord_copy(work, 299ms);
    EXPECT_EQ(told(), Kind::copy_unfocused);
    EXPECT_TRUE(asked.empty());
    copy(work, "text");
    chord_paste(personal, 299ms);
    EXPECT_EQ(told(), Kind::paste_unfocused);
    EXPECT_TRUE(questions.empty());
    chord_paste(personal, 300ms);
    EXPECT_EQ(questions.size(), 1U);
}

TEST_F(ClipboardBroker, a_chord_in_no_qube_does_nothing_and_says_so)
{
    chord_copy(DomainId{0});
    EXPECT_EQ(told(), Kind::no_qube);
    copy(work, "text");
    chord_paste(DomainId{0});
    EXPECT_EQ(told(), Kind::no_qube);
    chord_paste(DomainId{77});
    EXPECT_EQ(told(), Kind::no_qube);
    EXPECT_TRUE(questions.empty());
}

TEST_F(ClipboardBroker, the_limit_is_exact)
{
    for (std::size_t const limit : {256UL, 64000UL, 256000UL}) {
        broker.set_qube(work, "work", static_cast<std::uint32_t>(limit));
        broker.set_qube(personal, "personal", 256000);
        for (std::size_t const size : {limit - 1, limit}) {
            copy(work, std::string(size, 'x'));
            EXPECT_EQ(told(), Kind::copied);
            EXPECT_EQ(notice().bytes, size);
        }
        copy(work, std::string(limit + 1, 'x'));
        EXPECT_EQ(told(), Kind::copy_too_large);
        EXPECT_EQ(notice().limit, limit);
        EXPECT_EQ(notice().held_type, transport::ClipboardType::none) << "the old one stayed";
        paste(personal);
        EXPECT_EQ(told(), Kind::nothing_to_paste);
    }
    EXPECT_TRUE(given.empty());
}

TEST_F(ClipboardBroker, no_limit_is_above_256000_bytes)
{
    broker.set_qube(work, "work", 0xffffffff);
    copy(work, std::string(256001, 'x'));
    EXPECT_EQ(told(), Kind::copy_too_large);
}

TEST_F(ClipboardBroker, the_targets_limit_is_exact_too)
{
    broker.set_qube(personal, "personal", 300);
    copy(work, std::string(301, 'x'));
    chord_paste(personal);
    EXPECT_EQ(told(), Kind::paste_too_large);
    EXPECT_EQ(notice().limit, 300U);
    EXPECT_EQ(notice().held_bytes, 301U) << "another qube may take it";
    copy(work, std::string(300, 'x'));
    paste(personal);
    EXPECT_EQ(given.size(), 1U);
}

TEST_F(ClipboardBroker, data_in_pieces_is_whole_and_a_shorter_one_leaves_no_tail)
{
    std::uint32_t const serial = chord_copy(work);
    answer(work, serial, "a long", 0);
    answer(work, serial, " first text", 0);
    EXPECT_EQ(told(), Kind::asking);
    answer(work, serial, "!", transport::clipboard_flag_last);
    EXPECT_EQ(notice().bytes, 18U);
    copy(vault, "short");
    paste(personal);
    EXPECT_EQ(given, (Given{{personal, "short"}}));
}

TEST_F(ClipboardBroker, pieces_that_are_together_too_large_are_refused)
{
    broker.set_qube(work, "work", 10);
    std::uint32_t const serial = chord_copy(work);
    answer(work, serial, "123456", 0);
    answer(work, serial, "78901", 0);
    EXPECT_EQ(told(), Kind::copy_too_large);
    answer(work, serial, "1", transport::clipboard_flag_last); // the rest of it
    EXPECT_EQ(told(), Kind::copy_too_large);
    EXPECT_EQ(notices.size(), 2U);
}

TEST_F(ClipboardBroker, an_empty_clipboard_of_the_qube_empties_ours)
{
    copy(work, "old");
    copy(work, "");
    EXPECT_EQ(told(), Kind::nothing_to_copy);
    paste(personal);
    EXPECT_EQ(told(), Kind::nothing_to_paste);
}

TEST_F(ClipboardBroker, an_answer_counts_only_when_asked_from_who_was_asked_in_time_and_once)
{
    answer(work, 0, "unasked");
    std::uint32_t const serial = chord_copy(work);
    answer(vault, serial, "of another qube");
    answer(work, serial + 1, "with a guessed number");
    answer(work, serial, "of another kind", 1, transport::ClipboardRecordKind::paste_data);
    EXPECT_EQ(told(), Kind::asking);
    answer(work, serial, "right");
    EXPECT_EQ(told(), Kind::copied);
    answer(work, serial, "twice");
    answer(work, serial, "twice", transport::clipboard_flag_too_large);
    paste(personal);
    EXPECT_EQ(given, (Given{{personal, "right"}}));
}

TEST_F(ClipboardBroker, an_answer_after_a_second_is_dropped)
{
    copy(vault, "old");
    std::uint32_t const serial = chord_copy(work);
    wait(999ms);
    EXPECT_EQ(told(), Kind::asking);
    now += 1ms; // even before the timer has run
    answer(work, serial, "late");
    EXPECT_EQ(told(), Kind::no_answer);
    paste(personal);
    EXPECT_EQ(given, (Given{{personal, "old"}})) << "what was there is untouched";
}

TEST_F(ClipboardBroker, an_answer_that_begins_in_time_must_end_in_time)
{
    std::uint32_t const serial = chord_copy(work);
    answer(work, serial, "a part", 0);
    wait(1s);
    answer(work, serial, " and the rest");
    EXPECT_EQ(told(), Kind::no_answer);
    paste(personal);
    EXPECT_EQ(told(), Kind::nothing_to_paste);
}

TEST_F(ClipboardBroker, of_what_a_qube_offers_the_plainest_text_is_asked_for_and_taken)
{
    std::uint32_t const serial = chord_copy(work);
    answer(work, serial, std::string_view("image/png\0text/html\0text/plain\0", 31), 1, offer);
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].source, work);
    EXPECT_EQ(requests[0].serial, serial);
    EXPECT_EQ(requests[0].mime, 2U);
    answer_type(work, serial, 0, "<b>of another type</b>");
    answer_type(work, serial, 2, "of ", 0);
    EXPECT_EQ(told(), Kind::asking);
    answer_type(work, serial, 2, "this one");
    EXPECT_EQ(told(), Kind::copied);
    paste(personal);
    EXPECT_EQ(given, (Given{{personal, "of this one"}}));
}

TEST_F(ClipboardBroker, text_begun_before_an_offer_is_no_part_of_what_was_offered)
{
    std::uint32_t const serial = chord_copy(work);
    answer(work, serial, "begun ", 0);
    answer(work, serial, std::string_view("text/plain\0", 11), 1, offer);
    answer_type(work, serial, 0, "offered");
    paste(personal);
    EXPECT_EQ(given, (Given{{personal, "offered"}}));
}

TEST_F(ClipboardBroker, an_offer_counts_once_and_only_from_who_was_asked)
{
    std::uint32_t const serial = chord_copy(work);
    std::string_view const text("text/plain\0", 11);
    answer(vault, serial, text, 1, offer);
    answer(work, serial + 1, text, 1, offer);
    EXPECT_TRUE(requests.empty());
    answer(work, serial, text, 1, offer);
    answer(work, serial, text, 1, offer);
    EXPECT_EQ(requests.size(), 1U);
    wait(999ms);
    answer_type(work, serial, 0, "text");
    EXPECT_EQ(told(), Kind::copied);
}

TEST_F(ClipboardBroker, an_offer_of_nothing_that_may_cross_empties_the_clipboard_and_is_said)
{
    for (auto const types :
         {std::string_view("image/x-secret\0", 15), std::string_view("no NUL"), std::string_view(),
          std::string_view("text/plain\0\0", 12), std::string_view("text/plain\0\x1b\0", 13)}) {
        copy(work, "old");
        answer(work, chord_copy(work), types, 1, offer);
        EXPECT_EQ(told(), Kind::nothing_to_copy);
        EXPECT_EQ(notice().held_type, transport::ClipboardType::none);
    }
    EXPECT_TRUE(requests.empty());
}

TEST_F(ClipboardBroker, the_data_of_an_offered_type_must_come_in_time_too)
{
    std::uint32_t const serial = chord_copy(work);
    wait(900ms);
    answer(work, serial, std::string_view("text/plain\0", 11), 1, offer);
    wait(999ms);
    EXPECT_EQ(told(), Kind::asking);
    wait(1ms);
    EXPECT_EQ(told(), Kind::no_answer);
    answer_type(work, serial, 0, "late");
    EXPECT_EQ(told(), Kind::no_answer);
}

TEST(ClipboardOffer, the_plainest_text_is_chosen_whatever_the_order)
{
    using clipboard::Choice;
    auto const chosen = [](std::string_view types) {
        return clipboard::choose_offer(bytes_of(types));
    };
    auto const text = transport::ClipboardType::text;
    EXPECT_EQ(chosen({"STRING\0text/plain;charset=utf-8\0", 32}), (Choice{1, text}));
    EXPECT_EQ(chosen({"text/html\0", 10}), (Choice{0, text}));
    EXPECT_EQ(chosen({"text/html\0TEXT\0", 15}), (Choice{1, text}));
    auto const files = transport::ClipboardType::files;
    EXPECT_EQ(chosen({"text/plain\0x-special/gnome-copied-files\0", 40}), (Choice{1, files}));
    EXPECT_EQ(chosen({"text/uri-list\0", 14}), (Choice{0, files}));
    EXPECT_EQ(chosen({"application/x-color\0", 20}), std::nullopt);
    // 64 types are an offer, 65 are none; a type of 255 bytes is one, of 256 is none.
    std::string many;
    for (int i = 0; i < 63; ++i)
        many += std::string("a/b\0", 4);
    std::string const last("TEXT\0", 5);
    EXPECT_EQ(chosen(many + last), (Choice{63, text}));
    EXPECT_EQ(chosen(many + std::string("a/b\0", 4) + last), std::nullopt);
    std::string const longest(255, 'x');
    EXPECT_EQ(chosen(longest + '\0' + last), (Choice{1, text}));
    EXPECT_EQ(chosen(longest + "x" + '\0' + last), std::nullopt);
}

TEST_F(ClipboardBroker, a_second_copy_chord_takes_the_place_of_the_first)
{
    std::uint32_t const first = chord_copy(work);
    std::uint32_t const second = chord_copy(vault);
    EXPECT_NE(first, second);
    answer(work, first, "of the first");
    answer(work, second, "of the first with the number of the second");
    answer(vault, second, "of the second");
    paste(personal);
    EXPECT_EQ(given, (Given{{personal, "of the second"}}));
}

TEST_F(ClipboardBroker, escape_ends_a_copy_that_waits)
{
    std::uint32_t const serial = chord_copy(work);
    broker.handle_cancel(now);
    EXPECT_EQ(told(), Kind::cancelled);
    answer(work, serial, "too late");
    EXPECT_EQ(told(), Kind::cancelled);
    broker.handle_cancel(now); // nothing waits: nothing is said
    take();
    EXPECT_EQ(notices.size(), 2U);
}

TEST_F(ClipboardBroker, what_was_copied_is_wiped_after_the_time_the_user_set)
{
    broker.set_settings({.keep = 60s, .moment = 800ms});
    copy(work, "text");
    EXPECT_EQ(broker.deadline(), now + 60s);
    wait(59999ms);
    EXPECT_EQ(told(), Kind::copied);
    wait(1ms);
    EXPECT_EQ(told(), Kind::wiped);
    EXPECT_EQ(broker.deadline(), std::nullopt) << "it would wake for nothing";
    paste(personal);
    EXPECT_EQ(told(), Kind::expired);
    EXPECT_TRUE(given.empty());
    copy(work, "");
    paste(personal);
    EXPECT_EQ(told(), Kind::nothing_to_paste) << "it is not too old any more";
}

TEST_F(ClipboardBroker, one_that_grows_too_old_in_the_moment_before_it_is_given_is_not_given)
{
    broker.set_settings({.keep = 60s, .moment = 800ms});
    copy(work, "text");
    wait(59500ms);
    chord_paste(personal);
    decide(true);
    wait(500ms);
    EXPECT_EQ(told(), Kind::expired);
    wait(5s);
    EXPECT_TRUE(given.empty());
}

TEST_F(ClipboardBroker, without_a_time_it_is_kept_until_it_is_pasted_or_cleared)
{
    broker.set_settings({.keep = 0s, .moment = 0ms});
    copy(work, "text");
    EXPECT_EQ(broker.deadline(), std::nullopt);
    wait(1000h);
    chord_paste(personal);
    decide(true);
    EXPECT_EQ(given.size(), 1U) << "no moment was wanted";
    copy(work, "text");
    broker.handle_clear(now);
    EXPECT_EQ(told(), Kind::cleared);
    paste(personal);
    EXPECT_EQ(told(), Kind::nothing_to_paste);
}

TEST_F(ClipboardBroker, the_text_outlives_its_qube_but_not_its_name)
{
    copy(work, "text");
    broker.remove_qube(work, now);
    chord_paste(personal);
    ASSERT_EQ(questions.size(), 1U);
    EXPECT_EQ(questions[0].source, "work") << "policy is asked about the qube it came from";
    decide(true);
    wait(800ms);
    EXPECT_EQ(given.size(), 1U);
    EXPECT_EQ(notice().source, 0U);
    EXPECT_EQ(transport::name_view(notice().source_name), "work");
}

TEST_F(ClipboardBroker, a_target_that_ends_gets_nothing_nor_does_its_number)
{
    copy(work, "text");
    chord_paste(personal);
    decide(true);
    broker.remove_qube(personal, now);
    EXPECT_EQ(told(), Kind::target_gone);
    broker.set_qube(personal, "untrusted", 64000);
    wait(5s);
    EXPECT_TRUE(given.empty());
}

TEST_F(ClipboardBroker, a_source_that_ends_while_it_is_asked_is_not_waited_for)
{
    std::uint32_t const serial = chord_copy(work);
    broker.remove_qube(work, now);
    EXPECT_EQ(told(), Kind::no_answer);
    broker.set_qube(work, "untrusted", 64000);
    answer(work, serial, "of another");
    EXPECT_EQ(told(), Kind::no_answer);
    EXPECT_EQ(broker.deadline(), std::nullopt);
}

TEST_F(ClipboardBroker, the_paste_chord_pressed_again_in_the_moment_gives_at_once)
{
    copy(work, "text");
    chord_paste(personal);
    decide(true);
    chord_paste(personal);
    EXPECT_EQ(given.size(), 1U);
    EXPECT_EQ(told(), Kind::given);
}

} // namespace
} // namespace vitrail::test
