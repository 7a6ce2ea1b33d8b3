#include "tools/qvm/complete.hpp"

#include "tools/qvm/columns.hpp"

#include <algorithm>
#include <array>

namespace vitrail::qvm {
namespace {

using Candidates = std::vector<Candidate>;

/// What is known of the line when its last word is completed.
struct Place {
    CLI::App* app = nullptr;
    CLI::Option* pending = nullptr;      ///< an option whose value is completed
    std::vector<std::string> positional; ///< words before, without options and actions
    bool options_ended = false;          ///< after --
};

bool takes_value(CLI::Option const* option)
{
    return option && option->get_items_expected_min() > 0;
}

CLI::App* action_named(CLI::App* app, std::string const& word)
{
    for (CLI::App* const one : app->get_subcommands([](CLI::App*) { return true; }))
        if (one->check_name(word))
            return one;
    return nullptr;
}

Place place_of(CLI::App& app, std::vector<std::string> const& before)
{
    Place place{.app = &app, .positional = {}};
    for (std::string const& word : before) {
        if (place.pending)
            place.pending = nullptr;
        else if (word == "--")
            place.options_ended = true;
        else if (!place.options_ended && word.size() > 1 && word.starts_with('-')) {
            if (auto* const option =
                    word.contains('=') ? nullptr : place.app->get_option_no_throw(word);
                takes_value(option))
                place.pending = option;
        } else if (auto* const action = action_named(place.app, word))
            place.app = action;
        else
            place.positional.push_back(word);
    }
    return place;
}

/// The positional that the next word fills; the last one takes all that follow if it takes many.
CLI::Option* next_positional(Place const& place)
{
    std::size_t at = place.positional.size();
    if (place.app->get_parent() && place.app->get_parent()->get_name() == "qvm-device")
        at -= std::min<std::size_t>(at, 1); // the class of devices stood before the action
    CLI::Option* last = nullptr;
    for (CLI::Option* const one :
         place.app->get_options([](CLI::Option* option) { return option->get_positional(); })) {
        last = one;
        if (at-- == 0)
            return one;
    }
    return last && last->get_items_expected_max() > 1 ? last : nullptr;
}

/// Names that only qubesd knows.
class Known {
public:
    Known(Tool& tool, Place const& place) : tool_(tool), place_(place) {}

    [[nodiscard]] Candidates of(std::string const& kind) const
    {
        if (kind == "FILE")
            return {{":files", ""}};
        if (kind == "COMMAND")
            return {{":commands", ""}};
        if (kind.contains('|'))
            return words_of(kind);
        if (kind == "FORMAT")
            return formats();
        if (kind == "COLUMN" || kind == "COLUMNS")
            return columns();
        if (auto const qubes = by_state(kind); !qubes.empty())
            return qubes;
        return by_call(kind);
    }

private:
    static Candidates words_of(std::string const& kind)
    {
        Candidates all;
        for (std::string_view const word : qube::split(kind, '|'))
            all.push_back({std::string(word), ""});
        return all;
    }
    static Candidates formats()
    {
        Candidates all;
        for (Format const& one : known_formats())
            all.push_back({std::string(one.name), std::string(one.columns)});
        return all;
    }
    static Candidates columns()
    {
        Candidates all;
        for (Column const& one : known_columns()) {
            std::string name = one.name;
            std::ranges::transform(name, name.begin(), [](unsigned char c) {
                return static_cast<char>(std::tolower(c));
            });
            all.push_back({name, one.help});
        }
        return all;
    }

    [[nodiscard]] Candidates by_state(std::string const& kind) const
    {
        bool const any = kind == "QUBE";
        bool const is_template = kind == "TEMPLATE";
        if (!any && !is_template && kind != "HALTED" && kind != "RUNNING" && kind != "PAUSED" &&
            kind != "NETVM" && kind != "DISPTEMPLATE" && kind != "[DISPTEMPLATE]")
            return {};
        Candidates all;
        auto const list = tool_.list();
        if (!list)
            return {};
        for (ListedQube const& one : *list) {
            bool const on = one.state != "Halted" && one.state != "NA";
            bool const paused = one.state == "Paused" || one.state == "Suspended";
            bool const wanted = any || (is_template && one.qube_class == "TemplateVM") ||
                                (kind == "HALTED" && !on) || (kind == "RUNNING" && on) ||
                                (kind == "PAUSED" && paused) ||
                                (kind == "NETVM" && has(one, "provides_network")) ||
                                (kind.contains("DISP") && has(one, "template_for_dispvms"));
            if (wanted)
                all.push_back({one.name, one.qube_class + ", " + one.state});
        }
        return all;
    }
    [[nodiscard]] bool has(ListedQube const& one, char const* property) const
    {
        auto const value = tool_.property(one.name, property);
        return value && value->text == "True";
    }

    [[nodiscard]] Candidates by_call(std::string const& kind) const
    {
        struct Source {
            std::string_view kind;
            std::string_view method;
            bool of_qube; ///< the one that the line names first
        };
        static constexpr std::array sources{
            Source{"CLASS", "admin.vmclass.List", false},
            Source{"LABEL", "admin.label.List", false},
            Source{"POOL", "admin.pool.List", false},
            Source{"DRIVER", "admin.pool.ListDrivers", false},
            Source{"DEVICECLASS", "admin.deviceclass.List", false},
            Source{"GLOBAL", "admin.property.List", false},
            Source{"PROPERTY", "admin.vm.property.List", true},
            Source{"FEATURE", "admin.vm.feature.List", true},
            Source{"SERVICE", "admin.vm.feature.List", true},
            Source{"TAG", "admin.vm.tag.List", true},
        };
        if (kind == "VOLUME")
            return volumes();
        auto const source = std::ranges::find(sources, kind, &Source::kind);
        if (source == sources.end() || (source->of_qube && place_.positional.empty()))
            return {};
        Candidates all;
        constexpr std::string_view service = "service.";
        auto const answer = tool_.call(
            source->of_qube ? place_.positional.front() : std::string(qube::dom0), source->method);
        for (std::string const& line : lines_of(answer.value_or(""))) {
            std::string const word = line.substr(0, line.find(' '));
            if (kind != "SERVICE")
                all.push_back({word, ""});
            else if (word.starts_with(service))
                all.push_back({word.substr(service.size()), ""});
        }
        return all;
    }
    [[nodiscard]] Candidates volumes() const
    {
        std::vector<Request> requests;
        for (ListedQube const& one : tool_.list().value_or(std::vector<ListedQube>()))
            requests.push_back({one.name, "admin.vm.volume.List"});
        auto const answers = tool_.call_all(requests);
        Candidates all;
        for (std::size_t i = 0; i < requests.size(); ++i)
            for (std::string const& volume : lines_of(answers[i].value_or("")))
                all.push_back({requests[i].destination + ":" + volume, ""});
        return all;
    }

    Tool& tool_;
    Place const& place_;
};

Candidates options_of(CLI::App* app)
{
    Candidates all;
    for (CLI::Option const* const one : app->get_options([](CLI::Option*) { return true; })) {
        for (std::string const& name : one->get_lnames())
            all.push_back({"--" + name, one->get_description()});
        for (std::string const& name : one->get_snames())
            all.push_back({"-" + name, one->get_description()});
    }
    return all;
}

Candidates offered(Tool& tool, Place const& place, std::string const& word)
{
    Known const known(tool, place);
    if (place.pending)
        return known.of(place.pending->get_type_name());
    auto const sign = word.find('=');
    if (!place.options_ended && word.starts_with("--") && sign != std::string::npos) {
        auto const* const option = place.app->get_option_no_throw(word.substr(0, sign));
        Candidates all = option ? known.of(option->get_type_name()) : Candidates();
        for (Candidate& one : all)
            if (!one.word.starts_with(':'))
                one.word = word.substr(0, sign + 1) + one.word;
        return all;
    }
    if (!place.options_ended && word.starts_with('-'))
        return options_of(place.app);
    Candidates all;
    if (auto* const positional = next_positional(place))
        all = known.of(positional->get_type_name());
    for (CLI::App const* const action : place.app->get_subcommands([](CLI::App*) { return true; }))
        all.push_back({action->get_name(), action->get_description()});
    return all;
}

} // namespace

Candidates complete(std::vector<std::string> const& words, std::size_t current)
{
    if (words.empty() || current == 0 || current >= words.size())
        return {};
    std::string name = words[0];
    name.erase(0, name.rfind('/') + 1);
    Entry const* const entry = find_command(name);
    if (!entry)
        return {};
    Tool tool(name, qube::AdminClient(qube::AdminClient::default_socket()));
    auto const command = entry->make();
    CLI::App app;
    define_command(*entry, *command, tool, app);
    Place const place =
        place_of(app, {words.begin() + 1, words.begin() + static_cast<std::ptrdiff_t>(current)});
    Candidates all = offered(tool, place, words[current]);
    std::erase_if(all, [&](Candidate const& one) {
        return !one.word.starts_with(words[current]) && !one.word.starts_with(':');
    });
    std::ranges::sort(all);
    return all;
}

} // namespace vitrail::qvm
