// What is built from a checked message is cut out of the stream and parsed back to the same one:
// one or more of every message that there is, in both directions.

#include "lib/wire/build.hpp"
#include "lib/wire/framing.hpp"
#include "lib/wire/parse.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace vitrail::wire {
namespace {

constexpr WindowId window{5};
constexpr Rect place{-3, 4, 50, 60};
constexpr Fixed one{256}, less{-128};

std::span<std::byte const> some_bytes()
{
    static constexpr std::array data{std::byte{'a'}, std::byte{0}, std::byte{0xff}};
    return data;
}

std::vector<AgentMessage> agent_messages()
{
    namespace a = from_agent;
    DamageList damage;
    damage.add({0, 0, 5, 5});
    damage.add({10, 10, 1, 1});
    return {
        a::Create{window, place, true},
        a::Create{window, place, false},
        a::Destroy{window},
        a::Map{window, WindowId(4), true},
        a::Map{window, {}, false},
        a::Unmap{window},
        a::Configure{window, place},
        a::Damage{window, {1, 2, 3, 4}},
        a::ClipboardData{some_bytes(), false},
        a::Title{window, UntrustedText("a title")},
        a::Dock{window},
        a::Hints{window, Size{1, 2}, Size{300, 400}, Size{5, 6}, Size{7, 8}, true, true},
        a::Hints{window, {}, {}, {}, {}, false, false},
        a::Flags{window, {true, false, true}, {false, true, false}},
        a::Class{window, UntrustedText("Class"), UntrustedText("name")},
        a::Dump{window, {32, 32}, {9}},
        a::Cursor{window, std::uint8_t{68}},
        a::Cursor{window, {}},
        a::Buffer{window, BufferId(3), {16, 16}, 64, BufferFormat::argb8888, {1}},
        a::BufferDestroy{window, BufferId(3)},
        a::Commit{window, BufferId(3), 7, {16, 16}, damage},
        a::Popup{window, WindowId(4), {1, 2, 3, 4}, 5, 6, 7, {-8, 9}, {10, 11}, 12, true},
        a::CursorImage{window, a::CursorImage::Image{BufferId(3), {24, 24}, {-1, 2}}},
        a::CursorImage{window, {}},
        a::Request{window, RequestKind::resize, 9},
        ClipboardOffer{3, {"text/plain", "text/html"}},
        ClipboardChunk{3, 1, true, some_bytes()},
        a::PointerLock{window, PointerLockMode::confined},
        a::TextInput{window, true, 3, 5, {1, 2, 3, 4}},
    };
}

std::vector<DaemonMessage> daemon_messages()
{
    namespace d = from_daemon;
    d::Keymap keymap;
    keymap.set_down(38);
    return {
        d::Keypress{window, true, {1, -2}, 4, 38},
        d::Keypress{window, false, {1, -2}, 4, 38},
        d::Button{window, true, {1, 2}, 0, 9},
        d::Button{window, false, {1, 2}, 0, 9},
        d::Motion{window, {1, 2}, 3},
        d::Crossing{window, true, {1, 2}, 3, 4, 5, true},
        d::Crossing{window, false, {1, 2}, 3, 4, 5, false},
        d::Focus{window, true, 3},
        d::Focus{window, false, 3},
        d::Destroy{window},
        d::Map{window, true},
        d::Configure{window, place},
        d::Close{window},
        d::ClipboardRequest{window},
        d::ClipboardData{window, some_bytes()},
        keymap,
        d::Flags{window, {true, true, false}, {false, false, true}},
        d::DumpAck{window},
        d::BufferRelease{window, BufferId(3)},
        d::FrameDone{window, 99},
        d::Presented{window, std::uint64_t{5} << 32 | 6, 7, 8, 9},
        d::Visibility{window, true},
        d::Visibility{window, false},
        d::Scale{window, 180},
        d::ConfigureX{window, 7, {0, 30}, state_tiled | state_activated, {1920, 1050}},
        d::PopupConfigure{window, 7, 8, place},
        d::PopupDone{window},
        d::MotionX{window, 1, one, less},
        d::Axis{window, 1, d::AxisKind::horizontal, one, -120, 2, 1},
        d::Touch{window, d::TouchKind::motion, 3, one, less, 4},
        d::Gesture{window, d::GestureKind::pinch, d::GesturePhase::update, 2, one, less, one, less,
                   5},
        d::ColorScheme{true},
        d::ColorScheme{false},
        d::KeyboardLayout{"de,us", "nodeadkeys", "caps:escape"},
        d::ClipboardFetch{3, 1},
        d::RelativeMotion{window, 1, one, less},
        d::TextInputEvent{window, true, -1, 2, "\xc3\xa4"},
        ClipboardOffer{3, {}},
        ClipboardChunk{3, 0, false, {}},
    };
}

Bytes built(AgentMessage const& message)
{
    Bytes out;
    std::visit([&](auto const& m) { build_message(out, m); }, message);
    return out;
}

Bytes built(DaemonMessage const& message)
{
    Bytes out;
    std::visit(
        [&](auto const& m) {
            if constexpr (std::is_same_v<std::decay_t<decltype(m)>, from_daemon::ClipboardData>)
                build_message(out, m, version_extended);
            else
                build_message(out, m);
        },
        message);
    return out;
}

/// Through the splitter and the parser, and built again.
template <typename Message> void expect_the_same(Message const& message, From sender)
{
    Bytes const bytes = built(message);
    Bytes stream;
    build_version(stream, version_extended);
    if (sender == From::daemon)
        build_xconf(stream, {1280, 800});
    stream.insert(stream.end(), bytes.begin(), bytes.end());
    Splitter splitter(sender);
    std::span<std::byte const> input = stream;
    bool seen = false;
    for (;;) {
        auto const event = splitter.next(input);
        ASSERT_TRUE(event) << event.error().describe();
        if (!*event)
            break;
        if (std::holds_alternative<PeerVersion>(**event))
            splitter.set_version(version_extended);
        auto const* const frame = std::get_if<Frame>(&**event);
        if (!frame)
            continue;
        auto const parsed = [&] {
            if constexpr (std::is_same_v<Message, AgentMessage>)
                return parse_agent_message(frame->header, frame->body, version_extended);
            else
                return parse_daemon_message(frame->header, frame->body, version_extended);
        }();
        ASSERT_TRUE(parsed) << parsed.error().describe();
        EXPECT_EQ(parsed->index(), message.index());
        EXPECT_EQ(built(*parsed), bytes) << "message number " << message.index();
        seen = true;
    }
    EXPECT_TRUE(seen);
    EXPECT_EQ(splitter.buffered(), 0U);
}

template <typename Message> std::size_t kinds(std::vector<Message> const& messages)
{
    std::set<std::size_t> found;
    for (Message const& message : messages)
        found.insert(message.index());
    return found.size();
}

TEST(RoundTrip, of_every_message_of_an_agent)
{
    EXPECT_EQ(kinds(agent_messages()), std::variant_size_v<AgentMessage>);
    for (AgentMessage const& message : agent_messages())
        expect_the_same(message, From::agent);
}

TEST(RoundTrip, of_every_message_of_the_daemon)
{
    EXPECT_EQ(kinds(daemon_messages()), std::variant_size_v<DaemonMessage>);
    for (DaemonMessage const& message : daemon_messages())
        expect_the_same(message, From::daemon);
}

TEST(RoundTrip, of_a_keymap_leaves_the_same_keys_down)
{
    from_daemon::Keymap sent;
    sent.set_down(8);
    sent.set_down(255);
    Bytes const bytes = built(DaemonMessage(sent));
    auto const parsed =
        parse_daemon_message({142, 0, 32}, std::span(bytes).subspan(sizeof(Header)), version_1_8);
    ASSERT_TRUE(parsed);
    auto const& keymap = std::get<from_daemon::Keymap>(*parsed);
    for (unsigned key = 0; key < 256; ++key)
        EXPECT_EQ(keymap.down(static_cast<std::uint8_t>(key)), key == 8 || key == 255) << key;
}

TEST(RoundTrip, of_a_commit_has_the_same_damage)
{
    from_agent::Commit commit{window, BufferId(3), 7, {16, 16}, {}};
    commit.damage.add({0, 0, 5, 5});
    Bytes const bytes = built(AgentMessage(commit));
    Header header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    auto const parsed =
        parse_agent_message(header, std::span(bytes).subspan(sizeof header), version_extended);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(std::get<from_agent::Commit>(*parsed), commit);
    commit.damage.add({1, 1, 1, 1});
    EXPECT_NE(std::get<from_agent::Commit>(*parsed), commit);
}

TEST(RoundTrip, of_flags_never_unsets_minimize_for_an_agent)
{
    from_agent::Flags const flags{window, {}, {false, false, true}};
    Bytes bytes;
    build_message(bytes, flags);
    auto const parsed =
        parse_agent_message({145, 5, 8}, std::span(bytes).subspan(sizeof(Header)), version_1_8);
    ASSERT_TRUE(parsed);
    EXPECT_FALSE(std::get<from_agent::Flags>(*parsed).unset.minimize);
}

TEST(Built, clipboard_data_below_1_2_says_its_length_where_the_window_stands)
{
    from_daemon::ClipboardData const data{window, some_bytes()};
    for (auto const& [version, expected] :
         {std::pair{ProtocolVersion{1, 1}, 3U}, std::pair{ProtocolVersion{1, 2}, 5U}}) {
        Bytes bytes;
        build_message(bytes, data, version);
        Header header{};
        std::memcpy(&header, bytes.data(), sizeof header);
        EXPECT_EQ(header.window, expected);
        EXPECT_EQ(header.length, 3U);
    }
}

TEST(Built, text_that_is_too_long_ends_with_an_ellipsis_between_characters)
{
    std::string text;
    for (int i = 0; i < 100; ++i)
        text += "\xc3\xa4";
    Bytes bytes;
    build_message(bytes, from_agent::Title{window, UntrustedText(text)});
    auto const parsed =
        parse_agent_message({141, 5, 128}, std::span(bytes).subspan(sizeof(Header)), version_1_8);
    ASSERT_TRUE(parsed);
    std::string_view const title = std::get<from_agent::Title>(*parsed).title.untrusted_bytes();
    EXPECT_TRUE(title.ends_with("\xc3\xa4\xe2\x80\xa6"));
    EXPECT_LE(title.size(), 127U);
}

TEST(Built, the_screen_is_a_multiple_of_eight_wide_and_names_its_memory)
{
    Bytes bytes;
    build_xconf(bytes, {1366, 768});
    XConf screen{};
    ASSERT_EQ(bytes.size(), sizeof screen);
    std::memcpy(&screen, bytes.data(), sizeof screen);
    EXPECT_EQ(screen.width, 1368U);
    EXPECT_EQ(screen.height, 768U);
    EXPECT_EQ(screen.depth, 24U);
    EXPECT_EQ(screen.mem, 1368U * 768U * 4U / 1024U + 1U);
}

} // namespace
} // namespace vitrail::wire
