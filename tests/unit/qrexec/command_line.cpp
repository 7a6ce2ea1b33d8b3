#include "lib/qrexec/command_line.hpp"

#include <gtest/gtest.h>

using namespace vitrail::qrexec;

TEST(CommandLine, is_written_as_it_was_read)
{
    for (char const* const line :
         {"user:ls -l", "DEFAULT:nogui:true", "user:", "user:QUBESRPC qubes.VMShell+ dom0",
          "root:nogui:QUBESRPC a+b work name dom0", "user:QUBESRPC a+ work keyword dispvm:x",
          "user:a:b:c", "user:QUBESRPC"}) {
        auto const parsed = parse_command_line(line);
        ASSERT_TRUE(parsed) << line;
        EXPECT_EQ(parsed->text(), line);
    }
}

TEST(CommandLine, tells_a_service_from_a_command)
{
    auto const call = parse_command_line("user:QUBESRPC a+b work name dom0");
    ASSERT_TRUE(call && call->service);
    EXPECT_EQ(call->service->name, "a");
    EXPECT_EQ(call->service->argument, "b");
    EXPECT_EQ(call->source, "work");
    EXPECT_EQ(call->requested_target_type, "name");
    EXPECT_EQ(call->requested_target, "dom0");
    EXPECT_EQ(call->descriptor(), "a+b work name dom0");
    EXPECT_TRUE(call->waits_for_session);
    auto const command = parse_command_line("user:nogui:echo QUBESRPC");
    ASSERT_TRUE(command && !command->service);
    EXPECT_EQ(command->shell, "echo QUBESRPC");
    EXPECT_FALSE(command->waits_for_session);
}

TEST(CommandLine, without_an_argument_calls_with_the_empty_one)
{
    auto const call = parse_command_line("user:QUBESRPC a work");
    ASSERT_TRUE(call && call->service);
    EXPECT_EQ(call->text(), "user:QUBESRPC a+ work");
    EXPECT_EQ(parse_command_line(call->text()), call);
}

TEST(CommandLine, without_a_user_or_with_a_bad_service_is_none)
{
    for (char const* const bad :
         {"", "ls", ":ls", "user:QUBESRPC ", "user:QUBESRPC a", "user:QUBESRPC +b work",
          "user:QUBESRPC a+b", "user:QUBESRPC a/b work", "user:QUBESRPC a+b wo/rk",
          "user:QUBESRPC a+b work name", "user:QUBESRPC a+b work other x",
          "user:QUBESRPC a+b work name x y", "user:QUBESRPC a+b  work"})
        EXPECT_EQ(parse_command_line(bad), std::nullopt) << bad;
}

TEST(ServiceFile, is_searched_by_its_argument_first)
{
    using Names = std::vector<std::string>;
    EXPECT_EQ(service_file_names(*parse_service("a+b")), (Names{"a+b", "a"}));
    EXPECT_EQ(service_file_names(*parse_service("a")), (Names{"a+", "a"}));
    EXPECT_EQ(service_file_names(*parse_service("a+" + std::string(300, 'x'))), Names{"a"});
}
