// Qubes ask, and a person decides: calls between qubes on the whole desktop, with the shipped
// programs in real qubes.

#include "tests/support/desktop.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <csignal>
#include <fstream>

namespace vitrail::test {
namespace {

using Json = nlohmann::json;

constexpr char const* tree = "rm -rf ~/letters && mkdir -p ~/letters/old && cd ~/letters && echo "
                             "hello >one && echo other >old/two && "
                             "chmod 640 one && touch -d 2020-02-02T03:04:05Z one && cd";

/// Whether what a person may press has a surface there, or `ctl tree` says more of it.
Json layer(Desktop& desktop, std::string const& name)
{
    auto const text = desktop.ctl({"tree", "--json"});
    Json const all = text ? Json::parse(*text, nullptr, false) : Json();
    if (all.is_array())
        for (Json const& one : all)
            if (one.is_object() && one.value("layer", "") == name)
                return one;
    return {};
}

class PromptStory : public testing::Test {
protected:
    void start(std::string const& policy = "", std::string const& config = "")
    {
        auto started = Desktop::start(
            std::string("prompt-") + testing::UnitTest::GetInstance()->current_test_info()->name(),
            {.qubes = {{"work", "blue", {"foot --title story"}},
                       {"personal", "yellow", {"foot --title other"}}},
             .config = config,
             .policy = policy});
        ASSERT_TRUE(started) << started.error().message();
        desktop_ = std::move(*started);
        ASSERT_TRUE(desktop_->window_of("work", "story"));
        ASSERT_TRUE(desktop_->window_of("personal", "other"));
        ASSERT_TRUE(desktop_->wait_until([&] { return prompt() > 0; }));
    }
    [[nodiscard]] pid_t prompt()
    {
        auto const text = desktop_->ctl({"status", "--json"});
        Json const status = text ? Json::parse(*text, nullptr, false) : Json();
        return status.is_object() ? status.value("prompt_pid", 0) : 0;
    }
    [[nodiscard]] bool is_asked()
    {
        return layer(*desktop_, "prompts").dump().contains("vitrail-prompt");
    }
    [[nodiscard]] bool may_answer()
    {
        Json const prompts = layer(*desktop_, "prompts");
        return prompts.is_object() && prompts.value("ready", false);
    }
    [[nodiscard]] bool is_told()
    {
        return layer(*desktop_, "overlay").dump().contains("vitrail-notices");
    }
    /// What it said and how it ended stand in ~/said and ~/ended.
    [[nodiscard]] bool call(std::string const& qube, std::string const& command)
    {
        return desktop_
            ->run_in(qube, std::string(tree) + "; rm -f ended; (" + command +
                               ") >said 2>&1; printf %s $? >ended")
            .has_value();
    }
    [[nodiscard]] std::string file(std::string const& qube, std::string const& name)
    {
        std::ifstream in(desktop_->home(qube) / name);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    [[nodiscard]] bool ends()
    {
        return desktop_->wait_until([&] { return !file("work", "ended").empty(); });
    }
    void expect_nothing_arrived(std::string const& qube)
    {
        EXPECT_FALSE(std::filesystem::exists(desktop_->home(qube) / "QubesIncoming/work"));
    }

    std::unique_ptr<Desktop> desktop_;
};

TEST_F(PromptStory, files_arrive_at_the_target_that_a_person_chooses_by_keys)
{
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_TRUE(call("work", "qvm-copy-to-vm personal letters"));
    ASSERT_TRUE(desktop_->wait_until([&] { return may_answer(); }));
    desktop_->keep_picture("asked");
    // Nothing is chosen yet: Enter does nothing.
    ASSERT_TRUE(desktop_->type("\n"));
    ASSERT_TRUE(desktop_->type("personal"));
    ASSERT_TRUE(desktop_->wait_until([&] { return may_answer(); }));
    desktop_->keep_picture("chosen");
    EXPECT_TRUE(file("work", "ended").empty()) << file("work", "said");
    ASSERT_TRUE(desktop_->type("\n"));
    ASSERT_TRUE(ends());
    EXPECT_EQ(file("work", "ended"), "0") << file("work", "said");
    EXPECT_TRUE(desktop_->wait_until([&] { return !is_asked(); }));
    EXPECT_EQ(file("personal", "QubesIncoming/work/letters/one"), "hello\n");
    EXPECT_EQ(file("personal", "QubesIncoming/work/letters/old/two"), "other\n");
    struct stat sent{}, arrived{};
    ASSERT_EQ(stat((desktop_->home("work") / "letters/one").c_str(), &sent), 0);
    ASSERT_EQ(
        stat((desktop_->home("personal") / "QubesIncoming/work/letters/one").c_str(), &arrived), 0);
    EXPECT_EQ(arrived.st_mode & 0777U, 0640U);
    EXPECT_EQ(arrived.st_mtime, sent.st_mtime);
    // The keyboard is the window's again that had it.
    EXPECT_TRUE(desktop_->wait_until([&] { return desktop_->clipboard().keyboard > 0; }));
}

TEST_F(PromptStory, a_person_may_say_no_and_nothing_arrives)
{
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_TRUE(call("work", "qvm-copy-to-vm personal letters"));
    ASSERT_TRUE(desktop_->wait_until([&] { return may_answer(); }));
    ASSERT_TRUE(desktop_->hands().chord({KEY_ESC}));
    ASSERT_TRUE(ends());
    EXPECT_NE(file("work", "ended"), "0");
    EXPECT_EQ(std::ranges::count(file("work", "said"), '\n'), 1) << file("work", "said");
    EXPECT_TRUE(desktop_->wait_until([&] { return !is_asked(); }));
    EXPECT_FALSE(is_told()) << "who said no need not be told";
    expect_nothing_arrived("personal");
}

TEST_F(PromptStory, the_target_that_policy_proposes_takes_one_key)
{
    ASSERT_NO_FATAL_FAILURE(start("qubes.Filecopy * work @anyvm ask default_target=personal\n"));
    ASSERT_TRUE(call("work", "qvm-copy letters"));
    ASSERT_TRUE(desktop_->wait_until([&] { return may_answer(); }));
    desktop_->keep_picture("proposed");
    ASSERT_TRUE(desktop_->type("\n"));
    ASSERT_TRUE(ends());
    EXPECT_EQ(file("work", "ended"), "0") << file("work", "said");
    EXPECT_EQ(file("personal", "QubesIncoming/work/letters/one"), "hello\n");
}

TEST_F(PromptStory, what_policy_denies_is_told_and_nothing_arrives)
{
    ASSERT_NO_FATAL_FAILURE(start("qubes.Filecopy * work personal deny\n"));
    ASSERT_TRUE(call("work", "qvm-copy-to-vm personal letters"));
    ASSERT_TRUE(ends());
    EXPECT_NE(file("work", "ended"), "0");
    EXPECT_EQ(std::ranges::count(file("work", "said"), '\n'), 1) << file("work", "said");
    EXPECT_TRUE(desktop_->wait_until([&] { return is_told(); }));
    desktop_->keep_picture("told");
    EXPECT_FALSE(is_asked());
    expect_nothing_arrived("personal");
    EXPECT_TRUE(desktop_->wait_until([&] { return !is_told(); })) << "only for a moment";
}

TEST_F(PromptStory, the_lock_and_the_prompts_death_are_a_no)
{
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_TRUE(call("work", "qvm-copy-to-vm personal letters"));
    ASSERT_TRUE(desktop_->wait_until([&] { return may_answer(); }));
    pid_t const first = prompt();
    ASSERT_EQ(kill(first, SIGKILL), 0);
    ASSERT_TRUE(ends());
    EXPECT_NE(file("work", "ended"), "0");
    // The next question finds another.
    ASSERT_TRUE(desktop_->wait_until([&] { return prompt() > 0 && prompt() != first; }));
    ASSERT_TRUE(desktop_->wait_until([&] {
        return call("work", "qvm-copy-to-vm personal letters") &&
               desktop_->wait_until([&] { return is_asked() || !file("work", "ended").empty(); }) &&
               is_asked();
    }));
    ASSERT_TRUE(desktop_->ctl({"lock"}));
    ASSERT_TRUE(ends());
    EXPECT_NE(file("work", "ended"), "0");
    EXPECT_TRUE(desktop_->wait_until([&] { return !is_asked(); }));
    expect_nothing_arrived("personal");
}

TEST_F(PromptStory, a_qube_that_ends_takes_its_question_back)
{
    ASSERT_NO_FATAL_FAILURE(start());
    ASSERT_TRUE(call("work", "qvm-copy-to-vm personal letters"));
    ASSERT_TRUE(desktop_->wait_until([&] { return is_asked(); }));
    ASSERT_TRUE(desktop_->ctl({"kill", "work"}));
    EXPECT_TRUE(desktop_->wait_until([&] { return !is_asked(); }));
    expect_nothing_arrived("personal");
}

} // namespace
} // namespace vitrail::test
