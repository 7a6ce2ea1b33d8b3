// Messages of the extension in both directions, and the daemon's of 1.0 to 1.8: each field at the
// edges of its range, written as the words that stand on the wire. Source of the limits:
// docs/protocols/gui-extension-1.md and fact sheet gui-protocol §2.3 and §4.

#include "lib/wire/build.hpp"
#include "lib/wire/parse.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <format>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::wire {
namespace {

using Words = std::vector<std::uint32_t>;

constexpr std::uint32_t minus(std::uint32_t value)
{
    return 0U - value;
}

/// A message that is taken: every row below changes one thing of it.
struct Good {
    Type type;
    Words words;
    std::string tail;
};

Good good(Type type)
{
    constexpr std::string_view one_reference{"\7\0\0\0", 4};
    switch (type) {
    case Type::x_buffer: return {type, {1, 16, 16, 64, 0}, std::string(one_reference)};
    case Type::x_buffer_destroy: return {type, {1}, ""};
    case Type::x_commit: return {type, {1, 0, 16, 16}, ""};
    case Type::x_popup: return {type, {9, 0, 0, 1, 1, 0, 0, 0, 0, 0, 10, 10, 1, 0}, ""};
    case Type::x_cursor_image: return {type, {1, 24, 24, 0, 0}, ""};
    case Type::x_request: return {type, {1, 0}, ""};
    case Type::x_clipboard_offer: return {type, {1}, std::string("text/plain\0", 11)};
    case Type::x_clipboard_chunk: return {type, {1, 0, 1}, "text"};
    case Type::x_pointer_lock: return {type, {0}, ""};
    case Type::x_text_input: return {type, {1, 0, 0, 0, 0, 1, 1}, ""};
    case Type::x_buffer_release: return {type, {1}, ""};
    case Type::x_presented: return {type, {0, 1, 1, 1, 0}, ""};
    case Type::x_visibility: return {type, {1}, ""};
    case Type::x_scale: return {type, {120}, ""};
    case Type::x_configure: return {type, {1, 10, 10, 0, 0, 0}, ""};
    case Type::x_popup_configure: return {type, {1, 1, 0, 0, 10, 10}, ""};
    case Type::x_axis: return {type, {0, 0, 256, 120, 0, 0}, ""};
    case Type::x_touch: return {type, {1, 0, 0, 0, 0}, ""};
    case Type::x_gesture: return {type, {0, 0, 3, 0, 0, 256, 0, 0}, ""};
    case Type::x_color_scheme: return {type, {1}, ""};
    case Type::x_keyboard_layout: return {type, Words(64), ""};
    case Type::x_text_input_event: return {type, {1, 0, 0}, "text"};
    case Type::keypress: return {type, {2, 0, 0, 0, 38}, ""};
    case Type::button: return {type, {4, 0, 0, 0, 1}, ""};
    case Type::crossing: return {type, {7, 0, 0, 0, 0, 0, 0}, ""};
    case Type::focus: return {type, {9, 0, 3}, ""};
    case Type::configure: return {type, {0, 0, 10, 10, 0}, ""};
    case Type::window_flags: return {type, {0, 0}, ""};
    case Type::window_hints: return {type, Words(9), ""};
    case Type::shmimage: return {type, {0, 0, 1, 1}, ""};
    default: ADD_FAILURE() << "no good message of this type"; return {type, {}, ""};
    }
}

std::string verdict(Good const& message, From sender)
{
    Bytes body;
    auto const add = [&](auto const& part) {
        auto const bytes = std::as_bytes(std::span(part));
        body.insert(body.end(), bytes.begin(), bytes.end());
    };
    add(message.words);
    add(message.tail);
    Header const header{static_cast<std::uint32_t>(message.type), 5,
                        static_cast<std::uint32_t>(body.size())};
    auto const told = [](auto const& parsed) {
        return parsed ? std::string("taken") : std::string(name(parsed.error().rule));
    };
    return sender == From::agent ? told(parse_agent_message(header, body, version_extended))
                                 : told(parse_daemon_message(header, body, version_extended));
}

struct Row {
    From sender;
    Type type;
    char const* field;
    std::size_t word;
    std::uint32_t value;
    char const* outcome;
};

void PrintTo(Row const& row, std::ostream* out)
{
    *out << row.field << " = " << row.value;
}

constexpr From agent = From::agent, daemon = From::daemon;

constexpr Row rows[]{
    {agent, Type::x_buffer, "buffer", 0, 0, "bad_buffer"},
    {agent, Type::x_buffer, "buffer", 0, 0xffffffff, "taken"},
    {agent, Type::x_buffer, "width", 1, 0, "bad_buffer"},
    {agent, Type::x_buffer, "width", 1, 17, "bad_buffer"}, // the stride is too short for it
    {agent, Type::x_buffer, "width", 1, 16385, "bad_buffer"},
    {agent, Type::x_buffer, "width", 1, 0x40000001, "bad_buffer"}, // 4 * width overflows
    {agent, Type::x_buffer, "height", 2, 0, "bad_buffer"},
    {agent, Type::x_buffer, "height", 2, 64, "taken"}, // one page holds it
    {agent, Type::x_buffer, "height", 2, 65, "bad_buffer"},
    {agent, Type::x_buffer, "height", 2, 6145, "bad_buffer"},
    {agent, Type::x_buffer, "stride", 3, 60, "bad_buffer"},
    {agent, Type::x_buffer, "stride", 3, 66, "bad_buffer"},
    {agent, Type::x_buffer, "stride", 3, 256, "taken"},
    {agent, Type::x_buffer, "stride", 3, 65540, "bad_buffer"},
    {agent, Type::x_buffer, "format", 4, 1, "taken"},
    {agent, Type::x_buffer, "format", 4, 2, "bad_buffer"},
    {agent, Type::x_buffer_destroy, "buffer", 0, 0, "bad_buffer"},
    {agent, Type::x_commit, "buffer", 0, 0, "bad_buffer"},
    {agent, Type::x_commit, "width", 2, 0, "bad_geometry"},
    {agent, Type::x_commit, "width", 2, 16385, "bad_geometry"},
    {agent, Type::x_commit, "height", 3, 0, "bad_geometry"},
    {agent, Type::x_commit, "height", 3, 6145, "bad_geometry"},
    {agent, Type::x_popup, "parent", 0, 5, "bad_popup"}, // itself
    {agent, Type::x_popup, "anchor_width", 3, 0, "taken"},
    {agent, Type::x_popup, "anchor_width", 3, 16385, "bad_popup"},
    {agent, Type::x_popup, "anchor_height", 4, 6145, "bad_popup"},
    {agent, Type::x_popup, "anchor", 5, 8, "taken"},
    {agent, Type::x_popup, "anchor", 5, 9, "bad_popup"},
    {agent, Type::x_popup, "gravity", 6, 8, "taken"},
    {agent, Type::x_popup, "gravity", 6, 9, "bad_popup"},
    {agent, Type::x_popup, "constraint_adjustment", 7, 63, "taken"},
    {agent, Type::x_popup, "constraint_adjustment", 7, 64, "bad_popup"},
    {agent, Type::x_popup, "width", 10, 0, "bad_popup"},
    {agent, Type::x_popup, "height", 11, 0, "bad_popup"},
    {agent, Type::x_popup, "grab", 13, 1, "taken"},
    {agent, Type::x_popup, "grab", 13, 2, "bad_popup"},
    {agent, Type::x_cursor_image, "buffer", 0, 0, "taken"}, // hidden
    {agent, Type::x_cursor_image, "width", 1, 0, "bad_cursor"},
    {agent, Type::x_cursor_image, "width", 1, 256, "taken"},
    {agent, Type::x_cursor_image, "width", 1, 257, "bad_cursor"},
    {agent, Type::x_cursor_image, "height", 2, 0, "bad_cursor"},
    {agent, Type::x_cursor_image, "height", 2, 257, "bad_cursor"},
    {agent, Type::x_request, "kind", 0, 0, "bad_request"},
    {agent, Type::x_request, "kind", 0, 2, "bad_request"}, // resize without an edge
    {agent, Type::x_request, "kind", 0, 5, "taken"},
    {agent, Type::x_request, "kind", 0, 6, "bad_request"},
    {agent, Type::x_clipboard_chunk, "mime", 1, 63, "taken"},
    {agent, Type::x_clipboard_chunk, "mime", 1, 64, "bad_request"},
    {agent, Type::x_clipboard_chunk, "last", 2, 0, "taken"},
    {agent, Type::x_clipboard_chunk, "last", 2, 2, "bad_request"},
    {agent, Type::x_pointer_lock, "mode", 0, 2, "taken"},
    {agent, Type::x_pointer_lock, "mode", 0, 3, "bad_request"},
    {agent, Type::x_text_input, "enabled", 0, 2, "bad_request"},
    {agent, Type::x_text_input, "purpose", 1, 13, "taken"},
    {agent, Type::x_text_input, "purpose", 1, 14, "bad_request"},
    {agent, Type::x_text_input, "hints", 2, 0xffffffff, "taken"}, // unknown ones are dropped
    {agent, Type::x_text_input, "width", 5, minus(1), "taken"},
    {agent, Type::window_hints, "flags", 0, 0xffffffff, "taken"},
    {agent, Type::shmimage, "x", 0, minus(1), "taken"}, // and ignored
    {daemon, Type::x_buffer_release, "buffer", 0, 0, "bad_buffer"},
    {daemon, Type::x_presented, "nanoseconds", 2, 999'999'999, "taken"},
    {daemon, Type::x_presented, "nanoseconds", 2, 1'000'000'000, "bad_request"},
    {daemon, Type::x_visibility, "visible", 0, 2, "bad_request"},
    {daemon, Type::x_scale, "scale", 0, 29, "bad_request"},
    {daemon, Type::x_scale, "scale", 0, 30, "taken"},
    {daemon, Type::x_scale, "scale", 0, 1920, "taken"},
    {daemon, Type::x_scale, "scale", 0, 1921, "bad_request"},
    {daemon, Type::x_configure, "width", 1, 0, "taken"}, // the client chooses
    {daemon, Type::x_configure, "width", 1, 16385, "bad_geometry"},
    {daemon, Type::x_configure, "height", 2, 6145, "bad_geometry"},
    {daemon, Type::x_configure, "states", 3, 0xffffffff, "taken"},
    {daemon, Type::x_configure, "bounds_width", 4, 0xffffffff, "taken"}, // clamped
    {daemon, Type::x_popup_configure, "width", 4, 0, "bad_geometry"},
    {daemon, Type::x_popup_configure, "height", 5, 6145, "bad_geometry"},
    {daemon, Type::x_axis, "axis", 1, 1, "taken"},
    {daemon, Type::x_axis, "axis", 1, 2, "bad_request"},
    {daemon, Type::x_axis, "source", 4, 3, "taken"},
    {daemon, Type::x_axis, "source", 4, 4, "bad_request"},
    {daemon, Type::x_axis, "direction", 5, 1, "taken"},
    {daemon, Type::x_axis, "direction", 5, 2, "bad_request"},
    {daemon, Type::x_touch, "kind", 0, 4, "taken"},
    {daemon, Type::x_touch, "kind", 0, 5, "bad_request"},
    {daemon, Type::x_gesture, "kind", 0, 2, "taken"},
    {daemon, Type::x_gesture, "kind", 0, 3, "bad_request"},
    {daemon, Type::x_gesture, "phase", 1, 3, "taken"},
    {daemon, Type::x_gesture, "phase", 1, 4, "bad_request"},
    {daemon, Type::x_gesture, "fingers", 2, 0, "bad_request"},
    {daemon, Type::x_gesture, "fingers", 2, 10, "taken"},
    {daemon, Type::x_gesture, "fingers", 2, 11, "bad_request"},
    {daemon, Type::x_color_scheme, "dark", 0, 2, "bad_request"},
    {daemon, Type::x_keyboard_layout, "layout", 0, 0x002c6564, "taken"},         // "de,"
    {daemon, Type::x_keyboard_layout, "layout", 0, 0x00002f64, "bad_request"},   // "d/"
    {daemon, Type::x_keyboard_layout, "variant", 16, 0x0000207a, "bad_request"}, // "z "
    {daemon, Type::x_keyboard_layout, "options", 32, 0x00000a41, "bad_request"}, // "A\n"
    {daemon, Type::x_keyboard_layout, "options", 32, 0x00283941, "taken"},       // "A9("
    {daemon, Type::x_text_input_event, "kind", 0, 0, "taken"},
    {daemon, Type::x_text_input_event, "kind", 0, 2, "bad_request"},
    {daemon, Type::x_clipboard_chunk, "mime", 1, 64, "bad_request"},
    {daemon, Type::keypress, "type", 0, 3, "taken"},
    {daemon, Type::keypress, "type", 0, 4, "bad_request"},
    {daemon, Type::keypress, "keycode", 4, 7, "bad_request"},
    {daemon, Type::keypress, "keycode", 4, 8, "taken"},
    {daemon, Type::keypress, "keycode", 4, 255, "taken"},
    {daemon, Type::keypress, "keycode", 4, 256, "bad_request"},
    {daemon, Type::button, "type", 0, 5, "taken"},
    {daemon, Type::button, "type", 0, 6, "bad_request"},
    {daemon, Type::button, "button", 4, 0, "bad_request"},
    {daemon, Type::button, "button", 4, 255, "taken"},
    {daemon, Type::button, "button", 4, 256, "bad_request"},
    {daemon, Type::crossing, "type", 0, 8, "taken"},
    {daemon, Type::crossing, "type", 0, 9, "bad_request"},
    {daemon, Type::focus, "type", 0, 10, "taken"},
    {daemon, Type::focus, "type", 0, 11, "bad_request"},
    {daemon, Type::configure, "width", 2, 0, "bad_geometry"},
    {daemon, Type::configure, "height", 3, 0, "bad_geometry"},
    {daemon, Type::configure, "height", 3, 0xffffffff, "taken"}, // clamped
    {daemon, Type::window_flags, "set", 0, 7, "taken"},
};

class MessageField : public testing::TestWithParam<Row> {};

TEST_P(MessageField, is_taken_or_refused_as_documented)
{
    Row const& row = GetParam();
    Good message = good(row.type);
    ASSERT_EQ(verdict(message, row.sender), "taken") << "before anything was changed";
    message.words.at(row.word) = row.value;
    EXPECT_EQ(verdict(message, row.sender), row.outcome);
}

INSTANTIATE_TEST_SUITE_P(Protocol, MessageField, testing::ValuesIn(rows), [](auto const& info) {
    return std::format("{}_{}_of_{:x}_{}", message(info.param.type).name, info.param.field,
                       info.param.value, info.param.sender == agent ? "agent" : "guid");
});

TEST(Edges, of_a_resize_request_are_one_side_or_one_corner)
{
    constexpr bool possible[]{false, true, true,  false, true,  true,  true,  false, true,
                              true,  true, false, false, false, false, false, false};
    for (std::uint32_t edges = 0; edges < std::size(possible); ++edges)
        EXPECT_EQ(verdict({Type::x_request, {2, edges}, ""}, agent),
                  possible[edges] ? "taken" : "bad_request")
            << edges;
}

TEST(Flags, of_the_daemon_that_are_set_and_unset_at_once_are_refused)
{
    EXPECT_EQ(verdict({Type::window_flags, {1, 1}, ""}, daemon), "bad_flags");
    EXPECT_EQ(verdict({Type::window_flags, {1, 2}, ""}, daemon), "taken");
}

TEST(CursorBuffer, with_alpha_is_no_larger_than_a_cursor)
{
    std::string const pages(4 * 65, '\1');
    EXPECT_EQ(verdict({Type::x_buffer, {1, 256, 256, 1024, 1}, pages}, agent), "taken");
    EXPECT_EQ(verdict({Type::x_buffer, {1, 257, 16, 1028, 1}, pages}, agent), "bad_buffer");
    EXPECT_EQ(verdict({Type::x_buffer, {1, 16, 257, 64, 1}, pages}, agent), "bad_buffer");
    EXPECT_EQ(verdict({Type::x_buffer, {1, 257, 16, 1028, 0}, pages}, agent), "taken");
}

TEST(Offer, is_a_list_of_printable_names_that_each_end)
{
    auto const offered = [](std::string const& tail, From sender) {
        return verdict({Type::x_clipboard_offer, {1}, tail}, sender);
    };
    auto const names = [](int count) {
        std::string all;
        for (int i = 0; i < count; ++i)
            all += std::string("a\0", 2);
        return all;
    };
    for (From const sender : {agent, daemon}) {
        EXPECT_EQ(offered("", sender), "taken");
        EXPECT_EQ(offered("text/plain", sender), "bad_request");
        EXPECT_EQ(offered(std::string("\0", 1), sender), "bad_request");
        EXPECT_EQ(offered(std::string("a b\0", 4), sender), "bad_request");
        EXPECT_EQ(offered(std::string("\xc3\xa4\0", 3), sender), "bad_request");
        EXPECT_EQ(offered(std::string(255, 'a') + '\0', sender), "taken");
        EXPECT_EQ(offered(std::string(256, 'a') + '\0', sender), "bad_request");
        EXPECT_EQ(offered(names(64), sender), "taken");
        EXPECT_EQ(offered(names(65), sender), "bad_request");
    }
}

TEST(InputMethodText, is_utf_8_without_nul_and_its_cursor_stays_within)
{
    auto const event = [](std::string const& text) {
        return verdict({Type::x_text_input_event, {0, 0, 0}, text}, daemon);
    };
    EXPECT_EQ(event(""), "taken");
    EXPECT_EQ(event("\xe4\xbd\xa0"), "taken");
    EXPECT_EQ(event("\xe4\xbd"), "bad_request");
    EXPECT_EQ(event(std::string("a\0b", 3)), "bad_request");

    Words const words{0, minus(9), 900};
    std::string const text = "abc";
    Bytes body(sizeof(std::uint32_t) * words.size() + text.size());
    std::memcpy(body.data(), words.data(), words.size() * 4);
    std::memcpy(body.data() + words.size() * 4, text.data(), text.size());
    Header const header{static_cast<std::uint32_t>(Type::x_text_input_event), 5,
                        static_cast<std::uint32_t>(body.size())};
    auto const parsed = parse_daemon_message(header, body, version_extended);
    ASSERT_TRUE(parsed);
    auto const& shown = std::get<from_daemon::TextInputEvent>(*parsed);
    EXPECT_EQ(shown.cursor_begin, -1);
    EXPECT_EQ(shown.cursor_end, 3);
}

TEST(Hints, outside_of_the_limits_are_dropped_group_by_group)
{
    WindowHints body{hint_p_min_size | hint_p_max_size | hint_p_resize_inc | hint_p_base_size,
                     16384,
                     6144,
                     16385,
                     10,
                     16384,
                     10,
                     10,
                     6145};
    Bytes bytes;
    build_raw(bytes, Type::window_hints, 5, body);
    Header header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    auto const parsed =
        parse_agent_message(header, std::span(bytes).subspan(sizeof header), version_1_8);
    ASSERT_TRUE(parsed);
    auto const& hints = std::get<from_agent::Hints>(*parsed);
    EXPECT_EQ(hints.min, (Size{16384, 6144}));
    EXPECT_FALSE(hints.max);
    EXPECT_FALSE(hints.increment);
    EXPECT_FALSE(hints.base);
}

TEST(Damage, is_clipped_to_what_a_buffer_can_be)
{
    from_agent::Commit commit{WindowId(5), BufferId(1), 0, {16, 16}, {}};
    Bytes bytes;
    build_message(bytes, commit);
    auto const add = [&](Rectangle const& rect) {
        auto const part = std::as_bytes(std::span(&rect, 1));
        bytes.insert(bytes.end(), part.begin(), part.end());
    };
    add({INT32_MIN, INT32_MIN, 0xffffffff, 0xffffffff});
    add({INT32_MAX, INT32_MAX, 0xffffffff, 0xffffffff});
    add({-5, 2, 10, 10});
    Header const header{static_cast<std::uint32_t>(Type::x_commit), 5,
                        static_cast<std::uint32_t>(bytes.size() - sizeof(Header))};
    auto const parsed =
        parse_agent_message(header, std::span(bytes).subspan(sizeof header), version_extended);
    ASSERT_TRUE(parsed);
    auto const damage = std::get<from_agent::Commit>(*parsed).damage.list();
    ASSERT_EQ(damage.size(), 3U);
    EXPECT_TRUE(damage[0].width == 0 || damage[0].height == 0);
    EXPECT_TRUE(damage[1].width == 0 || damage[1].height == 0);
    EXPECT_EQ(damage[2], (Rect{0, 2, 5, 10}));
}

} // namespace
} // namespace vitrail::wire
