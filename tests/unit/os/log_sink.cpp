#include "lib/os/log_sink.hpp"
#include "tests/support/folder.hpp"
#include "tests/unit/os/loop.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <vector>

namespace vitrail {
namespace {

class LogSinkTest : public testing::Test {
protected:
    void SetUp() override { open_sink(); }
    void open_sink()
    {
        auto sink = LogSink::open(loop_.get(), folder_ / "log",
                                  [this](std::string_view line) { heard_.emplace_back(line); });
        ASSERT_TRUE(sink) << sink.error().message();
        sink_ = *std::move(sink);
        writer_ = sink_->take_writer();
    }
    void put(std::string_view text) const
    {
        ASSERT_EQ(write(writer_.get(), text.data(), text.size()),
                  static_cast<ssize_t>(text.size()));
    }
    [[nodiscard]] std::string kept(std::string const& name = "log") const
    {
        std::ifstream stream(folder_ / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }

    test::Turns loop_;
    test::Folder folder_;
    std::vector<std::string> heard_;
    std::unique_ptr<LogSink> sink_;
    Fd writer_;
};

TEST_F(LogSinkTest, keeps_lines_and_tells_them)
{
    put("one\ntw");
    ASSERT_TRUE(loop_.until([&] { return heard_.size() == 1; }));
    put("o\n");
    ASSERT_TRUE(loop_.until([&] { return heard_.size() == 2; }));
    EXPECT_EQ(heard_, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(kept(), "one\ntwo\n");
}

TEST_F(LogSinkTest, what_a_qube_may_have_written_stays_printable)
{
    put("\x1b]0;owned\x07\xff\t\r\n");
    ASSERT_TRUE(loop_.until([&] { return heard_.size() == 1; }));
    EXPECT_EQ(heard_[0], "\\x1b]0;owned\\x07\\xff\\x09\\x0d");
    for (char const c : kept())
        EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
}

TEST_F(LogSinkTest, a_line_is_kept_whole_up_to_4_KiB)
{
    put(std::string(4096, 'x') + "\n");
    put(std::string(5000, 'y') + "\n");
    ASSERT_TRUE(loop_.until([&] { return heard_.size() == 2; }));
    EXPECT_EQ(heard_[0], std::string(4096, 'x'));
    EXPECT_LE(heard_[1].size(), 4096u + 3);
    EXPECT_TRUE(heard_[1].ends_with("y..."));
}

TEST_F(LogSinkTest, a_line_without_end_is_kept_in_pieces_and_not_collected)
{
    put(std::string(60'000, 'x'));
    ASSERT_TRUE(loop_.until([&] { return !heard_.empty(); }));
    EXPECT_LE(heard_[0].size(), 4096u + 3);
    put("the next\n");
    ASSERT_TRUE(loop_.until([&] { return heard_.size() == 2; }));
    EXPECT_EQ(heard_[1], "the next");
}

TEST_F(LogSinkTest, the_last_words_need_no_newline_and_then_the_loop_rests)
{
    put("last words");
    writer_.reset();
    ASSERT_TRUE(loop_.until([&] { return heard_.size() == 1; }));
    EXPECT_EQ(kept(), "last words\n");
    EXPECT_TRUE(loop_.idle()) << "a pipe that ended wakes the loop no more";
}

TEST_F(LogSinkTest, a_file_never_grows_beyond_1_MiB_and_the_one_before_it_stays)
{
    std::string const line(4000, 'x');
    for (std::size_t i = 0; i < 300; ++i) {
        put(line + "\n");
        ASSERT_TRUE(loop_.until([&] { return heard_.size() == i + 1; }));
    }
    std::size_t const old = kept("log.old").size(), now = kept().size();
    EXPECT_LE(old, std::size_t{1} << 20);
    EXPECT_GT(old, (std::size_t{1} << 20) - 4001);
    EXPECT_EQ(old + now, 300 * 4001u);
}

TEST_F(LogSinkTest, a_file_that_is_there_is_continued_and_a_link_is_not_followed)
{
    put("before\n");
    ASSERT_TRUE(loop_.until([&] { return heard_.size() == 1; }));
    open_sink();
    put("after\n");
    ASSERT_TRUE(loop_.until([&] { return heard_.size() == 2; }));
    EXPECT_EQ(kept(), "before\nafter\n");
    std::filesystem::create_symlink(folder_ / "elsewhere", folder_ / "link");
    EXPECT_FALSE(LogSink::open(loop_.get(), folder_ / "link"));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "elsewhere"));
}

} // namespace
} // namespace vitrail
