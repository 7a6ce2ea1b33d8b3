#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::launcher {

/// Text as it is compared: lower case, without accents, words parted by single blanks. ASCII and
/// the letters of Latin, Greek and Cyrillic; other scripts stay as they are.
[[nodiscard]] std::string fold(std::string_view text);

/// What can be found: an application of a qube, a qube, or something that can be done.
/// `title` and `place` are what the user sees; every word that he types has to be found in one of
/// the four.
struct SearchEntry {
    std::string title;   ///< Firefox; Shut down
    std::string place;   ///< the qube's name; empty: of the machine
    std::string synonym; ///< other names of it: "stop halt"; as good as its title
    std::string keyword; ///< what it is about: "Web Browser; Internet;"
    float boost = 1;     ///< factor of its rank: how much it is used, 1 to 2
};

struct Hit {
    std::uint32_t entry = 0; ///< its number in the order given to set()
    float rank = 0;          ///< above 0
    friend bool operator==(Hit const&, Hit const&) = default;
};

/// Finds entries by words typed, over flat arrays that are made once per change of the list.
///
/// A word counts most where it is a whole word, less where one begins with it, then inside of one,
/// least where its letters stand in one in order ("frfx"). The rank of an entry is the product over
/// the words, times its boost; alike ones stand by title, place and number.
/// The words are parted at blanks, `-` and `_`, as in the original's menu (fact sheet desktop-tools
/// §1).
class SearchIndex {
public:
    void set(std::span<SearchEntry const> entries);
    [[nodiscard]] std::size_t size() const { return entries_.size(); }

    /// The best `most`, best first. Without a word typed: those with the highest boost above 1.
    [[nodiscard]] std::vector<Hit> find(std::string_view query, std::size_t most) const;

private:
    /// Where a word stands: in the title, the synonyms or the keywords of a text, or is its place.
    struct Standing {
        std::uint32_t text = 0;
        std::uint32_t field = 0;
    };
    struct Entry {
        std::uint32_t subject = 0; ///< a text: title, synonyms and keywords
        std::uint32_t place = 0;   ///< a text
        float boost = 1;
        std::uint32_t order = 0; ///< its place by title, place and number
    };
    [[nodiscard]] std::string_view word(std::size_t number) const
    {
        return std::string_view(letters_).substr(starts_[number],
                                                 starts_[number + 1] - starts_[number]);
    }
    void score(std::string_view typed, std::vector<float>& scores) const;
    [[nodiscard]] std::vector<Hit> best_of(std::vector<float> const& ranks, std::size_t most) const;

    // Every word that occurs, once: most occur often, the same application in fifty qubes.
    std::string letters_;               ///< of all words, one after the other
    std::vector<std::uint32_t> starts_; ///< in letters_, one more than there are words
    std::vector<std::uint64_t> masks_;  ///< which characters a word has
    std::vector<Standing> standings_;   ///< of the words in order
    std::vector<std::uint32_t> ranges_; ///< in standings_, one more than there are words
    std::size_t texts_ = 0;
    std::vector<Entry> entries_;
};

/// Bytes of `text` that the words of `query` match, for the eye: ranges of start and size, in
/// order, apart from each other.
struct Range {
    std::size_t start = 0;
    std::size_t size = 0;
    friend bool operator==(Range const&, Range const&) = default;
};
[[nodiscard]] std::vector<Range> matches(std::string_view text, std::string_view query);

} // namespace vitrail::launcher
