// Disposables that are kept ready. Source: fact sheet storage-and-lifecycle §21.

#include "tests/unit/qubesd/service.hpp"

#include <algorithm>

using namespace vitrail::qubesd;
namespace qube = vitrail::qube;

namespace {

class PreloadsTest : public testing::Test {
protected:
    PreloadsTest()
    {
        EXPECT_EQ(call("default-dvm", "admin.vm.feature.Set+preload-dispvm-delay", "0"), "");
    }

    std::string call(std::string const& to, std::string const& method,
                     std::string const& payload = "", std::string const& source = "dom0")
    {
        return service.call(to, method, payload, Scope::admin, source);
    }
    void want(char const* number)
    {
        EXPECT_EQ(call("default-dvm", "admin.vm.feature.Set+preload-dispvm-max", number), "");
    }
    /// Names in the list whose qube is ready.
    std::vector<std::string> ready()
    {
        std::vector<std::string> names;
        std::string const* const text =
            service.system->state.find("default-dvm")->feature("preload-dispvm");
        std::string const list = text ? *text : "";
        for (auto const name : qube::split(list, ' ')) {
            Qube const* const one = service.system->state.find(name);
            if (one && one->feature("preload-dispvm-completed") &&
                one->now.power == qube::Power::paused)
                names.emplace_back(name);
        }
        return names;
    }
    void wait_for(std::size_t number)
    {
        service.run_until([&] { return ready().size() == number && kept() == number; });
    }
    /// All disposables that are there.
    std::size_t kept()
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(service.system->state.qubes, [](auto const& one) {
                return one.second.is(qube::QubeClass::disposable) && one.first != "disp1";
            }));
    }
    Service service;
};

TEST_F(PreloadsTest, are_started_paused_and_hidden_as_many_as_are_wanted)
{
    want("2");
    wait_for(2);
    for (std::string const& name : ready()) {
        EXPECT_EQ(call(name, "admin.vm.feature.Get+internal"), "1");
        EXPECT_EQ(call(name, "admin.vm.feature.Get+preload-dispvm-in-progress"),
                  "QubesFeatureNotFoundError:");
        EXPECT_EQ(call(name, "admin.vm.property.Get+is_preload"), "default=True type=bool True");
        EXPECT_EQ(service.state_of(name), "Paused");
    }
    want("1");
    wait_for(1);
    want("0");
    wait_for(0);
    EXPECT_EQ(call("default-dvm", "admin.vm.feature.Get+preload-dispvm"),
              "QubesFeatureNotFoundError:");
}

TEST_F(PreloadsTest, are_handed_out_awake_and_replaced)
{
    want("1");
    wait_for(1);
    std::string const first = ready().front();
    EXPECT_EQ(call("default-dvm", "admin.vm.CreateDisposable", "", "work"), first);
    EXPECT_EQ(service.state_of(first), "Running");
    EXPECT_EQ(call(first, "admin.vm.feature.List"), "");
    EXPECT_EQ(call(first, "admin.vm.tag.Get+disp-created-by-work"), "1");
    EXPECT_EQ(call(first, "admin.vm.tag.Get+created-by-dom0"), "0");
    EXPECT_EQ(call(first, "admin.vm.property.Get+is_preload"), "default=True type=bool False");
    service.run_until([&] { return ready().size() == 1; });
    EXPECT_NE(ready().front(), first);
    EXPECT_EQ(call(first, "admin.vm.Kill"), "");
    wait_for(1);
    EXPECT_TRUE(call("default-dvm", "admin.vm.CreateDisposable", "uuid").starts_with("uuid:"));
}

TEST_F(PreloadsTest, that_are_not_ready_yet_are_waited_for)
{
    want("1");
    service.run_until([&] { return kept() == 1; });
    EXPECT_TRUE(ready().empty());
    std::string const name = call("default-dvm", "admin.vm.CreateDisposable");
    EXPECT_EQ(service.state_of(name), "Running") << "one that is new would be halted";
}

TEST_F(PreloadsTest, that_do_not_start_are_told_and_not_tried_for_ever)
{
    service.backend->refuses_all_starts = true;
    want("1");
    service.run_until([&] { return kept() == 1; });
    service.run_until([&] { return kept() == 0; });
    auto const tries = service.backend->orders.size();
    EXPECT_TRUE(call("default-dvm", "admin.vm.CreateDisposable").starts_with("disp"))
        << "a new one";
    for (int i = 0; i < 20; ++i) // whatever happens that is not about it
        EXPECT_EQ(call("work", "admin.vm.feature.Set+x", "1"), "");
    EXPECT_EQ(service.backend->orders.size(), tries);
    service.backend->refuses_all_starts = false;
    want("1");
    service.run_until([&] { return ready().size() == 1; });
}

TEST_F(PreloadsTest, that_are_outdated_are_replaced)
{
    want("1");
    for (auto const& [subject, method, value] :
         {std::tuple("default-dvm", "admin.vm.property.Set+label", "green"),
          std::tuple("default-dvm", "admin.vm.feature.Set+something", "1"),
          std::tuple("default-dvm", "admin.vm.firewall.Set", "action=drop\n"),
          std::tuple("debian", "admin.vm.property.Set+default_user", "else")}) {
        wait_for(1);
        std::string const old = ready().front();
        EXPECT_EQ(call(subject, method, value), "") << method;
        service.run_until([&] { return ready().size() == 1 && ready().front() != old; });
        service.run_until([&] { return !service.system->state.find(old); });
    }
    wait_for(1);
    EXPECT_EQ(call(ready().front(), "admin.vm.property.Get+label"),
              "default=False type=label green");
    std::string const old = ready().front();
    EXPECT_EQ(call("debian", "admin.vm.Start"), "");
    EXPECT_EQ(ready().front(), old) << "nothing has changed for it yet";
    EXPECT_EQ(call("debian", "admin.vm.Shutdown+wait"), "");
    service.run_until([&] { return ready().size() == 1 && ready().front() != old; });
}

TEST_F(PreloadsTest, that_end_by_themselves_are_not_replaced_at_once)
{
    want("1");
    wait_for(1);
    service.backend->end(ready().front());
    service.run_until([&] { return kept() == 0; });
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(call("work", "admin.vm.feature.Set+x", "1"), "");
    EXPECT_EQ(kept(), 0U);
    EXPECT_EQ(call("default-dvm", "admin.vm.feature.Get+preload-dispvm"),
              "QubesFeatureNotFoundError:");
    want("1");
    wait_for(1);
}

TEST_F(PreloadsTest, of_the_default_template_are_as_many_as_dom0_says)
{
    want("1");
    wait_for(1);
    EXPECT_EQ(call("dom0", "admin.property.Set+default_dispvm", "default-dvm"), "");
    EXPECT_EQ(call("dom0", "admin.vm.feature.Set+preload-dispvm-max", "2"), "");
    wait_for(2);
    EXPECT_EQ(call("dom0", "admin.property.Set+default_dispvm", ""), "");
    wait_for(1);
    EXPECT_EQ(call("default-dvm", "admin.vm.property.Set+template_for_dispvms", "False"),
              "QubesVMInUseError:");
}

TEST_F(PreloadsTest, leave_the_memory_that_is_to_stay_free)
{
    EXPECT_EQ(call("dom0", "admin.vm.feature.Set+preload-dispvm-threshold", "9000"), "");
    EXPECT_EQ(call("work", "admin.vm.Start"), "");
    want("1");
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(call("work", "admin.vm.feature.Set+x", "1"), "");
    EXPECT_EQ(kept(), 0U);
    service.backend->available_mib = 10000;
    EXPECT_EQ(call("work", "admin.vm.Shutdown+wait"), "");
    wait_for(1);
}

TEST_F(PreloadsTest, are_made_when_none_is_left_if_that_is_wanted)
{
    EXPECT_EQ(call("default-dvm", "admin.vm.feature.Set+preload-dispvm-delay", "-1"), "");
    want("2");
    wait_for(1);
    std::string const first = call("default-dvm", "admin.vm.CreateDisposable");
    service.run_until([&] { return ready().size() == 1; });
    EXPECT_NE(ready().front(), first);
}

TEST_F(PreloadsTest, can_be_asked_for_one_by_one)
{
    EXPECT_EQ(call("default-dvm", "admin.vm.CreateDisposable+preload"), "QubesException:")
        << "none is wanted";
    EXPECT_EQ(call("default-dvm", "admin.vm.CreateDisposable+other"), "ProtocolError:");
    EXPECT_EQ(call("default-dvm", "admin.vm.feature.Set+preload-dispvm-delay", "-1"), "");
    want("2");
    wait_for(1);
    std::string const name = call("default-dvm", "admin.vm.CreateDisposable+preload");
    EXPECT_TRUE(name.starts_with("disp")) << name;
    EXPECT_EQ(ready().size(), 2U);
}

TEST_F(PreloadsTest, are_counted_by_numbers_and_listed_by_qubesd_alone)
{
    for (char const* const wrong : {"x", "-1", "1.5", " 1"})
        EXPECT_EQ(call("default-dvm", "admin.vm.feature.Set+preload-dispvm-max", wrong),
                  "QubesValueError:");
    EXPECT_EQ(call("default-dvm", "admin.vm.feature.Set+preload-dispvm-delay", "x"),
              "QubesValueError:");
    want("1");
    wait_for(1);
    EXPECT_EQ(call("default-dvm", "admin.vm.feature.Set+preload-dispvm", "work"),
              "QubesValueError:");
    EXPECT_EQ(call("default-dvm", "admin.vm.feature.Remove+preload-dispvm"), "QubesValueError:");
    EXPECT_EQ(call(ready().front(), "admin.vm.feature.Remove+preload-dispvm-completed"),
              "QubesValueError:");
}

TEST_F(PreloadsTest, outlive_qubesd_if_they_are_well)
{
    want("2");
    wait_for(2);
    auto const names = ready();
    service.before_recovery = [&](FakeBackend& backend) {
        backend.found = {{.name = names[0], .domain = 8, .start_time = 5, .paused = true}};
    };
    service.boot();
    EXPECT_EQ(ready(), std::vector<std::string>{names[0]});
    service.run_until([&] { return ready().size() == 2; });
    EXPECT_FALSE(service.system->state.find(names[1])) << "it ran no more";
    EXPECT_EQ(call("default-dvm", "admin.vm.CreateDisposable"), names[0]);
}

} // namespace
