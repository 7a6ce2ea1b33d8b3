// Features, tags and labels. Source: fact sheet admin-api §9, §10.

#include "services/qubesd/api.hpp"

#include <algorithm>

namespace vitrail::qubesd {

using qube::Outcome;
using qube::refuse;
namespace exception = qube::exception;

namespace {

std::unexpected<qube::AdminError> no_feature(std::string const& name)
{
    return refuse(exception::feature_not_found, "The feature '" + name + "' is not set");
}

Outcome<> check_feature_name(std::string const& untrusted_name)
{
    if (qube::is_feature_name(untrusted_name))
        return {};
    return refuse(exception::value, "No feature may have this name");
}

Outcome<> may_change(std::string const& feature)
{
    if (!Preloads::keeps_feature(feature))
        return {};
    return refuse(exception::value, "The feature " + feature + " is kept by qubesd itself");
}

Outcome<> check_tag(std::string const& untrusted_tag)
{
    if (qube::is_tag(untrusted_tag))
        return {};
    return refuse(exception::invalid_tag, "This is no tag");
}

Outcome<> may_touch(Call const& call)
{
    if (call.argument().starts_with("created-by-") && call.source != qube::dom0)
        return refuse(exception::permission_denied, "Who made a qube is not changed");
    return {};
}

Outcome<qube::Label const*> label_of(State const& state, std::string const& name)
{
    if (!qube::is_label_name(name))
        return refuse(exception::invalid_label, "No label may have this name");
    if (qube::Label const* const found = state.find_label(name))
        return found;
    return refuse(exception::label_not_found, "There is no label " + name);
}

std::string lines(auto const& names)
{
    std::string out;
    for (auto const& name : names)
        out += name + "\n";
    return out;
}

} // namespace

Api::Text Api::feature_list(Call const& call)
{
    std::string out;
    for (auto const& [name, value] : subject(call).features)
        out += name + "\n";
    return out;
}

Api::Text Api::feature_get(Call const& call)
{
    if (std::string const* const found = subject(call).feature(call.argument()))
        return *found;
    return no_feature(call.argument());
}

Api::Text Api::feature_set(Call const& call)
{
    TRY_VOID(check_feature_name(call.argument()));
    if (!qube::is_feature_value(call.untrusted_payload()))
        return refuse(exception::value, "A feature holds printable ASCII only");
    TRY_VOID(may_change(call.argument()));
    if (!Preloads::may_be(call.argument(), call.untrusted_payload()))
        return refuse(exception::value, "The feature " + call.argument() + " is a number");
    TRY_VOID(system_.set_feature(call.subject, call.argument(), call.untrusted_payload()));
    return "";
}

Api::Text Api::feature_remove(Call const& call)
{
    if (!subject(call).feature(call.argument()))
        return no_feature(call.argument());
    TRY_VOID(may_change(call.argument()));
    TRY_VOID(system_.remove_feature(call.subject, call.argument()));
    return "";
}

Api::Text Api::feature_check_template(Call const& call)
{
    if (auto found = feature_with_template(system_.state, subject(call), call.argument()))
        return *found;
    return no_feature(call.argument());
}

Api::Text Api::feature_check_netvm(Call const& call)
{
    std::set<std::string> seen; // a chain never loops, but this must not hang if it did
    for (Qube const* at = &subject(call); at && seen.insert(at->name).second;
         at = system_.state.find(property_text(system_.state, *at, "netvm")))
        if (std::string const* const found = at->feature(call.argument()))
            return *found;
    return no_feature(call.argument());
}

Api::Text Api::feature_check_admin(Call const& call)
{
    for (Qube const* const one : {&subject(call), system_.state.find(qube::dom0)})
        if (std::string const* const found = one->feature(call.argument()))
            return *found;
    return no_feature(call.argument());
}

Api::Text Api::feature_check_template_admin(Call const& call)
{
    if (auto found = feature_with_template(system_.state, subject(call), call.argument()))
        return *found;
    return feature_check_admin(call);
}

Api::Text Api::tag_list(Call const& call)
{
    return lines(subject(call).tags);
}

Api::Text Api::tag_get(Call const& call)
{
    TRY_VOID(check_tag(call.argument()));
    return subject(call).tags.contains(call.argument()) ? "1" : "0";
}

Api::Text Api::tag_set(Call const& call)
{
    TRY_VOID(check_tag(call.argument()));
    TRY_VOID(may_touch(call));
    TRY_VOID(system_.add_tag(call.subject, call.argument()));
    return "";
}

Api::Text Api::tag_remove(Call const& call)
{
    TRY_VOID(check_tag(call.argument()));
    TRY_VOID(may_touch(call));
    if (!subject(call).tags.contains(call.argument()))
        return refuse(exception::tag_not_found, "The qube has no tag " + call.argument());
    TRY_VOID(system_.remove_tag(call.subject, call.argument()));
    return "";
}

Api::Text Api::label_list(Call const&)
{
    std::string out;
    for (qube::Label const& label : system_.state.labels)
        out += label.name + "\n";
    return out;
}

Api::Text Api::label_get(Call const& call)
{
    return qube::colour_text(TRY(label_of(system_.state, call.argument()))->rgb);
}

Api::Text Api::label_index(Call const& call)
{
    return std::to_string(TRY(label_of(system_.state, call.argument()))->index);
}

Api::Text Api::label_create(Call const& call)
{
    if (!qube::is_label_name(call.argument()))
        return refuse(exception::invalid_label, "No label may have this name");
    if (system_.state.find_label(call.argument()))
        return refuse(exception::value, "There is a label " + call.argument() + " already");
    auto const rgb = qube::parse_colour(call.untrusted_payload());
    if (!rgb)
        return refuse(exception::invalid_label_value, "A colour is 0x and six hexadecimal digits");
    qube::Label const label{qube::next_label_index(system_.state.labels), call.argument(), *rgb};
    Transaction change(system_.store);
    change.add_label(label);
    TRY_VOID(system_.keep(change));
    system_.state.labels.push_back(label);
    return "";
}

Api::Text Api::label_remove(Call const& call)
{
    qube::Label const label = *TRY(label_of(system_.state, call.argument()));
    if (label.index <= qube::standard_labels.size())
        return refuse(exception::permission_denied, "A standard label is not removed");
    for (auto const& [name, one] : system_.state.qubes)
        if (one.property("label") == label.name)
            return refuse(exception::label_in_use,
                          "The label " + label.name + " is in use: " + name);
    Transaction change(system_.store);
    change.remove_label(label.name);
    TRY_VOID(system_.keep(change));
    std::erase(system_.state.labels, label);
    return "";
}

} // namespace vitrail::qubesd
