#include "launcher/search.hpp"

#include "lib/base/utf8.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace vitrail::launcher {
namespace {

std::vector<SearchEntry> desk()
{
    std::vector<SearchEntry> all;
    for (char const* const qube : {"work", "personal", "vault", "sys-net"}) {
        all.push_back({"Firefox ESR", qube, "Web Browser", "firefox-esr Internet;WWW;", 1});
        all.push_back({"Foot", qube, "Terminal", "foot shell;prompt;", 1});
        all.push_back({"Terminal", qube, "console shell", "", 1});
        all.push_back({"Shut down", qube, "stop halt end off", "", 1});
        all.push_back({qube, qube, "qube show", "", 1});
    }
    all.push_back({"Firefox ESR", "default-dvm", "Web Browser disposable new dispvm", "", 1});
    all.push_back({"Lock the screen", "", "", "system machine", 1});
    return all;
}

/// Titles and places of what is found, best first.
std::vector<std::string> find(std::vector<SearchEntry> const& entries, std::string_view query,
                              std::size_t most = 5)
{
    SearchIndex index;
    index.set(entries);
    std::vector<std::string> found;
    for (Hit const& hit : index.find(query, most))
        found.push_back(entries[hit.entry].title + "/" + entries[hit.entry].place);
    return found;
}

std::string best(std::string_view query)
{
    auto const found = find(desk(), query);
    return found.empty() ? "" : found.front();
}

TEST(Search, finds_what_a_person_means_in_two_words)
{
    EXPECT_EQ(best("work fire"), "Firefox ESR/work");
    EXPECT_EQ(best("fire work"), "Firefox ESR/work");
    EXPECT_EQ(best("work term"), "Terminal/work");
    EXPECT_EQ(best("personal term"), "Terminal/personal");
    EXPECT_EQ(best("work stop"), "Shut down/work");
    EXPECT_EQ(best("disp fire"), "Firefox ESR/default-dvm");
    EXPECT_EQ(best("net term"), "Terminal/sys-net");
    EXPECT_EQ(best("sys-net halt"), "Shut down/sys-net");
    EXPECT_EQ(best("vault"), "vault/vault");
    EXPECT_EQ(best("lock"), "Lock the screen/");
    EXPECT_EQ(best("brow pers"), "Firefox ESR/personal");
    EXPECT_EQ(best("WORK FiRe"), "Firefox ESR/work");
}

TEST(Search, finds_letters_in_order_and_accents_left_out)
{
    EXPECT_EQ(best("frfx work"), "Firefox ESR/work");
    EXPECT_EQ(best("fx"), "");
    EXPECT_EQ(find({{"\xc3\x89"
                     "diteur",
                     "work", "", "", 1}},
                   "edit")
                  .size(),
              1U);
    EXPECT_EQ(find({{"editeur", "work", "", "", 1}}, "\xc3\xa9"
                                                     "DIT")
                  .size(),
              1U);
    EXPECT_EQ(find({{"\xd0\x9f\xd0\x98\xd0\xa1", "work", "", "", 1}}, "\xd0\xbf\xd0\xb8").size(),
              1U);
}

TEST(Search, wants_every_word)
{
    EXPECT_EQ(best("work nothing"), "");
    EXPECT_EQ(best("fire lock"), "");
    EXPECT_EQ(best("zzzz"), "");
}

TEST(Search, puts_a_whole_word_before_a_beginning_before_an_inside)
{
    EXPECT_EQ(
        find(
            {{"a subterm", "q", "", "", 1}, {"Terminal", "q", "", "", 1}, {"Term", "q", "", "", 1}},
            "term"),
        (std::vector<std::string>{"Term/q", "Terminal/q", "a subterm/q"}));
    EXPECT_EQ(find({{"x", "q", "", "term", 1}, {"y", "q", "term", "", 1}, {"Term", "q", "", "", 1}},
                   "term"),
              (std::vector<std::string>{"Term/q", "y/q", "x/q"}));
}

TEST(Search, puts_what_is_used_first_but_not_before_a_better_match)
{
    EXPECT_EQ(find({{"Term", "a", "", "", 1}, {"Term", "b", "", "", 1.3F}}, "term"),
              (std::vector<std::string>{"Term/b", "Term/a"}));
    EXPECT_EQ(find({{"subterm", "a", "", "", 1.6F}, {"Term", "b", "", "", 1}}, "term").front(),
              "Term/b");
}

TEST(Search, without_words_shows_what_is_used)
{
    EXPECT_EQ(
        find({{"A", "a", "", "", 1}, {"B", "b", "", "", 1.2F}, {"C", "c", "", "", 1.4F}}, "  "),
        (std::vector<std::string>{"C/c", "B/b"}));
}

TEST(Search, marks_what_matches)
{
    EXPECT_EQ(matches("Firefox ESR", "esr fire"), (std::vector<Range>{{0, 4}, {8, 3}}));
    EXPECT_EQ(matches("\xc3\x89"
                      "diteur",
                      "edi"),
              (std::vector<Range>{{0, 4}}));
    EXPECT_EQ(matches("Subterm term", "term"), (std::vector<Range>{{8, 4}}));
    EXPECT_TRUE(matches("Foot", "work").empty());
    EXPECT_TRUE(matches("", "x").empty());
}

// ---- properties, over random lists and queries ----

class Random {
public:
    std::string text(std::size_t most)
    {
        constexpr std::string_view letters = "abcdefgt TERM-_;\xc3\xa9\xff\xe2\x80\xae<&\n\t1\x01";
        std::string out;
        for (std::size_t size = number(most); size > 0; --size)
            out += letters[number(letters.size() - 1)];
        return out;
    }
    std::size_t number(std::size_t most)
    {
        return std::uniform_int_distribution<std::size_t>(0, most)(engine_);
    }

private:
    std::mt19937 engine_{20260101}; // NOLINT: the same each time
};

std::vector<SearchEntry> random_list(Random& random)
{
    std::vector<SearchEntry> all(random.number(60));
    for (SearchEntry& one : all)
        one = {random.text(12), random.text(6), random.text(8), random.text(8),
               1 + static_cast<float>(random.number(6)) / 10};
    return all;
}

TEST(SearchProperties, hits_are_sorted_each_once_and_at_most_as_many_as_wanted)
{
    Random random;
    for (int round = 0; round < 3000; ++round) {
        auto const entries = random_list(random);
        SearchIndex index;
        index.set(entries);
        std::string const query = random.text(8);
        std::size_t const most = random.number(20);
        auto const hits = index.find(query, most);
        ASSERT_LE(hits.size(), most);
        ASSERT_TRUE(std::ranges::is_sorted(hits, std::greater(), &Hit::rank)) << query;
        std::vector<std::uint32_t> numbers;
        for (Hit const& hit : hits) {
            ASSERT_LT(hit.entry, entries.size());
            ASSERT_GT(hit.rank, 0);
            numbers.push_back(hit.entry);
        }
        std::ranges::sort(numbers);
        ASSERT_TRUE(std::ranges::adjacent_find(numbers) == numbers.end());
        // Fewer are the first of more.
        auto const all = index.find(query, entries.size());
        ASSERT_TRUE(std::ranges::equal(hits, std::span(all).first(std::min(most, all.size()))));
    }
}

TEST(SearchProperties, a_longer_query_finds_no_more_and_words_may_change_places)
{
    Random random;
    for (int round = 0; round < 3000; ++round) {
        auto const entries = random_list(random);
        SearchIndex index;
        index.set(entries);
        std::string const a = random.text(5);
        std::string const b = random.text(5);
        if (fold(a).empty() || fold(b).empty())
            continue;
        auto const both = index.find(a + " " + b, entries.size());
        ASSERT_LE(both.size(), index.find(a, entries.size()).size());
        ASSERT_EQ(both.size(), index.find(b + " " + a, entries.size()).size());
    }
}

TEST(SearchProperties, everything_is_found_by_its_own_words)
{
    Random random;
    for (int round = 0; round < 1000; ++round) {
        auto const entries = random_list(random);
        SearchIndex index;
        index.set(entries);
        for (std::uint32_t at = 0; at < entries.size(); ++at) {
            std::string const words = fold(entries[at].title);
            if (words.empty() || std::ranges::count(words, ' ') >= 8)
                continue;
            auto const hits = index.find(words, entries.size());
            ASSERT_TRUE(std::ranges::contains(hits, at, &Hit::entry)) << words;
        }
    }
}

TEST(SearchProperties, folding_twice_changes_nothing_and_marks_lie_within)
{
    Random random;
    for (int round = 0; round < 20000; ++round) {
        std::string const text = random.text(20);
        std::string const folded = fold(text);
        ASSERT_EQ(fold(folded), folded);
        std::size_t end = 0;
        for (Range const& range : matches(text, random.text(6))) {
            ASSERT_GE(range.start, end);
            ASSERT_GT(range.size, 0U);
            end = range.start + range.size;
            ASSERT_LE(end, text.size());
        }
    }
}

TEST(SearchProperties, hostile_sizes_are_searched_too)
{
    std::vector<SearchEntry> entries(10000, {std::string(256, 'a'), "work", "", "", 1});
    entries.push_back({std::string(1 << 20, 'b'), "x", std::string(1 << 20, 'c'), "", 1});
    SearchIndex index;
    index.set(entries);
    EXPECT_EQ(index.find("aaa", 15).size(), 15U);
    EXPECT_EQ(index.find(std::string(1 << 20, 'b'), 15).size(), 1U) << "its first 256 bytes";
    EXPECT_EQ(index.find("bbb ccc", 15).size(), 1U);
}

} // namespace
} // namespace vitrail::launcher
