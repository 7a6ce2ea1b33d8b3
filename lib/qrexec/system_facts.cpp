#include "lib/qrexec/system_facts.hpp"

#include <algorithm>

namespace vitrail::qrexec {

SystemFacts::SystemFacts(std::vector<QubeFacts> qubes) : qubes_(std::move(qubes))
{
    if (std::ranges::none_of(qubes_, [](QubeFacts const& one) { return one.name == "dom0"; })) {
        QubeFacts admin;
        admin.name = "dom0";
        admin.type = "AdminVM";
        qubes_.push_back(std::move(admin));
    }
    std::ranges::sort(qubes_, {}, &QubeFacts::name);
    for (Index i = 0; i < qubes_.size(); ++i) {
        QubeFacts& qube = qubes_[i];
        if (qube.name == "dom0") {
            admin_ = i;
            qube.uuid = dom0_uuid;
            qube.runs = true;
        }
        by_name_.emplace(qube.name, i);
        by_uuid_.emplace(qube.uuid, i);
        by_type_[qube.type].push_back(i);
        if (qube.template_for_dispvms)
            templates_.push_back(i);
        for (std::string const& tag : qube.tags)
            by_tag_[tag].push_back(i);
    }
}

std::optional<SystemFacts::Index> SystemFacts::find(std::string_view name) const
{
    auto const found = by_name_.find(name);
    return found == by_name_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<SystemFacts::Index> SystemFacts::find_uuid(std::string_view uuid) const
{
    auto const found = by_uuid_.find(uuid);
    return found == by_uuid_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<SystemFacts::Index> SystemFacts::find(Token const& token) const
{
    switch (token.kind) {
    case Token::Kind::admin: return admin_;
    case Token::Kind::name: return find(std::string_view(token.value));
    case Token::Kind::uuid: return find_uuid(token.value);
    case Token::Kind::dispvm_of:
        return token.is_uuid ? find_uuid(token.value) : find(std::string_view(token.value));
    default: return std::nullopt;
    }
}

std::span<SystemFacts::Index const> SystemFacts::tagged(std::string_view tag) const
{
    auto const found = by_tag_.find(tag);
    return found == by_tag_.end() ? std::span<Index const>() : found->second;
}

std::span<SystemFacts::Index const> SystemFacts::of_type(std::string_view type) const
{
    auto const found = by_type_.find(type);
    return found == by_type_.end() ? std::span<Index const>() : found->second;
}

} // namespace vitrail::qrexec
