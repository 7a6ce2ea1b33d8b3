#include "lib/os/beneath.hpp"
#include "tests/support/folder.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <fstream>

namespace vitrail {
namespace {

/// A qube's folder, held open as sessiond holds it.
class Beneath : public testing::Test {
protected:
    void SetUp() override
    {
        std::filesystem::create_directory(folder_ / "qube");
        std::filesystem::create_directory(folder_ / "outside");
        write("outside/secret", "secret");
        held_.reset(open((folder_ / "qube").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        ASSERT_TRUE(held_);
    }
    void write(std::string const& name, std::string const& text) const
    {
        std::ofstream(folder_ / name) << text;
    }
    [[nodiscard]] std::string place(std::string const& name) const
    {
        return folder_ / ("qube/" + name);
    }
    /// A socket of the qube's; listening unless its backlog is negative.
    [[nodiscard]] Fd serve(std::string const& name, int type = SOCK_STREAM, int backlog = 1) const
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::string const path = place(name);
        std::memcpy(address.sun_path, path.c_str(), path.size());
        Fd server(socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        EXPECT_EQ(bind(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
        EXPECT_TRUE(backlog < 0 || listen(server.get(), backlog) == 0);
        return server;
    }
    /// 0, or why the file is refused.
    [[nodiscard]] int opening(std::string const& name) const
    {
        auto const file = open_beneath(held_.get(), name);
        return file ? 0 : file.error().code;
    }
    [[nodiscard]] int connecting(std::string const& name) const
    {
        auto const connection = connect_beneath(held_.get(), name);
        return connection ? 0 : connection.error().code;
    }

    test::Folder folder_;
    Fd held_;
};

TEST_F(Beneath, a_file_of_the_folder_is_opened_for_reading_only)
{
    write("qube/dom3.mem", "pixels");
    auto const file = open_beneath(held_.get(), "dom3.mem");
    ASSERT_TRUE(file) << file.error().message();
    std::array<char, 16> text;
    EXPECT_EQ(read(file->get(), text.data(), text.size()), 6);
    EXPECT_EQ(::write(file->get(), "x", 1), -1);
    EXPECT_NE(fcntl(file->get(), F_GETFD) & FD_CLOEXEC, 0);
}

TEST_F(Beneath, what_is_not_there_is_ENOENT)
{
    EXPECT_EQ(opening("dom3.mem"), ENOENT);
    EXPECT_EQ(connecting("vchan.3.0.6000.sock"), ENOENT);
    EXPECT_EQ(opening(""), ENOENT);
}

TEST_F(Beneath, a_link_in_place_of_a_file_is_not_followed_wherever_it_leads)
{
    write("qube/real", "mine");
    std::filesystem::create_symlink("real", place("inside"));
    std::filesystem::create_symlink("../outside/secret", place("relative"));
    std::filesystem::create_symlink(folder_ / "outside/secret", place("absolute"));
    std::filesystem::create_symlink("/proc/self/environ", place("proc"));
    std::filesystem::create_symlink("nowhere", place("dangling"));
    for (char const* const name : {"inside", "relative", "absolute", "proc", "dangling"}) {
        auto const file = open_beneath(held_.get(), name);
        ASSERT_FALSE(file) << name;
        EXPECT_TRUE(file.error().code == ELOOP || file.error().code == EINVAL) << name;
        EXPECT_NE(connecting(name), 0) << name;
    }
}

TEST_F(Beneath, a_linked_folder_on_the_way_is_not_followed)
{
    std::filesystem::create_symlink("../outside", place("way"));
    EXPECT_EQ(opening("way/secret"), ELOOP);
}

TEST_F(Beneath, no_name_leads_out_of_the_folder)
{
    EXPECT_EQ(opening("../outside/secret"), EXDEV);
    EXPECT_EQ(opening(folder_ / "outside/secret"), EXDEV);
    EXPECT_EQ(opening(".."), EXDEV);
    EXPECT_EQ(opening("."), EINVAL);
}

TEST_F(Beneath, no_mount_is_crossed)
{
    Fd const top(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    auto const file = open_beneath(top.get(), "proc/version");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, EXDEV);
}

TEST_F(Beneath, a_fifo_in_place_of_a_file_is_refused_and_never_opened)
{
    ASSERT_EQ(mkfifo(place("dom3.mem").c_str(), 0600), 0);
    EXPECT_EQ(opening("dom3.mem"), EINVAL); // an open() would wait for the other end
    EXPECT_EQ(connecting("dom3.mem"), EINVAL);
}

TEST_F(Beneath, a_folder_or_a_socket_in_place_of_a_file_is_refused)
{
    std::filesystem::create_directory(place("dom3.mem"));
    Fd const server = serve("dom3.tab");
    EXPECT_EQ(opening("dom3.mem"), EINVAL);
    EXPECT_EQ(opening("dom3.tab"), EINVAL);
    EXPECT_EQ(accept4(server.get(), nullptr, nullptr, 0), -1) << "nobody connected";
}

TEST_F(Beneath, a_device_in_place_of_a_file_is_refused)
{
    if (mknod(place("dom3.mem").c_str(), S_IFCHR | 0666, makedev(1, 5)) != 0)
        GTEST_SKIP() << "this user cannot make devices: neither can a qube";
    EXPECT_EQ(opening("dom3.mem"), EINVAL);
}

TEST_F(Beneath, a_file_or_a_folder_in_place_of_the_socket_is_refused)
{
    write("qube/file", "");
    std::filesystem::create_directory(place("folder"));
    EXPECT_EQ(connecting("file"), EINVAL);
    EXPECT_EQ(connecting("folder"), EINVAL);
}

TEST_F(Beneath, what_belongs_to_another_than_the_folders_owner_is_refused)
{
    if (geteuid() == 0) {
        write("qube/dom3.mem", "pixels");
        Fd const server = serve("sock");
        ASSERT_EQ(chown(place("dom3.mem").c_str(), 12345, getgid()), 0);
        ASSERT_EQ(chown(place("sock").c_str(), 12345, getgid()), 0);
        EXPECT_EQ(opening("dom3.mem"), EPERM);
        EXPECT_EQ(connecting("sock"), EPERM);
        // A qube with an id of its own owns its folder too.
        ASSERT_EQ(chown((folder_ / "qube").c_str(), 12345, getgid()), 0);
        EXPECT_EQ(opening("dom3.mem"), 0);
        EXPECT_EQ(connecting("sock"), 0);
        return;
    }
    // /tmp is root's, what we make there is not.
    Fd const tmp(open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC));
    write("file", "");
    auto const file = open_beneath(
        tmp.get(), std::filesystem::path(folder_.path()).filename().string() + "/file");
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, EPERM);
}

TEST_F(Beneath, a_socket_that_listens_is_connected_and_the_connection_does_not_block)
{
    Fd const server = serve("sock");
    auto const connection = connect_beneath(held_.get(), "sock");
    ASSERT_TRUE(connection) << connection.error().message();
    Fd const peer(accept4(server.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ASSERT_TRUE(peer);
    char byte = 0;
    EXPECT_EQ(read(connection->get(), &byte, 1), -1);
    EXPECT_EQ(errno, EAGAIN);
    ASSERT_EQ(::write(peer.get(), "x", 1), 1);
    EXPECT_EQ(read(connection->get(), &byte, 1), 1);
}

TEST_F(Beneath, a_socket_on_which_nobody_listens_is_ECONNREFUSED)
{
    Fd const bound = serve("sock", SOCK_STREAM, -1);
    EXPECT_EQ(connecting("sock"), ECONNREFUSED);
    static_cast<void>(serve("left")); // closed: only its name is left
    EXPECT_EQ(connecting("left"), ECONNREFUSED);
}

TEST_F(Beneath, a_server_that_accepts_nobody_does_not_hold_us_up)
{
    Fd const server = serve("sock", SOCK_STREAM, 0);
    std::vector<Fd> waiting;
    int last = 0;
    while (last == 0 && waiting.size() < 1000) {
        auto connection = connect_beneath(held_.get(), "sock");
        last = connection ? 0 : connection.error().code;
        if (connection)
            waiting.push_back(*std::move(connection));
    }
    EXPECT_EQ(last, EAGAIN);
}

TEST_F(Beneath, a_socket_of_another_type_is_refused)
{
    Fd const packets = serve("packets", SOCK_SEQPACKET);
    Fd const datagrams = serve("datagrams", SOCK_DGRAM, -1);
    EXPECT_EQ(connecting("packets"), EPROTOTYPE);
    EXPECT_EQ(connecting("datagrams"), EPROTOTYPE);
}

TEST_F(Beneath, the_folder_is_the_one_that_was_opened_even_when_it_is_moved_or_replaced)
{
    write("qube/dom3.mem", "pixels");
    std::filesystem::rename(folder_ / "qube", folder_ / "moved");
    std::filesystem::create_directory_symlink(folder_ / "outside", folder_ / "qube");
    EXPECT_EQ(opening("dom3.mem"), 0);
    EXPECT_EQ(opening("secret"), ENOENT);
}

} // namespace
} // namespace vitrail
