// The shipped clipboard broker in its sandbox, by its sockets.

#include "lib/transport/struct_link.hpp"
#include "tests/support/clipboard_stage.hpp"

#include <sys/socket.h>

#include <gtest/gtest.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace vitrail::test {
namespace {

using namespace transport;
using Kind = ClipboardNoticeKind;

constexpr std::uint32_t work = 1, personal = 2, vault = 3;

class ProcessClipboard : public testing::Test {
protected:
    void SetUp() override
    {
        char folder[] = "/tmp/vitrail-clipboard-XXXXXX";
        ASSERT_NE(mkdtemp(folder), nullptr);
        folder_ = folder;
        auto started = ClipboardStage::start(VITRAIL_CLIPBOARD, folder_ / "log");
        ASSERT_TRUE(started) << started.error().message();
        stage_ = std::move(*started);
        stage_->send_settings(300, 10'000);
        for (auto const& [domain, name] :
             {std::pair{work, "work"}, {personal, "personal"}, {vault, "vault"}})
            stage_->add_qube(domain, name, 256'000);
    }
    void TearDown() override
    {
        stage_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    [[nodiscard]] std::string proc(std::string const& file)
    {
        std::ifstream stream("/proc/" + std::to_string(stage_->process().pid()) + "/" + file);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    /// How often this stands in the broker's memory; nothing where we may not look.
    [[nodiscard]] std::optional<int> copies_of(std::string const& pattern)
    {
        std::istringstream maps(proc("maps"));
        std::ifstream memory("/proc/" + std::to_string(stage_->process().pid()) + "/mem",
                             std::ios::binary);
        if (!memory)
            return std::nullopt;
        int found = 0;
        for (std::string line; std::getline(maps, line);) {
            if (!line.contains(" rw"))
                continue;
            std::uint64_t begin = 0, end = 0;
            auto const dash = line.find('-'), blank = line.find(' ');
            std::from_chars(line.data(), line.data() + dash, begin, 16);
            std::from_chars(line.data() + dash + 1, line.data() + blank, end, 16);
            std::string part(end - begin, '\0');
            memory.clear();
            memory.seekg(static_cast<std::streamoff>(begin));
            memory.read(part.data(), static_cast<std::streamsize>(part.size()));
            for (auto at = part.find(pattern); at != std::string::npos;
                 at = part.find(pattern, at + 1))
                ++found;
        }
        return found;
    }

    std::filesystem::path folder_;
    std::unique_ptr<ClipboardStage> stage_;
};

TEST_F(ProcessClipboard, carries_text_of_every_size_from_qube_to_qube)
{
    for (std::size_t const size : {1UL, 6UL, 32768UL, 32769UL, 65536UL, 255999UL, 256000UL}) {
        std::string text(size, 'x');
        for (std::size_t i = 0; i < size; ++i)
            text[i] = static_cast<char>('a' + i * 31 % 26);
        auto const copied = stage_->copy(work, text);
        ASSERT_TRUE(copied);
        EXPECT_EQ(copied->kind, Kind::copied);
        EXPECT_EQ(copied->bytes, size);
        EXPECT_EQ(stage_->paste(personal), text);
        auto const given = stage_->notice(Kind::given);
        ASSERT_TRUE(given);
        EXPECT_EQ(given->held_type, ClipboardType::none);
    }
    auto const too_large = stage_->copy(work, std::string(256'001, 'x'));
    ASSERT_TRUE(too_large);
    EXPECT_EQ(too_large->kind, Kind::copy_too_large);
}

TEST_F(ProcessClipboard, asks_policy_by_name_and_denies_what_it_denies)
{
    ASSERT_TRUE(stage_->copy(work, "text"));
    stage_->chord(ClipboardChordKind::paste, vault);
    auto const question = stage_->question();
    ASSERT_TRUE(question);
    EXPECT_EQ(name_view(question->source), "work");
    EXPECT_EQ(name_view(question->target), "vault");
    stage_->decide(*question, false);
    EXPECT_TRUE(stage_->notice(Kind::denied));
    EXPECT_EQ(stage_->paste(personal), "text");
}

TEST_F(ProcessClipboard, gives_after_the_moment_and_not_before)
{
    stage_->send_settings(300, 1);
    ASSERT_TRUE(stage_->copy(work, "text"));
    stage_->chord(ClipboardChordKind::paste, personal);
    auto const question = stage_->question();
    ASSERT_TRUE(question);
    stage_->decide(*question, true);
    EXPECT_TRUE(stage_->notice(Kind::naming));
    EXPECT_TRUE(stage_->notice(Kind::given));
    EXPECT_EQ(stage_->pasted(personal), "text");
}

TEST_F(ProcessClipboard, wipes_after_the_users_time)
{
    stage_->send_settings(1, 10'000);
    ASSERT_TRUE(stage_->copy(work, "text"));
    EXPECT_TRUE(stage_->notice(Kind::wiped));
    stage_->chord(ClipboardChordKind::paste, personal);
    EXPECT_TRUE(stage_->notice(Kind::expired));
}

TEST_F(ProcessClipboard, leaves_no_copy_in_its_memory)
{
    // Made so that this program's own constants are no such pattern.
    std::string pattern = "xQ7-";
    for (int i = 0; i < 12; ++i)
        pattern += static_cast<char>('A' + (i * 7 + getpid()) % 26);
    std::string text;
    while (text.size() < 100'000)
        text += pattern + std::to_string(text.size());
    ASSERT_TRUE(stage_->copy(work, text));
    auto const held = copies_of(pattern);
    if (!held)
        GTEST_SKIP() << "the memory of a process that is not dumpable is root's to see";
    EXPECT_GT(*held, 1000) << "it could not be seen if it were there";
    EXPECT_EQ(stage_->paste(personal), text);
    ASSERT_TRUE(stage_->notice(Kind::given));
    EXPECT_EQ(copies_of(pattern), 0);
    ASSERT_TRUE(stage_->copy(work, text));
    ASSERT_TRUE(
        send_struct(stage_->control.get(), ClipboardOrder{.kind = ClipboardOrderKind::clear}));
    ASSERT_TRUE(stage_->notice(Kind::cleared));
    EXPECT_EQ(copies_of(pattern), 0);
    // Nor of one that came to nothing.
    ASSERT_TRUE(stage_->copy(work, text + std::string(200'000, 'x')));
    EXPECT_EQ(copies_of(pattern), 0);
}

TEST_F(ProcessClipboard, runs_confined)
{
    ASSERT_TRUE(stage_->copy(work, "text")); // it is in its sandbox before it reads
    std::string const status = proc("status");
    EXPECT_NE(status.find("\nSeccomp:\t2\n"), std::string::npos) << status;
    EXPECT_NE(status.find("\nNoNewPrivs:\t1\n"), std::string::npos) << status;
}

TEST_F(ProcessClipboard, a_guid_that_breaks_the_protocol_loses_its_link_and_harms_no_other)
{
    ASSERT_TRUE(stage_->copy(work, "text"));
    ASSERT_EQ(send(stage_->guid(vault).fd(), "short", 5, 0), 5);
    std::string const large(40'000, 'x');
    ASSERT_EQ(send(stage_->guid(work).fd(), large.data(), large.size(), 0), 40'000);
    EXPECT_EQ(stage_->paste(personal), "text");
    stage_->add_qube(vault, "vault", 256'000); // sessiond started another guid
    ASSERT_TRUE(stage_->notice(Kind::given));
    auto const copied = stage_->copy(vault, "again");
    ASSERT_TRUE(copied);
    EXPECT_EQ(copied->kind, Kind::copied);
}

TEST_F(ProcessClipboard, what_was_copied_survives_the_end_of_its_qubes_guid)
{
    ASSERT_TRUE(stage_->copy(work, "text"));
    stage_->add_qube(work, "work", 256'000); // in place of one that was killed
    EXPECT_EQ(stage_->paste(personal), "text");
}

TEST_F(ProcessClipboard, records_that_nobody_asked_for_change_nothing)
{
    ASSERT_TRUE(stage_->copy(work, "text"));
    for (std::uint32_t kind = 0; kind < 9; ++kind)
        for (std::uint32_t const flags : {0U, 1U, 2U, 3U, 4U, 0xffffffffU}) {
            ClipboardRecord const record{ClipboardRecordKind{kind}, kind * 77, flags, flags};
            ASSERT_EQ(send(stage_->guid(vault).fd(), &record, sizeof record, 0),
                      static_cast<ssize_t>(sizeof record));
        }
    EXPECT_EQ(stage_->paste(personal), "text");
}

TEST_F(ProcessClipboard, a_compositor_that_ends_cancels_what_waits_and_the_next_one_goes_on)
{
    ASSERT_TRUE(stage_->copy(work, "text"));
    stage_->chord(ClipboardChordKind::paste, personal);
    auto const question = stage_->question();
    ASSERT_TRUE(question);
    stage_->connect_compositor(); // the old connection ends
    stage_->send_settings(300, 10'000);
    stage_->decide(*question, true); // too late
    EXPECT_EQ(stage_->paste(vault), "text");
}

TEST_F(ProcessClipboard, ends_with_sessiond)
{
    ASSERT_TRUE(stage_->copy(work, "text"));
    stage_->control.reset();
    EXPECT_EQ(stage_->process().wait(std::chrono::seconds(20)), 0);
}

} // namespace
} // namespace vitrail::test
