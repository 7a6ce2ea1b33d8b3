#include "tests/unit/transport/fake_vchan.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <cerrno>

namespace vitrail::test {

FakeVchan* fake_vchan = nullptr;
int fake_vchan_error = 0;
int open_vchans = 0;
std::string left_for_peer;

void FakeVchan::kick() const
{
    EXPECT_EQ(eventfd_write(event.get(), 1), 0);
}

void FakeVchan::peer_sends(std::string_view bytes)
{
    ASSERT_LE(to_us.size() + bytes.size(), ring);
    bool const was_empty = to_us.empty();
    for (char const byte : bytes)
        to_us.push_back(static_cast<std::byte>(byte));
    if (was_empty)
        kick();
}

std::string FakeVchan::peer_reads(std::size_t most)
{
    std::string bytes;
    while (!to_peer.empty() && bytes.size() < most) {
        bytes += static_cast<char>(to_peer.front());
        to_peer.pop_front();
    }
    if (wants_space && !bytes.empty()) {
        wants_space = false;
        kick();
    }
    return bytes;
}

namespace {

libxenvchan* make(int domain, char const* path, bool server)
{
    if (fake_vchan_error != 0) {
        errno = fake_vchan_error;
        return nullptr;
    }
    auto* const vchan = new libxenvchan{};
    vchan->is_server = server ? 1 : 0;
    vchan->blocking = 1; // as both implementations have it
    fake_vchan = new FakeVchan;
    fake_vchan->live = server ? 2 : 1;
    fake_vchan->path = path;
    fake_vchan->domain = domain;
    fake_vchan->event.reset(eventfd(0, EFD_CLOEXEC)); // blocks, as the device does
    ++open_vchans;
    return vchan;
}

void would_wait(libxenvchan const* vchan)
{
    EXPECT_EQ(vchan->blocking, 0u) << "the process would stand still here";
}

} // namespace
} // namespace vitrail::test

using vitrail::test::fake_vchan;

extern "C" {

libxenvchan* libxenvchan_server_init(xentoollog_logger*, int domain, char const* path,
                                     size_t read_min, size_t write_min)
{
    auto* const vchan = vitrail::test::make(domain, path, true);
    if (vchan)
        fake_vchan->ring = std::min(read_min, write_min);
    return vchan;
}

libxenvchan* libxenvchan_client_init(xentoollog_logger*, int domain, char const* path)
{
    return vitrail::test::make(domain, path, false);
}

void libxenvchan_close(libxenvchan* vchan)
{
    vitrail::test::left_for_peer = fake_vchan->peer_reads();
    delete vchan;
    delete std::exchange(fake_vchan, nullptr);
    --vitrail::test::open_vchans;
}

int libxenvchan_read(libxenvchan* vchan, void* data, size_t size)
{
    if (fake_vchan->to_us.empty()) {
        if (fake_vchan->live == 0)
            return -1;
        vitrail::test::would_wait(vchan);
        return 0;
    }
    if (fake_vchan->broken)
        return -1;
    auto const count = std::min(size, fake_vchan->to_us.size());
    std::copy_n(fake_vchan->to_us.begin(), count, static_cast<std::byte*>(data));
    fake_vchan->to_us.erase(fake_vchan->to_us.begin(),
                            fake_vchan->to_us.begin() + static_cast<std::ptrdiff_t>(count));
    return static_cast<int>(count);
}

int libxenvchan_write(libxenvchan* vchan, void const* data, size_t size)
{
    if (fake_vchan->live == 0 || fake_vchan->broken)
        return -1;
    EXPECT_NE(fake_vchan->live, 2) << "written before anybody was there";
    auto const count = std::min(size, fake_vchan->ring - fake_vchan->to_peer.size());
    if (count < size) {
        vitrail::test::would_wait(vchan);
        fake_vchan->wants_space = true;
    }
    auto const* const bytes = static_cast<std::byte const*>(data);
    fake_vchan->to_peer.insert(fake_vchan->to_peer.end(), bytes, bytes + count);
    return static_cast<int>(count);
}

int libxenvchan_wait(libxenvchan*)
{
    ++fake_vchan->waits;
    int const fd = fake_vchan->event.get();
    if ((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0) {
        ADD_FAILURE() << "the process could stand still here";
        return -1;
    }
    eventfd_t count = 0;
    return eventfd_read(fd, &count) == 0 ? 0 : -1;
}

int libxenvchan_fd_for_select(libxenvchan*)
{
    return fake_vchan->event.get();
}

int libxenvchan_is_open(libxenvchan*)
{
    return fake_vchan->live;
}

int libxenvchan_data_ready(libxenvchan*)
{
    return static_cast<int>(fake_vchan->to_us.size());
}

} // extern "C"
