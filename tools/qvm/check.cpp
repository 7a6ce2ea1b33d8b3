// qvm-check and qvm-label. Source: fact sheet desktop-tools §15; admin-api §10.

#include "tools/qvm/make.hpp"
#include "tools/qvm/table.hpp"

#include <algorithm>

namespace vitrail::qvm {
namespace {

class Check final : public Command {
public:
    void define(CLI::App& app) override
    {
        which_.define(app);
        app.add_flag("--running", running_, "Do they run (are on, paused or not)?");
        app.add_flag("--paused", paused_, "Are they paused?");
        app.add_flag("--template", template_, "Are they templates?");
        app.add_flag("--networked", networked_, "Do they have a netvm?");
    }
    Done<int> run(Tool& tool) override
    {
        if (int(running_) + int(paused_) + int(template_) + int(networked_) > 1)
            return misuse("one question at a time");
        std::vector<std::string> asked = which_.patterns;
        if (which_.all)
            asked = TRY(which_.resolve(tool));
        if (asked.empty())
            return misuse("a qube has to be named, or --all given");
        std::size_t total = 0;
        std::vector<std::string> good;
        for (std::string const& pattern : asked) {
            // What nobody is called counts as one that does not fit.
            auto const names = resolve(TRY(tool.list()), pattern);
            total += std::max<std::size_t>(names.size(), 1);
            for (ListedQube const& one : names)
                if (TRY(fits_question(tool, one)))
                    good.push_back(one.name);
        }
        say(tool, good);
        return good.size() == total ? 0 : good.empty() ? 1 : 3;
    }

private:
    static std::vector<ListedQube> resolve(std::vector<ListedQube> const& list,
                                           std::string const& pattern)
    {
        std::vector<ListedQube> found;
        for (ListedQube const& one : list)
            if (is_pattern(pattern) ? fits(one.name, pattern) : one.name == pattern)
                found.push_back(one);
        return found;
    }
    [[nodiscard]] Done<bool> fits_question(Tool const& tool, ListedQube const& one) const
    {
        if (running_)
            return one.state != "Halted" && one.state != "NA";
        if (paused_)
            return one.state == "Paused";
        if (template_)
            return one.qube_class == "TemplateVM";
        if (!networked_)
            return true;
        auto const netvm = tool.property(one.name, "netvm");
        if (!netvm && netvm.error().is(qube::exception::no_such_property))
            return false;
        return !TRY(netvm).text.empty();
    }
    void say(Tool const& tool, std::vector<std::string> const& good) const
    {
        if (tool.is_quiet())
            return;
        std::string const one = running_     ? "is running"
                                : paused_    ? "is paused"
                                : template_  ? "is a template"
                                : networked_ ? "is networked"
                                             : "exists";
        std::string const many = running_     ? "are running"
                                 : paused_    ? "are paused"
                                 : template_  ? "are templates"
                                 : networked_ ? "are networked"
                                              : "exist";
        if (good.empty())
            return tool.print("None of qubes " + many + "\n");
        if (good.size() == 1)
            return tool.print("VM " + good.front() + " " + one + "\n");
        std::string list;
        for (std::string const& name : good)
            list += (list.empty() ? "" : ", ") + name;
        tool.print("VMs " + list + " " + many + "\n");
    }

    QubeChoice which_;
    bool running_ = false;
    bool paused_ = false;
    bool template_ = false;
    bool networked_ = false;
};

class Label final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.add_option("action", action_, "list, create or remove")
            ->type_name("list|create|remove");
        app.add_option("label", name_, "A label")->type_name("LABEL");
        app.add_option("colour", colour_, "0xRRGGBB")->type_name("COLOUR");
    }
    Done<int> run(Tool& tool) override
    {
        if (action_.empty() || action_ == "list" || action_ == "ls" || action_ == "l")
            return list(tool);
        if (name_.empty())
            return misuse("a label has to be named");
        if (action_ == "create" || action_ == "add") {
            if (colour_.starts_with('#'))
                colour_.replace(0, 1, "0x");
            (void)TRY(tool.call(qube::dom0, "admin.label.Create", name_, colour_));
        } else if (action_ == "remove" || action_ == "rm")
            (void)TRY(tool.call(qube::dom0, "admin.label.Remove", name_));
        else
            return misuse("list, create or remove is expected, not '" + action_ + "'");
        return 0;
    }

private:
    [[nodiscard]] static Done<int> list(Tool const& tool)
    {
        std::vector<Row> rows{{"INDEX", "NAME", "COLOUR"}};
        for (std::string const& name : lines_of(TRY(tool.call(qube::dom0, "admin.label.List"))))
            rows.push_back({TRY(tool.call(qube::dom0, "admin.label.Index", name)), name,
                            TRY(tool.call(qube::dom0, "admin.label.Get", name))});
        tool.print(aligned(rows));
        return 0;
    }

    std::string action_;
    std::string name_;
    std::string colour_;
};

} // namespace

std::unique_ptr<Command> make_check()
{
    return std::make_unique<Check>();
}
std::unique_ptr<Command> make_label()
{
    return std::make_unique<Label>();
}

} // namespace vitrail::qvm
