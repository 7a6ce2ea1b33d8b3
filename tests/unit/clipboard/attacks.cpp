// The attack scripts of QSB-011 and QSB-013 (design/security: what actually went wrong), each over
// ten thousand timings or sizes.

#include "tests/unit/clipboard/broker_stage.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace vitrail::test {
namespace {

using Given = std::vector<std::pair<DomainId, std::string>>;
using clipboard::Time;

constexpr DomainId evil{4};

/// Something the attacker or the user does at a time of its own.
struct Deed {
    Time at;
    std::function<void()> act;
};

class ClipboardAttacks : public testing::Test {
protected:
    struct Stage : BrokerStage {
        Stage() { broker.set_qube(evil, "evil", 64000); }
        /// In the order of their times; of two at once the first here comes first.
        void play(std::vector<Deed> deeds)
        {
            std::ranges::stable_sort(deeds, {}, &Deed::at);
            Time const begin = now;
            for (Deed const& deed : deeds) {
                wait(begin + deed.at - now);
                deed.act();
            }
        }
    };
};

TEST_F(ClipboardAttacks, a_shorter_text_after_a_longer_one_takes_nothing_of_it_along)
{
    int tried = 0;
    for (std::size_t longer = 1; longer <= 100; ++longer)
        for (std::size_t shorter = 1; shorter <= 100; ++shorter, ++tried) {
            Stage stage;
            stage.copy(vault, std::string(longer, 'S'));
            if (tried % 2 == 0)
                stage.paste(work);
            stage.given.clear();
            stage.copy(evil, std::string(shorter, 'e'));
            stage.paste(personal);
            ASSERT_EQ(stage.given, (Given{{personal, std::string(shorter, 'e')}}));
        }
    EXPECT_EQ(tried, 10000);
}

TEST_F(ClipboardAttacks, an_answer_held_back_is_never_pasted_in_place_of_what_the_user_copied_since)
{
    int tried = 0;
    for (int second = 0; second < 100; ++second)
        for (int answer = 0; answer < 100; ++answer, ++tried) {
            Stage stage;
            std::uint32_t const held = stage.chord_copy(evil);
            stage.play({
                {Time(second * 13), [&] { stage.chord_copy(work); }},
                {Time(answer * 17), [&] { stage.answer(evil, held, "rm -rf ~"); }},
                {Time(second * 13 + 5),
                 [&] { stage.answer(work, stage.asked.back().serial, "ls"); }},
                {Time(second * 13 + 6), [&] { stage.answer(evil, held, "rm -rf ~"); }},
                {Time(second * 13 + 7),
                 [&] { stage.answer(evil, stage.asked.back().serial, "rm -rf ~"); }},
                {Time(3000), [&] { stage.paste(personal); }},
            });
            ASSERT_EQ(stage.given, (Given{{personal, "ls"}})) << second << ", " << answer;
        }
    EXPECT_EQ(tried, 10000);
}

TEST_F(ClipboardAttacks, an_answer_begun_early_and_ended_late_takes_the_place_of_nothing)
{
    int tried = 0;
    for (int begin = 0; begin < 100; ++begin)
        for (int end = 0; end < 100; ++end, ++tried) {
            Stage stage;
            stage.copy(work, "mine");
            std::uint32_t const held = stage.chord_copy(evil);
            Time const begun(begin * 11), ended = begun + Time(end * 13);
            stage.play({
                {begun, [&] { stage.answer(evil, held, "half of ", 0); }},
                {ended, [&] { stage.answer(evil, held, "an attack"); }},
                {Time(5000), [&] { stage.paste(personal); }},
            });
            // In time it is what the user copied last; late it is nothing, and not a half either.
            bool const in_time = ended < clipboard::answer_time;
            ASSERT_EQ(stage.given, (Given{{personal, in_time ? "half of an attack" : "mine"}}))
                << begin << ", " << end;
        }
    EXPECT_EQ(tried, 10000);
}

TEST_F(ClipboardAttacks, what_was_meant_for_a_qube_reaches_no_other_whoever_gets_its_number)
{
    int tried = 0;
    for (int gone = 0; gone < 100; ++gone)
        for (int decided = 0; decided < 100; ++decided, ++tried) {
            Stage stage;
            stage.copy(vault, "secret");
            stage.chord_paste(personal);
            stage.play({
                {Time(gone * 13),
                 [&] {
                     stage.broker.remove_qube(personal, stage.now);
                     stage.broker.set_qube(personal, "evil-again", 64000);
                 }},
                {Time(decided * 11), [&] { stage.decide(true); }},
                {Time(4000), [] {}},
            });
            // Given before it went, or not at all.
            bool const before = decided * 11 < 1000 && decided * 11 + 800 <= gone * 13;
            ASSERT_EQ(stage.given.size(), before ? 1U : 0U) << gone << ", " << decided;
        }
    EXPECT_EQ(tried, 10000);
}

TEST_F(ClipboardAttacks, focus_taken_before_the_chord_is_refused_up_to_the_last_millisecond)
{
    int tried = 0, refused = 0;
    for (int focused = 0; focused < 1000; ++focused)
        for (int later = 0; later < 10; ++later, ++tried) {
            Stage stage;
            stage.copy(vault, "secret");
            stage.wait(Time(later * 100));
            stage.chord_paste(evil, Time(focused));
            stage.decide(true);
            stage.wait(Time(2000));
            ASSERT_EQ(stage.given.empty(), focused < 300) << focused;
            refused += stage.given.empty();
        }
    EXPECT_EQ(tried, 10000);
    EXPECT_EQ(refused, 3000);
}

} // namespace
} // namespace vitrail::test
