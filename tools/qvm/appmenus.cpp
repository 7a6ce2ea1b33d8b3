// qvm-appmenus and qvm-sync-appmenus. Source: fact sheets desktop-tools §15, services §7.

#include "lib/formats/appmenu.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/locale.hpp"
#include "tools/qvm/make.hpp"
#include "tools/qvm/menu_entries.hpp"
#include "tools/qvm/streams.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

namespace vitrail::qvm {
namespace {

namespace fs = std::filesystem;

fs::path data_folder()
{
    return user_data_folder(environment_value("HOME", "/"));
}
fs::path templates_of(std::string const& name)
{
    return data_folder() / "qubes-appmenus" / name / "apps.templates";
}

std::string read_text(fs::path const& file)
{
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

Done<> write_text(fs::path const& file, std::string const& text)
{
    std::ofstream out(file, std::ios::trunc);
    out << text;
    out.close();
    if (!out)
        return fail(file.string() + " cannot be written");
    return {};
}

Done<> make_folder(fs::path const& folder)
{
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed)
        return fail(folder.string() + ": " + failed.message());
    return {};
}

std::vector<std::string> files_in(fs::path const& folder, std::string const& prefix)
{
    std::vector<std::string> names;
    std::error_code failed;
    for (auto const& one : fs::directory_iterator(folder, failed))
        if (std::string const name = one.path().filename();
            name.starts_with(prefix) && name.ends_with(".desktop"))
            names.push_back(name);
    std::ranges::sort(names);
    return names;
}

std::vector<std::string> words_of(std::string const& text)
{
    std::istringstream in(text);
    return {std::istream_iterator<std::string>(in), {}};
}

/// The menu of one qube, on this machine.
class Menu {
public:
    Menu(Tool const& tool, ListedQube qube) : tool_(tool), qube_(std::move(qube)) {}

    /// Where its entries' templates are: its own, else those of what it is made from.
    [[nodiscard]] fs::path source() const
    {
        std::string name = qube_.name;
        for (int generations = 0; generations < 3; ++generations) {
            if (!files_in(templates_of(name), "").empty())
                return templates_of(name);
            auto const from = tool_.property(name, "template");
            if (!from || from->text.empty())
                break;
            name = from->text;
        }
        return templates_of(qube_.name);
    }

    [[nodiscard]] Done<> create() const
    {
        if (TRY(is_set("internal")))
            return {};
        fs::path const applications = data_folder() / "applications";
        TRY_VOID(make_folder(applications));
        bool const for_disposables = TRY(is_set("appmenus-dispvm"));
        fs::path const from = source();
        for (std::string const& file : TRY(shown(from))) {
            std::string const stored = read_text(from / file);
            TRY_VOID(write_text(applications / menu_file_name(qube_.name, file, false),
                                menu_file(stored, qube_.name, file, false)));
            if (for_disposables)
                TRY_VOID(write_text(applications / menu_file_name(qube_.name, file, true),
                                    menu_file(stored, qube_.name, file, true)));
        }
        return {};
    }
    static void remove(std::string const& name)
    {
        fs::path const applications = data_folder() / "applications";
        std::error_code ignored;
        for (bool const disposable : {false, true})
            for (std::string const& file :
                 files_in(applications, menu_file_prefix(name, disposable)))
                fs::remove(applications / file, ignored);
    }
    [[nodiscard]] Done<> update() const
    {
        remove(qube_.name);
        return create();
    }

    /// Those of its menu-items; without that feature all there are.
    [[nodiscard]] Done<std::vector<std::string>> shown(fs::path const& from) const
    {
        auto all = files_in(from, "");
        auto const wanted = TRY(tool_.feature(qube_.name, "menu-items"));
        if (wanted) {
            auto const names = words_of(*wanted);
            std::erase_if(
                all, [&](std::string const& file) { return !std::ranges::contains(names, file); });
        }
        return all;
    }

    /// A new qube's items are its template's default ones.
    [[nodiscard]] Done<> init() const
    {
        if (TRY(tool_.feature(qube_.name, "menu-items")))
            return {};
        auto const from = tool_.property(qube_.name, "template");
        if (!from || from->text.empty())
            return {};
        bool const gives_network =
            TRY(tool_.property(qube_.name, "provides_network")).text == "True";
        for (std::string const feature : {"netvm-menu-items", "default-menu-items", "menu-items"}) {
            if (feature == "netvm-menu-items" && !gives_network)
                continue;
            if (auto const items = TRY(tool_.feature(from->text, feature))) {
                (void)TRY(tool_.call(qube_.name, "admin.vm.feature.Set", "menu-items", *items));
                return {};
            }
        }
        return {};
    }

private:
    [[nodiscard]] Done<bool> is_set(char const* feature) const
    {
        auto const value = TRY(tool_.feature(qube_.name, feature));
        return value && !value->empty();
    }

    Tool const& tool_;
    ListedQube qube_;
};

class Appmenus final : public Command {
public:
    void define(CLI::App& app) override
    {
        which_.define(app);
        app.add_flag("--init", init_, "Take the template's default items and make the menu");
        app.add_flag("--create", create_, "Make the menu's entries on this machine");
        app.add_flag("--update", update_, "Make them anew");
        app.add_flag("--remove", remove_, "Remove them");
        app.add_flag("--get-available", available_, "List what could stand in the menu");
        app.add_flag("--get-whitelist", get_, "List what stands in it");
        app.add_option("--set-whitelist", set_, "Say what stands in it, by a list of names")
            ->type_name("FILE");
        app.add_flag("--get-default-whitelist", get_default_,
                     "List what stands in the menu of new qubes of this template");
        app.add_option("--set-default-whitelist", set_default_, "Say it")->type_name("FILE");
        app.add_option("--source", source_,
                       "Take the entries from this folder, or - from the "
                       "standard input as qubes.GetAppmenus gives them")
            ->type_name("FILE");
        app.add_option("--template", template_, "List what this template has")
            ->type_name("TEMPLATE");
        add_repeated(app, "--file-field", fields_, "Say this key as well, with --get-available")
            ->type_name("KEY");
        app.add_flag("--force", ignored_, "Ignored: it is done in any case");
    }
    Done<int> run(Tool& tool) override
    {
        for (std::string const& name : TRY(which_.resolve(tool))) {
            ListedQube const one = TRY(tool.find(name));
            if (one.name != qube::dom0)
                TRY_VOID(act(tool, one));
        }
        return 0;
    }

private:
    [[nodiscard]] Done<> act(Tool const& tool, ListedQube const& one)
    {
        Menu const menu(tool, one);
        if (available_)
            list(tool, template_.empty() ? menu.source() : templates_of(template_));
        if (get_ || get_default_) {
            auto const items =
                TRY(tool.feature(one.name, get_default_ ? "default-menu-items" : "menu-items"));
            for (std::string const& item : words_of(items.value_or("")))
                tool.print(item + "\n");
        }
        for (auto const& [file, feature] :
             {std::pair(set_, "menu-items"), std::pair(set_default_, "default-menu-items")})
            if (!file.empty())
                TRY_VOID(set(tool, one.name, file, feature));
        if (!source_.empty())
            TRY_VOID(take_from_source(one.name));
        if (init_)
            TRY_VOID(menu.init());
        if (remove_)
            Menu::remove(one.name);
        if (init_ || create_)
            TRY_VOID(menu.create());
        if (update_)
            TRY_VOID(menu.update());
        return {};
    }
    void list(Tool const& tool, fs::path const& folder) const
    {
        for (std::string const& file : files_in(folder, "")) {
            std::string line = file;
            std::istringstream text(read_text(folder / file));
            std::map<std::string, std::string> keys;
            for (std::string one; std::getline(text, one);)
                if (auto const sign = one.find('='); sign != std::string::npos)
                    keys[one.substr(0, sign)] = one.substr(sign + 1);
            std::string name = keys["Name"];
            if (auto const colon = name.find(": "); colon != std::string::npos)
                name.erase(0, colon + 2);
            line += " - " + name;
            for (std::string const& field : fields_)
                line += " - " + keys[field];
            tool.print(line + "\n");
        }
    }
    [[nodiscard]] static Done<> set(Tool const& tool, std::string const& name,
                                    std::string const& file, char const* feature)
    {
        std::string text;
        if (file == "-") {
            std::ostringstream all;
            all << std::cin.rdbuf();
            text = all.str();
        } else if (std::ifstream in(file); in)
            text = read_text(file);
        else
            return fail(file + " cannot be read");
        std::string items;
        for (std::string const& item : words_of(text))
            items += (items.empty() ? "" : " ") + item;
        (void)TRY(tool.call(name, "admin.vm.feature.Set", feature, items));
        return {};
    }
    [[nodiscard]] Done<> take_from_source(std::string const& name) const
    {
        std::ostringstream text;
        if (source_ == "-")
            text << std::cin.rdbuf();
        else
            for (std::string const& file : files_in(source_, "")) {
                std::istringstream lines(read_text(fs::path(source_) / file));
                for (std::string line; std::getline(lines, line);)
                    text << file << ":" << line << "\n";
            }
        return store(name, text.str());
    }

public:
    /// What a qube said of its programs, for its menu and those made from it.
    [[nodiscard]] static Done<> store(std::string const& name, std::string const& untrusted_text)
    {
        auto const entries =
            formats::parse_appmenu(untrusted_text, formats::locale_keys(messages_locale())).entries;
        if (entries.empty())
            return fail("'" + name + "' names no programs");
        fs::path const folder = templates_of(name);
        std::error_code ignored;
        fs::remove_all(folder, ignored);
        TRY_VOID(make_folder(folder));
        for (formats::AppmenuEntry const& entry : entries)
            TRY_VOID(write_text(folder / entry.file, formats::menu_template(entry)));
        return {};
    }

private:
    QubeChoice which_;
    bool init_ = false;
    bool create_ = false;
    bool update_ = false;
    bool remove_ = false;
    bool available_ = false;
    bool get_ = false;
    bool get_default_ = false;
    bool ignored_ = false;
    std::string set_;
    std::string set_default_;
    std::string source_;
    std::string template_;
    std::vector<std::string> fields_;
};

class SyncAppmenus final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.add_option("qube", name_, "The qube, which is started if it does not run")
            ->type_name("QUBE")
            ->required();
        app.add_flag("--force-root,--regenerate-only", ignored_, "Ignored, for older scripts");
    }
    Done<int> run(Tool& tool) override
    {
        ListedQube const one = TRY(tool.find(name_));
        if (one.state != "Running")
            (void)TRY(tool.call_slowly("starting " + one.name, one.name, "admin.vm.Start"));
        auto program = TRY(RemoteProgram::start(tool, {.qube = one.name,
                                                       .argv = {},
                                                       .service = "qubes.GetAppmenus",
                                                       .needs_session = false,
                                                       .with_streams = true}));
        auto const text = read_output(std::move(program));
        if (one.state != "Running")
            (void)tool.call(one.name, "admin.vm.Shutdown");
        if (!text)
            return fail("'" + one.name + "' did not tell its programs");
        TRY_VOID(Appmenus::store(one.name, *text));
        for (ListedQube const& other : TRY(tool.list())) {
            auto const from = tool.property(other.name, "template");
            if (other.name == one.name || (from && from->text == one.name))
                TRY_VOID(Menu(tool, other).update());
        }
        return 0;
    }

private:
    std::string name_;
    bool ignored_ = false;
};

} // namespace

std::unique_ptr<Command> make_appmenus()
{
    return std::make_unique<Appmenus>();
}
std::unique_ptr<Command> make_sync_appmenus()
{
    return std::make_unique<SyncAppmenus>();
}

} // namespace vitrail::qvm
