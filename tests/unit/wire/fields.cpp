// Each field of each message at the edge of its range: what is refused, what is clamped, what is
// passed on. Source of the limits: fact sheet gui-protocol §2.3, §5 and §6.

#include "lib/wire/build.hpp"
#include "lib/wire/framing.hpp"
#include "lib/wire/parse.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <ostream>

namespace vitrail::wire {
namespace {

template <typename T>
std::expected<AgentMessage, Violation> parsed(Type type, T const& body,
                                              std::span<std::uint32_t const> tail = {})
{
    Bytes bytes;
    build_raw(bytes, type, 5, body, std::as_bytes(tail));
    Header header{};
    std::memcpy(&header, bytes.data(), sizeof header);
    return parse_agent_message(header, std::span(bytes).subspan(sizeof header), version_1_8);
}

template <typename Message> Message const* as(std::expected<AgentMessage, Violation> const& result)
{
    return result ? std::get_if<Message>(&*result) : nullptr;
}

struct Edge {
    std::string name;
    std::function<std::string()> outcome; ///< "refused: rule", or what came of it
    std::string expected;
};

void PrintTo(Edge const& edge, std::ostream* out)
{
    *out << edge.name;
}

std::string place(Rect const& r)
{
    return std::to_string(r.x) + "," + std::to_string(r.y) + " " + std::to_string(r.width) + "x" +
           std::to_string(r.height);
}

std::string create(std::int32_t x, std::int32_t y, std::uint32_t width, std::uint32_t height)
{
    auto const result = parsed(Type::create, Create{x, y, width, height, 0, 0});
    if (!result)
        return "refused: " + std::string(name(result.error().rule));
    return place(as<from_agent::Create>(result)->geometry);
}

std::string configure(std::int32_t x, std::int32_t y, std::uint32_t width, std::uint32_t height)
{
    auto const result = parsed(Type::configure, Configure{x, y, width, height, 0});
    if (!result)
        return "refused: " + std::string(name(result.error().rule));
    return place(as<from_agent::Configure>(result)->geometry);
}

std::string dump(std::uint32_t type, std::uint32_t width, std::uint32_t height,
                 std::size_t references)
{
    std::vector<std::uint32_t> const tail(references, 9);
    auto const result = parsed(Type::window_dump, WindowDump{type, width, height, 32}, tail);
    return result ? "taken" : "refused: " + std::string(name(result.error().rule));
}

std::string cursor(std::uint32_t number)
{
    auto const result = parsed(Type::cursor, Cursor{number});
    return result ? "taken" : "refused: " + std::string(name(result.error().rule));
}

std::string flags(std::uint32_t set, std::uint32_t unset)
{
    auto const result = parsed(Type::window_flags, WindowFlags{set, unset});
    return result ? "taken" : "refused: " + std::string(name(result.error().rule));
}

constexpr std::int32_t far = 0x7fffffff;

std::vector<Edge> edges()
{
    return {
        {"create_of_the_least_size", [] { return create(0, 0, 1, 1); }, "0,0 1x1"},
        {"create_without_width", [] { return create(0, 0, 0, 1); }, "refused: bad_geometry"},
        {"create_without_height", [] { return create(0, 0, 1, 0); }, "refused: bad_geometry"},
        {"create_of_the_largest_size", [] { return create(0, 0, 16384, 6144); }, "0,0 16384x6144"},
        {"create_one_wider_than_the_largest", [] { return create(0, 0, 16385, 10); },
         "0,0 16384x10"},
        {"create_one_higher_than_the_largest", [] { return create(0, 0, 10, 6145); },
         "0,0 10x6144"},
        {"create_of_2_to_the_31_minus_1", [] { return create(0, 0, 0x7fffffff, 0x7fffffff); },
         "0,0 16384x6144"},
        {"create_of_2_to_the_31", [] { return create(0, 0, 0x80000000, 10); },
         "refused: bad_geometry"},
        {"create_of_2_to_the_32_minus_1", [] { return create(0, 0, 0xffffffff, 0xffffffff); },
         "refused: bad_geometry"},
        {"create_far_away", [] { return create(far, far, 10, 10); }, "16384,6144 10x10"},
        {"create_far_back", [] { return create(-far - 1, -far - 1, 10, 10); },
         "-16384,-6144 10x10"},
        {"configure_of_the_least_size", [] { return configure(0, 0, 1, 1); }, "0,0 1x1"},
        {"configure_of_nothing", [] { return configure(0, 0, 0, 0); }, "refused: bad_geometry"},
        {"configure_over_the_largest", [] { return configure(1, 2, 99999, 99999); },
         "1,2 16384x6144"},
        {"configure_far_away", [] { return configure(far, -far, 5, 5); }, "16384,-6144 5x5"},
        {"dump_of_one_page", [] { return dump(0, 32, 32, 1); }, "taken"},
        {"dump_of_one_pixel_more_than_a_page", [] { return dump(0, 1025, 1, 1); },
         "refused: bad_dump"},
        {"dump_with_more_references_than_needed", [] { return dump(0, 1, 1, 5); }, "taken"},
        {"dump_without_references", [] { return dump(0, 1, 1, 0); }, "refused: bad_dump"},
        {"dump_without_width", [] { return dump(0, 0, 1, 1); }, "refused: bad_dump"},
        {"dump_without_height", [] { return dump(0, 1, 0, 1); }, "refused: bad_dump"},
        {"dump_of_another_type", [] { return dump(1, 1, 1, 1); }, "refused: bad_dump"},
        {"dump_wider_than_the_largest", [] { return dump(0, 16385, 1, 64); }, "refused: bad_dump"},
        {"dump_higher_than_the_largest", [] { return dump(0, 1, 6145, 64); }, "refused: bad_dump"},
        {"dump_whose_size_overflows", [] { return dump(0, 0x10000, 0x10000, 1); },
         "refused: bad_dump"},
        {"dump_of_2_to_the_32_minus_1", [] { return dump(0, 0xffffffff, 0xffffffff, 1); },
         "refused: bad_dump"},
        {"the_default_cursor", [] { return cursor(0); }, "taken"},
        {"a_cursor_between_the_two_ranges", [] { return cursor(1); }, "refused: bad_cursor"},
        {"one_below_the_first_x11_cursor", [] { return cursor(0xff); }, "refused: bad_cursor"},
        {"the_first_x11_cursor", [] { return cursor(0x100); }, "taken"},
        {"the_last_x11_cursor", [] { return cursor(0x199); }, "taken"},
        {"one_above_the_last_x11_cursor", [] { return cursor(0x19b); }, "refused: bad_cursor"},
        {"a_cursor_of_2_to_the_32_minus_1", [] { return cursor(0xffffffff); },
         "refused: bad_cursor"},
        {"no_flag", [] { return flags(0, 0); }, "taken"},
        {"all_flags_set", [] { return flags(7, 0); }, "taken"},
        {"flags_that_do_not_exist", [] { return flags(0xfffffff8, 0); }, "taken"},
        {"one_flag_set_and_unset", [] { return flags(1, 1); }, "refused: bad_flags"},
        {"all_flags_set_and_unset", [] { return flags(7, 7); }, "refused: bad_flags"},
        {"one_flag_set_another_unset", [] { return flags(1, 2); }, "taken"},
    };
}

class Fields : public testing::TestWithParam<Edge> {};

TEST_P(Fields, come_to_what_the_facts_say)
{
    EXPECT_EQ(GetParam().outcome(), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Edges, Fields, testing::ValuesIn(edges()),
                         [](auto const& info) { return info.param.name; });

TEST(Text, of_a_title_ends_at_its_first_nul_and_needs_none)
{
    WmName body{};
    std::ranges::fill(body.data, 'x');
    auto const whole = parsed(Type::wmname, body);
    ASSERT_NE(as<from_agent::Title>(whole), nullptr);
    EXPECT_LE(as<from_agent::Title>(whole)->title.untrusted_bytes().size(), 128U);
    body.data[3] = '\0';
    auto const cut = parsed(Type::wmname, body);
    EXPECT_EQ(as<from_agent::Title>(cut)->title.untrusted_bytes(), "xxx");
}

TEST(Negotiation, takes_the_lower_version_and_refuses_another_major)
{
    EXPECT_EQ(negotiate({1, 0}), (ProtocolVersion{1, 0}));
    EXPECT_EQ(negotiate({1, 8}), (ProtocolVersion{1, 8}));
    EXPECT_EQ(negotiate({1, 9}), (ProtocolVersion{1, 8}));
    EXPECT_EQ(negotiate(version_extended), version_extended);
    EXPECT_EQ(negotiate(version_extended, version_1_8), version_1_8);
    EXPECT_FALSE(negotiate({0, 8}));
    EXPECT_FALSE(negotiate({2, 0}));
    EXPECT_FALSE(negotiate({0xffff, 0xffff}));
}

} // namespace
} // namespace vitrail::wire
