#include "launcher/search.hpp"

#include "lib/base/utf8.hpp"

#include <glib.h>

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

namespace vitrail::launcher {
namespace {

constexpr float whole_word = 1.0F;
constexpr float word_begins = 0.9F;
constexpr float inside_word = 0.5F;
constexpr float in_order = 0.2F;
/// What a place in each field is worth: title, synonyms, keywords.
constexpr std::array<float, 3> field_worth{1.0F, 0.95F, 0.6F};
/// Who names a qube means it before what is in it.
constexpr float place_worth = 0.97F;
constexpr char field_mark = '\x01';
/// Shorter words are found in order nearly everywhere.
constexpr std::size_t shortest_in_order = 3;
constexpr std::size_t most_words = 8;

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

struct Word {
    std::string_view text;
    std::uint64_t letters = 0;
};

std::vector<Word> words_of(std::string_view folded)
{
    std::vector<Word> words;
    while (!folded.empty() && words.size() < most_words) {
        auto const end = std::min(folded.find(' '), folded.size());
        if (end > 0)
            words.push_back({folded.substr(0, end), letters_of(folded.substr(0, end))});
        folded.remove_prefix(std::min(end + 1, folded.size()));
    }
    return words;
}

/// Whether the letters of `word` stand in one word of the text in order, the first one first.
bool stands_in_order(std::string_view text, std::string_view word)
{
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        if (text[at] != ' ' || text[at + 1] != word.front())
            continue;
        std::size_t found = 1;
        for (std::size_t next = at + 2; next < text.size() && text[next] != ' '; ++next) {
            if (text[next] == word[found] && ++found == word.size())
                return true;
        }
    }
    return false;
}

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
    text_.clear();
    texts_.clear();
    entries_.clear();
    std::map<std::string, std::uint32_t, std::less<>> known;
    auto const text = [&](std::string const& fields) {
        auto const [found, is_new] =
            known.try_emplace(fields, static_cast<std::uint32_t>(texts_.size()));
        if (is_new) {
            texts_.push_back({.letters = letters_of(fields),
                              .start = static_cast<std::uint32_t>(text_.size()),
                              .size = static_cast<std::uint32_t>(fields.size())});
            text_ += fields;
        }
        return found->second;
    };
    std::map<std::string_view, std::uint32_t> subjects; // folding costs most: once per title
    for (SearchEntry const& entry : entries) {
        std::string fields = " " + fold(entry.title) + field_mark;
        if (!entry.synonym.empty() || !entry.keyword.empty())
            fields += " " + fold(entry.synonym) + field_mark;
        if (!entry.keyword.empty())
            fields += " " + fold(entry.keyword) + field_mark;
        entries_.push_back({.subject = text(fields),
                            .place = text(" " + fold(entry.place) + field_mark),
                            .boost = entry.boost});
    }
    by_order_.resize(entries.size());
    std::iota(by_order_.begin(), by_order_.end(), 0U);
    std::ranges::stable_sort(by_order_, [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(entries[a].title, entries[a].place) <
               std::tie(entries[b].title, entries[b].place);
    });
    for (std::uint32_t order = 0; order < by_order_.size(); ++order)
        entries_[by_order_[order]].order = order;
}

float SearchIndex::score(Text const& text, std::string_view word, std::uint64_t letters) const
{
    if ((text.letters & letters) != letters)
        return 0;
    char const* const begin = text_.data() + text.start;
    char const* const end = begin + text.size;
    float best = 0;
    std::size_t field = 0;
    for (char const* at = begin; at < end; ++at) {
        if (*at == field_mark) {
            ++field;
            continue;
        }
        if (*at != word.front() || static_cast<std::size_t>(end - at) <= word.size() ||
            std::string_view(at, word.size()) != word)
            continue;
        char const after = at[word.size()];
        float const kind = at[-1] != ' '                         ? inside_word
                           : after == ' ' || after == field_mark ? whole_word
                                                                 : word_begins;
        best = std::max(best, kind * field_worth[std::min(field, field_worth.size() - 1)]);
        if (best >= whole_word)
            return best;
    }
    if (best == 0 && word.size() >= shortest_in_order) {
        std::string_view const title(begin, text.size);
        if (stands_in_order(title.substr(0, title.find(field_mark)), word))
            return in_order;
    }
    return best;
}

std::vector<Hit> SearchIndex::find(std::string_view query, std::size_t most) const
{
    std::string const folded = fold(query.substr(0, 256));
    auto const words = words_of(folded);
    std::vector<float> ranks(entries_.size());
    for (std::size_t at = 0; at < entries_.size(); ++at)
        ranks[at] = !words.empty() || entries_[at].boost > 1 ? entries_[at].boost : 0;
    std::vector<float> scores(texts_.size());
    for (Word const& word : words) {
        for (std::size_t at = 0; at < texts_.size(); ++at)
            scores[at] = score(texts_[at], word.text, word.letters);
        for (std::size_t at = 0; at < entries_.size(); ++at)
            ranks[at] *=
                std::max(scores[entries_[at].subject], place_worth * scores[entries_[at].place]);
    }
    std::vector<Hit> hits;
    for (std::size_t at = 0; at < entries_.size(); ++at)
        if (ranks[at] > 0)
            hits.push_back({static_cast<std::uint32_t>(at), ranks[at]});
    auto const better = [&](Hit const& a, Hit const& b) {
        return a.rank != b.rank ? a.rank > b.rank
                                : entries_[a.entry].order < entries_[b.entry].order;
    };
    if (hits.size() > most) {
        std::ranges::nth_element(hits, hits.begin() + static_cast<std::ptrdiff_t>(most), better);
        hits.resize(most);
    }
    std::ranges::sort(hits, better);
    return hits;
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
    std::string const wanted = fold(query.substr(0, 256));
    for (Word const& word : words_of(wanted)) {
        std::size_t found = (" " + folded).find(" " + std::string(word.text));
        if (found == std::string::npos)
            found = folded.find(word.text);
        if (found == std::string::npos)
            continue;
        for (std::size_t byte = origin[found]; byte < origin[found + word.text.size()]; ++byte)
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
