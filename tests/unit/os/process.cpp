#include "lib/os/process.hpp"
#include "tests/support/folder.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

namespace vitrail {
namespace {

/// What a shell script writes to its standard output, and how it ended.
struct Outcome {
    std::string output;
    int status = -1;
};

Outcome run(std::string const& script, Environment environment = {},
            std::vector<std::pair<int, int>> descriptors = {}, bool new_session = false)
{
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    Fd const reader(ends[0]);
    Fd writer(ends[1]);
    descriptors.emplace_back(writer.get(), 1);
    auto process = Process::start({.arguments = {"/bin/sh", "-c", script},
                                   .environment = std::move(environment),
                                   .descriptors = std::move(descriptors),
                                   .new_session = new_session});
    EXPECT_TRUE(process) << process.error().message();
    writer.reset();
    Outcome outcome;
    std::array<char, 4096> bytes;
    for (ssize_t got; (got = read(reader.get(), bytes.data(), bytes.size())) > 0;)
        outcome.output.append(bytes.data(), static_cast<std::size_t>(got));
    outcome.status = process->reap();
    return outcome;
}

TEST(Process, has_the_variables_it_is_given_and_no_others)
{
    setenv("VITRAIL_STRAY", "1", 1);
    auto const outcome = run("echo \"$GIVEN-$VITRAIL_STRAY-\"", {{"GIVEN", "yes"}});
    EXPECT_EQ(outcome.output, "yes--\n");
    EXPECT_EQ(inherited_environment({"VITRAIL_STRAY", "VITRAIL_NOT_SET"}),
              (Environment{{"VITRAIL_STRAY", "1"}}));
    EXPECT_EQ(whole_environment().at("VITRAIL_STRAY"), "1");
    unsetenv("VITRAIL_STRAY");
}

TEST(Process, tells_its_status_and_its_signal)
{
    EXPECT_EQ(run("exit 0").status, 0);
    EXPECT_EQ(run("exit 42").status, 42);
    EXPECT_EQ(run("kill -9 $$").status, 128 + 9);
}

TEST(Process, has_the_descriptors_it_is_given_even_where_their_numbers_are_crossed)
{
    test::Folder const folder;
    Fd const first(open((folder / "first").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    Fd const second(open((folder / "second").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    // Each gets the number that the other one has here.
    auto const outcome = run("echo 1 >&" + std::to_string(second.get()) + "; echo 2 >&" +
                                 std::to_string(first.get()),
                             {}, {{first.get(), second.get()}, {second.get(), first.get()}});
    EXPECT_EQ(outcome.status, 0);
    auto const size = [&](char const* name) { return std::filesystem::file_size(folder / name); };
    EXPECT_EQ(size("first"), 2u);
    EXPECT_EQ(size("second"), 2u);
}

TEST(Process, has_no_other_descriptor_of_ours_and_an_empty_input)
{
    Fd const ours(open("/dev/zero", O_RDONLY | O_CLOEXEC));
    auto const outcome =
        run("test -e /proc/self/fd/" + std::to_string(ours.get()) + " && echo leaked; cat | wc -c",
            {{"PATH", "/usr/bin:/bin"}});
    EXPECT_EQ(outcome.output, "0\n");
}

TEST(Process, has_no_signal_blocked_or_ignored_because_we_do)
{
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    ASSERT_EQ(sigprocmask(SIG_BLOCK, &blocked, &before), 0);
    auto const old = std::signal(SIGPIPE, SIG_IGN);
    EXPECT_EQ(run("kill -TERM $$; echo survived").status, 128 + SIGTERM);
    EXPECT_EQ(run("kill -PIPE $$; echo survived").status, 128 + SIGPIPE);
    std::signal(SIGPIPE, old);
    ASSERT_EQ(sigprocmask(SIG_SETMASK, &before, nullptr), 0);
}

TEST(Process, leads_a_session_of_its_own_when_asked_to)
{
    // The sixth field of stat is the session.
    std::string const script = "read -r p c s pp g sid rest < /proc/$$/stat; echo $sid $$";
    auto const apart = run(script, {}, {}, true);
    EXPECT_EQ(apart.output.substr(0, apart.output.find(' ')),
              apart.output.substr(apart.output.find(' ') + 1,
                                  apart.output.size() - apart.output.find(' ') - 2));
    auto const with_us = run(script);
    EXPECT_EQ(with_us.output.substr(0, with_us.output.find(' ')), std::to_string(getsid(0)));
}

TEST(Process, its_end_makes_its_descriptor_readable)
{
    auto process = Process::start(
        {.arguments = {"/bin/sh", "-c", "read -r never"}, .environment = {}, .descriptors = {}});
    ASSERT_TRUE(process); // its input is empty: it ends
    pollfd wanted{process->pidfd(), POLLIN, 0};
    EXPECT_EQ(poll(&wanted, 1, 10'000), 1);
    EXPECT_EQ(process->reap(), 1);
    EXPECT_FALSE(*process);
    process->signal(SIGKILL); // nobody: nothing happens
}

TEST(Process, is_signalled_by_what_it_is_and_not_by_its_number)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    Fd const reader(ends[0]), writer(ends[1]);
    auto process = Process::start(
        {.arguments = {"cat"}, .environment = {}, .descriptors = {{reader.get(), 0}}});
    ASSERT_TRUE(process) << process.error().message();
    auto const watched = open_process(process->pid());
    ASSERT_TRUE(watched);
    signal_process(watched->get(), SIGKILL);
    EXPECT_EQ(process->reap(), 128 + SIGKILL);
}

TEST(Process, a_program_that_is_not_there_is_an_error_that_names_it)
{
    auto const process = Process::start({.arguments = {"/nowhere/vitrail-missing"}});
    ASSERT_FALSE(process);
    EXPECT_EQ(process.error().code, ENOENT);
    EXPECT_NE(process.error().message().find("/nowhere/vitrail-missing"), std::string::npos);
    EXPECT_FALSE(Process::start({.arguments = {"/dev/null"}}));
}

TEST(Process, a_number_that_nobody_has_is_an_error)
{
    auto const process = open_process(0x7ffffff0);
    ASSERT_FALSE(process);
    EXPECT_NE(process.error().code, 0);
}

} // namespace
} // namespace vitrail
