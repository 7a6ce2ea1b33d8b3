#include "services/qrexecd/grants.hpp"

#include "lib/qrexec/names.hpp"

#include <algorithm>
#include <array>

namespace vitrail::qrexecd {

std::optional<Grant> parse_grant(std::string_view text)
{
    std::array<std::string_view, 3> words;
    for (std::size_t i = 0; i < words.size(); ++i) {
        bool const is_last = i + 1 == words.size();
        auto const blank = text.find(' ');
        if ((blank == std::string_view::npos) != is_last)
            return std::nullopt;
        words[i] = text.substr(0, blank);
        text.remove_prefix(is_last ? text.size() : blank + 1);
    }
    if (!qrexec::is_qube_name(words[0]) || !qrexec::is_qube_name(words[1]) ||
        !qrexec::is_service_name(words[2]))
        return std::nullopt;
    return Grant{std::string(words[0]), std::string(words[1]), std::string(words[2])};
}

void Grants::add(Grant grant, Time now)
{
    if (given_.size() == most)
        given_.erase(given_.begin());
    given_.push_back({std::move(grant), now + life});
}

bool Grants::take(Grant const& wanted, Time now)
{
    std::erase_if(given_, [&](Given const& one) { return now >= one.until; });
    auto const found = std::ranges::find(given_, wanted, &Given::grant);
    if (found == given_.end())
        return false;
    given_.erase(found);
    return true;
}

} // namespace vitrail::qrexecd
