#include "tests/unit/guid/recording_port.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>

#include <gtest/gtest.h>

namespace vitrail::test {

using wire::Type;
namespace from_agent = wire::from_agent;

TEST(Session, answers_an_agent_of_1_8_with_its_version_and_the_screen)
{
    Bench bench;
    wire::Bytes bytes;
    wire::build_version(bytes, wire::version_1_8);
    bench.give(bytes);
    std::vector<std::uint32_t> words(bench.agent.received.size() / 4);
    std::memcpy(words.data(), bench.agent.received.data(), words.size() * 4);
    EXPECT_EQ(words, (std::vector<std::uint32_t>{0x10008, 1280, 1024, 24, 5121}));
}

TEST(Session, sends_no_version_to_an_agent_older_than_1_4)
{
    Bench bench;
    bench.session.handle_layout({1365, 700});
    wire::Bytes bytes;
    wire::build_version(bytes, {1, 3});
    bench.give(bytes);
    std::vector<std::uint32_t> words(bench.agent.received.size() / 4);
    std::memcpy(words.data(), bench.agent.received.data(), words.size() * 4);
    EXPECT_EQ(words, (std::vector<std::uint32_t>{1368, 700, 24, 1368 * 700 / 256 + 1}));
}

TEST(Session, ends_with_an_agent_of_another_major_version)
{
    Bench bench;
    wire::Bytes bytes;
    wire::build_version(bytes, {2, 0});
    bench.give(bytes);
    ASSERT_TRUE(bench.ended);
    EXPECT_EQ(bench.ended->rule, wire::Rule::bad_version);
}

TEST(Session, a_window_with_its_first_dump_is_shown_and_acknowledged_once)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.dump(5);
    bench.tell(from_agent::Damage{WindowId{5}, {0, 0, 64, 32}});
    bench.turn();
    EXPECT_TRUE(bench.port.said("create_window 5 false"));
    EXPECT_TRUE(bench.port.said("set_geometry 5 10,20 64x32"));
    EXPECT_TRUE(bench.port.said("map 5"));
    EXPECT_EQ(bench.port.count("commit 5"), 1);
    EXPECT_EQ(bench.take_names(), "WINDOW_DUMP_ACK");
}

TEST(Session, an_image_that_came_before_the_map_is_shown_without_damage)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.tell(from_agent::Create{WindowId{5}, {0, 0, 64, 32}, false});
    bench.dump(5);
    bench.turn();
    EXPECT_EQ(bench.port.count("commit 5"), 0);
    bench.tell(from_agent::Map{WindowId{5}, std::nullopt, false});
    bench.turn();
    EXPECT_EQ(bench.port.count("commit 5"), 1);
}

TEST(Session, the_same_pages_dumped_again_use_the_buffer_again)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.dump(5);
    bench.turn();
    bench.dump(5);
    bench.turn();
    EXPECT_EQ(bench.port.buffers.size(), 1U);
    EXPECT_EQ(bench.port.count("commit 5"), 2);
    EXPECT_EQ(bench.take_names(), "WINDOW_DUMP_ACK WINDOW_DUMP_ACK");
}

TEST(Session, a_dump_is_acknowledged_when_the_image_before_it_is_read_no_more)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.dump(5, 100);
    bench.turn();
    static_cast<void>(bench.take());
    bench.dump(5, 200);
    bench.turn();
    EXPECT_EQ(bench.take_names(), "");
    bench.session.handle_buffer_released(bench.port.buffers[0]);
    bench.turn();
    EXPECT_EQ(bench.take_names(), "WINDOW_DUMP_ACK");
}

TEST(Session, acknowledgements_keep_the_order_of_the_dumps)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.open(6);
    bench.dump(5, 100);
    bench.turn();
    static_cast<void>(bench.take());
    bench.dump(5, 200);
    bench.dump(6, 300);
    bench.turn();
    EXPECT_EQ(bench.take_names(), "");
    bench.session.handle_buffer_released(bench.port.buffers[0]);
    bench.turn();
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].window, 5U);
    EXPECT_EQ(sent[1].window, 6U);
}

TEST(Session, damage_of_one_turn_is_one_commit_and_the_next_waits_for_the_frame)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.dump(5);
    bench.turn();
    bench.session.handle_frame(WindowId{5}, 1);
    for (int i = 0; i < 20; ++i)
        bench.tell(from_agent::Damage{WindowId{5}, {i * 2, 0, 1, 1}});
    bench.turn();
    EXPECT_EQ(bench.port.count("commit 5"), 2);
    EXPECT_EQ(bench.port.last_damage.size(), 20U);
    for (int i = 0; i < 200; ++i)
        bench.tell(from_agent::Damage{WindowId{5}, {i % 64, i % 32, 1, 1}});
    bench.turn();
    EXPECT_EQ(bench.port.count("commit 5"), 2);
    bench.session.handle_frame(WindowId{5}, 2);
    bench.turn();
    EXPECT_EQ(bench.port.count("commit 5"), 3);
    EXPECT_LE(bench.port.last_damage.size(), 32U);
}

TEST(Session, a_thousand_small_updates_of_one_turn_are_the_work_of_one_commit)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.dump(5);
    bench.turn();
    bench.session.handle_frame(WindowId{5}, 1);
    auto const before = bench.session.work();
    for (int i = 0; i < 1000; ++i)
        bench.tell(from_agent::Damage{WindowId{5}, {i % 64, i % 32, 1, 1}});
    bench.turn();
    EXPECT_EQ(bench.session.work(), before + 1);
    bench.tell_bare(wire::Type::unmap, 5);
    EXPECT_EQ(bench.session.work(), before + 2);
}

TEST(Session, unmapping_takes_the_image_away)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.dump(5);
    bench.turn();
    bench.tell_bare(Type::unmap, 5);
    bench.tell_bare(Type::unmap, 5);
    EXPECT_EQ(bench.port.count("unmap 5"), 1);
    EXPECT_EQ(bench.port.count("detach 5"), 1);
    EXPECT_TRUE(bench.port.destroyed.empty());
    bench.session.handle_buffer_released(bench.port.buffers[0]);
    EXPECT_EQ(bench.port.destroyed, bench.port.buffers);
}

TEST(Session, destroying_is_echoed_from_1_5_and_frees_the_number)
{
    for (std::uint16_t const minor : {std::uint16_t{4}, std::uint16_t{5}, std::uint16_t{8}}) {
        Bench bench;
        bench.connect({1, minor});
        bench.open(5);
        bench.tell_bare(Type::destroy, 5);
        EXPECT_EQ(bench.take_names(), minor >= 5 ? "DESTROY" : "");
        bench.open(5);
        EXPECT_FALSE(bench.ended);
    }
}

TEST(Session, an_override_redirect_window_that_covers_the_screen_becomes_an_ordinary_one)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.tell(from_agent::Create{WindowId{5}, {0, 0, 1280, 1024}, true});
    EXPECT_TRUE(bench.port.said("create_window 5 false"));
    bench.tell(from_agent::Create{WindowId{6}, {0, 0, 200, 300}, true});
    EXPECT_TRUE(bench.port.said("create_window 6 true"));
}

TEST(Session, an_override_redirect_window_that_grows_over_the_screen_is_withdrawn_for_a_moment)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(6, {0, 0, 200, 300}, true);
    bench.port.lines.clear();
    bench.tell(from_agent::Configure{WindowId{6}, {0, 0, 1280, 1024}});
    EXPECT_EQ(bench.port.lines,
              (std::vector<std::string>{"set_geometry 6 0,0 1280x1024", "unmap 6",
                                        "set_override_redirect 6 false", "map 6"}));
}

TEST(Session, override_redirect_cannot_change_while_the_window_is_mapped)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.tell(from_agent::Map{WindowId{5}, std::nullopt, true});
    EXPECT_EQ(bench.port.count("set_override_redirect"), 0);
    bench.tell_bare(Type::unmap, 5);
    bench.tell(from_agent::Map{WindowId{5}, std::nullopt, true});
    EXPECT_TRUE(bench.port.said("set_override_redirect 5 true"));
}

TEST(Session, parents_that_form_a_circle_are_ignored)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.tell(from_agent::Create{WindowId{6}, {0, 0, 10, 10}, false});
    bench.tell(from_agent::Map{WindowId{6}, WindowId{5}, false});
    EXPECT_TRUE(bench.port.said("set_transient_for 6 5"));
    bench.tell_bare(Type::unmap, 5);
    bench.tell(from_agent::Map{WindowId{5}, WindowId{6}, false});
    EXPECT_EQ(bench.port.count("set_transient_for 5"), 0);
    bench.tell_bare(Type::destroy, 5);
    EXPECT_TRUE(bench.port.said("set_transient_for 6 none"));
}

TEST(Session, full_screen_without_permission_is_told_to_the_qube_when_it_is_maximised)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.tell(from_agent::Flags{WindowId{5}, {.fullscreen = true}, {}});
    EXPECT_TRUE(bench.port.said("set_flags 5 1 0"));
    bench.session.handle_configure(WindowId{5}, {1, {0, 0, 1280, 1000}, wire::state_maximized, 0});
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 2U);
    EXPECT_EQ(sent[0].type, Type::configure);
    EXPECT_EQ(sent[1].as<wire::WindowFlags>().flags_set, wire::flag_fullscreen);
    bench.session.handle_configure(WindowId{5}, {2, {0, 0, 640, 480}, 0, 0});
    auto const back = bench.take();
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].as<wire::WindowFlags>().flags_unset, wire::flag_fullscreen);
}

TEST(Session, titles_are_ascii_unless_the_user_allows_more)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.tell(from_agent::Title{WindowId{5}, UntrustedText("caf\xc3\xa9\x1b")});
    EXPECT_TRUE(bench.port.said("set_title 5 caf___"));
    bench.session.handle_permissions(2, 64000);
    bench.tell(from_agent::Title{WindowId{5}, UntrustedText("caf\xc3\xa9")});
    EXPECT_TRUE(bench.port.said("set_title 5 caf\xc3\xa9"));
}

TEST(Session, a_tray_icon_hears_where_it_was_put_and_may_paint)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.tell(from_agent::Create{WindowId{5}, {0, 0, 24, 24}, false});
    bench.tell_bare(Type::dock, 5);
    EXPECT_TRUE(bench.port.said("dock 5"));
    bench.session.handle_docked(WindowId{5});
    bench.session.handle_configure(WindowId{5}, {1, {1200, 0, 32, 32}, 0, 0});
    EXPECT_EQ(bench.take_names(), "MAP CONFIGURE");
    bench.dump(5, 100, {32, 32});
    bench.turn();
    EXPECT_EQ(bench.port.count("commit 5"), 1);
    bench.tell(from_agent::Configure{WindowId{5}, {0, 0, 24, 24}});
    EXPECT_EQ(bench.take_names(), "WINDOW_DUMP_ACK CONFIGURE");
}

TEST(Session, only_the_answer_to_a_chord_reaches_the_clipboard)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    auto const text = std::as_bytes(std::span("hello", 5));
    bench.tell(from_agent::ClipboardData{text});
    EXPECT_TRUE(bench.clipboard.sent.empty());
    bench.session.input().keyboard_enter(WindowId{5}, {});
    static_cast<void>(bench.take());
    bench.session.handle_clipboard_record({transport::ClipboardRecordKind::ask, 9, 0, 0}, {});
    EXPECT_EQ(bench.take_names(), "CLIPBOARD_REQ");
    bench.tell(from_agent::ClipboardData{text});
    bench.tell(from_agent::ClipboardData{text});
    ASSERT_EQ(bench.clipboard.sent.size(), 1U);
    EXPECT_EQ(bench.clipboard.sent[0].first.serial, 9U);
    EXPECT_EQ(bench.clipboard.sent[0].second, "hello");
}

TEST(Session, what_the_broker_wants_in_a_file_goes_there_and_nowhere_else)
{
    using enum transport::ClipboardRecordKind;
    Bench bench;
    bench.connect(wire::version_extended);
    auto const bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
    Fd const file(memfd_create("picture", MFD_CLOEXEC));
    bench.session.handle_clipboard_record({request, 9, 1, 0}, {}, Fd(dup(file.get())));
    bench.tell(wire::ClipboardChunk{9, 0, true, bytes("another type")});
    bench.tell(wire::ClipboardChunk{9, 1, false, bytes("pict")});
    EXPECT_TRUE(bench.clipboard.sent.empty());
    bench.tell(wire::ClipboardChunk{9, 1, true, bytes("ure")});
    bench.tell(wire::ClipboardChunk{9, 1, true, bytes("twice")});
    ASSERT_EQ(bench.clipboard.sent.size(), 1U);
    EXPECT_EQ(bench.clipboard.sent[0].first.kind, copy_data);
    EXPECT_EQ(bench.clipboard.sent[0].first.bytes, 7U);
    EXPECT_EQ(bench.clipboard.sent[0].first.mime, 1U);
    EXPECT_EQ(bench.clipboard.sent[0].second, "");
    std::array<char, 16> written{};
    EXPECT_EQ(pread(file.get(), written.data(), written.size(), 0), 7);
    EXPECT_STREQ(written.data(), "picture");
}

TEST(Session, what_does_not_fit_into_the_brokers_file_is_too_large)
{
    using enum transport::ClipboardRecordKind;
    Bench bench;
    bench.connect(wire::version_extended);
    std::vector<std::byte> const piece(3000);
    Fd const file(memfd_create("picture", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    ASSERT_EQ(ftruncate(file.get(), 5000), 0);
    ASSERT_EQ(fcntl(file.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK), 0);
    bench.session.handle_clipboard_record({request, 9, 0, 0}, {}, Fd(dup(file.get())));
    bench.tell(wire::ClipboardChunk{9, 0, false, piece});
    EXPECT_TRUE(bench.clipboard.sent.empty());
    bench.tell(wire::ClipboardChunk{9, 0, false, piece});
    bench.tell(wire::ClipboardChunk{9, 0, true, piece});
    ASSERT_EQ(bench.clipboard.sent.size(), 1U);
    EXPECT_EQ(bench.clipboard.sent[0].first.flags, transport::clipboard_flag_too_large);
}

TEST(Session, a_file_is_pasted_in_pieces_as_the_agent_takes_them)
{
    using enum transport::ClipboardRecordKind;
    Bench bench;
    bench.connect(wire::version_extended);
    static_cast<void>(bench.take());
    constexpr std::uint32_t size = 65536 * 2 + 5;
    Fd const file(memfd_create("picture", MFD_CLOEXEC));
    ASSERT_EQ(ftruncate(file.get(), size), 0);
    auto const type = std::as_bytes(std::span("image/png", 10));
    bench.session.handle_clipboard_record({paste_offer, 5, 0, 0, size}, type, Fd(dup(file.get())));
    EXPECT_EQ(bench.take_names(), "X_CLIPBOARD_OFFER");
    EXPECT_TRUE(bench.session.continue_paste());
    EXPECT_EQ(bench.take_names(), "X_CLIPBOARD_CHUNK");
    EXPECT_TRUE(bench.session.continue_paste());
    EXPECT_TRUE(bench.session.continue_paste());
    EXPECT_EQ(bench.take_names(), "X_CLIPBOARD_CHUNK X_CLIPBOARD_CHUNK");
    EXPECT_FALSE(bench.session.continue_paste());
    // A text that is pasted meanwhile is the newer.
    lseek(file.get(), 0, SEEK_SET);
    bench.session.handle_clipboard_record({paste_offer, 6, 0, 0, size}, type, Fd(dup(file.get())));
    bench.session.handle_clipboard_record({paste_data, 7, 0, transport::clipboard_flag_last},
                                          std::as_bytes(std::span("new", 3)));
    EXPECT_FALSE(bench.session.continue_paste());
    // Shorter than was said: what came of it is never offered.
    lseek(file.get(), 0, SEEK_SET);
    bench.session.handle_clipboard_record({paste_offer, 8, 0, 0, size + 1}, type,
                                          Fd(dup(file.get())));
    while (bench.session.continue_paste()) {
    }
    EXPECT_EQ(bench.take_names(), "X_CLIPBOARD_OFFER CLIPBOARD_DATA X_CLIPBOARD_OFFER "
                                  "X_CLIPBOARD_CHUNK X_CLIPBOARD_CHUNK");
    EXPECT_TRUE(bench.clipboard.sent.empty());
}

TEST(Session, an_agent_that_takes_text_alone_is_offered_no_file)
{
    using enum transport::ClipboardRecordKind;
    Bench bench;
    bench.connect(wire::version_1_8);
    static_cast<void>(bench.take());
    bench.session.handle_clipboard_record({paste_offer, 5, 0, 0, 3},
                                          std::as_bytes(std::span("image/png", 10)));
    EXPECT_EQ(bench.take_names(), "");
    ASSERT_EQ(bench.clipboard.sent.size(), 1U);
    EXPECT_EQ(bench.clipboard.sent[0].first.kind, paste_refused);
    EXPECT_EQ(bench.clipboard.sent[0].first.serial, 5U);
}

TEST(Session, the_types_of_an_extended_agent_go_to_the_broker_and_the_one_it_asks_for)
{
    using enum transport::ClipboardRecordKind;
    Bench bench;
    bench.connect(wire::version_extended);
    static_cast<void>(bench.take());
    auto const bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
    bench.tell(wire::ClipboardChunk{9, 1, true, bytes("unasked")});
    bench.session.handle_clipboard_record({ask, 9, 0, 0}, {});
    EXPECT_EQ(bench.take_names(), "CLIPBOARD_REQ");
    bench.tell(wire::ClipboardOffer{77, {"text/html", "text/plain"}});
    ASSERT_EQ(bench.clipboard.sent.size(), 1U);
    EXPECT_EQ(bench.clipboard.sent[0].first.kind, copy_offer);
    EXPECT_EQ(bench.clipboard.sent[0].first.serial, 9U);
    EXPECT_EQ(bench.clipboard.sent[0].second, std::string("text/html\0text/plain\0", 21));
    bench.session.handle_clipboard_record({request, 9, 1, 0}, {});
    auto const asked = bench.take();
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].type, Type::x_clipboard_request);
    bench.tell(wire::ClipboardChunk{9, 0, true, bytes("another type")});
    bench.tell(wire::ClipboardChunk{8, 1, true, bytes("another serial")});
    bench.tell(wire::ClipboardChunk{9, 1, false, bytes("hel")});
    bench.tell(wire::ClipboardChunk{9, 1, true, bytes("lo")});
    bench.tell(wire::ClipboardChunk{9, 1, true, bytes("twice")});
    ASSERT_EQ(bench.clipboard.sent.size(), 3U);
    EXPECT_EQ(bench.clipboard.sent[1].second, "hel");
    EXPECT_EQ(bench.clipboard.sent[1].first.flags, transport::clipboard_flag_more);
    EXPECT_EQ(bench.clipboard.sent[2].second, "lo");
    EXPECT_EQ(bench.clipboard.sent[2].first.mime, 1U);
}

TEST(Session, typed_data_over_the_limit_is_said_to_be_that_and_no_more_of_it_is_sent)
{
    using enum transport::ClipboardRecordKind;
    guid::Profile profile;
    profile.max_clipboard_size = 300;
    Bench bench(profile);
    bench.connect(wire::version_extended);
    bench.session.handle_clipboard_record({request, 9, 0, 0}, {});
    std::string const part(150, 'x');
    auto const bytes = std::as_bytes(std::span<char const>(part));
    for (int i = 0; i < 4; ++i)
        bench.tell(wire::ClipboardChunk{9, 0, false, bytes});
    ASSERT_EQ(bench.clipboard.sent.size(), 3U);
    EXPECT_EQ(bench.clipboard.sent[2].first.flags, transport::clipboard_flag_too_large);
    EXPECT_EQ(bench.clipboard.sent[2].second, "");
}

TEST(Session, a_paste_in_pieces_is_one_message_to_the_focused_window)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.session.input().keyboard_enter(WindowId{5}, {});
    static_cast<void>(bench.take());
    using enum transport::ClipboardRecordKind;
    bench.session.handle_clipboard_record({paste_data, 1, 0, 0}, std::as_bytes(std::span("ab", 2)));
    bench.session.handle_clipboard_record({paste_data, 1, 0, transport::clipboard_flag_last},
                                          std::as_bytes(std::span("cd", 2)));
    auto const sent = bench.take();
    ASSERT_EQ(sent.size(), 1U);
    EXPECT_EQ(sent[0].type, Type::clipboard_data);
    EXPECT_EQ(sent[0].window, 5U);
    EXPECT_EQ(sent[0].body.size(), 4U);
}

TEST(Session, an_agent_that_does_not_read_ends_its_session)
{
    Bench bench;
    bench.connect(wire::version_1_8);
    bench.open(5);
    bench.session.handle_pointer_enter(WindowId{5}, 0, 0);
    bench.agent.capacity = 0;
    std::vector<std::byte> const earlier(transport::default_queue_bound - 100);
    ASSERT_TRUE(bench.channel.write(earlier));
    for (int i = 0; i < 1000; ++i) { // motion alone waits
        bench.session.input().pointer_motion(0, i * 256, 0);
        bench.turn();
    }
    EXPECT_FALSE(bench.ended);
    for (int i = 0; i < 9 && !bench.ended; ++i) {
        bench.session.handle_close(WindowId{5});
        bench.turn();
    }
    ASSERT_TRUE(bench.ended);
    EXPECT_EQ(bench.ended->rule, wire::Rule::flood);
}

} // namespace vitrail::test
