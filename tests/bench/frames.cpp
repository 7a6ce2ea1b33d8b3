#include "tests/bench/floors.hpp"
#include "tests/bench/presenter.hpp"
#include "tests/bench/scenarios.hpp"

#include <cstdio>
#include <cstdlib>

namespace vitrail::bench {

namespace {

using Kind = Peer::Kind;

struct Series {
    std::vector<double> committed, seen;
};

/// Shows `count` frames; a frame whose pixel was never seen ends the program: then nothing that is
/// printed can be trusted.
Series show(Peer& peer, Painter& painter, Rect const& damage, int count)
{
    Series series;
    for (int i = 0; i < count; ++i) {
        painter.paint(peer.presenter->pixels());
        auto const times = peer.show(damage);
        if (!times) {
            std::fprintf(stderr, "bench: %s: a frame was not seen\n", peer.name.c_str());
            std::exit(1);
        }
        series.committed.push_back(times->committed_us);
        series.seen.push_back(times->seen_us);
    }
    return series;
}

std::vector<std::unique_ptr<Peer>> make_peers(Size size, std::filesystem::path const& folder,
                                              std::initializer_list<Kind> kinds)
{
    std::vector<std::unique_ptr<Peer>> peers;
    for (Kind const kind : kinds)
        peers.push_back(std::make_unique<Peer>(kind, size, folder));
    return peers;
}

void warm_up(std::vector<std::unique_ptr<Peer>> const& peers, Size size)
{
    Painter still(Content::pixel, size);
    for (auto const& peer : peers)
        show(*peer, still, {0, 0, size.width, size.height}, 8);
}

void copy_floor(CopyFloor& floor, Painter& painter, Tags tags, int block, int count)
{
    for (bool const streaming : {false, true}) {
        std::vector<double> times;
        for (int i = 0; i < count; ++i) {
            painter.paint(floor.source());
            times.push_back(floor.copy_us(streaming));
        }
        tags["peer"] = streaming ? "copy streaming" : "copy plain";
        record(tags, block, times);
    }
}

/// Closed loop: frames a second, and the CPU that they cost beside the application.
void closed_loop(Peer& peer, std::string const& size, int block, int count)
{
    Painter still(Content::pixel, peer.size);
    Rect const all{0, 0, peer.size.width, peer.size.height};
    Nanoseconds const start = now();
    Nanoseconds const cpu = peer.presenter->cpu_time() + peer.stage->cpu_time();
    show(peer, still, all, count);
    double const seconds = static_cast<double>(now() - start) / 1e9;
    double const used =
        static_cast<double>(peer.presenter->cpu_time() + peer.stage->cpu_time() - cpu) / 1e9;
    record({{"metric", "frames_per_second"}, {"size", size}, {"peer", peer.name}}, block,
           {count / seconds});
    record({{"metric", "cpu_s_per_1000_frames"}, {"size", size}, {"peer", peer.name}}, block,
           {used * 1000 / count});
}

} // namespace

void run_small_frames(Run const& run)
{
    Size const size{400, 300};
    auto const peers = make_peers(
        size, run.folder,
        {Kind::ours, Kind::ours_1_8, Kind::direct, Kind::waypipe_none, Kind::waypipe_lz4});
    warm_up(peers, size);
    WakeFloor floor;
    Painter painter(Content::pixel, size);
    constexpr int samples = 250;
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_quiet(block);
        record({{"metric", "wake"}, {"hops", "1"}}, block, floor.one_hop(samples));
        record({{"metric", "wake"}, {"hops", "2"}}, block, floor.two_hops(samples));
        for (auto const& peer : peers) {
            pid_t const guid = peer->presenter->guid().value_or(0);
            auto const woken = [&] {
                return wake_ups(peer->stage->task()) + (guid ? wake_ups(guid) : 0);
            };
            auto const before = woken();
            Series const series = show(*peer, painter, {0, 0, 16, 16}, samples);
            Tags tags{{"metric", "commit"}, {"size", "16x16"}, {"peer", peer->name}};
            record(tags, block, series.committed);
            tags["metric"] = "pixel";
            record(tags, block, series.seen);
            tags["metric"] = "wakes_per_frame";
            record(tags, block, {static_cast<double>(woken() - before) / samples});
        }
    }
}

void run_full_frames(Run const& run, bool uhd)
{
    Size const size = uhd ? Size{3840, 2160} : Size{1920, 1080};
    std::string const name = uhd ? "4K" : "1080p";
    auto const peers = make_peers(
        size, run.folder, {Kind::ours, Kind::direct, Kind::waypipe_none, Kind::waypipe_lz4});
    warm_up(peers, size);
    int const fast = uhd ? 6 : 20, slow = uhd ? 2 : 5, loop = uhd ? 30 : 100;
    CopyFloor floor(static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height));
    struct {
        char const* name;
        Painter painter;
    } contents[] = {{"pixel", Painter(Content::pixel, size)},
                    {"text", Painter(Content::text, size)},
                    {"noise", Painter(Content::noise, size)}};
    for (int block = 0; block < run.blocks; ++block) {
        run.machine.check_quiet(block);
        for (auto& content : contents) {
            Tags tags{{"size", name}, {"content", content.name}, {"metric", "pixel"}};
            copy_floor(floor, content.painter, tags, block, fast);
            for (auto const& peer : peers) {
                bool const waypipe = peer->name.starts_with("waypipe");
                Series const series = show(*peer, content.painter, {0, 0, size.width, size.height},
                                           waypipe ? slow : fast);
                tags["peer"] = peer->name;
                tags["metric"] = "commit";
                record(tags, block, series.committed);
                tags["metric"] = "pixel";
                record(tags, block, series.seen);
            }
        }
        Painter still(Content::pixel, size);
        copy_floor(floor, still, {{"metric", "hot_copy"}, {"size", name}}, block, fast);
        closed_loop(*peers[0], name, block, loop);
        closed_loop(*peers[1], name, block, loop);
    }
}

} // namespace vitrail::bench
