// vitrail template: makes roots for templates. What a qube of Qubes OS gets by a package of its own
// is made here, on the user's machine, from the distribution's archive.

#include "lib/os/environment.hpp"
#include "lib/os/process.hpp"
#include "lib/os/programs.hpp"
#include "lib/qube/admin_client.hpp"
#include "tools/ctl/commands.hpp"
#include "tools/ctl/template_root.hpp"

#include <CLI/CLI.hpp>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>

namespace vitrail::ctl {
namespace {

struct TemplateOptions {
    std::string recipe;
    std::string name;
    std::string label = "black";
    std::vector<std::string> with;
    std::string mirror;
};

std::string recipe_file(std::string const& recipe)
{
    return data_folder() + "/images/" + recipe + ".toml";
}

std::vector<std::string> known_recipes()
{
    std::vector<std::string> all;
    std::error_code failure;
    for (auto const& one : std::filesystem::directory_iterator(data_folder() + "/images", failure))
        if (one.path().extension() == ".toml")
            all.push_back(one.path().stem());
    std::ranges::sort(all);
    return all;
}

Result<Recipe> read_recipe(TemplateOptions const& options)
{
    std::ifstream file(recipe_file(options.recipe));
    if (!file || options.recipe.contains('/')) {
        std::string known;
        for (std::string const& one : known_recipes())
            known += (known.empty() ? "" : ", ") + one;
        return error("there is no template '" + options.recipe +
                     "' to be made; there is: " + known);
    }
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    return parse_recipe(text, options.recipe + ".toml", options.mirror);
}

/// The folder in which it is made: beside the qubes, where there is room for it.
std::string work_folder(std::string const& name)
{
    return user_data_folder(environment_value("HOME")) + "/vitrail/new-templates/" + name;
}

bool has_program(std::string_view name)
{
    char const* const path = std::getenv("PATH");
    for (std::string_view const folder : qube::split(path ? path : "", ':'))
        if (access((std::string(folder) + "/" + std::string(name)).c_str(), X_OK) == 0)
            return true;
    return false;
}

/// One of our commands that manage qubes; it says itself what is wrong. Its exit status.
int run_qvm(std::vector<std::string> words)
{
    words.insert(words.begin(), own_program("qvm"));
    auto process = Process::start({.arguments = std::move(words),
                                   .environment = whole_environment(),
                                   .descriptors = {},
                                   .new_session = true});
    return process ? process->reap() : 127;
}

/// Before anything is downloaded.
Result<> check(TemplateOptions const& options)
{
    if (!has_program("mmdebstrap"))
        return error("mmdebstrap makes the root, and is not here; as root: apt-get install "
                     "mmdebstrap");
    if (!qube::is_qube_name(options.name))
        return error("'" + options.name + "' is no name of a qube");
    auto const list =
        qube::AdminClient(qube::AdminClient::default_socket()).call(qube::dom0, "admin.vm.List");
    if (!list)
        return error(list.error().message);
    for (std::string_view const line : qube::split(*list, '\n'))
        if (line.substr(0, line.find(' ')) == options.name)
            return error("there is a qube '" + options.name +
                         "' already; --name gives the new template another name");
    return {};
}

void say(std::string_view what)
{
    std::cerr << "vitrail: " << what << '\n';
}

/// The template with its root, or nothing of it.
Result<> put_into_qubesd(TemplateOptions const& options, TemplateRoot const& root)
{
    if (run_qvm({"create", "--class", "TemplateVM", "--label", options.label, options.name}) != 0)
        return error("the template could not be made");
    auto const filled =
        root.pack_into({own_program("qvm"), "volume", "import", options.name + ":root", "-"});
    if (filled && *filled == 0)
        return {};
    run_qvm({"remove", "--force", options.name});
    return filled ? error("the template's volume could not be filled")
                  : std::unexpected(filled.error());
}

Result<> create(TemplateOptions options)
{
    if (options.name.empty())
        options.name = options.recipe;
    Recipe const recipe = TRY(read_recipe(options));
    std::vector<std::string> packages;
    for (std::string const& one : options.with)
        for (std::string& name : TRY(parse_packages(one)))
            packages.push_back(std::move(name));
    TRY_VOID(check(options));
    TemplateRoot root = TRY(TemplateRoot::create(work_folder(options.name)));
    say("making the template " + options.name +
        "; this downloads some 150 MB and more, and takes "
        "minutes");
    TRY_VOID(root.make(recipe, packages, say));
    say("putting it into its volume");
    TRY_VOID(put_into_qubesd(options, root));
    say("done; a qube of it: qvm-create --label blue --template " + options.name + " NAME");
    return {};
}

} // namespace

void add_template(CLI::App& app, int& status)
{
    auto* const command = app.add_subcommand("template", "make templates of qubes");
    command->require_subcommand(1);
    auto const options = std::make_shared<TemplateOptions>();
    auto* const make = command->add_subcommand(
        "create", "make a template from a distribution's archive (needs the network)");
    make->add_option("TEMPLATE", options->recipe, "which: debian-13")->required();
    make->add_option("--name", options->name, "its name, if not the same");
    make->add_option("--with", options->with, "packages to install in it: foot,firefox-esr,…");
    make->add_option("--label", options->label, "its label (black)");
    make->add_option("--mirror", options->mirror, "another mirror of the archive (a URL)");
    make->callback([options, &status] {
        auto const done = create(*options);
        if (done)
            return;
        std::cerr << "vitrail: " << done.error().message() << '\n';
        status = 1;
    });
    command->add_subcommand("list", "which templates can be made")->callback([] {
        for (std::string const& one : known_recipes())
            std::cout << one << '\n';
    });
}

} // namespace vitrail::ctl
