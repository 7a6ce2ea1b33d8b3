#include "tests/support/daemon_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vitrail::test {
namespace {

using wire::Type;

/// A conversation by hand; each function adds one message.
class Conversation {
public:
    template <typename T> Conversation& agent(Type type, std::uint32_t window, T const& body)
    {
        return add(false, type, window, std::as_bytes(std::span(&body, 1)));
    }
    Conversation& agent(Type type, std::uint32_t window) { return add(false, type, window, {}); }
    template <typename T> Conversation& daemon(Type type, std::uint32_t window, T const& body)
    {
        return add(true, type, window, std::as_bytes(std::span(&body, 1)));
    }
    Conversation& daemon(Type type, std::uint32_t window) { return add(true, type, window, {}); }

    Conversation& create(std::uint32_t window)
    {
        return agent(Type::create, window, wire::Create{0, 0, 10, 10, 0, 0});
    }
    Conversation& keymap() { return daemon(Type::keymap_notify, 0, wire::KeymapNotify{}); }
    Conversation& focus_in(std::uint32_t window)
    {
        return daemon(Type::focus, window, wire::Focus{wire::event_focus_in, 0, 3});
    }
    Conversation& focus_out(std::uint32_t window)
    {
        return daemon(Type::focus, window, wire::Focus{wire::event_focus_out, 0, 3});
    }
    Conversation& enter(std::uint32_t window)
    {
        return daemon(Type::crossing, window, wire::Crossing{wire::event_enter, 3, 4, 0, 0, 3, 0});
    }
    Conversation& key(std::uint32_t window, bool press, std::uint32_t code = 38)
    {
        return daemon(
            Type::keypress, window,
            wire::Keypress{press ? wire::event_key_press : wire::event_key_release, 0, 0, 0, code});
    }
    Conversation& button(std::uint32_t window, bool press, std::uint32_t state, int x = 3)
    {
        return daemon(Type::button, window,
                      wire::Button{press ? wire::event_button_press : wire::event_button_release, x,
                                   4, state, 1});
    }
    Conversation& configure(std::uint32_t window, std::uint32_t width = 10)
    {
        return daemon(Type::configure, window, wire::Configure{0, 0, width, 10, 0});
    }
    Conversation& flags(std::uint32_t window, std::uint32_t set, std::uint32_t unset)
    {
        return daemon(Type::window_flags, window, wire::WindowFlags{set, unset});
    }
    [[nodiscard]] std::string verdict() const
    {
        std::string all;
        for (std::string const& each : broken_rules(exchanges_))
            all += each + "\n";
        return all;
    }

private:
    Conversation& add(bool from_daemon, Type type, std::uint32_t window,
                      std::span<std::byte const> body)
    {
        wire::Header const header{static_cast<std::uint32_t>(type), window,
                                  static_cast<std::uint32_t>(body.size())};
        exchanges_.push_back({from_daemon, {header, {body.begin(), body.end()}}});
        return *this;
    }
    std::vector<Exchange> exchanges_;
};

TEST(DaemonRules, a_good_daemon_breaks_none)
{
    Conversation talk;
    talk.create(5).agent(Type::map, 5, wire::Map{}).agent(Type::window_dump, 5);
    talk.daemon(Type::window_dump_ack, 5).configure(5);
    talk.agent(Type::configure, 5, wire::Configure{0, 0, 10, 10, 0}).configure(5, 20);
    talk.keymap().focus_in(5).key(5, true).key(5, false).focus_out(5);
    talk.keymap().enter(5).button(5, true, 0).button(5, false, 256);
    talk.flags(5, 4, 0).flags(5, 0, 4).daemon(Type::close, 5);
    talk.agent(Type::destroy, 5).daemon(Type::destroy, 5);
    EXPECT_EQ(talk.verdict(), "");
}

struct Fault {
    char const* rule;
    std::function<void(Conversation&)> talk;
};

TEST(DaemonRules, each_fault_of_a_daemon_is_told)
{
    Fault const faults[] = {
        {"sends no such message", [](auto& t) { t.create(5).daemon(Type::create, 5); }},
        {"its length is wrong", [](auto& t) { t.create(5).daemon(Type::configure, 5); }},
        {"there is no such window", [](auto& t) { t.daemon(Type::close, 7); }},
        {"there is no such window",
         [](auto& t) {
             t.create(5).agent(Type::destroy, 5).daemon(Type::destroy, 5).daemon(Type::close, 5);
         }},
        {"KEYMAP_NOTIFY is for no window",
         [](auto& t) { t.create(5).daemon(Type::keymap_notify, 5, wire::KeymapNotify{}); }},
        {"never acknowledged", [](auto& t) { t.create(5).agent(Type::window_dump, 5); }},
        {"without a dump", [](auto& t) { t.create(5).daemon(Type::window_dump_ack, 5); }},
        {"out of the order",
         [](auto& t) {
             t.create(5).create(6).agent(Type::window_dump, 5).agent(Type::window_dump, 6);
             t.daemon(Type::window_dump_ack, 6).daemon(Type::window_dump_ack, 5);
         }},
        {"never answered", [](auto& t) { t.create(5).agent(Type::destroy, 5); }},
        {"did not ask for", [](auto& t) { t.create(5).daemon(Type::destroy, 5); }},
        {"a second CONFIGURE", [](auto& t) { t.create(5).configure(5).configure(5, 20); }},
        {"CONFIGURE to nothing", [](auto& t) { t.create(5).configure(5, 0); }},
        {"in without KEYMAP", [](auto& t) { t.create(5).focus_in(5); }},
        {"another window has it",
         [](auto& t) { t.create(5).create(6).keymap().focus_in(5).keymap().focus_in(6); }},
        {"out of a window that has it not", [](auto& t) { t.create(5).focus_out(5); }},
        {"keys left down",
         [](auto& t) { t.create(5).keymap().focus_in(5).key(5, true).focus_out(5); }},
        {"without the focus", [](auto& t) { t.create(5).key(5, true); }},
        {"press of a key that is down",
         [](auto& t) { t.create(5).keymap().focus_in(5).key(5, true).key(5, true); }},
        {"release of a key that is up",
         [](auto& t) { t.create(5).keymap().focus_in(5).key(5, false); }},
        {"no keycode", [](auto& t) { t.create(5).keymap().focus_in(5).key(5, true, 300); }},
        {"Enter without KEYMAP", [](auto& t) { t.create(5).enter(5); }},
        {"pointer is in another window",
         [](auto& t) { t.create(5).create(6).keymap().enter(5).keymap().enter(6); }},
        {"MOTION of a window where",
         [](auto& t) { t.create(5).daemon(Type::motion, 5, wire::Motion{}); }},
        {"BUTTON in a window where", [](auto& t) { t.create(5).button(5, true, 0); }},
        {"where no MOTION went",
         [](auto& t) { t.create(5).keymap().enter(5).button(5, true, 0, 99); }},
        {"other buttons than those held",
         [](auto& t) { t.create(5).keymap().enter(5).button(5, true, 0).button(5, false, 0); }},
        {"MAP of a window that is no tray icon",
         [](auto& t) { t.create(5).daemon(Type::map, 5, wire::Map{}); }},
        {"both set and unset", [](auto& t) { t.create(5).flags(5, 1, 1); }},
        {"is no change", [](auto& t) { t.create(5).flags(5, 0, 4); }},
        {"says nothing", [](auto& t) { t.create(5).flags(5, 0, 0); }},
    };
    for (Fault const& fault : faults) {
        Conversation talk;
        fault.talk(talk);
        EXPECT_THAT(talk.verdict(), testing::HasSubstr(fault.rule));
    }
}

TEST(DaemonRules, a_number_may_be_used_again_before_its_destroy_is_answered)
{
    Conversation talk;
    talk.create(5).agent(Type::destroy, 5).create(5).daemon(Type::destroy, 5);
    talk.daemon(Type::close, 5);
    EXPECT_EQ(talk.verdict(), "");
}

} // namespace
} // namespace vitrail::test
