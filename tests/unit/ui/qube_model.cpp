// The list of qubes against a whole qubesd in the same loop: what panel and launcher see.

#include "lib/ui/qube_model.hpp"

#include "tests/unit/qubesd/service.hpp"

#include <algorithm>
#include <memory>

namespace vitrail::qubesd {
namespace {

/// What a widget hears.
struct Watcher final : ui::QubeModel::Observer {
    void handle_qube(ui::QubeInfo const& qube) override { powers[qube.name].push_back(qube.power); }
    void handle_qube_removed(std::string const& name) override { removed.push_back(name); }
    void handle_problem(ui::QubeInfo const& qube) override { problems.push_back(qube.problem); }
    void handle_connection(bool connected) override { connections.push_back(connected); }
    void handle_usage() override { ++usages; }
    std::map<std::string, std::vector<ui::Power>> powers;
    std::vector<std::string> removed, problems;
    std::vector<bool> connections;
    int usages = 0;
};

class QubeModel : public testing::Test {
protected:
    void SetUp() override
    {
        listen();
        model.add_observer(watcher);
        model.start();
        service.run_until([&] { return connected(); });
    }
    void listen()
    {
        ASSERT_TRUE(service.server->listen(Scope::admin, service.scratch.path("api.sock")));
    }
    [[nodiscard]] bool connected() const
    {
        return !watcher.connections.empty() && watcher.connections.back();
    }
    [[nodiscard]] ui::QubeInfo at(std::string const& name) const
    {
        ui::QubeInfo const* const found = model.find(name);
        return found ? *found : ui::QubeInfo{};
    }
    void wait_for(std::string const& name, ui::Power power)
    {
        service.run_until([&] { return at(name).power == power; });
    }

    Service service;
    Watcher watcher;
    ui::QubeModel model{service.loop.get(), service.scratch.path("api.sock")};
};

TEST_F(QubeModel, knows_every_qube_with_its_label_and_what_it_is)
{
    EXPECT_EQ(model.qubes().size(), 5U); // a disposable that ended while qubesd was away is gone
    ui::QubeInfo const work = at("work");
    EXPECT_EQ(work.label, "blue");
    EXPECT_EQ(work.rgb, 0x3465a4U);
    EXPECT_EQ(work.code, "BL");
    EXPECT_EQ(work.power, ui::Power::halted);
    EXPECT_EQ(work.template_name, "debian");
    EXPECT_EQ(work.netvm, "sys-net");
    EXPECT_TRUE(at("debian").is_template());
    EXPECT_TRUE(at("sys-net").service);
    EXPECT_TRUE(at("default-dvm").disposable_template);
    EXPECT_TRUE(at("dom0").is_admin());
}

TEST_F(QubeModel, a_start_and_an_end_are_followed_through_their_states)
{
    model.start_qube("work");
    wait_for("work", ui::Power::running);
    model.shut_down("work");
    wait_for("work", ui::Power::halted);
    auto const& heard = watcher.powers["work"];
    using enum ui::Power;
    EXPECT_EQ(heard, (std::vector<ui::Power>{halted, starting, running, stopping, halted}));
    EXPECT_TRUE(watcher.problems.empty());
}

TEST_F(QubeModel, a_start_that_fails_says_why_until_the_next_one)
{
    service.backend->refuses_start = {"work"};
    model.start_qube("work");
    service.run_until([&] { return !at("work").problem.empty(); });
    EXPECT_TRUE(at("work").problem.contains("the script says no")) << at("work").problem;
    wait_for("work", ui::Power::halted);
    service.backend->refuses_start.clear();
    model.start_qube("work");
    wait_for("work", ui::Power::running);
    EXPECT_EQ(at("work").problem, "");
}

TEST_F(QubeModel, pause_unpause_restart_and_kill_are_done)
{
    model.start_qube("work");
    wait_for("work", ui::Power::running);
    model.pause("work");
    wait_for("work", ui::Power::paused);
    model.unpause("work");
    wait_for("work", ui::Power::running);
    watcher.powers.clear();
    model.restart("work");
    service.run_until([&] {
        auto const& heard = watcher.powers["work"];
        return std::ranges::find(heard, ui::Power::halted) != heard.end() &&
               heard.back() == ui::Power::running;
    });
    model.kill("work");
    wait_for("work", ui::Power::halted);
    EXPECT_EQ(service.backend->killed, (std::vector<std::string>{"work"}));
}

TEST_F(QubeModel, a_label_is_followed_and_so_is_what_hides_a_qube)
{
    EXPECT_EQ(service.call("work", "admin.vm.property.Set+label", "red"), "");
    service.run_until([&] { return at("work").label == "red"; });
    EXPECT_EQ(at("work").rgb, 0xcc0000U);
    EXPECT_EQ(service.call("work", "admin.vm.feature.Set+internal", "1"), "");
    service.run_until([&] { return at("work").internal; });
    EXPECT_EQ(service.call("work", "admin.vm.feature.Remove+internal"), "");
    service.run_until([&] { return !at("work").internal; });
}

TEST_F(QubeModel, a_new_qube_comes_and_a_removed_one_goes)
{
    EXPECT_EQ(service.call("dom0", "admin.vm.Create.AppVM+debian", "name=mail label=green"), "");
    service.run_until([&] { return at("mail").label == "green"; });
    EXPECT_EQ(service.call("mail", "admin.vm.Remove"), "");
    service.run_until([&] { return !model.find("mail"); });
    EXPECT_EQ(watcher.removed, (std::vector<std::string>{"mail"}));
}

TEST_F(QubeModel, samples_are_there_only_while_somebody_looks)
{
    model.start_qube("work");
    wait_for("work", ui::Power::running);
    EXPECT_TRUE(at("work").usage.empty());
    model.watch_usage(true);
    service.run_until([&] { return !at("work").usage.empty(); });
    EXPECT_EQ(at("work").usage.back().memory_kib, 409600U);
    model.watch_usage(false);
    EXPECT_TRUE(at("work").usage.empty());
    EXPECT_GT(watcher.usages, 0);
}

TEST_F(QubeModel, a_qubesd_that_comes_back_with_other_qubes_is_read_anew)
{
    service.stop();
    service.run_until([&] { return !connected(); });
    EXPECT_EQ(model.qubes().size(), 5U) << "what was known stays";
    service.boot();
    service.system->state.qubes.erase("work");
    listen();
    service.run_until([&] { return connected(); });
    EXPECT_FALSE(model.find("work"));
    EXPECT_EQ(at("sys-net").label, "red");
}

} // namespace
} // namespace vitrail::qubesd
