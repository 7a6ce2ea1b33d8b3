// What is stored of a qube: qvm-prefs, qubes-prefs, qvm-features, qvm-service, qvm-tags, qvm-notes.
// Source: fact sheet desktop-tools §15.

#include "tools/qvm/make.hpp"

#include <algorithm>

namespace vitrail::qvm {

namespace exception = qube::exception;

namespace {

std::string padded(std::string text, std::size_t width)
{
    text.resize(std::max(width, text.size()), ' ');
    return text;
}

std::size_t widest(auto const& named)
{
    std::size_t width = 0;
    for (auto const& [name, value] : named)
        width = std::max(width, name.size());
    return width;
}

/// qvm-prefs of a qube; qubes-prefs of the system (its destination is empty).
class Prefs final : public Command {
public:
    explicit Prefs(bool global) : global_(global) {}
    void define(CLI::App& app) override
    {
        if (!global_)
            app.add_option("qube", name_, "The qube")->type_name("QUBE");
        app.add_option("property", property_, "A property")
            ->type_name(global_ ? "GLOBAL" : "PROPERTY");
        value_.option = app.add_option("value", value_.text, "Its new value")->type_name("VALUE");
        app.add_flag("-D,--default", reset_, "Set it back to its default");
        app.add_flag("--unset,--delete", reset_, "The same as --default");
        app.add_flag("--get,-g", ignored_, "Ignored, for older scripts");
        app.add_flag("--set,-s", ignored_, "Ignored, for older scripts");
        app.add_flag("--hide-default", hide_default_, "List only what was set");
        app.add_flag("--help-properties", help_properties_, "Explain the properties and exit");
    }
    Done<int> run(Tool& tool) override
    {
        if (!global_) {
            if (name_.empty() && !help_properties_)
                return misuse("a qube has to be named");
            if (name_.empty())
                name_ = qube::dom0; // its help
            name_ = TRY(tool.find(name_)).name;
        }
        if (help_properties_)
            return explain(tool);
        std::ranges::replace(property_, '-', '_');
        if (property_.empty())
            return list(tool);
        auto const done = bool(value_) || reset_ ? change(tool) : show(tool);
        if (!done && done.error().is(exception::no_such_property))
            return misuse("no such property: '" + property_ + "'");
        TRY_VOID(done);
        return 0;
    }

private:
    [[nodiscard]] std::string method(std::string const& verb) const
    {
        return (global_ ? "admin.property." : "admin.vm.property.") + verb;
    }
    [[nodiscard]] std::string_view destination() const
    {
        return global_ ? qube::dom0 : std::string_view(name_);
    }
    [[nodiscard]] Done<int> list(Tool const& tool) const
    {
        auto const all = TRY(tool.properties(global_ ? "" : name_));
        std::size_t const width = widest(all);
        for (auto const& [name, value] : all) {
            bool const undefined = value.is_default && value.text.empty() && value.type != "vm";
            if (hide_default_ && value.is_default)
                continue;
            std::string const text = value.text.empty() && value.type == "vm" ? "None" : value.text;
            tool.print(padded(name, width) +
                       (undefined          ? "  U"
                        : value.is_default ? "  D  " + text
                                           : "  -  " + text) +
                       "\n");
        }
        return 0;
    }
    [[nodiscard]] Done<> show(Tool const& tool) const
    {
        auto const value = TRY(tool.property(global_ ? "" : name_, property_));
        if (!value.text.empty())
            tool.print(value.text + "\n");
        return {};
    }
    [[nodiscard]] Done<> change(Tool const& tool) const
    {
        if (value_ && reset_)
            return misuse("a value and --default do not go together");
        if (reset_) {
            (void)TRY(tool.call(destination(), method("Reset"), property_));
            return {};
        }
        std::string value = value_.text;
        if (value == "none" || value == "None") // only where a qube is named (or none)
            if (TRY(tool.property(global_ ? "" : name_, property_)).type == "vm")
                value.clear();
        if (value == "default" &&
            TRY(tool.property(global_ ? "" : name_, property_)).type == "vm") {
            (void)TRY(tool.call(destination(), method("Reset"), property_));
            return {};
        }
        (void)TRY(tool.call(destination(), method("Set"), property_, value));
        return {};
    }
    [[nodiscard]] Done<int> explain(Tool const& tool) const
    {
        auto const names = lines_of(TRY(tool.call(destination(), method("List"))));
        std::vector<Request> requests;
        for (std::string const& name : names)
            requests.push_back({std::string(destination()), method("Help"), name});
        auto const answers = tool.call_all(requests);
        for (std::size_t i = 0; i < names.size(); ++i)
            tool.print(names[i] + "\n    " + answers[i].value_or("") + "\n");
        return 0;
    }

    bool global_;
    std::string name_;
    std::string property_;
    GivenText value_;
    bool reset_ = false;
    bool ignored_ = false;
    bool hide_default_ = false;
    bool help_properties_ = false;
};

/// All features of a qube.
Done<std::map<std::string, std::string>> features_of(Tool const& tool, std::string const& name)
{
    std::vector<Request> requests;
    for (std::string const& one : lines_of(TRY(tool.call(name, "admin.vm.feature.List"))))
        requests.push_back({name, "admin.vm.feature.Get", one});
    auto const answers = tool.call_all(requests);
    std::map<std::string, std::string> all;
    for (std::size_t i = 0; i < requests.size(); ++i)
        if (answers[i])
            all[requests[i].argument] = *answers[i];
    return all;
}

class Features final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.add_option("qube", name_, "The qube")->type_name("QUBE")->required();
        app.add_option("feature", feature_, "A feature")->type_name("FEATURE");
        value_.option =
            app.add_option("value", value_.text, "Its new value; '' is false, 1 is true")
                ->type_name("VALUE");
        app.add_flag("-D,--unset,--default,--delete", unset_, "Remove the feature");
    }
    Done<int> run(Tool& tool) override
    {
        name_ = TRY(tool.find(name_)).name;
        if (feature_.empty()) {
            if (unset_)
                return misuse("--unset needs the name of a feature");
            auto const all = TRY(features_of(tool, name_));
            for (auto const& [name, value] : all)
                tool.print(padded(name, widest(all)) + "  " + value + "\n");
            return 0;
        }
        if (unset_ && value_)
            return misuse("a value and --unset do not go together");
        if (value_) {
            (void)TRY(tool.call(name_, "admin.vm.feature.Set", feature_, value_.text));
            return 0;
        }
        auto const known = TRY(tool.feature(name_, feature_));
        if (unset_ && known)
            (void)TRY(tool.call(name_, "admin.vm.feature.Remove", feature_));
        else if (!unset_ && known)
            tool.print(*known + "\n");
        return unset_ || known ? 0 : 1;
    }

private:
    std::string name_;
    std::string feature_;
    GivenText value_;
    bool unset_ = false;
};

class Service final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.add_option("qube", name_, "The qube")->type_name("QUBE")->required();
        app.add_option("service", service_, "A service")->type_name("SERVICE");
        value_.option = app.add_option("value", value_.text, "on or off")->type_name("on|off");
        app.add_flag("-e,--enable", enable_, "The same as on");
        app.add_flag("-d,--disable", disable_, "The same as off");
        app.add_flag("-D,--default,--delete,--unset", unset_, "As the qube itself has it");
        app.add_flag("-l,--list", ignored_, "List the services; so it is without a service");
    }
    Done<int> run(Tool& tool) override
    {
        name_ = TRY(tool.find(name_)).name;
        if (int(enable_) + int(disable_) + int(unset_) + int(bool(value_)) > 1)
            return misuse("on, off and default do not go together");
        if (service_.empty())
            return list(tool);
        std::string const feature = "service." + service_;
        if (value_)
            enable_ = TRY(parse(value_.text));
        if (enable_ || disable_ || value_) {
            (void)TRY(tool.call(name_, "admin.vm.feature.Set", feature, enable_ ? "1" : ""));
            return 0;
        }
        auto const known = TRY(tool.feature(name_, feature));
        if (unset_ && known)
            (void)TRY(tool.call(name_, "admin.vm.feature.Remove", feature));
        else if (!unset_ && known)
            tool.print(known->empty() ? "off\n" : "on\n");
        return unset_ || known ? 0 : 1;
    }

private:
    [[nodiscard]] Done<bool> parse(std::string const& text) const
    {
        if (auto const value = qube::parse_bool(text))
            return *value;
        return misuse("on or off is expected, not '" + text + "'");
    }
    [[nodiscard]] Done<int> list(Tool const& tool) const
    {
        constexpr std::string_view prefix = "service.";
        std::map<std::string, std::string> services;
        for (auto const& [name, value] : TRY(features_of(tool, name_)))
            if (name.starts_with(prefix))
                services[name.substr(prefix.size())] = value.empty() ? "off" : "on";
        for (auto const& [name, value] : services)
            tool.print(padded(name, widest(services)) + "  " + value + "\n");
        return 0;
    }

    std::string name_;
    std::string service_;
    GivenText value_;
    bool enable_ = false;
    bool disable_ = false;
    bool unset_ = false;
    bool ignored_ = false;
};

class Tags final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.add_option("qube", name_, "The qube")->type_name("QUBE")->required();
        app.add_option("action", action_, "list (or ls, l), add (a, set), del (d, unset, u)")
            ->type_name("list|add|del");
        app.add_option("tags", tags_, "Tags")->type_name("TAG");
    }
    Done<int> run(Tool& tool) override
    {
        name_ = TRY(tool.find(name_)).name;
        auto const is_one_of = [this](std::initializer_list<std::string_view> names) {
            return std::ranges::contains(names, action_);
        };
        if (action_.empty() || is_one_of({"list", "ls", "l"}))
            return list(tool);
        bool const adds = is_one_of({"add", "a", "set"});
        if (!adds && !is_one_of({"del", "d", "unset", "u"}))
            return misuse("list, add or del is expected, not '" + action_ + "'");
        if (tags_.empty())
            return misuse("a tag has to be named");
        for (std::string const& tag : tags_)
            (void)TRY(tool.call(name_, adds ? "admin.vm.tag.Set" : "admin.vm.tag.Remove", tag));
        return 0;
    }

private:
    [[nodiscard]] Done<int> list(Tool const& tool) const
    {
        auto const all = lines_of(TRY(tool.call(name_, "admin.vm.tag.List")));
        if (tags_.empty()) {
            for (std::string const& tag : all)
                tool.print(tag + "\n");
            return 0;
        }
        for (std::string const& tag : tags_)
            if (std::ranges::contains(all, tag))
                tool.print(tag + "\n");
            else
                return 1;
        return 0;
    }

    std::string name_;
    std::string action_;
    std::vector<std::string> tags_;
};

} // namespace

std::unique_ptr<Command> make_prefs()
{
    return std::make_unique<Prefs>(false);
}
std::unique_ptr<Command> make_global_prefs()
{
    return std::make_unique<Prefs>(true);
}
std::unique_ptr<Command> make_features()
{
    return std::make_unique<Features>();
}
std::unique_ptr<Command> make_service()
{
    return std::make_unique<Service>();
}
std::unique_ptr<Command> make_tags()
{
    return std::make_unique<Tags>();
}

} // namespace vitrail::qvm
