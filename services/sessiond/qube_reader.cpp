#include "services/sessiond/qube_reader.hpp"

#include "lib/qube/listing.hpp"
#include "services/sessiond/gui_options.hpp"

#include <cstdio>
#include <utility>

namespace vitrail::session {
namespace {

using qube::Outcome;

constexpr std::string_view own_prefix = "gui-";
constexpr std::string_view default_prefix = "gui-default-";
/// A qube that is nobody's to see, such as a disposable that is kept ready.
constexpr std::string_view internal_feature = "internal";

} // namespace

QubeReading::QubeReading(qube::AsyncAdminClient& client, std::string const& name, Done done)
    : client_(client), done_(std::move(done))
{
    facts_.name = name;
    facts_.options = default_gui_options();
    facts_.options.set_name(name);
}

void QubeReading::begin()
{
    call(facts_.name, "admin.vm.property.GetAll", "", &QubeReading::take_properties);
}

void QubeReading::call(std::string const& whom, std::string method, std::string argument, Step step)
{
    client_.call({whom, std::move(method), std::move(argument)},
                 [this, step](Outcome<std::string> const& answer) {
                     if (answer)
                         (this->*step)(*answer);
                     else
                         finish(std::unexpected(answer.error()));
                 });
}

void QubeReading::finish(Outcome<QubeFacts> outcome)
{
    Done const done = std::move(done_);
    done(std::move(outcome)); // may destroy us
}

void QubeReading::take_properties(std::string const& answer)
{
    auto values = qube::parse_properties(answer);
    facts_.domain = static_cast<std::uint32_t>(qube::parse_number(values["xid"]).value_or(0));
    facts_.gui = values["guivm"] == qube::dom0;
    facts_.autostart = values["autostart"] == "True";
    facts_.service = values["provides_network"] == "True";
    if (auto const known = find_label(values["label"])) {
        facts_.label = *known;
        return ask_power();
    }
    facts_.label = {values["label"], 0, label_code(values["label"])};
    call(std::string(qube::dom0), "admin.label.Get", facts_.label.name, &QubeReading::take_colour);
}

void QubeReading::take_colour(std::string const& answer)
{
    facts_.label.rgb = qube::parse_colour(answer).value_or(0);
    ask_power();
}

void QubeReading::ask_power()
{
    call(facts_.name, "admin.vm.List", "", &QubeReading::take_power);
}

void QubeReading::take_power(std::string const& answer)
{
    for (std::string_view const word : qube::split(answer, ' '))
        if (word.starts_with("state="))
            facts_.power = word.substr(6);
    // The feature not set: it has a GUI; empty: it has none.
    client_.call({facts_.name, "admin.vm.feature.CheckWithTemplate", "gui"},
                 [this](Outcome<std::string> const& gui) {
                     if (gui && gui->empty())
                         facts_.gui = false;
                     list_features();
                 });
}

void QubeReading::list_features()
{
    call(own_features_ ? facts_.name : std::string(qube::dom0), "admin.vm.feature.List", "",
         &QubeReading::take_feature_names);
}

void QubeReading::take_feature_names(std::string const& answer)
{
    for (std::string_view const feature : qube::split(answer, '\n'))
        if (feature.starts_with(own_features_ ? own_prefix : default_prefix) ||
            (own_features_ && feature == internal_feature))
            features_.emplace_back(feature);
    read_next_feature();
}

void QubeReading::read_next_feature()
{
    if (features_.empty()) {
        if (own_features_)
            return finish(facts_);
        own_features_ = true;
        return list_features();
    }
    std::string const feature = std::move(features_.back());
    features_.pop_back();
    client_.call(
        {own_features_ ? facts_.name : std::string(qube::dom0), "admin.vm.feature.Get", feature},
        [this, feature](Outcome<std::string> const& value) {
            auto const prefix = own_features_ ? own_prefix : default_prefix;
            if (feature == internal_feature)
                facts_.internal = value && !value->empty();
            else if (value &&
                     !set_gui_option(facts_.options, feature.substr(prefix.size()), *value))
                complain(feature, *value);
            read_next_feature();
        });
}

void QubeReading::complain(std::string const& feature, std::string const& value) const
{
    if (feature == "gui-emulated" || feature == "gui-seamless" ||
        feature.starts_with("gui-videoram-") || feature.ends_with("-sequence") ||
        (own_features_ && feature.starts_with(default_prefix)))
        return; // not guid's
    std::fprintf(stderr, "vitrail-sessiond: qube %s: the feature %s may not be '%s'\n",
                 facts_.name.c_str(), feature.c_str(), value.c_str());
}

std::vector<std::string> listed_qubes(std::string_view answer)
{
    std::vector<std::string> names;
    for (qube::ListedQube const& one : qube::parse_list(answer))
        if (one.name != qube::dom0)
            names.push_back(one.name);
    return names;
}

} // namespace vitrail::session
