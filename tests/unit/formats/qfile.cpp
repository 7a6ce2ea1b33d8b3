// The stream of files between qubes: what is written is read back the same however it is cut, and
// everything that a receiver must refuse is refused at its place.

#include "lib/formats/qfile.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace vitrail::formats {
namespace {

using Bytes = std::vector<std::byte>;

void append(Bytes& out, std::string_view text)
{
    auto const bytes = std::as_bytes(std::span(text));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

struct File {
    Entry entry;
    std::string content;
};

std::vector<File> tree()
{
    Entry const folder{.kind = EntryKind::folder,
                       .name = "d",
                       .mode = 0755,
                       .size = 0,
                       .target = "",
                       .accessed = {1, 2},
                       .modified = {3, 999999999}};
    Entry file{.kind = EntryKind::file,
               .name = "d/\xc3\xa9",
               .mode = 0640,
               .size = 5,
               .target = "",
               .accessed = {},
               .modified = {}};
    Entry const link{.kind = EntryKind::link,
                     .name = "d/l",
                     .mode = 0777,
                     .size = 0,
                     .target = "\xc3\xa9",
                     .accessed = {},
                     .modified = {}};
    Entry empty = file;
    empty.name = "d/empty";
    empty.size = 0;
    return {{folder, ""}, {file, "hello"}, {link, ""}, {empty, ""}, {folder, ""}};
}

Bytes stream_of(std::vector<File> const& files, std::uint32_t* crc = nullptr)
{
    Bytes out;
    QfileWriter writer;
    for (File const& file : files) {
        writer.begin(out, file.entry);
        append(out, file.content);
        writer.add_content(std::as_bytes(std::span(file.content)));
    }
    writer.end(out);
    if (crc)
        *crc = writer.crc();
    return out;
}

/// All events of the input as text; stops at the first error.
std::string read_all(QfileParser& parser, std::span<std::byte const> input, std::size_t step,
                     std::vector<File>* files = nullptr)
{
    std::vector<File> read;
    std::string end = "more";
    while (!input.empty() && end == "more") {
        auto piece = input.first(std::min(step, input.size()));
        input = input.subspan(piece.size());
        while (true) {
            auto const event = parser.next(piece);
            if (!event)
                end = "error " + std::to_string(event.error().code);
            if (!event || !*event)
                break;
            if (auto const* const entry = std::get_if<Entry>(&**event))
                read.push_back({*entry, ""});
            else if (auto const* const content = std::get_if<Content>(&**event))
                read.back().content.append(reinterpret_cast<char const*>(content->bytes.data()),
                                           content->bytes.size());
            else
                end = "end";
        }
    }
    if (files)
        *files = std::move(read);
    return end;
}

/// A header as raw numbers, with any name.
Bytes raw(std::string_view name, std::uint32_t mode, std::uint64_t length,
          std::uint32_t nanoseconds = 0, std::uint32_t name_length = 0)
{
    std::uint32_t const head[] = {name_length != 0 ? name_length
                                                   : static_cast<std::uint32_t>(name.size()),
                                  mode,
                                  static_cast<std::uint32_t>(length),
                                  static_cast<std::uint32_t>(length >> 32),
                                  0,
                                  nanoseconds,
                                  0,
                                  0};
    Bytes out;
    auto const bytes = std::as_bytes(std::span(head));
    out.insert(out.end(), bytes.begin(), bytes.end());
    append(out, name);
    return out;
}

std::string outcome(Bytes const& stream, QfileLimits limits = {})
{
    QfileParser parser(limits);
    return read_all(parser, stream, 4096);
}

std::string refusal(int code)
{
    return "error " + std::to_string(code);
}

constexpr std::uint32_t regular = 0100644, folder = 0040755, symlink = 0120777;
std::string const nul(1, '\0');

TEST(Qfile, is_read_as_it_was_written_however_it_is_cut)
{
    std::uint32_t crc = 0;
    Bytes const stream = stream_of(tree(), &crc);
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        QfileParser parser;
        std::vector<File> files;
        ASSERT_EQ(read_all(parser, stream, step, &files), "end") << step;
        ASSERT_EQ(files.size(), tree().size());
        for (std::size_t i = 0; i < files.size(); ++i) {
            EXPECT_EQ(files[i].entry, tree()[i].entry) << i;
            EXPECT_EQ(files[i].content, tree()[i].content) << i;
        }
        ASSERT_EQ(parser.crc(), crc) << step;
        ASSERT_EQ(parser.handle_eof(), std::nullopt);
    }
}

TEST(Qfile, that_ends_early_at_any_byte_is_an_error)
{
    Bytes const stream = stream_of(tree());
    for (std::size_t length = 0; length < stream.size(); ++length) {
        QfileParser parser;
        ASSERT_EQ(read_all(parser, std::span(stream).first(length), 4096), "more") << length;
        ASSERT_TRUE(parser.handle_eof()) << length;
        int const code = parser.handle_eof()->code;
        ASSERT_TRUE(code == EREMOTEIO || code == legal_eof) << length;
    }
    QfileParser fresh;
    EXPECT_EQ(fresh.handle_eof()->code, EREMOTEIO);
}

TEST(Qfile, takes_nothing_after_its_end)
{
    Bytes stream = stream_of({});
    append(stream, "rubbish");
    QfileParser parser;
    std::span<std::byte const> input = stream;
    ASSERT_TRUE(parser.next(input)->has_value());
    EXPECT_EQ(input.size(), 7U);
    EXPECT_FALSE(parser.next(input)->has_value());
    EXPECT_EQ(input.size(), 7U);
}

TEST(Qfile, refuses_names_that_lead_out_or_cannot_be_shown)
{
    for (std::string_view const name : {"..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", ".",
                                        "a\n", "\x1b[2J", "\xe2\x80\xae.txt", "\xff"})
        EXPECT_EQ(outcome(raw(std::string(name) + nul, regular, 0)), refusal(EILSEQ)) << name;
    EXPECT_EQ(outcome(raw("no-end", regular, 0)), refusal(EINVAL));
    EXPECT_EQ(outcome(raw("a" + nul + "b" + nul, regular, 0)), refusal(EINVAL));
    EXPECT_EQ(outcome(raw(nul, regular, 0)), refusal(EILSEQ));
    EXPECT_EQ(outcome(raw("x", regular, 0, 0, 16384)), refusal(ENAMETOOLONG));
    EXPECT_EQ(outcome(raw("x", regular, 0, 0, 0xffffffff)), refusal(ENAMETOOLONG));
    EXPECT_EQ(outcome(raw(std::string(16382, 'x') + nul, regular, 0)), "more");
}

TEST(Qfile, takes_all_names_that_stay_inside_where_that_is_allowed)
{
    QfileLimits const any{.bytes = 0, .entries = 0, .all_names = true};
    EXPECT_EQ(outcome(raw("a\n\xff" + nul, regular, 0), any), "more");
    EXPECT_EQ(outcome(raw("../x" + nul, regular, 0), any), refusal(EILSEQ));
}

TEST(Qfile, refuses_what_is_no_file_folder_or_link_and_times_that_cannot_be)
{
    for (std::uint32_t const mode : {0010644U, 0020644U, 0060644U, 0140644U, 0000644U, 0xffffffffU})
        EXPECT_EQ(outcome(raw("x" + nul, mode, 0)), refusal(EINVAL)) << std::oct << mode;
    EXPECT_EQ(outcome(raw("x" + nul, regular, 0, 1'000'000'000)), refusal(EINVAL));
    EXPECT_EQ(outcome(raw("x" + nul, regular, 0, 999'999'999)), "more");
    EXPECT_EQ(outcome(raw("x" + nul, folder, 1)), refusal(EINVAL));
}

TEST(Qfile, keeps_of_a_mode_no_more_than_permissions)
{
    QfileParser parser;
    Bytes const stream = raw("x" + nul, 0107777, 0);
    std::span<std::byte const> input = stream;
    auto const event = parser.next(input);
    ASSERT_TRUE(event && *event);
    EXPECT_EQ(std::get<Entry>(**event).mode, 07777U);
}

TEST(Qfile, refuses_links_that_lead_out)
{
    auto const link = [](std::string_view name, std::string_view target) {
        Bytes out = raw(std::string(name) + nul, symlink, target.size());
        append(out, target);
        append(out, std::string(32, '\0'));
        return outcome(out);
    };
    EXPECT_EQ(link("d/l", "x"), "end");
    EXPECT_EQ(link("l", "x"), refusal(ENOLINK));
    EXPECT_EQ(link("d/l", "../x"), refusal(ENOLINK));
    EXPECT_EQ(link("d/l", "/x"), refusal(ENOLINK));
    EXPECT_EQ(link("d/l", ""), refusal(ENOLINK));
    EXPECT_EQ(link("d/l", "a" + nul), refusal(EILSEQ));
    EXPECT_EQ(link("d/l", "\n"), refusal(EILSEQ));
    EXPECT_EQ(outcome(raw("d/l" + nul, symlink, 16384)), refusal(ENAMETOOLONG));
}

TEST(Qfile, stops_at_the_receivers_limits)
{
    auto const files = [](int count, std::uint64_t size) {
        std::vector<File> all;
        for (int i = 0; i < count; ++i)
            all.push_back({{.kind = EntryKind::file,
                            .name = "f" + std::to_string(i),
                            .mode = 0600,
                            .size = size,
                            .target = "",
                            .accessed = {},
                            .modified = {}},
                           std::string(size, 'x')});
        return stream_of(all);
    };
    EXPECT_EQ(outcome(files(3, 10), {.bytes = 30, .entries = 3}), "end");
    EXPECT_EQ(outcome(files(3, 10), {.bytes = 29}), refusal(EDQUOT));
    EXPECT_EQ(outcome(files(3, 10), {.bytes = 0, .entries = 2}), refusal(EDQUOT));
    EXPECT_EQ(outcome(raw("x" + nul, regular, UINT64_MAX), {.bytes = 1}), refusal(EDQUOT));
    EXPECT_EQ(outcome(raw("x" + nul, regular, UINT64_MAX)), "more");
}

TEST(Qfile, stays_refused)
{
    QfileParser parser;
    Bytes const bad = raw(".." + nul, regular, 0);
    EXPECT_EQ(read_all(parser, bad, 4096), refusal(EILSEQ));
    EXPECT_EQ(read_all(parser, stream_of({}), 4096), refusal(EILSEQ));
    EXPECT_EQ(parser.handle_eof()->code, EILSEQ);
}

TEST(QfileResult, is_read_as_it_was_written_with_and_without_a_name)
{
    for (QfileResult const& result : {QfileResult{0, 0xfedcba98, ""}, QfileResult{17, 1, "d/x"},
                                      QfileResult{legal_eof, 0, std::string(16383, 'n')}}) {
        Bytes out;
        build_result(out, result);
        EXPECT_EQ(parse_result(out), result);
        for (std::size_t length = 0; length < out.size(); ++length) {
            if (length == result_header_bytes)
                continue; // a receiver that names nothing
            ASSERT_EQ(parse_result(std::span(out).first(length)), std::nullopt) << length;
        }
        out.push_back(std::byte{1});
        EXPECT_EQ(parse_result(out), std::nullopt);
    }
}

TEST(QfileResult, takes_a_negative_code_as_its_absolute_value)
{
    Bytes out;
    build_result(out, {-EILSEQ, 5, ""});
    EXPECT_EQ(parse_result(out), (QfileResult{EILSEQ, 5, ""}));
    Bytes worst;
    build_result(worst, {INT32_MIN, 5, ""});
    EXPECT_EQ(parse_result(worst), std::nullopt);
}

TEST(QfileResult, is_refused_with_padding_or_a_checksum_of_more_than_32_bits)
{
    Bytes out;
    build_result(out, {0, 5, ""});
    Bytes padded = out;
    padded[4] = std::byte{1};
    EXPECT_EQ(parse_result(padded), std::nullopt);
    out[12] = std::byte{1};
    EXPECT_EQ(parse_result(out), std::nullopt);
}

} // namespace
} // namespace vitrail::formats
