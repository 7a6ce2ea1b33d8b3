#include "agents/gui/vchan_server.hpp"

#include <gtest/gtest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>

namespace vitrail::agent {
namespace {

using State = transport::Channel::State;

class VchanServerTest : public testing::Test {
protected:
    void SetUp() override
    {
        char folder[] = "/tmp/vitrail-vchan-XXXXXX";
        folder_ = mkdtemp(folder);
        path_ = vchan_path(folder_, DomainId{5}, DomainId{0}, 6000);
        auto server = VchanServer::listen(path_);
        ASSERT_TRUE(server);
        server_ = *std::move(server);
    }
    void TearDown() override
    {
        server_.reset();
        std::filesystem::remove_all(folder_);
    }
    void connect_peer()
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path_.c_str(), path_.size());
        peer_.reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        ASSERT_EQ(connect(peer_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        server_->handle_event();
    }

    std::string folder_, path_;
    std::unique_ptr<VchanServer> server_;
    Fd peer_;
};

TEST_F(VchanServerTest, the_socket_has_the_ecosystems_name_and_goes_with_the_first_client)
{
    EXPECT_EQ(std::filesystem::path(path_).filename(), "vchan.5.0.6000.sock");
    EXPECT_EQ(server_->state(), State::waiting);
    EXPECT_TRUE(std::filesystem::exists(path_));
    connect_peer();
    EXPECT_EQ(server_->state(), State::connected);
    EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(VchanServerTest, what_the_peer_sent_before_its_end_is_read_first)
{
    connect_peer();
    ASSERT_EQ(send(peer_.get(), "last words", 10, 0), 10);
    peer_.reset();
    std::array<std::byte, 64> bytes;
    EXPECT_EQ(server_->read(bytes).value_or(0), 10u);
    EXPECT_EQ(server_->state(), State::connected);
    EXPECT_EQ(server_->read(bytes).value_or(1), 0u);
    EXPECT_EQ(server_->state(), State::disconnected);
}

TEST_F(VchanServerTest, a_peer_that_does_not_read_fills_the_queue_and_not_more)
{
    connect_peer();
    std::vector<std::byte> const chunk(65536);
    bool taken = true;
    int count = 0;
    for (; taken && count < 1000; ++count)
        taken = server_->write(chunk);
    EXPECT_FALSE(taken);
    EXPECT_LE(server_->queued(), transport::default_queue_bound);
    EXPECT_TRUE(server_->wants_write());
}

} // namespace
} // namespace vitrail::agent
