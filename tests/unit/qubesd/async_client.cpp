// The client that does not wait, against a whole qubesd in the same loop: what a session sees.

#include "lib/qube/async_client.hpp"

#include "tests/unit/qubesd/service.hpp"

#include <algorithm>
#include <memory>
#include <optional>

namespace vitrail::qubesd {
namespace {

class AsyncClient : public testing::Test {
protected:
    void SetUp() override { listen(); }
    void listen()
    {
        ASSERT_TRUE(service.server->listen(Scope::admin, service.scratch.path("api.sock")));
    }
    qube::Outcome<std::string> call(qube::AsyncAdminClient::Call const& call)
    {
        std::optional<qube::Outcome<std::string>> answer;
        client.call(call, [&](qube::Outcome<std::string> outcome) { answer = std::move(outcome); });
        service.run_until([&] { return answer.has_value(); });
        return *answer;
    }

    Service service;
    qube::AsyncAdminClient client{service.loop.get(), service.scratch.path("api.sock")};
};

TEST_F(AsyncClient, hands_on_what_a_call_answers_or_why_it_is_refused)
{
    EXPECT_EQ(call({"work", "admin.vm.property.Get", "label"}), "default=False type=label blue");
    auto const refused = call({"work", "admin.vm.property.Set", "label", "plaid"});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().type, qube::exception::label_not_found);
}

TEST_F(AsyncClient, makes_calls_in_order_and_stops_at_the_first_that_fails)
{
    std::optional<qube::Outcome<std::string>> answer;
    client.call_in_order({{"work", "admin.vm.feature.Set", "one", "1"},
                          {"work", "admin.vm.property.Set", "label", "plaid"},
                          {"work", "admin.vm.feature.Set", "two", "2"}},
                         [&](qube::Outcome<std::string> outcome) { answer = std::move(outcome); });
    service.run_until([&] { return answer.has_value(); });
    ASSERT_FALSE(*answer);
    EXPECT_EQ(answer->error().type, qube::exception::label_not_found);
    EXPECT_EQ(call({"work", "admin.vm.feature.Get", "one"}), "1");
    EXPECT_FALSE(call({"work", "admin.vm.feature.Get", "two"}));
}

TEST_F(AsyncClient, hears_every_event_and_that_qubesd_has_gone)
{
    std::vector<std::string> heard;
    std::optional<qube::AdminError> end;
    client.follow([&](qube::AdminEvent const& event) { heard.push_back(event.name); },
                  [&](qube::AdminError const& why) { end = why; });
    service.run_until([&] { return !heard.empty(); });
    EXPECT_EQ(heard.front(), "connection-established");
    EXPECT_EQ(call({"work", "admin.vm.property.Set", "label", "red"}), "");
    service.run_until([&] { return std::ranges::contains(heard, "property-set:label"); });
    service.server.reset();
    service.run_until([&] { return end.has_value(); });
    EXPECT_FALSE(call({"work", "admin.vm.property.Get", "label"})) << "nobody is there";
    service.boot();
    listen();
    EXPECT_EQ(call({"work", "admin.vm.property.Get", "label"}), "default=False type=label red");
}

TEST_F(AsyncClient, may_be_destroyed_by_whoever_it_calls)
{
    auto own = std::make_unique<qube::AsyncAdminClient>(service.loop.get(),
                                                        service.scratch.path("api.sock"));
    own->follow([&](qube::AdminEvent const&) { own.reset(); }, [](qube::AdminError const&) {});
    service.run_until([&] { return own == nullptr; });
    own = std::make_unique<qube::AsyncAdminClient>(service.loop.get(),
                                                   service.scratch.path("api.sock"));
    own->call({"work", "admin.vm.List"}, [&](qube::Outcome<std::string> const&) { own.reset(); });
    service.run_until([&] { return own == nullptr; });
}

} // namespace
} // namespace vitrail::qubesd
