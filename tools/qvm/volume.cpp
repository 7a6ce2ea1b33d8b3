// qvm-volume. Source: fact sheet desktop-tools §15, admin-api §11.

#include "tools/qvm/import.hpp"
#include "tools/qvm/make.hpp"
#include "tools/qvm/subcommands.hpp"
#include "tools/qvm/table.hpp"

#include <unistd.h>

#include <algorithm>
#include <set>

namespace vitrail::qvm {
namespace {

std::string value_of(std::vector<std::pair<std::string, std::string>> const& pairs,
                     std::string_view key)
{
    for (auto const& [name, value] : pairs)
        if (name == key)
            return value;
    return {};
}

class Volume final : public Subcommands<Volume> {
public:
    Volume() : Subcommands(&Volume::list) {}

    void define(CLI::App& app) override
    {
        app.require_subcommand(0, 1);
        auto* const list = add(app, "list", {"ls", "l"}, "The volumes", &Volume::list);
        add_repeated(*list, "-p,--pool", pools_, "Only of this pool")->type_name("POOL");
        list->add_flag("--full", full_, "One line for each qube that uses a volume");
        list->add_option("qubes", names_, "Only of these qubes")->type_name("QUBE");

        auto* const info = add(app, "info", {"i"}, "What is known of a volume", &Volume::info);
        volume_of(info);
        info->add_option("property", property_, "Only this")->type_name("PROPERTY");

        auto* const config =
            add(app, "config", {"c", "set", "s"}, "Set a property of a volume", &Volume::config);
        volume_of(config);
        config->add_option("property", property_, "rw, revisions_to_keep or ephemeral")
            ->type_name("rw|revisions_to_keep|ephemeral")
            ->required();
        value_.option = config->add_option("value", value_.text, "Its new value")
                            ->type_name("VALUE")
                            ->required();

        auto* const resize = add(app, "resize", {"extend"}, "Make it larger", &Volume::resize);
        volume_of(resize);
        resize->add_option("size", size_, "Bytes, or with K, M, G, T")
            ->type_name("SIZE")
            ->required();
        force(resize);

        auto* const revert =
            add(app, "revert", {"rv", "r"}, "Go back to a revision", &Volume::revert);
        volume_of(revert);
        revert->add_option("revision", revision_, "Which one; without it the latest")
            ->type_name("REVISION");

        auto* const import = add(app, "import", {}, "Fill it from a file", &Volume::import);
        volume_of(import);
        import->add_option("path", path_, "The file; - is the standard input")
            ->type_name("FILE")
            ->required();
        import->add_option("--size", size_, "The size the volume then has")->type_name("SIZE");
        import->add_flag("--no-resize", no_resize_, "Keep the volume's size");

        auto* const clone = add(app, "clone", {}, "Copy a volume to another", &Volume::clone);
        volume_of(clone);
        clone->add_option("destination", destination_, "The volume that is overwritten")
            ->type_name("VOLUME")
            ->required();
        force(clone);

        auto* const clear = add(app, "clear", {}, "Empty a volume", &Volume::clear);
        volume_of(clear);
        force(clear);
    }

private:
    void volume_of(CLI::App* app)
    {
        app->add_option("volume", volume_, "QUBE:VOLUME")->type_name("VOLUME")->required();
    }
    void force(CLI::App* app) { app->add_flag("-f,--force", force_, "Ask nothing"); }

    using Place = std::pair<std::string, std::string>;
    [[nodiscard]] static Done<Place> place(Tool& tool, std::string const& text)
    {
        auto found = TRY(split_colon(text));
        found.first = TRY(tool.find(found.first)).name;
        return found;
    }

    [[nodiscard]] Done<> list(Tool& tool);

    [[nodiscard]] Done<> info(Tool& tool)
    {
        auto const [name, volume] = TRY(place(tool, volume_));
        auto pairs = parse_pairs(TRY(tool.call(name, "admin.vm.volume.Info", volume)));
        auto const revisions =
            lines_of(TRY(tool.call(name, "admin.vm.volume.ListSnapshots", volume)));
        std::ranges::sort(pairs);
        if (property_ == "revisions") {
            for (std::string const& one : revisions)
                tool.print(one + "\n");
            return {};
        }
        if (!property_.empty()) {
            auto const found =
                std::ranges::find(pairs, property_, [](auto const& pair) { return pair.first; });
            if (found == pairs.end())
                return fail("no such property: '" + property_ + "'");
            tool.print(found->second + "\n");
            return {};
        }
        std::vector<Row> rows;
        for (auto const& [key, value] : pairs)
            rows.push_back({key, value});
        std::string text = aligned(rows);
        if (revisions.empty())
            text += "Available revisions (for revert): none\n";
        else
            text += "List of available revisions (for revert):\n";
        for (std::string const& one : revisions)
            text += "  " + one + "\n";
        tool.print(text);
        return {};
    }

    [[nodiscard]] Done<> config(Tool& tool)
    {
        auto const [name, volume] = TRY(place(tool, volume_));
        if (property_ != "rw" && property_ != "revisions_to_keep" && property_ != "ephemeral")
            return misuse("rw, revisions_to_keep or ephemeral is expected, not '" + property_ +
                          "'");
        (void)TRY(tool.call(name, "admin.vm.volume.Set." + property_, volume, value_.text));
        return {};
    }

    [[nodiscard]] Done<> resize(Tool& tool)
    {
        auto const [name, volume] = TRY(place(tool, volume_));
        std::uint64_t const size = TRY(parse_size(size_));
        auto const pairs = parse_pairs(TRY(tool.call(name, "admin.vm.volume.Info", volume)));
        auto const now = qube::parse_number(value_of(pairs, "size"));
        if (now && size < *now && !force_)
            return fail("For your own safety, shrinking of '" + volume + "' is disabled (" +
                        std::to_string(size) + " < " + std::to_string(*now) +
                        "); --force does it all the same");
        (void)TRY(tool.call_slowly("resizing " + volume_, name, "admin.vm.volume.Resize", volume,
                                   std::to_string(size)));
        return {};
    }

    [[nodiscard]] Done<> revert(Tool& tool)
    {
        auto const [name, volume] = TRY(place(tool, volume_));
        if (revision_.empty()) {
            auto const all =
                lines_of(TRY(tool.call(name, "admin.vm.volume.ListSnapshots", volume)));
            if (all.empty())
                return fail("No snapshots available");
            revision_ = all.back(); // the oldest stands first
        }
        (void)TRY(tool.call_slowly("reverting " + volume_, name, "admin.vm.volume.Revert", volume,
                                   revision_));
        return {};
    }

    [[nodiscard]] Done<> import(Tool& tool)
    {
        auto const [name, volume] = TRY(place(tool, volume_));
        if (no_resize_ && !size_.empty())
            return misuse("--size and --no-resize do not go together");
        std::optional<std::uint64_t> size;
        if (!size_.empty())
            size = TRY(parse_size(size_));
        else if (!no_resize_ && path_ != "-")
            size = TRY(size_of_file(path_));
        return import_volume(tool, name, volume, path_, size);
    }

    [[nodiscard]] Done<> clone(Tool& tool)
    {
        auto const [from, from_volume] = TRY(place(tool, volume_));
        auto const [to, to_volume] = TRY(place(tool, destination_));
        if (!may_lose(tool, destination_))
            return fail("Cancelled.");
        std::string const token = TRY(tool.call(from, "admin.vm.volume.CloneFrom", from_volume));
        (void)TRY(tool.call_slowly("cloning " + volume_, to, "admin.vm.volume.CloneTo", to_volume,
                                   token));
        return {};
    }

    [[nodiscard]] Done<> clear(Tool& tool)
    {
        auto const [name, volume] = TRY(place(tool, volume_));
        if (!may_lose(tool, volume_))
            return fail("Cancelled.");
        (void)TRY(tool.call_slowly("clearing " + volume_, name, "admin.vm.volume.Clear", volume));
        return {};
    }

    /// Scripts are not asked.
    [[nodiscard]] bool may_lose(Tool const& tool, std::string const& what) const
    {
        return force_ || isatty(STDIN_FILENO) != 1 ||
               tool.asks("This removes all data of " + what + ". Are you sure?");
    }

    std::vector<std::string> pools_;
    std::vector<std::string> names_;
    bool full_ = false;
    bool force_ = false;
    bool no_resize_ = false;
    std::string volume_;
    std::string destination_;
    std::string property_;
    GivenText value_;
    std::string size_;
    std::string revision_;
    std::string path_;
};

/// A volume and who uses it.
struct Used {
    std::string pool;
    std::string vid;
    std::string volume;
    std::set<std::string> qubes;
    bool can_revert = false;
};

Done<> Volume::list(Tool& tool)
{
    QubeChoice choice;
    choice.patterns = names_;
    std::vector<std::string> names;
    if (names_.empty())
        for (ListedQube const& one : TRY(tool.list()))
            names.push_back(one.name);
    else
        names = TRY(choice.resolve(tool));
    std::vector<Request> requests;
    for (std::string const& name : names)
        requests.push_back({name, "admin.vm.volume.List"});
    std::vector<Request> details;
    auto const volumes = tool.call_all(requests);
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::string const& volume : lines_of(volumes[i].value_or("")))
            for (char const* const verb : {"Info", "ListSnapshots"})
                details.push_back({names[i], std::string("admin.vm.volume.") + verb, volume});
    auto const answers = tool.call_all(details);
    std::vector<Used> found;
    for (std::size_t i = 0; i < details.size(); i += 2) {
        auto const info = parse_pairs(answers[i].value_or(""));
        Used one{.pool = value_of(info, "pool"),
                 .vid = value_of(info, "vid"),
                 .volume = details[i].argument,
                 .qubes = {details[i].destination},
                 .can_revert = !answers[i + 1].value_or("").empty()};
        if (!pools_.empty() && !std::ranges::contains(pools_, one.pool))
            continue;
        auto const same = std::ranges::find_if(found, [&](Used const& other) {
            return other.pool == one.pool && other.vid == one.vid && other.volume == one.volume;
        });
        if (!full_ && !one.vid.empty() && same != found.end())
            same->qubes.insert(details[i].destination);
        else
            found.push_back(one);
    }
    std::vector<Row> rows;
    for (Used const& one : found) {
        std::string who;
        for (std::string const& name : one.qubes)
            who += (who.empty() ? "" : ", ") + name;
        rows.push_back({one.pool + ":" + one.vid, who, one.volume, one.can_revert ? "Yes" : "No"});
    }
    std::ranges::sort(rows);
    rows.insert(rows.begin(), {"POOL:VOLUME", "VMNAME", "VOLUME_NAME", "REVERT_POSSIBLE"});
    tool.print(aligned(rows));
    return {};
}

} // namespace

std::unique_ptr<Command> make_volume()
{
    return std::make_unique<Volume>();
}

} // namespace vitrail::qvm
