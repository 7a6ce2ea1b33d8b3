// Making and removing qubes: qvm-create, qvm-clone, qvm-remove. Source: fact sheet desktop-tools
// §15.

#include "tools/qvm/copy.hpp"
#include "tools/qvm/import.hpp"
#include "tools/qvm/make.hpp"

#include <unistd.h>

#include <algorithm>

namespace vitrail::qvm {
namespace {

/// -P POOL for all volumes, --pool VOLUME=POOL for one.
struct PoolChoice {
    std::string all;
    std::vector<std::string> single;

    void define(CLI::App& app)
    {
        app.add_option("-P", all, "The pool of all volumes")->type_name("POOL");
        add_repeated(app, "-p,--pool", single, "The pool of one volume; may be repeated")
            ->type_name("VOLUME=POOL");
    }
    [[nodiscard]] Done<std::map<std::string, std::string>> resolve() const
    {
        std::map<std::string, std::string> pools;
        if (!all.empty())
            pools["pool"] = all;
        if (!all.empty() && !single.empty())
            return misuse("-P and --pool do not go together");
        for (std::string const& one : single) {
            auto const [volume, pool] = TRY(parse_option(one));
            pools[volume] = pool;
        }
        return pools;
    }
};

class Create final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.add_option("name", name_, "The new qube")->type_name("NAME");
        app.add_option("-C,--class", class_, "The class")->type_name("CLASS");
        app.add_flag("--standalone", standalone_, "The same as --class StandaloneVM");
        app.add_flag("--disp", disposable_,
                     "The same as --class DispVM --label red: a named disposable");
        app.add_option("-t,--template", template_, "Made from this one")->type_name("TEMPLATE");
        app.add_option("-l,--label", label_, "Its label")->type_name("LABEL");
        add_repeated(app, "--property,--prop", properties_, "Set a property; may be repeated")
            ->type_name("NAME=VALUE");
        pools_.define(app);
        app.add_option("-r,--root-copy-from", copy_from_, "Fill the root volume from this file")
            ->type_name("FILE");
        app.add_option("-R,--root-move-from", move_from_,
                       "The same, and remove the file afterwards")
            ->type_name("FILE");
        app.add_flag("--help-classes", help_classes_, "List the classes and exit");
    }

    Done<int> run(Tool& tool) override
    {
        if (help_classes_) {
            for (std::string const& one :
                 lines_of(TRY(tool.call(qube::dom0, "admin.vmclass.List"))))
                if (one != "AdminVM")
                    tool.print(one + "\n");
            return 0;
        }
        auto properties = TRY(check());
        NewQube const wanted{.name = name_,
                             .qube_class = class_,
                             .label = label_,
                             .from = template_,
                             .pools = TRY(pools_.resolve())};
        bool const whole = class_ == "StandaloneVM" || class_ == "TemplateVM";
        if (whole && !template_.empty()) {
            NewQube own = wanted;
            own.from.clear();
            TRY_VOID(copy_qube(tool, {.source = template_,
                                      .wanted = own,
                                      .copies_private = false,
                                      .copies_settings = false}));
            TRY_VOID(take_over_features(tool));
        } else
            TRY_VOID(create_qube(tool, wanted));
        if (auto const filled = fill_root(tool); !filled) {
            tool.complain("Error importing root volume: " + filled.error().message);
            (void)tool.call(name_, "admin.vm.Remove");
            return 3;
        }
        int status = 0;
        for (auto const& [property, value] : properties)
            if (auto const done = tool.call(name_, "admin.vm.property.Set", property, value);
                !done) {
                tool.complain("Error setting property '" + property + "' (but qube '" + name_ +
                              "' has been created): " + done.error().message);
                status = 2;
            }
        return status;
    }

private:
    /// What does not go together; the properties to set afterwards.
    [[nodiscard]] Done<std::vector<std::pair<std::string, std::string>>> check()
    {
        std::vector<std::pair<std::string, std::string>> properties;
        for (std::string const& one : properties_) {
            auto [name, value] = TRY(parse_option(one));
            if (name == "name" && name_.empty())
                name_ = value;
            else if (name == "label" && label_.empty())
                label_ = value;
            else if (name == "template" && template_.empty())
                template_ = value;
            else
                properties.emplace_back(name, value);
        }
        if (int(standalone_) + int(disposable_) + int(!class_.empty()) > 1)
            return misuse("--class, --standalone and --disp do not go together");
        if (standalone_)
            class_ = "StandaloneVM";
        if (disposable_) {
            class_ = "DispVM";
            if (label_.empty())
                label_ = "red";
        }
        if (class_.empty())
            class_ = "AppVM";
        if (name_.empty())
            return misuse("a name is needed");
        if (label_.empty())
            return misuse("a label is needed (--label)");
        bool const from_file = !copy_from_.empty() || !move_from_.empty();
        if (!copy_from_.empty() && !move_from_.empty())
            return misuse("--root-copy-from and --root-move-from do not go together");
        if (from_file && !template_.empty())
            return misuse("a root from a file and a template do not go together");
        if (from_file && class_ != "StandaloneVM" && class_ != "TemplateVM")
            return misuse("only a standalone or a template has a root of its own");
        if (from_file && access((copy_from_ + move_from_).c_str(), R_OK) != 0)
            return fail("file '" + copy_from_ + move_from_ + "' is not there");
        return properties;
    }

    /// What tells how a copied root behaves (gui, qrexec, os …), not what belongs to the template's
    /// package.
    [[nodiscard]] Done<> take_over_features(Tool const& tool) const
    {
        for (std::string const& one :
             lines_of(TRY(tool.call(template_, "admin.vm.feature.List")))) {
            if (one.starts_with("template-") || one == "installed-by")
                continue;
            if (auto const value = TRY(tool.feature(template_, one)))
                (void)TRY(tool.call(name_, "admin.vm.feature.Set", one, *value));
        }
        return {};
    }

    [[nodiscard]] Done<> fill_root(Tool const& tool) const
    {
        std::string const file = copy_from_ + move_from_; // one of them
        if (file.empty())
            return {};
        std::uint64_t const size = TRY(size_of_file(file));
        TRY_VOID(import_volume(tool, name_, "root", file, size));
        if (!move_from_.empty() && unlink(file.c_str()) != 0)
            tool.note("'" + file + "' could not be removed");
        return {};
    }

    std::string name_;
    std::string class_;
    bool standalone_ = false;
    bool disposable_ = false;
    bool help_classes_ = false;
    std::string template_;
    std::string label_;
    std::vector<std::string> properties_;
    PoolChoice pools_;
    std::string copy_from_;
    std::string move_from_;
};

class Clone final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.add_option("source", source_, "The qube to clone")->type_name("QUBE")->required();
        app.add_option("name", name_, "The new qube")->type_name("NAME")->required();
        app.add_option("-C,--class", class_, "Another class than the source's")->type_name("CLASS");
        pools_.define(app);
        app.add_flag("--ignore-errors", ignore_errors_, "Leave out what cannot be cloned");
    }
    Done<int> run(Tool& tool) override
    {
        ListedQube const source = TRY(tool.find(source_));
        auto const properties = TRY(tool.properties(source.name));
        auto const text = [&](char const* name) {
            auto const found = properties.find(name);
            return found == properties.end() ? std::string() : found->second.text;
        };
        NewQube wanted{.name = name_,
                       .qube_class = class_.empty() ? source.qube_class : class_,
                       .label = text("label"),
                       .from = {},
                       .pools = TRY(pools_.resolve())};
        if (wanted.qube_class == "AppVM" || wanted.qube_class == "DispVM")
            wanted.from = text("template");
        if (wanted.pools.empty() && class_.empty())
            wanted.pools = TRY(pools_of(tool, source.name));
        TRY_VOID(copy_qube(
            tool, {.source = source.name, .wanted = wanted, .ignore_errors = ignore_errors_}));
        return 0;
    }

private:
    /// A clone's volumes are where the source's are.
    [[nodiscard]] static Done<std::map<std::string, std::string>>
    pools_of(Tool const& tool, std::string const& source)
    {
        std::map<std::string, std::string> pools;
        for (std::string const& volume : lines_of(TRY(tool.call(source, "admin.vm.volume.List")))) {
            if (volume == "kernel")
                continue;
            for (auto const& [key, value] :
                 parse_pairs(TRY(tool.call(source, "admin.vm.volume.Info", volume))))
                if (key == "pool")
                    pools[volume] = value;
        }
        return pools;
    }

    std::string source_;
    std::string name_;
    std::string class_;
    PoolChoice pools_;
    bool ignore_errors_ = false;
};

class Remove final : public Command {
public:
    void define(CLI::App& app) override
    {
        which_.define(app);
        app.add_flag("-f,--force", force_, "Ask nothing");
    }
    Done<int> run(Tool& tool) override
    {
        auto const names = TRY(which_.resolve(tool));
        if (!force_) {
            std::string list;
            for (std::string const& name : names)
                list += "  " + name + "\n";
            tool.note("This will completely remove the selected VM(s)...\n" + list);
            if (!tool.asks("Are you sure?")) {
                tool.note("Cancelled.");
                return 1;
            }
        }
        int status = 0;
        for (std::string const& name : names)
            if (auto const done = tool.call_slowly("removing " + name, name, "admin.vm.Remove");
                !done) {
                tool.complain(done.error().message);
                status = 1;
            }
        return status;
    }

private:
    QubeChoice which_;
    bool force_ = false;
};

} // namespace

std::unique_ptr<Command> make_create()
{
    return std::make_unique<Create>();
}
std::unique_ptr<Command> make_clone()
{
    return std::make_unique<Clone>();
}
std::unique_ptr<Command> make_remove()
{
    return std::make_unique<Remove>();
}

} // namespace vitrail::qvm
