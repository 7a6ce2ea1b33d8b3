// The socket at which policy asks: real connections, as whoever asks makes them.

#include "tools/prompt/desk.hpp"
#include "tests/support/folder.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

namespace vitrail::prompt {
namespace {

std::string ask(std::string const& source)
{
    return std::string("policy.Ask dom0 name dom0") + '\0' + R"({"source":")" + source +
           R"(","service":"s","argument":"+","targets":["personal"],"default_target":""})";
}
constexpr std::string_view denied_object =
    R"({"source":"work","service":"s","argument":"+","target":"vault","resolution":"deny"})";

class PromptDesk : public testing::Test, public Desk::Events {
protected:
    void SetUp() override { ASSERT_TRUE(desk.listen(socket())); }
    [[nodiscard]] std::string socket() const { return folder / "prompt.sock"; }
    Fd connect()
    {
        auto made = connect_unix(socket());
        EXPECT_TRUE(made);
        return made ? std::move(*made) : Fd();
    }
    static void say(Fd const& to, std::string const& text)
    {
        EXPECT_EQ(send(to.get(), text.data(), text.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(text.size()));
    }
    Fd asks(std::string const& text)
    {
        Fd one = connect();
        say(one, text);
        shutdown(one.get(), SHUT_WR);
        return one;
    }
    void until(std::function<bool()> const& condition)
    {
        while (!condition())
            wl_event_loop_dispatch(loop.get(), 1000);
    }
    /// Everything that is said before the end.
    std::string answer_to(Fd const& one)
    {
        std::string text;
        std::array<char, 256> bytes{};
        for (ssize_t got = -1; got != 0;) {
            got = recv(one.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
            if (got > 0)
                text.append(bytes.data(), static_cast<std::size_t>(got));
            if (got < 0 && errno == ECONNRESET)
                return text; // what was asked was not even read
            if (got < 0 && errno != EAGAIN)
                return text + "(error)";
            if (got < 0)
                wl_event_loop_dispatch(loop.get(), 1000);
        }
        return text;
    }
    void handle_question(std::uint64_t number, Question const& question) override
    {
        questions.emplace_back(number, question.source);
    }
    void handle_withdrawn(std::uint64_t number) override { withdrawn.push_back(number); }
    void handle_notice(Notice const& notice) override { notices.push_back(notice.target); }

    test::Folder folder;
    EventLoop loop;
    Desk desk{loop.get(), *this};
    std::vector<std::pair<std::uint64_t, std::string>> questions;
    std::vector<std::uint64_t> withdrawn;
    std::vector<std::string> notices;
};

TEST_F(PromptDesk, who_asks_gets_the_answer_to_his_own_question)
{
    Fd const first = asks(ask("work"));
    Fd const second = asks(ask("untrusted"));
    until([&] { return questions.size() == 2; });
    for (auto const& [number, source] : questions)
        desk.answer(number,
                    source == "work" ? std::optional<std::string>("personal") : std::nullopt);
    EXPECT_EQ(answer_to(first), "allow:personal");
    EXPECT_EQ(answer_to(second), "deny");
    EXPECT_TRUE(withdrawn.empty());
}

TEST_F(PromptDesk, a_question_that_comes_in_pieces_is_one_question)
{
    Fd const one = connect();
    for (char const c : ask("work"))
        say(one, {c});
    wl_event_loop_dispatch(loop.get(), 100);
    EXPECT_TRUE(questions.empty()); // it has not ended
    shutdown(one.get(), SHUT_WR);
    until([&] { return questions.size() == 1; });
    EXPECT_EQ(questions[0].second, "work");
}

TEST_F(PromptDesk, who_does_not_wait_takes_his_question_back)
{
    Fd one = asks(ask("work"));
    until([&] { return questions.size() == 1; });
    one.reset();
    until([&] { return withdrawn.size() == 1; });
    EXPECT_EQ(withdrawn[0], questions[0].first);
    desk.answer(questions[0].first, "personal"); // too late, and no harm
}

TEST_F(PromptDesk, rubbish_and_floods_get_no_answer_and_end_nobody_elses)
{
    Fd const good = asks(ask("work"));
    EXPECT_EQ(answer_to(asks("rubbish")), "");
    EXPECT_EQ(answer_to(asks("")), "");
    Fd const flood = connect();
    std::string const piece(8192, 'a');
    for (std::size_t sent = 0; sent <= max_request; sent += piece.size()) {
        (void)send(flood.get(), piece.data(), piece.size(), MSG_NOSIGNAL);
        wl_event_loop_dispatch(loop.get(), 10);
    }
    until([&] { return send(flood.get(), "a", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE; });
    until([&] { return questions.size() == 1; });
    desk.answer(questions[0].first, "personal");
    EXPECT_EQ(answer_to(good), "allow:personal");
}

TEST_F(PromptDesk, a_notice_is_told_and_the_connection_ended)
{
    Fd const one =
        asks(std::string("policy.Notify dom0 name dom0") + '\0' + std::string(denied_object));
    EXPECT_EQ(answer_to(one), "");
    EXPECT_EQ(notices, (std::vector<std::string>{"vault"}));
}

TEST_F(PromptDesk, more_than_can_wait_is_a_no_at_once)
{
    std::vector<Fd> all;
    for (std::size_t i = 0; i < Desk::max_connections; ++i) {
        all.push_back(asks(ask("work")));
        until([&] { return questions.size() == all.size(); });
    }
    EXPECT_EQ(answer_to(asks(ask("work"))), "");
    desk.answer(questions[0].first, std::nullopt);
    Fd const next = asks(ask("work"));
    until([&] { return questions.size() == all.size() + 1; });
}

} // namespace
} // namespace vitrail::prompt
