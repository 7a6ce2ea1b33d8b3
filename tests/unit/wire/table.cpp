// Every message of the protocol with every wrong length, in both directions and all versions,
// against rules that stand here and come from the fact sheet, not from the code.

#include "lib/wire/build.hpp"
#include "lib/wire/framing.hpp"
#include "lib/wire/parse.hpp"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

namespace vitrail::wire {
namespace {

/// Length of the fixed part, by the protocol's own header (fact sheet gui-protocol §3), so that a
/// slip in the table does not go by unseen.
struct Known {
    char const* name;
    std::uint32_t type;
    std::uint32_t fixed;
    std::uint32_t unit; ///< 0: no variable tail
    std::uint32_t most; ///< units
    bool agent, daemon; ///< who may send it
};

constexpr Known protocol[]{
    {"KEYPRESS", 124, 20, 0, 0, false, true},
    {"BUTTON", 125, 20, 0, 0, false, true},
    {"MOTION", 126, 16, 0, 0, false, true},
    {"CROSSING", 127, 28, 0, 0, false, true},
    {"FOCUS", 128, 12, 0, 0, false, true},
    {"CREATE", 130, 24, 0, 0, true, false},
    {"DESTROY", 131, 0, 0, 0, true, true},
    {"MAP", 132, 8, 0, 0, true, true},
    {"UNMAP", 133, 0, 0, 0, true, false},
    {"CONFIGURE", 134, 20, 0, 0, true, true},
    {"SHMIMAGE", 136, 16, 0, 0, true, false},
    {"CLOSE", 137, 0, 0, 0, false, true},
    {"CLIPBOARD_REQ", 139, 0, 0, 0, false, true},
    {"CLIPBOARD_DATA", 140, 0, 1, 256001, true, true},
    {"WMNAME", 141, 128, 0, 0, true, false},
    {"KEYMAP_NOTIFY", 142, 32, 0, 0, false, true},
    {"DOCK", 143, 0, 0, 0, true, false},
    {"WINDOW_HINTS", 144, 36, 0, 0, true, false},
    {"WINDOW_FLAGS", 145, 8, 0, 0, true, true},
    {"WMCLASS", 146, 128, 0, 0, true, false},
    {"WINDOW_DUMP", 147, 16, 4, 98304, true, false},
    {"CURSOR", 148, 4, 0, 0, true, false},
    {"WINDOW_DUMP_ACK", 149, 0, 0, 0, false, true},
};

struct Length {
    char const* name;
    std::uint64_t (*of)(Known const&); ///< a length over 32 bits: the case does not apply
};

constexpr std::uint64_t none = std::uint64_t{1} << 40;

constexpr Length lengths[]{
    {"nothing", [](Known const&) -> std::uint64_t { return 0; }},
    {"one_byte", [](Known const&) -> std::uint64_t { return 1; }},
    {"its_own_length", [](Known const& k) -> std::uint64_t { return k.fixed; }},
    {"one_byte_less", [](Known const& k) -> std::uint64_t { return k.fixed ? k.fixed - 1 : none; }},
    {"one_byte_more", [](Known const& k) -> std::uint64_t { return k.fixed + 1; }},
    {"two_bytes_more", [](Known const& k) -> std::uint64_t { return k.fixed + 2; }},
    {"four_bytes_less",
     [](Known const& k) -> std::uint64_t { return k.fixed >= 4 ? k.fixed - 4 : none; }},
    {"four_bytes_more", [](Known const& k) -> std::uint64_t { return k.fixed + 4; }},
    {"twice_its_length", [](Known const& k) -> std::uint64_t { return k.fixed * 2; }},
    {"half_its_length", [](Known const& k) -> std::uint64_t { return k.fixed / 2; }},
    {"the_longest_tail",
     [](Known const& k) -> std::uint64_t { return k.fixed + std::uint64_t{k.unit} * k.most; }},
    {"one_unit_over_the_longest",
     [](Known const& k) -> std::uint64_t {
         return k.fixed + std::uint64_t{k.unit} * (k.most + 1);
     }},
    {"half_a_unit",
     [](Known const& k) -> std::uint64_t { return k.unit > 1 ? k.fixed + k.unit / 2 : none; }},
    {"64_KiB", [](Known const&) -> std::uint64_t { return 65536; }},
    {"16_MiB", [](Known const&) -> std::uint64_t { return 1U << 24U; }},
    {"2_to_the_31_minus_1", [](Known const&) -> std::uint64_t { return 0x7fffffff; }},
    {"2_to_the_31", [](Known const&) -> std::uint64_t { return 0x80000000; }},
    {"2_to_the_32_minus_4", [](Known const&) -> std::uint64_t { return 0xfffffffc; }},
    {"2_to_the_32_minus_1", [](Known const&) -> std::uint64_t { return 0xffffffff; }},
};

struct Case {
    Known message;
    Length length;
};

void PrintTo(Case const& c, std::ostream* out)
{
    *out << c.message.name << " of " << c.length.name;
}

/// The verdict of the facts at protocol 1.8: strict lengths since 1.6.
bool possible(Known const& message, std::uint64_t length)
{
    if (length < message.fixed)
        return false;
    std::uint64_t const tail = length - message.fixed;
    return message.unit == 0 ? tail == 0
                             : tail % message.unit == 0 && tail / message.unit <= message.most;
}

bool any(Known const&)
{
    return true;
}
bool fixed_of_an_agent(Known const& known)
{
    return known.agent && known.unit == 0;
}

std::vector<Case> cases(bool (*wanted)(Known const&))
{
    std::vector<Case> all;
    for (Known const& message : protocol)
        for (Length const& length : lengths)
            if (wanted(message) && length.of(message) < none)
                all.push_back({message, length});
    return all;
}

class EveryLength : public testing::TestWithParam<Case> {};

TEST_P(EveryLength, is_taken_or_refused_as_the_protocol_has_it)
{
    auto const& [known, length] = GetParam();
    auto const bytes = static_cast<std::uint32_t>(length.of(known));
    Header const header{known.type, 5, bytes};
    for (From const sender : {From::agent, From::daemon}) {
        bool const may_send = sender == From::agent ? known.agent : known.daemon;
        auto const verdict = check_header(header, sender, version_1_8);
        if (!may_send) {
            ASSERT_FALSE(verdict);
            EXPECT_EQ(verdict.error().rule, Rule::wrong_direction);
        } else if (possible(known, bytes)) {
            ASSERT_TRUE(verdict) << verdict.error().describe();
            EXPECT_EQ(*verdict, bytes);
        } else {
            ASSERT_FALSE(verdict);
            EXPECT_TRUE(verdict.error().rule == Rule::bad_length ||
                        verdict.error().rule == Rule::clipboard_too_large);
            EXPECT_EQ(verdict.error().value, bytes);
        }
    }
}

/// Below 1.6 a wrong length of a message without a tail is only a warning: its fixed size is read
/// (fact sheet gui-protocol §2.2).
class EveryFixedLength : public EveryLength {};

TEST_P(EveryFixedLength, is_forgiven_below_1_6)
{
    auto const& [known, length] = GetParam();
    Header const header{known.type, 5, static_cast<std::uint32_t>(length.of(known))};
    for (std::uint16_t minor = 0; minor < 6; ++minor) {
        auto const verdict = check_header(header, From::agent, {1, minor});
        ASSERT_TRUE(verdict) << minor;
        EXPECT_EQ(*verdict, known.fixed);
    }
}

std::string name_of(testing::TestParamInfo<Case> const& info)
{
    return std::string(info.param.message.name) + "_of_" + info.param.length.name;
}
INSTANTIATE_TEST_SUITE_P(Protocol, EveryLength, testing::ValuesIn(cases(any)), name_of);
INSTANTIATE_TEST_SUITE_P(Protocol, EveryFixedLength, testing::ValuesIn(cases(fixed_of_an_agent)),
                         name_of);

class EveryMessage : public testing::TestWithParam<Known> {};

/// A body that parse accepts: the smallest sensible values of each field.
Bytes good_body(Known const& known)
{
    Bytes body(known.fixed);
    auto const put = [&](std::size_t word, std::uint32_t value) {
        std::memcpy(body.data() + word * 4, &value, 4);
    };
    switch (known.type) {
    case 124:
        put(0, 2);
        put(4, 38);
        break;
    case 125:
        put(0, 4);
        put(4, 1);
        break;
    case 127: put(0, 7); break;
    case 128: put(0, 9); break;
    case 130:
        put(2, 10);
        put(3, 10);
        break;
    case 134:
        put(2, 10);
        put(3, 10);
        break;
    case 147: {
        put(1, 16);
        put(2, 16);
        put(3, 32);
        body.resize(body.size() + 4);
        put(4, 7);
        break;
    }
    default: break;
    }
    return body;
}

TEST_P(EveryMessage, is_in_the_table_with_these_facts)
{
    Known const& known = GetParam();
    Message const* const row = find_message(known.type);
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->name, known.name);
    EXPECT_EQ(row->fixed, known.fixed);
    EXPECT_EQ(row->unit, known.unit);
    EXPECT_EQ(row->max_units, known.most);
}

TEST_P(EveryMessage, is_parsed_when_whole_and_waited_for_when_cut_at_any_byte)
{
    Known const& known = GetParam();
    Bytes stream;
    build_raw(stream, known.type, 5, good_body(known));
    for (From const sender : {From::agent, From::daemon}) {
        if (!(sender == From::agent ? known.agent : known.daemon))
            continue;
        Bytes start;
        build_version(start, version_1_8);
        if (sender == From::daemon)
            build_xconf(start, {1280, 1024});
        for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
            Splitter splitter(sender);
            Bytes bytes = start;
            bytes.insert(bytes.end(), stream.begin(),
                         stream.begin() + static_cast<std::ptrdiff_t>(cut));
            std::span<std::byte const> input = bytes;
            int frames = 0;
            for (;;) {
                auto const next = splitter.next(input);
                ASSERT_TRUE(next) << next.error().describe();
                if (!*next)
                    break;
                if (std::holds_alternative<PeerVersion>(**next))
                    splitter.set_version(version_1_8);
                if (auto const* const frame = std::get_if<Frame>(&**next)) {
                    ++frames;
                    if (sender == From::agent) {
                        auto const message =
                            parse_agent_message(frame->header, frame->body, version_1_8);
                        EXPECT_TRUE(message) << message.error().describe();
                    } else {
                        auto const message =
                            parse_daemon_message(frame->header, frame->body, version_1_8);
                        EXPECT_TRUE(message) << message.error().describe();
                    }
                }
            }
            EXPECT_EQ(frames, cut == stream.size() ? 1 : 0) << "cut at " << cut;
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Protocol, EveryMessage, testing::ValuesIn(protocol),
                         [](auto const& info) { return std::string(info.param.name); });

void PrintTo(Known const& known, std::ostream* out)
{
    *out << known.name;
}

TEST(Table, has_no_type_twice_and_none_that_is_not_named_here)
{
    for (Message const& message : messages) {
        EXPECT_EQ(std::ranges::count(messages, message.type, &Message::type), 1) << message.name;
        bool const of_extension = message.since == 0x8008;
        bool const dead = message.type == Type::resize || message.type == Type::execute ||
                          message.type == Type::mfndump;
        bool const named = std::ranges::any_of(protocol, [&](Known const& known) {
            return known.type == static_cast<std::uint32_t>(message.type);
        });
        EXPECT_TRUE(named || of_extension || dead) << message.name;
    }
}

TEST(Table, numbers_that_are_no_message_end_an_agents_session)
{
    for (std::uint32_t const type :
         {0U, 1U, 123U, 150U, 0x55ffU, 0x5691U, 0x7fffffffU, 0xffffffffU}) {
        auto const verdict = check_header({type, 0, 0}, From::agent, version_1_8);
        ASSERT_FALSE(verdict);
        EXPECT_EQ(verdict.error().rule, Rule::unknown_type);
    }
}

TEST(Table, messages_of_the_extension_need_it_negotiated)
{
    for (Message const& message : messages) {
        if (message.since != 0x8008)
            continue;
        From const sender = message.from == From::daemon ? From::daemon : From::agent;
        Header const header{static_cast<std::uint32_t>(message.type), 1, message.fixed};
        auto const without = check_header(header, sender, version_1_8);
        ASSERT_FALSE(without) << message.name;
        EXPECT_EQ(without.error().rule, Rule::not_negotiated) << message.name;
        EXPECT_TRUE(check_header(header, sender, version_extended)) << message.name;
    }
}

TEST(Table, the_deprecated_dump_of_frame_numbers_is_refused)
{
    auto const verdict = check_header({135, 1, 28}, From::agent, version_1_8);
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().rule, Rule::bad_dump);
}

} // namespace
} // namespace vitrail::wire
