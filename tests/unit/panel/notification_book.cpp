#include "panel/notification_book.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace vitrail::panel {
namespace {

using namespace formats;
using std::chrono::milliseconds;
using std::chrono::seconds;

class Book : public testing::Test, public NotificationBook::Events {
protected:
    void handle_reply(LinkId link, NotificationReply const& reply) override
    {
        replies.emplace_back(link, reply);
    }
    void handle_changed() override { ++changes; }

    Notification& told(std::string const& summary)
    {
        next = {.sequence = ++last_id, .summary = summary, .actions = {}};
        return next;
    }
    void take(std::string const& qube, Notification const& notification)
    {
        book->take(link_of(qube), {.name = qube, .about = {}}, notification,
                   {.time = now, .wall = 1});
    }
    static LinkId link_of(std::string const& qube) { return std::hash<std::string>()(qube) | 1U; }
    /// Turns the clock.
    void pass(milliseconds time)
    {
        now += time;
        book->expire(now);
    }
    [[nodiscard]] std::string board() const
    {
        std::string text;
        for (NotificationEntry const* const one : book->board())
            text += one->origin.name + ":" + one->summary + " ";
        return text;
    }
    [[nodiscard]] std::string list() const
    {
        std::string text;
        for (NotificationEntry const& one : book->entries())
            text += one.summary + " ";
        return text;
    }
    [[nodiscard]] std::vector<CloseReason> closed(std::uint32_t id) const
    {
        std::vector<CloseReason> all;
        for (auto const& [link, reply] : replies)
            if (auto const* const one = std::get_if<NotificationClosed>(&reply);
                one && one->id == id)
                all.push_back(one->reason);
        return all;
    }

    std::unique_ptr<NotificationBook> book = std::make_unique<NotificationBook>(*this);
    NotificationBook::TimePoint now{std::chrono::hours(1)};
    std::uint32_t last_id = 0;
    Notification next;
    std::vector<std::pair<LinkId, NotificationReply>> replies;
    int changes = 0;
};
using Reasons = std::vector<CloseReason>;

TEST_F(Book, what_is_told_shows_for_a_while_and_stays_in_the_list)
{
    take("work", told("a"));
    EXPECT_EQ(board(), "work:a ");
    EXPECT_EQ(book->next_expiry(), now + NotificationBook::usual);
    pass(NotificationBook::usual - milliseconds(1));
    EXPECT_EQ(board(), "work:a ");
    pass(milliseconds(1));
    EXPECT_EQ(board(), "");
    EXPECT_EQ(list(), "a ");
    EXPECT_EQ(book->unseen(), 1U);
    EXPECT_TRUE(replies.empty()) << "its actions are good in the list";
    book->see_all();
    EXPECT_EQ(book->unseen(), 0U);
    EXPECT_FALSE(book->next_expiry());
}

TEST_F(Book, who_looks_at_the_list_needs_no_board_and_may_still_act)
{
    told("call").actions = {{"answer", "Answer"}};
    next.timeout = 20'000;
    take("work", next);
    told("volume").transient = true;
    take("work", next);
    book->see_all();
    EXPECT_EQ(board(), "");
    EXPECT_EQ(list(), "call ");
    EXPECT_TRUE(closed(1).empty());
    EXPECT_TRUE(book->invoke(book->entries()[0].number, "answer"));
}

TEST_F(Book, an_application_says_how_long_within_limits)
{
    struct Row {
        std::int32_t wanted;
        seconds given;
    };
    for (Row const& row :
         {Row{1, NotificationBook::shortest}, Row{20'000, seconds(20)},
          Row{0, NotificationBook::longest}, Row{2'000'000'000, NotificationBook::longest}}) {
        told("x").timeout = row.wanted;
        take("work", next);
        EXPECT_EQ(book->next_expiry(), now + row.given) << row.wanted;
        pass(row.given);
        EXPECT_EQ(board(), "");
        EXPECT_EQ(closed(last_id), row.wanted > 0 ? Reasons{CloseReason::expired} : Reasons{});
    }
}

TEST_F(Book, what_is_critical_stays_until_the_user_closes_it)
{
    told("fire").urgency = Urgency::critical;
    take("work", next);
    EXPECT_FALSE(book->next_expiry());
    pass(std::chrono::hours(100));
    EXPECT_EQ(board(), "work:fire ");
    book->dismiss(book->entries()[0].number);
    EXPECT_EQ(board() + list(), "");
    EXPECT_EQ(closed(last_id), Reasons{CloseReason::dismissed});
}

TEST_F(Book, what_is_of_the_moment_leaves_no_trace)
{
    told("volume").transient = true;
    take("work", next);
    pass(NotificationBook::usual);
    EXPECT_EQ(list(), "");
    EXPECT_EQ(closed(last_id), Reasons{CloseReason::expired});
}

TEST_F(Book, one_takes_the_place_of_an_earlier_one)
{
    take("work", told("10 %"));
    take("work", told("other"));
    next = {.sequence = 1, .replaces = 1, .summary = "20 %", .actions = {}};
    take("work", next);
    EXPECT_EQ(board(), "work:20 % work:other ");
    take("personal", next);
    EXPECT_EQ(board(), "work:20 % work:other personal:20 % ") << "no qube changes another's";
}

TEST_F(Book, the_same_again_is_counted_and_the_newer_id_answers)
{
    take("work", told("a"));
    pass(seconds(5));
    take("work", told("a"));
    pass(seconds(5));
    ASSERT_EQ(board(), "work:a ");
    EXPECT_EQ(book->entries()[0].times, 2U);
    EXPECT_EQ(closed(1), Reasons{CloseReason::expired});
    book->dismiss(book->entries()[0].number);
    EXPECT_EQ(closed(2), Reasons{CloseReason::dismissed});
}

TEST_F(Book, a_flood_of_one_qube_takes_no_place_of_another)
{
    take("personal", told("mine"));
    take("banking", told("balance"));
    for (int i = 0; i < 10'000; ++i) {
        told("flood" + std::to_string(i)).urgency = Urgency::critical;
        take("work", next);
    }
    EXPECT_EQ(board(), "personal:mine banking:balance work:flood9998 work:flood9999 ");
    EXPECT_EQ(book->entries().size(), NotificationBook::most);
    EXPECT_TRUE(list().starts_with("mine balance flood")) << "nor in the list";
    EXPECT_EQ(closed(4).size(), 1U) << "who is not kept is told";
}

TEST_F(Book, one_qube_alone_has_three_places)
{
    for (char const* const one : {"a", "b", "c", "d"})
        take("work", told(one));
    EXPECT_EQ(board(), "work:b work:c work:d ");
    EXPECT_EQ(list(), "a b c d ");
}

TEST_F(Book, what_policy_says_of_a_qube_is_counted_for_that_qube)
{
    for (int i = 0; i < 100; ++i)
        book->take(7, {.name = "dom0", .about = "work"}, told("denied" + std::to_string(i)),
                   {.time = now});
    take("personal", told("mine"));
    take("work", told("own"));
    EXPECT_EQ(board(), "dom0:denied98 dom0:denied99 personal:mine work:own ");
}

TEST_F(Book, an_action_is_told_to_its_qube_and_closes_what_is_not_resident)
{
    told("call").actions = {{"answer", "Answer"}};
    take("work", next);
    auto const number = book->entries()[0].number;
    EXPECT_FALSE(book->invoke(number, "other")) << "no key that it does not have";
    EXPECT_FALSE(book->invoke(number + 1, "answer"));
    auto const origin = book->invoke(number, "answer");
    ASSERT_TRUE(origin);
    EXPECT_EQ(origin->name, "work");
    ASSERT_EQ(replies.size(), 2U);
    EXPECT_EQ(replies[0],
              (std::pair<LinkId, NotificationReply>(link_of("work"), ActionInvoked{1, "answer"})));
    EXPECT_EQ(closed(1), Reasons{CloseReason::dismissed});
    EXPECT_EQ(list(), "");
    told("music").actions = {{"next", "Next"}};
    next.resident = true;
    take("work", next);
    EXPECT_TRUE(book->invoke(book->entries()[0].number, "next"));
    EXPECT_EQ(list(), "music ");
    EXPECT_TRUE(closed(2).empty());
}

TEST_F(Book, without_its_qube_an_entry_is_only_text)
{
    told("call").actions = {{"answer", "Answer"}};
    take("work", next);
    book->end_link(link_of("work"));
    EXPECT_EQ(board(), "work:call ");
    EXPECT_TRUE(book->entries()[0].actions.empty());
    EXPECT_FALSE(book->invoke(book->entries()[0].number, "answer"));
    book->dismiss(book->entries()[0].number);
    EXPECT_TRUE(replies.empty());
}

TEST_F(Book, an_application_takes_back_its_own_and_no_other)
{
    take("work", told("a"));
    book->withdraw(link_of("personal"), 1);
    EXPECT_EQ(board(), "work:a ");
    book->withdraw(link_of("work"), 1);
    EXPECT_EQ(board() + list(), "");
    EXPECT_EQ(closed(1), Reasons{CloseReason::withdrawn});
}

TEST_F(Book, nothing_shows_behind_the_lock_and_only_what_is_critical_after_it)
{
    take("work", told("before"));
    book->set_locked(true);
    EXPECT_EQ(board(), "");
    take("work", told("usual"));
    told("critical").urgency = Urgency::critical;
    take("work", next);
    EXPECT_EQ(board(), "");
    EXPECT_EQ(list(), "before usual critical ");
    pass(NotificationBook::usual);
    book->set_locked(false);
    EXPECT_EQ(board(), "work:critical ");
    EXPECT_EQ(book->unseen(), 3U);
}

TEST_F(Book, do_not_disturb_keeps_everything_in_the_list)
{
    take("work", told("before"));
    book->set_quiet(true);
    told("critical").urgency = Urgency::critical;
    take("work", next);
    EXPECT_EQ(board(), "");
    EXPECT_EQ(list(), "before critical ");
    told("moment").transient = true;
    take("work", next);
    EXPECT_EQ(list(), "before critical ");
    EXPECT_EQ(closed(3), Reasons{CloseReason::expired});
    book->set_quiet(false);
    EXPECT_EQ(board(), "") << "what was missed is not told late";
    take("work", told("after"));
    EXPECT_EQ(board(), "work:after ");
}

TEST_F(Book, the_user_empties_the_list_with_what_is_counted_in_it)
{
    take("work", told("a"));
    take("personal", told("b"));
    book->leave_out({.name = "work", .about = {}}, 9000);
    book->leave_out({.name = "work", .about = {}}, 1);
    EXPECT_EQ(book->left_out().at("work"), 9001U);
    book->dismiss_all();
    EXPECT_EQ(list(), "");
    EXPECT_TRUE(book->left_out().empty());
    EXPECT_EQ(replies.size(), 2U);
}

} // namespace
} // namespace vitrail::panel
