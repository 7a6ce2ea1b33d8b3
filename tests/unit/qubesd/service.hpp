#pragma once

#include "services/qubesd/server.hpp"
#include "services/qubesd/stats.hpp"
#include "tests/unit/qubesd/fake_backend.hpp"
#include "tests/unit/qubesd/sample.hpp"
#include "tests/unit/qubesd/scratch.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>

namespace vitrail::qubesd {

/// A whole qubesd in the test process, its back end scripted, called with bytes over a socket pair.
class Service {
public:
    explicit Service(State const& state = sample_state(), char const* driver = "dir")
        : store(std::move(*Store::open(scratch.path("qubes.db"))))
    {
        Transaction change(*store);
        for (auto const& label : state.labels)
            change.add_label(label);
        change.set_pool({"varlibqubes", driver, {{"dir_path", scratch.path("pool")}}});
        State made = state;
        made.pools["varlibqubes"] = {"varlibqubes", driver, {{"dir_path", scratch.path("pool")}}};
        for (char const* const name : {"dom0", "debian", "sys-net", "default-dvm", "work", "disp1"})
            if (Qube* const one = made.find(name)) {
                one->volumes = new_volumes(made, *one, {});
                change.add_qube(*one);
            }
        for (auto const& [name, value] : state.globals)
            change.set_global(name, value);
        EXPECT_TRUE(change.commit());
        auto const pool = make_driver(made.pools["varlibqubes"]);
        EXPECT_TRUE(pool->set_up());
        for (auto const& [name, one] : made.qubes)
            for (auto const& [volume_name, volume] : one.volumes)
                EXPECT_TRUE(volume.use == VolumeUse::fixed || pool->create(volume));
        boot();
    }

    /// As after a crash: everything but the disk is lost.
    void boot()
    {
        stop();
        store = std::move(*Store::open(scratch.path("qubes.db")));
        backend = std::make_unique<FakeBackend>(loop.get());
        jobs = std::make_unique<Jobs>(loop.get());
        system = std::make_unique<System>(*store, World{[] { return std::int64_t{1700000000}; },
                                                        [this] { return random_ += 7919; }});
        system->state = *store->load();
        lifecycle = std::make_unique<Lifecycle>(loop.get(), *system, *backend, *jobs);
        if (before_recovery)
            before_recovery(*backend);
        lifecycle->recover();
        preloads = std::make_unique<Preloads>(loop.get(), *system, *lifecycle, *backend);
        preloads->begin();
        api = std::make_unique<Api>(*system, *lifecycle, *preloads, *jobs);
        server = std::make_unique<Server>(loop.get(), *api, system->events);
        stats = std::make_unique<Stats>(loop.get(), *system, *lifecycle);
        system->events.set_stats_wanted([this] { stats->wake(); });
    }
    void stop()
    {
        stats.reset();
        server.reset();
        api.reset();
        preloads.reset();
        lifecycle.reset();
        system.reset();
        jobs.reset();
        backend.reset();
        store.reset();
    }
    ~Service()
    {
        if (jobs)
            run_until([this] { return jobs->running() == 0; });
        stop();
    }

    void run_until(std::function<bool()> const& done)
    {
        bool is_done = done();
        for (int rounds = 0; !is_done && rounds < 20000; ++rounds) {
            wl_event_loop_dispatch(loop.get(), 10);
            is_done = done();
        }
        EXPECT_TRUE(is_done) << "it never came to that";
    }

    /// Raw bytes in, raw bytes out.
    std::string exchange(std::string_view bytes, Scope scope = Scope::admin)
    {
        int const client = connect(bytes, scope);
        std::string reply;
        bool over = false;
        run_until([&] {
            char part[4096];
            for (ssize_t got = 1; got > 0;) {
                got = recv(client, part, sizeof part, MSG_DONTWAIT);
                if (got > 0)
                    reply.append(part, static_cast<std::size_t>(got));
                over = over || got == 0 || (got < 0 && errno == ECONNRESET);
            }
            return over;
        });
        close(client);
        return reply;
    }
    int connect(std::string_view bytes, Scope scope = Scope::admin)
    {
        int ends[2];
        EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        server->add(scope, Fd(ends[1]));
        while (!bytes.empty()) { // more than the socket holds: let the server read
            ssize_t const sent = send(ends[0], bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN)
                break; // it has dropped us
            if (sent > 0)
                bytes.remove_prefix(static_cast<std::size_t>(sent));
            else
                wl_event_loop_dispatch(loop.get(), 0);
        }
        shutdown(ends[0], SHUT_WR);
        return ends[0];
    }

    /// The content, or TYPE in front of a colon of an exception, or "empty".
    std::string call(std::string const& destination, std::string const& method,
                     std::string const& payload = "", Scope scope = Scope::admin,
                     std::string const& source = "dom0")
    {
        std::string const target =
            destination == "dom0" ? "keyword adminvm" : "name " + destination;
        std::string const reply =
            exchange(method + " " + source + " " + target + std::string(1, '\0') + payload, scope);
        if (reply.empty())
            return "empty";
        if (reply.starts_with(std::string_view("0\0", 2)))
            return reply.substr(2);
        return reply.substr(2, reply.find('\0', 2) - 2) + ":";
    }
    std::string state_of(std::string const& name)
    {
        std::string const line = call(name, "admin.vm.List");
        auto const at = line.find("state=");
        return at == std::string::npos ? line : line.substr(at + 6, line.find(' ', at) - at - 6);
    }

    Scratch scratch;
    EventLoop loop;
    std::function<void(FakeBackend&)> before_recovery;
    std::unique_ptr<Store> store;
    std::unique_ptr<FakeBackend> backend;
    std::unique_ptr<Jobs> jobs;
    std::unique_ptr<System> system;
    std::unique_ptr<Lifecycle> lifecycle;
    std::unique_ptr<Preloads> preloads;
    std::unique_ptr<Api> api;
    std::unique_ptr<Server> server;
    std::unique_ptr<Stats> stats;

private:
    std::uint64_t random_ = 1;
};

} // namespace vitrail::qubesd
