#include "lib/qrexec/service_config.hpp"

#include <gtest/gtest.h>

using namespace vitrail::qrexec;

TEST(ServiceConfig, is_read_with_comments_and_either_line_end)
{
    auto const config = parse_service_config("# comment\r\n"
                                             "wait-for-session = true # now\r\n"
                                             "skip-service-descriptor=1\n"
                                             "\n"
                                             "exit-on-service-eof\t=\ttrue\n"
                                             "exit-on-client-eof = false\n"
                                             "later.key = 'anything'\n");
    ASSERT_TRUE(config) << config.error();
    EXPECT_EQ(*config, (ServiceConfig{true, true, true, false, {}}));
    EXPECT_EQ(parse_service_config("force-user = 'root'  # x")->force_user, "root");
    EXPECT_EQ(*parse_service_config(""), ServiceConfig{});
}

TEST(ServiceConfig, that_is_wrong_names_its_line)
{
    struct Row {
        char const* text;
        char const* error;
    };
    for (Row const& row : {
             Row{"wait-for-session = yes", "line 1: a value that is neither true nor false"},
             Row{"\nwait-for-session", "line 2: not KEY = VALUE"},
             Row{"wait-for-session =", "line 1: no value"},
             Row{" wait-for-session = 1", "line 1: not KEY = VALUE"},
             Row{"[section]", "line 1: not KEY = VALUE"},
             Row{"2x = 1", "line 1: not KEY = VALUE"},
             Row{"wait-for-session = 1\nwait-for-session = 1", "line 2: the same key again"},
             Row{"force-user = root", "line 1: a user that does not stand in single quotes"},
             Row{"force-user = \"root\"", "line 1: a double quote"},
             Row{"force-user = 'root", "line 1: a quote without its end"},
             Row{"force-user = ''", "line 1: a user that does not stand in single quotes"},
             Row{"force-user = 'a' b", "line 1: something after the value"},
             Row{"force-user = 'a'\nexit-on-client-eof = 1",
                 "force-user does not go with a socket service's keys"},
         }) {
        auto const config = parse_service_config(row.text);
        ASSERT_FALSE(config) << row.text;
        EXPECT_EQ(config.error(), row.error) << row.text;
    }
}
