#include "tests/unit/guid/recording_port.hpp"

#include <gtest/gtest.h>

#include <functional>

/// What each message of an agent does to a session of 1.8, for a window in each state it can be in:
/// "done" (the compositor or the agent hears of it), "ignored", or the rule that ends the session.
namespace vitrail::test {

using wire::Type;
namespace from_agent = wire::from_agent;

struct Row {
    char const* name;
    std::function<void(Bench&)> tell; ///< about window 5
    char const* unknown;
    char const* unmapped;
    char const* mapped;
    char const* docked;
};

constexpr WindowId five{5};

std::vector<Row> const& rows()
{
    constexpr auto ended_by_agent = "wrong_direction";
    static std::vector<Row> const table{
        {"CREATE", [](Bench& b) { b.tell(from_agent::Create{five, {0, 0, 9, 9}, false}); }, "done",
         "duplicate_window", "duplicate_window", "duplicate_window"},
        {"DESTROY", [](Bench& b) { b.tell_bare(Type::destroy, 5); }, "unknown_window", "done",
         "done", "done"},
        {"MAP", [](Bench& b) { b.tell(from_agent::Map{five, std::nullopt, false}); },
         "unknown_window", "done", "ignored", "ignored"},
        {"MAP for itself", [](Bench& b) { b.tell(from_agent::Map{five, five, false}); },
         "unknown_window", "done", "ignored", "ignored"},
        {"MAP for nobody", [](Bench& b) { b.tell(from_agent::Map{five, WindowId{77}, false}); },
         "unknown_window", "done", "ignored", "ignored"},
        {"UNMAP", [](Bench& b) { b.tell_bare(Type::unmap, 5); }, "unknown_window", "ignored",
         "done", "ignored"},
        {"CONFIGURE", [](Bench& b) { b.tell(from_agent::Configure{five, {7, 7, 70, 70}}); },
         "unknown_window", "done", "done", "done"},
        {"CONFIGURE as it is",
         [](Bench& b) { b.tell(from_agent::Configure{five, {10, 20, 64, 32}}); }, "unknown_window",
         "ignored", "ignored", "ignored"},
        {"CONFIGURE of nothing",
         [](Bench& b) { b.tell_raw(Type::configure, 5, wire::Configure{}); }, "bad_geometry",
         "bad_geometry", "bad_geometry", "bad_geometry"},
        {"SHMIMAGE before any dump",
         [](Bench& b) { b.tell(from_agent::Damage{five, {0, 0, 9, 9}}); }, "unknown_window",
         "ignored", "ignored", "ignored"},
        {"CLIPBOARD_DATA nobody asked for",
         [](Bench& b) { b.tell(from_agent::ClipboardData{std::as_bytes(std::span("x", 1))}); },
         "ignored", "ignored", "ignored", "ignored"},
        {"WMNAME", [](Bench& b) { b.tell(from_agent::Title{five, UntrustedText("t")}); },
         "unknown_window", "done", "done", "done"},
        {"DOCK", [](Bench& b) { b.tell_bare(Type::dock, 5); }, "unknown_window", "done", "ignored",
         "ignored"},
        {"WINDOW_HINTS", [](Bench& b) { b.tell(from_agent::Hints{.window = five}); },
         "unknown_window", "done", "done", "done"},
        {"WINDOW_FLAGS",
         [](Bench& b) { b.tell(from_agent::Flags{five, {.demands_attention = true}, {}}); },
         "unknown_window", "done", "done", "done"},
        {"WINDOW_FLAGS set and unset",
         [](Bench& b) { b.tell_raw(Type::window_flags, 5, wire::WindowFlags{1, 1}); }, "bad_flags",
         "bad_flags", "bad_flags", "bad_flags"},
        {"WMCLASS",
         [](Bench& b) { b.tell(from_agent::Class{five, UntrustedText("C"), UntrustedText("c")}); },
         "unknown_window", "done", "ignored", "done"},
        {"WINDOW_DUMP", [](Bench& b) { b.dump(5); }, "unknown_window", "done", "done", "done"},
        {"WINDOW_DUMP of pages not granted", [](Bench& b) { b.dump(5, 3'000'000); },
         "unknown_window", "done", "done", "done"}, // acknowledged
        {"WINDOW_DUMP with too few pages",
         [](Bench& b) {
             std::uint32_t const one = 1;
             b.tell_raw(Type::window_dump, 5, wire::WindowDump{0, 64, 32, 24}, {&one, 1});
         },
         "bad_dump", "bad_dump", "bad_dump", "bad_dump"},
        {"CURSOR", [](Bench& b) { b.tell(from_agent::Cursor{five, 152}); }, "unknown_window",
         "ignored", "ignored", "ignored"}, // the pointer is elsewhere
        {"CURSOR outside the font",
         [](Bench& b) { b.tell_raw(Type::cursor, 5, wire::Cursor{0x19a}); }, "bad_cursor",
         "bad_cursor", "bad_cursor", "bad_cursor"},
        {"MFNDUMP", [](Bench& b) { b.tell_raw(Type::mfndump, 5, wire::MfnDump{}); }, "bad_dump",
         "bad_dump", "bad_dump", "bad_dump"},
        {"KEYPRESS", [](Bench& b) { b.tell_raw(Type::keypress, 5, wire::Keypress{}); },
         ended_by_agent, ended_by_agent, ended_by_agent, ended_by_agent},
        {"CLOSE", [](Bench& b) { b.tell_bare(Type::close, 5); }, ended_by_agent, ended_by_agent,
         ended_by_agent, ended_by_agent},
        {"WINDOW_DUMP_ACK", [](Bench& b) { b.tell_bare(Type::window_dump_ack, 5); }, ended_by_agent,
         ended_by_agent, ended_by_agent, ended_by_agent},
        {"type 150", [](Bench& b) { b.tell_bare(static_cast<Type>(150), 5); }, "unknown_type",
         "unknown_type", "unknown_type", "unknown_type"},
        {"X_COMMIT", [](Bench& b) { b.tell_raw(Type::x_commit, 5, wire::XCommit{}); },
         "not_negotiated", "not_negotiated", "not_negotiated", "not_negotiated"},
    };
    return table;
}

enum class State { unknown, unmapped, mapped, docked };

std::string verdict(Row const& row, State state)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    if (state != State::unknown)
        bench.tell(from_agent::Create{five, {10, 20, 64, 32}, false});
    if (state == State::mapped)
        bench.tell(from_agent::Map{five, std::nullopt, false});
    if (state == State::docked) {
        bench.tell_bare(Type::dock, 5);
        bench.session.handle_docked(five);
    }
    bench.turn();
    static_cast<void>(bench.take());
    bench.port.lines.clear();
    row.tell(bench);
    bench.turn();
    if (bench.ended)
        return std::string(wire::name(bench.ended->rule));
    return bench.port.lines.empty() && bench.take().empty() ? "ignored" : "done";
}

TEST(Verdicts, every_message_for_a_window_in_every_state_does_what_the_table_says)
{
    for (Row const& row : rows()) {
        EXPECT_EQ(verdict(row, State::unknown), row.unknown) << row.name << ", unknown window";
        EXPECT_EQ(verdict(row, State::unmapped), row.unmapped) << row.name << ", unmapped window";
        EXPECT_EQ(verdict(row, State::mapped), row.mapped) << row.name << ", mapped window";
        EXPECT_EQ(verdict(row, State::docked), row.docked) << row.name << ", docked window";
    }
}

TEST(Verdicts, a_number_that_was_destroyed_is_unknown_until_it_is_created_again)
{
    for (Row const& row : rows()) {
        Bench bench;
        bench.connect(wire::version_1_8);
        bench.open(5);
        bench.dump(5);
        bench.turn();
        bench.tell_bare(Type::destroy, 5);
        bench.turn();
        row.tell(bench);
        std::string const got = bench.ended ? std::string(wire::name(bench.ended->rule)) : "";
        std::string const expected = row.unknown;
        EXPECT_EQ(got, expected == "done" || expected == "ignored" ? "" : expected) << row.name;
    }
}

TEST(Verdicts, quotas_hold_exactly)
{
    guid::Profile profile;
    profile.windows_count_limit = 3;
    profile.max_pages = 4;
    Bench bench(profile);
    bench.connect(wire::version_1_8);
    for (std::uint32_t id = 1; id <= 3; ++id)
        bench.open(id);
    EXPECT_FALSE(bench.ended);
    bench.dump(1, 100); // two pages
    bench.dump(2, 200);
    EXPECT_FALSE(bench.ended);
    bench.dump(3, 300);
    ASSERT_TRUE(bench.ended);
    EXPECT_EQ(bench.ended->rule, wire::Rule::too_many_pixels);

    Bench other(profile);
    other.connect(wire::version_1_8);
    for (std::uint32_t id = 1; id <= 4; ++id)
        other.open(id);
    ASSERT_TRUE(other.ended);
    EXPECT_EQ(other.ended->rule, wire::Rule::too_many_windows);
}

} // namespace vitrail::test
