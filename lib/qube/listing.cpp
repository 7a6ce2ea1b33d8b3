#include "lib/qube/listing.hpp"

#include "lib/qube/names.hpp"

namespace vitrail::qube {

std::vector<ListedQube> parse_list(std::string_view untrusted_answer)
{
    std::vector<ListedQube> all;
    for (std::string_view const line : split(untrusted_answer, '\n')) {
        ListedQube one;
        for (std::string_view const word : split(line, ' ')) {
            if (one.name.empty())
                one.name = word;
            else if (word.starts_with("class="))
                one.klass = word.substr(6);
            else if (word.starts_with("state="))
                one.power = word.substr(6);
        }
        if (is_qube_name(one.name) && !one.klass.empty())
            all.push_back(std::move(one));
    }
    return all;
}

std::string property_value(std::string_view untrusted_answer)
{
    for (int field = 0; field < 2; ++field) {
        auto const blank = untrusted_answer.find(' ');
        if (blank == std::string_view::npos)
            return {};
        untrusted_answer.remove_prefix(blank + 1);
    }
    return std::string(untrusted_answer);
}

std::map<std::string, std::string, std::less<>> parse_properties(std::string_view untrusted_answer)
{
    std::map<std::string, std::string, std::less<>> values;
    for (std::string_view const line : split(untrusted_answer, '\n'))
        if (auto const blank = line.find(' '); blank != std::string_view::npos)
            values[std::string(line.substr(0, blank))] = property_value(line.substr(blank + 1));
    return values;
}

} // namespace vitrail::qube
