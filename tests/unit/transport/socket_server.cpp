#include "lib/transport/socket_server.hpp"
#include "tests/support/folder.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>

namespace vitrail::transport {
namespace {

using State = Channel::State;

class SocketServerTest : public testing::Test {
protected:
    void SetUp() override
    {
        auto server = SocketServer::listen(path_);
        ASSERT_TRUE(server) << server.error().message();
        server_ = *std::move(server);
    }
    [[nodiscard]] Fd connection() const
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.c_str(), path_.size());
        Fd peer(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (connect(peer.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
            peer.reset();
        return peer;
    }
    void connect_peer()
    {
        peer_ = connection();
        ASSERT_TRUE(peer_);
        server_->handle_event();
    }

    vitrail::test::Folder folder_;
    std::string path_ = vchan_path(folder_.path(), DomainId{5}, DomainId{0}, 6000);
    std::unique_ptr<SocketServer> server_;
    Fd peer_;
};

TEST_F(SocketServerTest, the_socket_has_the_ecosystems_name_and_goes_with_the_first_client)
{
    EXPECT_EQ(std::filesystem::path(path_).filename(), "vchan.5.0.6000.sock");
    EXPECT_EQ(server_->state(), State::waiting);
    EXPECT_TRUE(std::filesystem::exists(path_));
    connect_peer();
    EXPECT_EQ(server_->state(), State::connected);
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SocketServerTest, a_second_client_finds_nobody)
{
    connect_peer();
    EXPECT_FALSE(connection());
    server_->handle_event(); // nor does the loop's next word change the first one
    EXPECT_EQ(server_->state(), State::connected);
    EXPECT_TRUE(server_->write(std::as_bytes(std::span("hello", 5))));
    server_->flush();
    std::array<char, 8> heard;
    EXPECT_EQ(recv(peer_.get(), heard.data(), heard.size(), MSG_DONTWAIT), 5);
}

TEST_F(SocketServerTest, while_nobody_is_connected_nothing_is_read_and_what_is_written_is_forgotten)
{
    std::array<std::byte, 64> bytes;
    EXPECT_EQ(server_->read(bytes).value_or(1), 0u);
    EXPECT_TRUE(server_->write(bytes));
    server_->flush();
    EXPECT_EQ(server_->queued(), 0u);
    EXPECT_FALSE(server_->wants_write());
    EXPECT_EQ(server_->state(), State::waiting);
}

TEST_F(SocketServerTest, an_event_without_a_client_leaves_it_waiting)
{
    server_->handle_event();
    EXPECT_EQ(server_->state(), State::waiting);
    connect_peer();
    EXPECT_EQ(server_->state(), State::connected);
}

TEST_F(SocketServerTest, a_client_that_went_away_before_the_accept_is_met_and_gone)
{
    connection().reset();
    server_->handle_event();
    std::array<std::byte, 64> bytes;
    EXPECT_EQ(server_->read(bytes).value_or(1), 0u);
    EXPECT_EQ(server_->state(), State::disconnected);
}

TEST_F(SocketServerTest, what_was_written_is_sent_before_the_end)
{
    connect_peer();
    ASSERT_TRUE(server_->write(std::as_bytes(std::span("last words", 10))));
    server_.reset();
    std::array<char, 64> heard;
    EXPECT_EQ(recv(peer_.get(), heard.data(), heard.size(), MSG_DONTWAIT), 10);
    EXPECT_EQ(recv(peer_.get(), heard.data(), heard.size(), MSG_DONTWAIT), 0);
}

TEST_F(SocketServerTest, a_server_that_ends_before_its_client_takes_its_socket_along)
{
    server_.reset();
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SocketServerTest, a_socket_that_an_earlier_agent_left_behind_is_replaced)
{
    auto second = SocketServer::listen(path_);
    ASSERT_TRUE(second);
    peer_ = connection();
    ASSERT_TRUE(peer_);
    (*second)->handle_event();
    EXPECT_EQ((*second)->state(), State::connected);
    server_->handle_event();
    EXPECT_EQ(server_->state(), State::waiting);
}

TEST(SocketServer, a_path_that_no_address_can_hold_is_an_error)
{
    auto const server = SocketServer::listen("/tmp/" + std::string(200, 'x'));
    ASSERT_FALSE(server);
    EXPECT_NE(server.error().message().find("too long"), std::string::npos);
}

TEST(SocketServer, a_folder_that_is_not_there_is_an_error_that_names_it)
{
    auto const server = SocketServer::listen("/nowhere/at/all.sock");
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().code, ENOENT);
    EXPECT_NE(server.error().message().find("/nowhere/at/all.sock"), std::string::npos);
}

} // namespace
} // namespace vitrail::transport
