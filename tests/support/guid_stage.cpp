#include "tests/support/guid_stage.hpp"

#include "lib/os/rights.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>

namespace vitrail::test {

std::pair<Fd, Fd> pair_of(int type)
{
    int ends[2] = {-1, -1};
    EXPECT_EQ(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends), 0);
    return {Fd(ends[0]), Fd(ends[1])};
}

static void send_record(int link, transport::GuidStart& record, std::span<int const> fds)
{
    ASSERT_EQ(send_with_rights(link, std::as_bytes(std::span(&record, 1)), fds),
              static_cast<ssize_t>(sizeof(record)));
}

void GuidStage::SetUp()
{
    char folder[] = "/tmp/vitrail-guid-XXXXXX";
    ASSERT_NE(mkdtemp(folder), nullptr);
    folder_ = folder;
}

void GuidStage::TearDown()
{
    guid_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void GuidStage::start_guid(Fd vchan, int grant_file, int grant_table)
{
    auto [link, guid_link] = pair_of(SOCK_SEQPACKET);
    fcntl(guid_link.get(), F_SETFD, 0);
    auto started = ChildProcess::start(
        {{VITRAIL_GUID, "--link-fd", std::to_string(guid_link.get())}, {}, folder_ / "log"});
    ASSERT_TRUE(started) << started.error().message();
    guid_ = std::make_unique<ChildProcess>(std::move(*started));
    guid_link.reset();
    Fd const wayland = server_.connect();
    auto [broker, guid_broker] = pair_of(SOCK_SEQPACKET);
    broker_ = std::move(broker);
    Fd const log(
        ::open((folder_ / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    transport::GuidStart record;
    record.domain = 77;
    record.set_name("work");
    std::array<int, 6> const fds{vchan.get(), wayland.get(),     grant_file,
                                 grant_table, guid_broker.get(), log.get()};
    send_record(link.get(), record, fds);
    link_ = std::move(link);
}

std::string GuidStage::log() const
{
    std::string text(65536, '\0');
    Fd const file(::open((folder_ / "log").c_str(), O_RDONLY | O_CLOEXEC));
    auto const got = ::read(file.get(), text.data(), text.size());
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

} // namespace vitrail::test
