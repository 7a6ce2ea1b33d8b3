// How long the launcher's search takes: 10,000 entries, every way in which a person types.

#include "tests/bench/scenarios.hpp"

#include "launcher/search.hpp"
#include "tests/bench/record.hpp"

#include <array>
#include <cstdlib>
#include <random>

namespace vitrail::bench {
namespace {

using launcher::SearchEntry;
using launcher::SearchIndex;

constexpr std::size_t qube_count = 50;
constexpr std::size_t applications_each = 200;
constexpr int rounds = 40;

/// A word of two to four syllables, as names of programs are.
std::string made_up_word(std::mt19937& random)
{
    constexpr std::array syllables{"fi",  "re",  "fox", "ter", "mi",  "nal", "no",
                                   "te",  "pad", "ka",  "te",  "gim", "pu",  "lo",
                                   "sto", "vi",  "ew",  "er",  "sho", "ot"};
    std::string word;
    for (std::size_t left = 2 + random() % 3; left > 0; --left)
        word += syllables[random() % syllables.size()];
    return word;
}

/// `shared`: every qube has the same applications; else each has its own.
std::vector<SearchEntry> list(bool shared)
{
    std::mt19937 random(7); // NOLINT: the same each time
    std::vector<SearchEntry> all;
    for (std::size_t qube = 0; qube < qube_count; ++qube)
        for (std::size_t one = 0; one < applications_each; ++one) {
            if (shared && qube > 0) {
                all.push_back(all[one]);
                all.back().place = "qube" + std::to_string(qube);
                continue;
            }
            SearchEntry entry;
            entry.title = made_up_word(random) + " " + made_up_word(random);
            entry.place = "qube" + std::to_string(qube);
            entry.synonym = made_up_word(random) + " " + made_up_word(random);
            entry.keyword = made_up_word(random) + ";" + made_up_word(random) + ";";
            entry.boost = 1 + static_cast<float>(random() % 10) / 20;
            all.push_back(entry);
        }
    return all;
}

/// What is in the field after each key of these.
std::vector<std::string> typed()
{
    std::vector<std::string> queries;
    for (std::string const whole : {"qube17 firefox", "term", "q", "e", "frfx qube3", "note pad",
                                    "zzz", "qube4 qube", "katepu vi", "sto er no", "a b c d"})
        for (std::size_t size = 1; size <= whole.size(); ++size)
            queries.push_back(whole.substr(0, size));
    return queries;
}

} // namespace

void run_launcher_search(Run const& run)
{
    auto const queries = typed();
    for (bool const shared : {true, false}) {
        auto const entries = list(shared);
        std::string const kind = shared ? "same in each qube" : "all different";
        SearchIndex index;
        for (int block = 0; block < run.blocks; ++block) {
            run.machine.check_quiet(block);
            Nanoseconds const begin = now();
            index.set(entries);
            record({{"metric", "search_index"}, {"titles", kind}}, block,
                   {static_cast<double>(now() - begin) / 1000});
            std::vector<double> samples;
            std::size_t found = 0;
            for (int round = 0; round < rounds; ++round)
                for (std::string const& query : queries) {
                    Nanoseconds const start = now();
                    found += index.find(query, 15).size();
                    samples.push_back(static_cast<double>(now() - start) / 1000);
                }
            if (found == 0)
                std::abort(); // this would measure something else
            record({{"metric", "search"}, {"titles", kind}}, block, samples);
        }
    }
}

} // namespace vitrail::bench
