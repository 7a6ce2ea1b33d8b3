#include "tests/support/fake_agent.hpp"
#include "tests/support/guid_stage.hpp"

#include "lib/transport/clipboard_record.hpp"

#include <linux/input-event-codes.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <functional>
#include <iterator>

namespace vitrail::test {

using wire::Type;

class ProcessGuid : public GuidStage {
protected:
    void start(wire::ProtocolVersion version)
    {
        auto [vchan, guid_vchan] = pair_of(SOCK_STREAM);
        auto made = FakeAgent::adopt({folder_, folder_, 77, version}, std::move(vchan));
        ASSERT_TRUE(made);
        agent_ = std::move(*made);
        start_guid(std::move(guid_vchan), agent_->grants().memory(), agent_->grants().table());
    }
    /// Both of guid's peers run until the condition holds.
    [[nodiscard]] bool until(std::function<bool()> const& condition)
    {
        return agent_->pump_until([&] {
            server_.pump();
            return condition();
        });
    }

    std::unique_ptr<FakeAgent> agent_;
};

TEST_F(ProcessGuid, shows_a_window_of_1_8_and_brings_it_keys_and_pointer)
{
    start(wire::version_1_8);
    ASSERT_TRUE(until([&] { return agent_->connected(); }));
    EXPECT_EQ(agent_->xconf.width, 1280U);
    agent_->open(5, {.x = 30, .y = 40, .width = 200, .height = 100, .color = 0x123456}, "a title");
    ASSERT_TRUE(until([&] { return server_.pixel(5) == 0x123456; }));
    EXPECT_TRUE(server_.find(5)->mapped);
    EXPECT_EQ(server_.find(5)->title, "a title");
    EXPECT_EQ(server_.find(5)->geometry, (Rect{30, 40, 200, 100}));
    ASSERT_TRUE(until([&] { return agent_->count(Type::window_dump_ack) == 1; }));

    server_.keyboard_enter(5);
    server_.key(KEY_A, true);
    server_.pointer_enter(5, 7, 8);
    server_.button(BTN_LEFT, true);
    ASSERT_TRUE(until([&] { return agent_->count(Type::button) == 1; }));
    EXPECT_EQ(agent_->all(Type::keypress).at(0).as<wire::Keypress>().keycode, 38U);
    EXPECT_EQ(agent_->all(Type::crossing).at(0).as<wire::Crossing>().x, 7);
    EXPECT_EQ(agent_->all(Type::focus).size(), 1U);

    server_.configure(5, 9, {50, 60, 240, 100});
    ASSERT_TRUE(until([&] { return server_.find(5)->acked == 9; }));
    server_.frame_done(5);
    server_.close(5);
    ASSERT_TRUE(until([&] { return agent_->count(Type::close) == 1; }));
    agent_->destroy(5);
    ASSERT_TRUE(until([&] { return agent_->count(Type::destroy) == 1 && !server_.find(5); }));
    agent_->disconnect();
    EXPECT_EQ(exit_code(), 0);
}

TEST_F(ProcessGuid, shows_a_window_of_the_extension)
{
    start(wire::version_extended);
    ASSERT_TRUE(until([&] { return agent_->connected() && server_.extended; }));
    auto const refs = agent_->grants().grant(2);
    agent_->grants().pixels(refs[0], 2)[0] = 0xabcdef;
    agent_->send(Type::create, 6, wire::Create{0, 0, 64, 32, 0, 0});
    agent_->send(Type::x_buffer, 6, wire::XBuffer{1, 64, 32, 256, 0}, refs);
    agent_->send(Type::x_commit, 6, wire::XCommit{1, 0, 64, 32});
    agent_->send(Type::map, 6, wire::Map{0, 0});
    ASSERT_TRUE(until([&] { return server_.pixel(6) == 0xabcdef; }));
    EXPECT_TRUE(server_.find(6)->mapped);
    EXPECT_EQ(server_.find(6)->content, (Size{64, 32}));
    server_.frame_done(6);
    server_.configure(6, 3, {0, 0, 100, 50}, wire::state_activated);
    ASSERT_TRUE(until([&] { return agent_->count(Type::x_configure) == 1; }));
    EXPECT_EQ(agent_->count(Type::x_frame_done), 1U);
    server_.pointer_enter(6, 1, 2);
    server_.pointer_motion(3, 4);
    ASSERT_TRUE(until([&] { return agent_->count(Type::x_motion) >= 1; }));
    agent_->send(Type::x_commit, 6, wire::XCommit{1, 3, 64, 32});
    ASSERT_TRUE(until([&] { return server_.find(6)->acked == 3; }));
}

TEST_F(ProcessGuid, ends_with_3_and_one_line_that_names_qube_message_and_rule)
{
    start(wire::version_1_8);
    ASSERT_TRUE(until([&] { return agent_->connected(); }));
    agent_->unmap(99);
    EXPECT_EQ(exit_code(), 3);
    std::string const text = log();
    EXPECT_NE(text.find("vitrail-guid[work]: violation: unknown_window in UNMAP of window 0x63"),
              std::string::npos)
        << text;
}

TEST_F(ProcessGuid, shows_the_largest_window_there_is)
{
    start(wire::version_1_8);
    ASSERT_TRUE(until([&] { return agent_->connected(); }));
    agent_->create(5, {.width = 200, .height = 100});
    agent_->map(5);
    auto const refs = agent_->grants().grant(wire::max_grant_refs);
    agent_->grants().pixels(refs[0], 1)[0] = 0x00ff7f;
    agent_->send(Type::window_dump, 5,
                 wire::WindowDump{0, wire::max_window_width, wire::max_window_height, 24}, refs);
    ASSERT_TRUE(until([&] { return server_.pixel(5) == 0x00ff7f; }));
}

TEST_F(ProcessGuid, is_confined_before_a_byte_of_the_qube_reaches_it)
{
    start(wire::version_1_8);
    ASSERT_TRUE(until([&] { return agent_->connected(); }));
    auto const proc = "/proc/" + std::to_string(guid_->pid());
    std::ifstream status(proc + "/status");
    std::string const text{std::istreambuf_iterator<char>(status), {}};
    EXPECT_NE(text.find("\nSeccomp:\t2\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\nNoNewPrivs:\t1\n"), std::string::npos);
}

TEST_F(ProcessGuid, writes_its_last_messages_to_the_log_when_asked)
{
    start(wire::version_1_8);
    ASSERT_TRUE(until([&] { return agent_->connected(); }));
    agent_->open(5, {}, "a private title");
    ASSERT_TRUE(until([&] { return agent_->count(Type::window_dump_ack) == 1; }));
    EXPECT_EQ(log().find("trace-begin"), std::string::npos);
    ASSERT_EQ(send(link_.get(), "T", 1, 0), 1);
    ASSERT_TRUE(until([&] { return log().find("trace-end\n") != std::string::npos; }));
    std::string const text = log();
    auto const begin = text.find("trace-begin\n");
    ASSERT_NE(begin, std::string::npos) << text;
    EXPECT_NE(text.find("< CREATE window 0x5 length 24", begin), std::string::npos) << text;
    EXPECT_NE(text.find("> WINDOW_DUMP_ACK window 0x5", begin), std::string::npos) << text;
    EXPECT_EQ(text.find("private"), std::string::npos) << text;

    ASSERT_EQ(send(link_.get(), "something else", 14, 0), 14);
    ASSERT_EQ(send(link_.get(), "T", 1, 0), 1);
    ASSERT_TRUE(until([&] { return log().find("trace-begin", begin + 1) != std::string::npos; }));
}

TEST_F(ProcessGuid, serves_its_qube_when_sessiond_is_gone)
{
    start(wire::version_1_8);
    ASSERT_TRUE(until([&] { return agent_->connected(); }));
    link_.reset();
    agent_->open(5, {.color = 0x123456});
    ASSERT_TRUE(until([&] { return server_.pixel(5) == 0x123456; }));
    agent_->disconnect();
    EXPECT_EQ(exit_code(), 0);
}

TEST_F(ProcessGuid, ends_with_0_when_the_compositor_goes)
{
    start(wire::version_1_8);
    ASSERT_TRUE(until([&] { return agent_->connected(); }));
    server_.disconnect();
    EXPECT_EQ(exit_code(), 0);
}

TEST_F(ProcessGuid, brings_a_copy_to_the_broker_and_a_paste_to_the_qube)
{
    start(wire::version_1_8);
    ASSERT_TRUE(until([&] { return agent_->connected(); }));
    agent_->open(5, {});
    ASSERT_TRUE(until([&] { return server_.find(5) && server_.find(5)->mapped; }));
    server_.keyboard_enter(5);
    transport::ClipboardRecord header{transport::ClipboardRecordKind::ask, 4, 0, 0};
    ASSERT_EQ(send(broker_.get(), &header, sizeof header, 0), static_cast<ssize_t>(sizeof header));
    ASSERT_TRUE(until([&] { return agent_->count(Type::clipboard_req) == 1; }));
    agent_->send_raw(static_cast<std::uint32_t>(Type::clipboard_data), 1234,
                     std::as_bytes(std::span("secret", 6)));
    std::array<char, 256> record{};
    ssize_t got = -1;
    ASSERT_TRUE(until([&] {
        got = recv(broker_.get(), record.data(), record.size(), MSG_DONTWAIT);
        return got > 0;
    }));
    ASSERT_EQ(got, static_cast<ssize_t>(sizeof header + 6));
    std::memcpy(&header, record.data(), sizeof(header));
    EXPECT_EQ(header.serial, 4U);
    EXPECT_EQ(header.flags, transport::clipboard_flag_last);
    EXPECT_EQ(std::string_view(record.data() + sizeof header, 6), "secret");

    header = {transport::ClipboardRecordKind::paste_data, 0, 0, transport::clipboard_flag_last};
    std::memcpy(record.data(), &header, sizeof(header));
    std::memcpy(record.data() + sizeof header, "secret", 6);
    ASSERT_EQ(send(broker_.get(), record.data(), sizeof header + 6, 0),
              static_cast<ssize_t>(sizeof header + 6));
    ASSERT_TRUE(until([&] { return agent_->count(Type::clipboard_data) == 1; }));
    EXPECT_EQ(agent_->all(Type::clipboard_data)[0].header.window, 5U);
}

} // namespace vitrail::test
