#include "services/sessiond/qube_reader.hpp"

#include "services/sessiond/gui_options.hpp"

#include <cstdio>
#include <map>
#include <memory>
#include <utility>

namespace vitrail::session {
namespace {

using qube::Outcome;

constexpr std::string_view own_prefix = "gui-";
constexpr std::string_view default_prefix = "gui-default-";

/// One reading, kept alive by the calls that are under way. The options of the GUI domain come
/// first, the qube's own over them.
class Reading : public std::enable_shared_from_this<Reading> {
public:
    Reading(qube::AsyncAdminClient& client, std::string const& name,
            std::function<void(Outcome<QubeFacts>)> done)
        : client_(client), done_(std::move(done))
    {
        facts_.name = name;
        facts_.options = default_gui_options();
        facts_.options.set_name(name);
    }

    void begin()
    {
        call(facts_.name, "admin.vm.property.GetAll", "",
             [](Reading& self, std::string const& answer) { self.take_properties(answer); });
    }

private:
    using Step = std::function<void(Reading&, std::string const&)>;

    void call(std::string const& whom, std::string method, std::string argument, Step step)
    {
        client_.call({whom, std::move(method), std::move(argument)},
                     [self = shared_from_this(), step = std::move(step)](
                         Outcome<std::string> const& answer) {
                         if (answer)
                             step(*self, *answer);
                         else
                             self->done_(std::unexpected(answer.error()));
                     });
    }

    void take_properties(std::string const& answer)
    {
        std::map<std::string, std::string, std::less<>> values;
        for (std::string_view const line : qube::split(answer, '\n'))
            if (auto const blank = line.find(' '); blank != std::string_view::npos)
                values[std::string(line.substr(0, blank))] =
                    property_value(line.substr(blank + 1));
        auto const domain = qube::parse_number(values["xid"]);
        facts_.domain = static_cast<std::uint32_t>(domain.value_or(0));
        facts_.gui = values["guivm"] == qube::dom0;
        facts_.autostart = values["autostart"] == "True";
        std::string const label = values["label"];
        if (auto const known = find_label(label)) {
            facts_.label = *known;
            return ask_power();
        }
        call(std::string(qube::dom0), "admin.label.Get", label,
             [label](Reading& self, std::string const& colour) {
                 self.facts_.label = {label, qube::parse_colour(colour).value_or(0),
                                      label_code(label)};
                 self.ask_power();
             });
    }
    void ask_power()
    {
        call(facts_.name, "admin.vm.List", "", [](Reading& self, std::string const& line) {
            for (std::string_view const word : qube::split(line, ' '))
                if (word.starts_with("state="))
                    self.facts_.power = word.substr(6);
            self.ask_gui();
        });
    }
    void ask_gui()
    {
        // Not set: it has one; empty: it has none.
        client_.call({facts_.name, "admin.vm.feature.CheckWithTemplate", "gui"},
                     [self = shared_from_this()](Outcome<std::string> const& answer) {
                         if (answer && answer->empty())
                             self->facts_.gui = false;
                         self->list_features(std::string(qube::dom0), default_prefix);
                     });
    }
    void list_features(std::string const& whom, std::string_view prefix)
    {
        call(whom, "admin.vm.feature.List", "",
             [whom, prefix](Reading& self, std::string const& answer) {
                 std::vector<std::string> names;
                 for (std::string_view const feature : qube::split(answer, '\n'))
                     if (feature.starts_with(prefix))
                         names.emplace_back(feature);
                 self.take_features(whom, prefix, std::move(names));
             });
    }
    void take_features(std::string const& whom, std::string_view prefix,
                       std::vector<std::string> names)
    {
        if (names.empty()) {
            if (whom == qube::dom0)
                return list_features(facts_.name, own_prefix);
            return done_(facts_);
        }
        std::string const feature = names.back();
        names.pop_back();
        client_.call({whom, "admin.vm.feature.Get", feature},
                     [self = shared_from_this(), whom, prefix, names = std::move(names),
                      feature](Outcome<std::string> const& value) {
                         if (value && !set_gui_option(self->facts_.options,
                                                      feature.substr(prefix.size()), *value))
                             self->complain(feature, *value);
                         self->take_features(whom, prefix, names);
                     });
    }
    void complain(std::string const& feature, std::string const& value) const
    {
        if (feature == "gui-emulated" || feature.starts_with("gui-videoram-") ||
            feature.starts_with(default_prefix) || feature.ends_with("-sequence") ||
            feature == "gui-seamless")
            return; // not guid's
        std::fprintf(stderr, "vitrail-sessiond: qube %s: the feature %s may not be '%s'\n",
                     facts_.name.c_str(), feature.c_str(), value.c_str());
    }

    qube::AsyncAdminClient& client_;
    std::function<void(Outcome<QubeFacts>)> done_;
    QubeFacts facts_;
};

} // namespace

void read_qube(qube::AsyncAdminClient& client, std::string const& name,
               std::function<void(Outcome<QubeFacts>)> done)
{
    std::make_shared<Reading>(client, name, std::move(done))->begin();
}

std::vector<std::string> listed_qubes(std::string_view answer)
{
    std::vector<std::string> names;
    for (std::string_view const line : qube::split(answer, '\n'))
        if (auto const blank = line.find(' ');
            blank != std::string_view::npos && line.substr(0, blank) != qube::dom0)
            names.emplace_back(line.substr(0, blank));
    return names;
}

std::string property_value(std::string_view answer)
{
    for (int field = 0; field < 2; ++field) {
        auto const blank = answer.find(' ');
        if (blank == std::string_view::npos)
            return {};
        answer.remove_prefix(blank + 1);
    }
    return std::string(answer);
}

} // namespace vitrail::session
