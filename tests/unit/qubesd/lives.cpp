// Starting, stopping, pausing, removing; events and streams; crashes of qubesd.

#include "tests/unit/qubesd/service.hpp"

#include <fstream>

using namespace vitrail::qubesd;
namespace qube = vitrail::qube;
using namespace std::string_literals;

namespace {

class Lives : public testing::Test {
protected:
    Lives() { follow(); }
    void follow()
    {
        service.system->events.subscribe({}, [this](qube::AdminEvent const& event, auto const&) {
            seen.push_back(event.subject + " " + event.name);
        });
    }
    std::string call(std::string const& to, std::string const& method,
                     std::string const& payload = "")
    {
        return service.call(to, method, payload);
    }
    std::vector<std::string> events_of(std::string const& name)
    {
        std::vector<std::string> own;
        for (auto const& one : seen)
            if (one.starts_with(name + " ") && !one.contains("property-reset:"))
                own.push_back(one.substr(name.size() + 1));
        return own;
    }
    Service service;
    std::vector<std::string> seen;
};

} // namespace

TEST_F(Lives, begin_and_end_with_their_netvm)
{
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    EXPECT_EQ(service.state_of("work"), "Running");
    EXPECT_EQ(service.state_of("sys-net"), "Running");
    EXPECT_EQ(call("work", "admin.vm.Start"), "") << "is on already";
    EXPECT_NE(call("work", "admin.vm.property.Get+xid"), "default=True type=int -1");
    EXPECT_EQ(call("work", "admin.vm.property.Get+start_time"), "default=True type=str 1700000000");
    EXPECT_EQ(call("sys-net", "admin.vm.Shutdown"), "QubesVMInUseError:");
    EXPECT_EQ(call("work", "admin.vm.Shutdown+wait"), "");
    EXPECT_EQ(service.state_of("work"), "Halted");
    EXPECT_EQ(call("work", "admin.vm.Shutdown"), "QubesVMNotStartedError:");
    EXPECT_EQ(call("sys-net", "admin.vm.Kill"), "");
    EXPECT_EQ(service.state_of("sys-net"), "Halted");
    EXPECT_EQ(call("sys-net", "admin.vm.Kill"), "QubesVMNotStartedError:");
    EXPECT_EQ(events_of("work"),
              (std::vector<std::string>{"domain-pre-start", "domain-pre-spawn", "domain-spawn",
                                        "domain-start", "domain-pre-shutdown", "domain-stopped",
                                        "domain-shutdown"}));
}

TEST_F(Lives, carry_what_the_back_end_needs)
{
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    StartOrder const& order = service.backend->orders["work"];
    EXPECT_EQ(order.memory_mib, 600U);
    EXPECT_EQ(order.netvm, "sys-net");
    EXPECT_EQ(order.label, "blue");
    EXPECT_EQ(order.rgb, 0x3465a4U);
    EXPECT_TRUE(order.gui);
    EXPECT_EQ(order.volumes.size(), 3U);
    EXPECT_EQ(order.volumes.at("root").kind, Attachment::Kind::overlay);
}

TEST_F(Lives, that_cannot_begin_leave_the_qube_halted_and_say_why)
{
    service.backend->refuses_start.insert("work");
    std::string const reply = service.exchange("admin.vm.Start dom0 name work\0"s);
    EXPECT_EQ(reply,
              "2\0QubesVMError\0\0The qube work could not be started: the script says no\0"s);
    EXPECT_EQ(service.state_of("work"), "Halted");
    EXPECT_EQ(seen.back(), "work domain-start-failed");
    service.backend->refuses_start = {"sys-net"};
    EXPECT_EQ(call("sys-net", "admin.vm.Kill"), "");
    EXPECT_EQ(call("work", "admin.vm.Start"), "QubesVMError:") << "its netvm does not start";
    EXPECT_EQ(service.state_of("work"), "Halted");
    EXPECT_EQ(call("work", "admin.vm.feature.Set+prohibit-start", "it is haunted"), "");
    EXPECT_EQ(service.exchange("admin.vm.Start dom0 name work\0"s),
              "2\0QubesVMError\0\0The qube work may not start: it is haunted\0"s);
    EXPECT_EQ(call("dom0", "admin.vm.Start"), "QubesVMError:");
}

TEST_F(Lives, pause_and_go_on)
{
    EXPECT_EQ(call("work", "admin.vm.Pause"), "QubesVMNotRunningError:");
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    EXPECT_EQ(call("work", "admin.vm.Unpause"), "QubesVMNotPausedError:");
    EXPECT_EQ(call("work", "admin.vm.Pause"), "");
    EXPECT_EQ(service.state_of("work"), "Paused");
    EXPECT_EQ(call("work", "admin.vm.Unpause"), "");
    EXPECT_EQ(call("work", "admin.vm.Suspend"), "");
    EXPECT_EQ(call("work", "admin.vm.Resume"), "");
    EXPECT_EQ(call("work", "admin.vm.Resume"), "QubesVMNotSuspendedError:");
    EXPECT_EQ(service.state_of("work"), "Running");
}

TEST_F(Lives, that_do_not_end_in_time_are_told_of_and_go_on)
{
    service.backend->ignores_shutdown.insert("work");
    EXPECT_EQ(call("work", "admin.vm.property.Set+shutdown_timeout", "1"), "");
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    EXPECT_EQ(call("work", "admin.vm.Shutdown+force+wait"), "QubesVMShutdownTimeoutError:");
    EXPECT_EQ(service.state_of("work"), "Running");
    EXPECT_EQ(seen.back(), "work domain-shutdown-failed");
}

TEST_F(Lives, that_end_by_themselves_are_noticed)
{
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    service.backend->end("work");
    service.run_until([&] {
        return seen.back() == "work property-reset:start_time" &&
               service.system->state.find("work")->is_off();
    });
    EXPECT_EQ(service.state_of("work"), "Halted");
}

TEST_F(Lives, of_qubes_in_use_are_not_taken)
{
    EXPECT_EQ(call("debian", "admin.vm.Remove"), "QubesVMInUseError:");
    EXPECT_EQ(call("sys-net", "admin.vm.Remove"), "QubesVMInUseError:");
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    EXPECT_EQ(call("work", "admin.vm.Remove"), "QubesVMNotHaltedError:");
    EXPECT_EQ(call("work", "admin.vm.Shutdown+wait"), "");
    EXPECT_EQ(call("work", "admin.vm.property.Set+installed_by_rpm", "True"), "");
    EXPECT_EQ(call("work", "admin.vm.Remove"), "QubesVMInUseError:");
    EXPECT_EQ(call("work", "admin.vm.property.Reset+installed_by_rpm"), "");
    EXPECT_EQ(call("work", "admin.vm.Remove"), "");
    EXPECT_EQ(call("work", "admin.vm.List"), "QubesVMNotFoundError:");
    EXPECT_FALSE(std::filesystem::exists(service.scratch.path("pool/appvms/work")));
    EXPECT_EQ(seen.back(), " domain-delete");
    EXPECT_EQ(call("dom0", "admin.vm.Remove"), "QubesVMError:");
}

TEST_F(Lives, outlive_qubesd_and_are_found_again)
{
    service.before_recovery = [](FakeBackend& backend) {
        backend.found = {{"work", 7, 1600000000, false}, {"stranger", 8, 0, false}};
    };
    service.boot();
    EXPECT_EQ(service.state_of("work"), "Running");
    EXPECT_EQ(call("work", "admin.vm.property.Get+xid"), "default=True type=int 7");
    EXPECT_EQ(service.backend->killed, std::vector<std::string>{"stranger"});
    EXPECT_EQ(call("work", "admin.vm.Shutdown+wait"), "");
}

TEST_F(Lives, change_the_template_for_its_qubes_at_their_next_start)
{
    auto const root = [&](char const* name) { // what the qube's root shows
        auto const& at = service.backend->orders[name].volumes.at("root");
        std::string text = "nothing";
        for (auto const& layer : at.layers)
            if (std::ifstream file(layer + "/version"); file)
                std::getline(file, text);
        return text;
    };
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    EXPECT_EQ(call("debian", "admin.vm.Start"), "");
    std::ofstream(service.backend->orders["debian"].volumes.at("root").path + "/version") << "2";
    EXPECT_EQ(call("debian", "admin.vm.Shutdown+wait"), "");
    EXPECT_EQ(root("work"), "nothing");
    EXPECT_NE(call("work", "admin.vm.volume.Info+root").find("is_outdated=True"),
              std::string::npos);
    EXPECT_EQ(call("work", "admin.vm.Shutdown+wait"), "");
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    EXPECT_EQ(root("work"), "2");
    EXPECT_NE(call("work", "admin.vm.volume.Info+root").find("is_outdated=False"),
              std::string::npos);
}

// ---- streams ----

TEST_F(Lives, are_streamed_to_those_who_listen_in_order_and_each_event_once)
{
    int const client = service.connect("admin.Events dom0 keyword adminvm\0"s);
    int const narrow = service.connect("admin.Events dom0 name work\0"s);
    qube::EventParser parser;
    qube::EventParser narrow_parser;
    std::vector<std::string> all;
    std::vector<std::string> own;
    auto const take = [](int fd, qube::EventParser& from, std::vector<std::string>& into) {
        char part[65536];
        ssize_t got = 0;
        while ((got = recv(fd, part, sizeof part, MSG_DONTWAIT)) > 0)
            from.feed({part, static_cast<std::size_t>(got)});
        for (auto event = from.next(); event && *event; event = from.next())
            into.push_back((*event)->subject + " " + (*event)->name);
    };
    auto const pump = [&] {
        take(client, parser, all);
        take(narrow, narrow_parser, own);
        return !all.empty() && !own.empty();
    };
    service.run_until(pump);
    EXPECT_EQ(all[0], " connection-established");
    seen.clear();
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    constexpr int many = 1000;
    for (int i = 0; i < many; ++i)
        service.system->events.fire("work", "domain-tag-add:n" + std::to_string(i), {{"tag", "n"}});
    service.run_until([&] { return pump() && all.size() >= seen.size() + 1; });
    EXPECT_EQ(std::vector<std::string>(all.begin() + 1, all.end()), seen);
    std::erase_if(seen, [](auto const& one) { return !one.starts_with("work "); });
    EXPECT_EQ(std::vector<std::string>(own.begin() + 1, own.end()), seen);
    close(client);
    close(narrow);
}

TEST_F(Lives, go_on_when_a_listener_does_not_read)
{
    int const client = service.connect("admin.Events dom0 keyword adminvm\0"s);
    service.run_until([&] { return service.server->connections() == 1; });
    std::string const big(60000, 'x');
    int fired = 0;
    service.run_until([&] {
        service.system->events.fire("work", "features-request", {{"untrusted_features", big}});
        return ++fired > 1000 || service.server->connections() == 0;
    });
    EXPECT_EQ(service.server->connections(), 0U) << "its stream has ended";
    EXPECT_EQ(service.state_of("work"), "Halted");
    close(client);
}

TEST_F(Lives, are_counted_for_those_who_listen)
{
    EXPECT_EQ(call("work", "admin.vm.Stats"), "QubesVMNotRunningError:");
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    int const client = service.connect("admin.vm.Stats dom0 name work\0"s);
    qube::EventParser parser;
    std::optional<qube::AdminEvent> event;
    service.run_until([&] {
        char part[4096];
        ssize_t const got = recv(client, part, sizeof part, MSG_DONTWAIT);
        if (got > 0)
            parser.feed({part, static_cast<std::size_t>(got)});
        event = parser.next().value_or(std::nullopt);
        return event.has_value();
    });
    EXPECT_EQ(*event, (qube::AdminEvent{"work",
                                        "vm-stats",
                                        {{"memory_assigned_usable", "409600"},
                                         {"memory_kb", "409600"},
                                         {"memory_assigned_total", "419840"},
                                         {"cpu_time", "5000"},
                                         {"cpu_usage", "0"},
                                         {"online_vcpus", "2"}}}));
    close(client);
    EXPECT_EQ(call("work", "admin.vm.CurrentState"),
              "mem=409600 mem_static_max=419840 cputime=5000000000 power_state=Running");
}

TEST_F(Lives, of_a_thousand_callers_at_once_are_all_answered)
{
    std::vector<int> clients;
    for (int i = 0; i < 1000; ++i)
        clients.push_back(service.connect("admin.vm.property.Get+label dom0 name work\0"s));
    int answered = 0;
    for (int const client : clients) {
        std::string reply;
        service.run_until([&] {
            char part[256];
            ssize_t const got = recv(client, part, sizeof part, MSG_DONTWAIT);
            if (got > 0)
                reply.append(part, static_cast<std::size_t>(got));
            return got == 0;
        });
        answered += reply == "0\0default=False type=label blue"s ? 1 : 0;
        close(client);
    }
    EXPECT_EQ(answered, 1000);
}
