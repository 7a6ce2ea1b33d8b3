#include "tests/bench/presenter.hpp"
#include "tests/bench/scenarios.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstdio>
#include <cstdlib>

namespace vitrail::bench {

namespace {

constexpr std::uint32_t window = 1;

/// A qube with one window that sends small updates in batches.
struct Sender {
    Sender(std::filesystem::path const& folder, wire::ProtocolVersion version)
        : stage(output_for(size)), qube(stage.session(), folder, {1, version, {}})
    {
        buffers.push_back(qube.make_buffer(size));
        if (!qube.open(window, size, buffers)) {
            std::fputs("bench: the window is not shown\n", stderr);
            std::exit(1);
        }
    }
    void collect(int messages)
    {
        for (int i = 0; i < messages; ++i) {
            Rect const damage{i * 16 % 384, i / 24 * 16 % 288, 16, 16};
            if (qube.extended())
                qube.commit(window, buffers.front(), damage);
            else
                qube.damage(window, damage);
        }
    }
    /// Everything sent before was handled: a window came and went.
    void fence()
    {
        qube.forget();
        qube.create(2, {0, 0, 8, 8});
        qube.destroy(2);
        qube.send();
        if (!qube.wait_for(wire::Type::destroy)) {
            std::fputs("bench: guid does not answer\n", stderr);
            std::exit(1);
        }
        stage.session().roundtrip();
    }
    [[nodiscard]] Nanoseconds cpu() { return bench::cpu_time(qube.guid()) + stage.cpu_time(); }

    Size size{400, 300};
    Stage stage;
    Qube qube;
    std::vector<Qube::Buffer> buffers;
};

double cpu_us_per_update(Sender& sender)
{
    constexpr int batch = 1000;
    sender.fence();
    Nanoseconds const before = sender.cpu();
    sender.collect(batch);
    sender.qube.send();
    sender.fence();
    return static_cast<double>(sender.cpu() - before) / 1000 / batch;
}

/// Messages a second that guid takes while the agent sends all it can: after the first half second,
/// so that no allowance for short bursts counts.
double updates_per_second(Sender& sender)
{
    sender.collect(1000);
    wire::Bytes const batch = std::move(sender.qube.collected());
    sender.qube.collected().clear();
    std::size_t const message = batch.size() / 1000;
    std::int64_t sent = 0;
    auto const taken = [&] {
        int waiting = 0; // bytes that guid has not read
        ioctl(sender.qube.socket(), SIOCOUTQ, &waiting);
        return sent - waiting;
    };
    std::size_t at = 0;
    auto const flood = [&](Nanoseconds duration) {
        for (Nanoseconds const end = now() + duration; now() < end;) {
            ssize_t const count = ::send(sender.qube.socket(), batch.data() + at, batch.size() - at,
                                         MSG_DONTWAIT | MSG_NOSIGNAL);
            if (count > 0) {
                sent += count;
                at = (at + static_cast<std::size_t>(count)) % batch.size();
            }
            pollfd turn{sender.qube.socket(), short(count > 0 ? POLLIN : POLLIN | POLLOUT), 0};
            ::poll(&turn, 1, count > 0 ? 0 : 100);
            if ((turn.revents & POLLIN) != 0) // frame-done and releases: guid is not held back
                (void)sender.qube.read(1);
            sender.qube.forget();
        }
    };
    flood(500'000'000);
    Nanoseconds const start = now();
    std::int64_t const before = taken();
    flood(1'000'000'000);
    return static_cast<double>(taken() - before) / static_cast<double>(message) /
           (static_cast<double>(now() - start) / 1e9);
}

} // namespace

void run_updates(Run const& run)
{
    auto const folder = [&](char const* name) {
        std::filesystem::create_directories(run.folder / name);
        return run.folder / name;
    };
    Sender commits(folder("x"), wire::version_extended);
    Sender damages(folder("1.8"), wire::version_1_8);
    struct {
        char const* name;
        Sender& sender;
    } const kinds[] = {{"X_COMMIT", commits}, {"SHMIMAGE", damages}};
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_quiet(block);
        for (auto const& kind : kinds) {
            std::vector<double> samples;
            for (int i = 0; i < 5; ++i)
                samples.push_back(cpu_us_per_update(kind.sender));
            record({{"metric", "cpu_us_per_update"}, {"kind", kind.name}}, block, samples);
        }
    }
    // Last, and once each: it leaves half a message on the way.
    for (auto const& kind : kinds)
        record({{"metric", "updates_per_second"}, {"kind", kind.name}}, 0,
               {updates_per_second(kind.sender)});
}

} // namespace vitrail::bench
