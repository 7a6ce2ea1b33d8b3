#include "launcher/search.hpp"

#include "lib/base/utf8.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace vitrail::launcher {
namespace {

constexpr float whole_word = 1.0F;
constexpr float word_begins = 0.9F;
constexpr float inside_word = 0.5F;
constexpr float letters_in_order = 0.2F;
/// What a place in each field is worth: title, synonyms, keywords, the qube's name. Who names a
/// qube means it before what is in it.
constexpr std::array<float, 4> field_worth{1.0F, 0.95F, 0.6F, 0.97F};
constexpr std::uint32_t place_field = 3;
/// Shorter words are found in order nearly everywhere.
constexpr std::size_t shortest_in_order = 3;
constexpr std::size_t most_words = 8;
constexpr std::size_t longest_query = 256; ///< bytes

bool parts_words(char32_t point)
{
    return point <= ' ' || point == '-' || point == '_' || point == ';' || point == ',' ||
           point == '/' || point == '(' || point == ')';
}

bool is_mark(char32_t point)
{
    switch (g_unichar_type(point)) {
    case G_UNICODE_NON_SPACING_MARK:
    case G_UNICODE_SPACING_MARK:
    case G_UNICODE_ENCLOSING_MARK: return true;
    default: return false;
    }
}

/// The folded form of one code point, which may hold blanks; empty for a mark.
std::string fold_point(char32_t point)
{
    if (parts_words(point))
        return " ";
    if (point < 0x80)
        return {static_cast<char>(g_ascii_tolower(static_cast<char>(point)))};
    std::array<gunichar, 18> parts{}; // the longest decomposition there is
    auto const count = g_unichar_fully_decompose(point, TRUE, parts.data(), parts.size());
    std::string out;
    for (std::size_t at = 0; at < std::min(count, parts.size()); ++at)
        if (parts_words(parts[at]))
            out += ' ';
        else if (!is_mark(parts[at]))
            append_utf8(out, g_unichar_tolower(parts[at]));
    return out;
}

/// 0 to 63: one bit a character.
std::uint64_t bit_of(char c)
{
    if (c >= 'a' && c <= 'z')
        return std::uint64_t{1} << (c - 'a');
    if (c >= '0' && c <= '9')
        return std::uint64_t{1} << (26 + c - '0');
    return std::uint64_t{1} << (36 + static_cast<unsigned char>(c) % 28);
}

std::uint64_t letters_of(std::string_view text)
{
    std::uint64_t letters = 0;
    for (char const c : text)
        letters |= bit_of(c);
    return letters;
}

std::vector<std::string_view> words_of(std::string_view folded, std::size_t most)
{
    std::vector<std::string_view> words;
    while (!folded.empty() && words.size() < most) {
        auto const end = std::min(folded.find(' '), folded.size());
        if (end > 0)
            words.push_back(folded.substr(0, end));
        folded.remove_prefix(std::min(end + 1, folded.size()));
    }
    return words;
}

/// Whether the letters typed stand in the word in order, the first one first.
bool stands_in_order(std::string_view word, std::string_view typed)
{
    if (word.front() != typed.front())
        return false;
    std::size_t found = 1;
    for (std::size_t at = 1; at < word.size() && found < typed.size(); ++at)
        found += word[at] == typed[found] ? 1 : 0;
    return found == typed.size();
}

/// How well a word fits what was typed; 0: not at all.
float fit(std::string_view word, std::string_view typed)
{
    if (word.starts_with(typed))
        return word.size() == typed.size() ? whole_word : word_begins;
    if (word.contains(typed))
        return inside_word;
    return typed.size() >= shortest_in_order && stands_in_order(word, typed) ? letters_in_order : 0;
}

/// Numbers of texts or words, each distinct one once.
class Numbers {
public:
    /// The number, and whether it is a new one.
    std::pair<std::uint32_t, bool> of(std::string const& text)
    {
        auto const [found, is_new] =
            known_.try_emplace(text, static_cast<std::uint32_t>(known_.size()));
        return {found->second, is_new};
    }
    [[nodiscard]] std::size_t size() const { return known_.size(); }
    /// By number, the text's place among all in order.
    [[nodiscard]] std::vector<std::uint32_t> places() const
    {
        std::vector<std::pair<std::string_view, std::uint32_t>> sorted(known_.begin(),
                                                                       known_.end());
        std::ranges::sort(sorted);
        std::vector<std::uint32_t> places(sorted.size());
        for (std::uint32_t place = 0; place < sorted.size(); ++place)
            places[sorted[place].second] = place;
        return places;
    }

private:
    std::unordered_map<std::string, std::uint32_t> known_;
};

} // namespace

std::string fold(std::string_view text)
{
    std::string out;
    while (!text.empty()) {
        Decoded const decoded = decode_utf8(text);
        std::size_t const bytes = std::max<std::size_t>(decoded.bytes, 1);
        char32_t const point = decoded.bytes == 0 ? ' ' : decoded.point;
        text.remove_prefix(bytes);
        for (char const c : fold_point(point))
            if (c != ' ' || (!out.empty() && out.back() != ' '))
                out += c;
    }
    if (out.ends_with(' '))
        out.pop_back();
    return out;
}

void SearchIndex::set(std::span<SearchEntry const> entries)
{
    *this = {};
    Numbers texts;
    Numbers words;
    Numbers titles;
    Numbers places;
    std::vector<std::pair<std::uint32_t, Standing>> found; // by word
    auto const add_words = [&](std::uint32_t text, std::string const& field_text,
                               std::uint32_t field) {
        std::string const folded = fold(field_text);
        for (std::string_view const one : words_of(folded, folded.size())) {
            auto const [number, is_new] = words.of(std::string(one));
            if (is_new) {
                starts_.push_back(static_cast<std::uint32_t>(letters_.size()));
                letters_ += one;
                masks_.push_back(letters_of(one));
            }
            found.emplace_back(number, Standing{.text = text, .field = field});
        }
    };
    std::vector<std::pair<std::uint32_t, std::uint32_t>> names;
    for (SearchEntry const& entry : entries) {
        auto const [subject, is_new] =
            texts.of(entry.title + '\0' + entry.synonym + '\0' + entry.keyword);
        if (is_new) {
            add_words(subject, entry.title, 0);
            add_words(subject, entry.synonym, 1);
            add_words(subject, entry.keyword, 2);
        }
        auto const [place, is_new_place] = texts.of('\0' + entry.place);
        if (is_new_place)
            add_words(place, entry.place, place_field);
        entries_.push_back({.subject = subject, .place = place, .boost = entry.boost});
        names.emplace_back(titles.of(entry.title).first, places.of(entry.place).first);
    }
    texts_ = texts.size();
    starts_.push_back(static_cast<std::uint32_t>(letters_.size()));
    std::ranges::stable_sort(found, {}, [](auto const& one) { return one.first; });
    for (auto const& [word, standing] : found) {
        while (ranges_.size() <= word)
            ranges_.push_back(static_cast<std::uint32_t>(standings_.size()));
        standings_.push_back(standing);
    }
    ranges_.push_back(static_cast<std::uint32_t>(standings_.size()));
    auto const title_places = titles.places();
    auto const place_places = places.places();
    std::vector<std::uint32_t> order(entries.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::sort(order, {}, [&](std::uint32_t at) {
        return std::tuple(title_places[names[at].first], place_places[names[at].second], at);
    });
    for (std::uint32_t place = 0; place < order.size(); ++place)
        entries_[order[place]].order = place;
}

/// The best fit of each text.
void SearchIndex::score(std::string_view typed, std::vector<float>& scores) const
{
    scores.assign(texts_, 0);
    std::uint64_t const mask = letters_of(typed);
    for (std::size_t at = 0; at < masks_.size(); ++at) {
        if ((masks_[at] & mask) != mask)
            continue;
        float const fits = fit(word(at), typed);
        if (fits == 0)
            continue;
        for (std::uint32_t one = ranges_[at]; one < ranges_[at + 1]; ++one) {
            Standing const& standing = standings_[one];
            if (fits == letters_in_order && standing.field != 0 && standing.field != place_field)
                continue; // nearly everything is found so in long lists of keywords
            float& best = scores[standing.text];
            best = std::max(best, fits * field_worth[standing.field]);
        }
    }
}

std::vector<Hit> SearchIndex::best_of(std::vector<float> const& ranks, std::size_t most) const
{
    auto const better = [&](Hit const& a, Hit const& b) {
        return a.rank != b.rank ? a.rank > b.rank
                                : entries_[a.entry].order < entries_[b.entry].order;
    };
    constexpr std::size_t few = 64; // so many are kept in order as they are found
    std::vector<Hit> hits;
    for (std::size_t at = 0; at < ranks.size(); ++at) {
        Hit const hit{static_cast<std::uint32_t>(at), ranks[at]};
        if (hit.rank <= 0)
            continue;
        if (most > few) {
            hits.push_back(hit);
            continue;
        }
        if (hits.size() == most && (most == 0 || !better(hit, hits.back())))
            continue;
        if (hits.size() == most)
            hits.pop_back();
        hits.insert(std::ranges::upper_bound(hits, hit, better), hit);
    }
    if (most > few) {
        std::ranges::sort(hits, better);
        hits.resize(std::min(hits.size(), most));
    }
    return hits;
}

std::vector<Hit> SearchIndex::find(std::string_view query, std::size_t most) const
{
    std::string const folded = fold(query.substr(0, longest_query));
    auto const words = words_of(folded, most_words);
    std::vector<float> ranks(entries_.size());
    for (std::size_t at = 0; at < entries_.size(); ++at)
        ranks[at] = !words.empty() || entries_[at].boost > 1 ? entries_[at].boost : 0;
    std::vector<float> scores;
    for (std::string_view const typed : words) {
        score(typed, scores);
        for (std::size_t at = 0; at < entries_.size(); ++at)
            ranks[at] *= std::max(scores[entries_[at].subject], scores[entries_[at].place]);
    }
    return best_of(ranks, most);
}

std::vector<Range> matches(std::string_view text, std::string_view query)
{
    // Folded characters and the bytes of the text that each came from.
    std::string folded;
    std::vector<std::size_t> origin;
    std::size_t at = 0;
    while (at < text.size()) {
        Decoded const decoded = decode_utf8(text.substr(at));
        char32_t const point = decoded.bytes == 0 ? ' ' : decoded.point;
        std::string const one = fold_point(point);
        folded += one;
        origin.insert(origin.end(), one.size(), at);
        at += std::max<std::size_t>(decoded.bytes, 1);
    }
    origin.push_back(text.size());
    std::vector<bool> marked(text.size());
    std::string const wanted = fold(query.substr(0, longest_query));
    for (std::string_view const word : words_of(wanted, most_words)) {
        std::size_t found = (" " + folded).find(" " + std::string(word));
        if (found == std::string::npos)
            found = folded.find(word);
        if (found == std::string::npos)
            continue;
        for (std::size_t byte = origin[found]; byte < origin[found + word.size()]; ++byte)
            marked[byte] = true;
    }
    std::vector<Range> ranges;
    for (std::size_t byte = 0; byte < marked.size(); ++byte) {
        if (!marked[byte])
            continue;
        if (!ranges.empty() && ranges.back().start + ranges.back().size == byte)
            ++ranges.back().size;
        else
            ranges.push_back({byte, 1});
    }
    return ranges;
}

} // namespace vitrail::launcher
