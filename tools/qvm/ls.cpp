// qvm-ls. Source: fact sheet desktop-tools §15.

#include "tools/qvm/columns.hpp"
#include "tools/qvm/filter.hpp"
#include "tools/qvm/make.hpp"
#include "tools/qvm/table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

namespace vitrail::qvm {
namespace {

/// Asks for everything in few rounds, many calls at once.
class Asking {
public:
    Asking(Tool& tool, std::uint8_t needs, std::set<std::string> features)
        : tool_(tool), needs_(needs), features_(std::move(features))
    {
    }
    [[nodiscard]] Done<std::vector<Seen>> ask(std::vector<ListedQube> const& list)
    {
        std::vector<Seen> all;
        for (ListedQube const& one : list)
            all.push_back({.listed = one});
        if (wants(needs_properties))
            TRY_VOID(ask_properties(all));
        if (wants(needs_volumes))
            ask_volumes(all);
        if (wants(needs_memory))
            ask_memory(all);
        if (wants(needs_features))
            ask_features(all);
        if (wants(needs_tags))
            ask_tags(all);
        return all;
    }

private:
    [[nodiscard]] bool wants(Needs what) const { return (needs_ & what) != 0; }

    [[nodiscard]] Done<> ask_properties(std::vector<Seen>& all)
    {
        std::vector<Request> requests;
        for (Seen const& one : all)
            requests.push_back({one.listed.name, "admin.vm.property.GetAll"});
        auto const answers = tool_.call_all(requests);
        for (std::size_t i = 0; i < all.size(); ++i)
            if (answers[i])
                all[i].properties = parse_properties(*answers[i]);
            else if (!answers[i].error().is(qube::exception::qube_not_found)) // gone meanwhile
                all[i].properties = TRY(tool_.properties(all[i].listed.name));
        return {};
    }
    void ask_volumes(std::vector<Seen>& all)
    {
        std::vector<Request> requests;
        std::vector<Seen*> owners;
        for (Seen& one : all)
            for (char const* const volume : {"private", "root", "volatile"})
                if (one.listed.qube_class != "AdminVM" && one.listed.qube_class != "RemoteVM") {
                    requests.push_back({one.listed.name, "admin.vm.volume.Info", volume});
                    owners.push_back(&one);
                }
        auto const answers = tool_.call_all(requests);
        for (std::size_t i = 0; i < requests.size(); ++i)
            if (answers[i])
                for (auto const& [key, value] : parse_pairs(*answers[i]))
                    owners[i]->volumes[requests[i].argument][key] = value;
    }
    void ask_memory(std::vector<Seen>& all)
    {
        std::vector<Request> requests;
        for (Seen const& one : all)
            requests.push_back({one.listed.name, "admin.vm.CurrentState"});
        auto const answers = tool_.call_all(requests);
        constexpr std::string_view key = "mem=";
        for (std::size_t i = 0; i < all.size(); ++i) {
            std::string const line = answers[i].value_or("");
            for (std::string_view const word : qube::split(line, ' '))
                if (word.starts_with(key))
                    all[i].memory_kib = qube::parse_number(word.substr(key.size())).value_or(0);
        }
    }
    void ask_features(std::vector<Seen>& all)
    {
        std::vector<Request> requests;
        std::vector<Seen*> owners;
        for (Seen& one : all)
            for (std::string const& feature : features_) {
                requests.push_back({one.listed.name, "admin.vm.feature.Get", feature});
                owners.push_back(&one);
            }
        auto const answers = tool_.call_all(requests);
        for (std::size_t i = 0; i < requests.size(); ++i)
            if (answers[i])
                owners[i]->features[requests[i].argument] = *answers[i];
    }
    void ask_tags(std::vector<Seen>& all)
    {
        std::vector<Request> requests;
        for (Seen const& one : all)
            requests.push_back({one.listed.name, "admin.vm.tag.List"});
        auto const answers = tool_.call_all(requests);
        for (std::size_t i = 0; i < all.size(); ++i)
            for (std::string const& tag : lines_of(answers[i].value_or("")))
                all[i].tags.insert(tag);
    }

    Tool& tool_;
    std::uint8_t needs_;
    std::set<std::string> features_;
};

std::string folded(std::string text, bool ignore_case)
{
    if (ignore_case)
        std::ranges::transform(text, text.begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// The number a cell begins with; what has none stands first.
std::int64_t number_of(std::string const& text)
{
    std::int64_t value = INT64_MIN;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

void sort_by(std::vector<Seen>& all, Column const& column, bool ignore_case)
{
    std::ranges::stable_sort(all, [&](Seen const& left, Seen const& right) {
        std::string const a = column.of(left);
        std::string const b = column.of(right);
        if (column.is_number)
            return number_of(a) < number_of(b);
        return folded(a, ignore_case) < folded(b, ignore_case);
    });
}

/// Each qube below its netvm.
class Tree {
public:
    explicit Tree(std::vector<Seen> all) : all_(std::move(all)) {}
    [[nodiscard]] std::vector<Seen> ordered()
    {
        std::set<std::string> names;
        for (Seen const& one : all_)
            names.insert(one.listed.name);
        for (Seen const& one : all_)
            if (std::string const netvm = one.property("netvm");
                netvm.empty() || !names.contains(netvm) || netvm == one.listed.name)
                add(one, 0);
        return ordered_;
    }

private:
    void add(Seen seen, unsigned depth)
    {
        seen.depth = depth;
        ordered_.push_back(seen);
        for (Seen const& one : all_)
            if (one.property("netvm") == seen.listed.name && one.listed.name != seen.listed.name)
                add(one, depth + 1);
    }
    std::vector<Seen> all_;
    std::vector<Seen> ordered_;
};

std::string name_in_tree(Seen const& seen)
{
    if (seen.depth == 0)
        return seen.listed.name;
    return std::string((std::size_t{seen.depth} - 1) * 2, ' ') + "└─" + seen.listed.name;
}

class Ls final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.add_option("qubes", which_.patterns, "Only these qubes, or patterns of their names")
            ->type_name("QUBE");
        app.add_flag("--all", which_.all, "All qubes; so it is without names");
        add_repeated(app, "--exclude", which_.excluded, "Not this one; may be repeated")
            ->type_name("QUBE");
        app.add_option("-o,--format", format_, "A set of columns (--help-formats)")
            ->type_name("FORMAT");
        app.add_option("-O,--fields", fields_, "Columns, separated by commas (--help-columns)")
            ->type_name("COLUMNS");
        app.add_flag("-d,--disk", disk_, "The same as --format disk");
        app.add_flag("-n,--network", network_, "The same as --format network");
        app.add_flag("-k,--kernel", kernel_, "The same as --format kernel");
        app.add_flag("-t,--tree", tree_, "Each qube below its netvm");
        app.add_flag("--raw-data", raw_data_, "Cells separated by |, without a head, for scripts");
        app.add_flag("--raw-list", raw_list_, "Only the names");
        app.add_flag("--json", json_, "An array of objects, for scripts");
        app.add_option("--sort", sort_, "Sort by this column")->type_name("COLUMN");
        app.add_flag("--reverse", reverse_, "The last one first");
        app.add_flag("--ignore-case", ignore_case_, "When sorting");
        app.add_flag("--spinner,!--no-spinner", spinner_, "Ignored, for older scripts");
        app.add_flag("--help-columns", help_columns_, "Explain the columns and exit");
        app.add_flag("--help-formats", help_formats_, "List the formats and exit");
        filter_.define(app);
    }

    Done<int> run(Tool& tool) override
    {
        if (help_columns_ || help_formats_)
            return help(tool);
        TRY_VOID(filter_.check());
        auto columns = TRY(wanted_columns());
        int needs = filter_.needs();
        for (Column const& one : columns)
            needs |= one.needs;
        Column const sorted = column_named(sort_.empty() ? "name" : sort_);
        needs |= sorted.needs;
        if (tree_)
            needs |= needs_properties;
        auto features = filter_.feature_names();
        if ((needs & needs_features) != 0)
            features.insert("internal");
        std::vector<Seen> all = TRY(
            Asking(tool, static_cast<std::uint8_t>(needs), features).ask(TRY(wanted_qubes(tool))));
        TRY_VOID(check_properties(columns, all));
        std::erase_if(all, [this](Seen const& one) { return !filter_.admits(one); });
        if (!sort_.empty())
            sort_by(all, sorted, ignore_case_);
        if (reverse_)
            std::ranges::reverse(all);
        if (tree_)
            all = Tree(std::move(all)).ordered();
        print(tool, columns, all);
        return 0;
    }

private:
    /// A column that is no property of any qube was mistyped.
    [[nodiscard]] static Done<> check_properties(std::vector<Column> const& columns,
                                                 std::vector<Seen> const& all)
    {
        for (Column const& column : columns)
            if (std::ranges::none_of(all, [&](Seen const& one) { return column.is_of(one); }) &&
                !all.empty())
                return misuse("there is no column '" + column.name + "'");
        return {};
    }
    [[nodiscard]] static Done<int> help(Tool const& tool, std::vector<Row> const& rows)
    {
        tool.print(aligned(rows));
        return 0;
    }
    [[nodiscard]] Done<int> help(Tool const& tool) const
    {
        std::vector<Row> rows;
        if (help_formats_)
            for (Format const& one : known_formats())
                rows.push_back({std::string(one.name), std::string(one.columns)});
        else
            for (Column const& one : known_columns())
                rows.push_back({one.name, one.help});
        TRY_VOID(help(tool, rows));
        if (help_columns_)
            tool.print("and any property of a qube (qvm-prefs --help-properties)\n");
        return 0;
    }

    [[nodiscard]] Done<std::vector<ListedQube>> wanted_qubes(Tool& tool) const
    {
        std::vector<ListedQube> list = TRY(tool.list());
        if (!which_.patterns.empty()) {
            auto const names = TRY(QubeChoice{.patterns = which_.patterns}.resolve(tool));
            std::erase_if(list, [&](ListedQube const& one) {
                return !std::ranges::contains(names, one.name);
            });
        }
        std::erase_if(list, [&](ListedQube const& one) {
            return std::ranges::any_of(which_.excluded, [&](std::string const& pattern) {
                return fits(one.name, pattern);
            });
        });
        return list;
    }

    [[nodiscard]] Done<std::vector<Column>> wanted_columns() const
    {
        if (int(disk_) + int(network_) + int(kernel_) + int(!format_.empty()) +
                int(!fields_.empty()) >
            1)
            return misuse("one format at a time");
        std::string format = disk_ ? "disk" : network_ ? "network" : kernel_ ? "kernel" : format_;
        std::string names = fields_;
        if (raw_list_)
            names = "name";
        if (names.empty()) {
            if (format.empty())
                format = "simple";
            for (Format const& one : known_formats())
                if (one.name == format)
                    names = one.columns;
            if (names.empty())
                return misuse("there is no format '" + format + "'");
        }
        std::vector<Column> columns;
        for (std::string_view const name : qube::split(names, ',')) {
            bool const known = !name.empty() && std::ranges::all_of(name, [](char c) {
                return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
            });
            if (!known)
                return misuse("there is no column '" + std::string(name) + "'");
            columns.push_back(column_named(name));
        }
        return columns;
    }

    void print(Tool const& tool, std::vector<Column> const& columns,
               std::vector<Seen> const& all) const
    {
        if (json_)
            return print_json(tool, columns, all);
        std::vector<Row> rows;
        if (!raw_data_ && !raw_list_) {
            rows.emplace_back();
            for (Column const& column : columns)
                rows.back().push_back(column.name);
        }
        for (Seen const& one : all) {
            rows.emplace_back();
            for (Column const& column : columns)
                rows.back().push_back(column.name == "NAME" && tree_ ? name_in_tree(one)
                                                                     : column.of(one));
        }
        if (!raw_data_)
            return tool.print(aligned(rows));
        std::string text;
        for (Row const& row : rows) {
            for (std::size_t i = 0; i < row.size(); ++i)
                text += (i > 0 ? "|" : "") + (row[i].empty() ? "-" : row[i]);
            text += '\n';
        }
        tool.print(text);
    }

    /// Keys are the columns' names in lower case; what is missing is null.
    static void print_json(Tool const& tool, std::vector<Column> const& columns,
                           std::vector<Seen> const& all)
    {
        using Json = nlohmann::ordered_json;
        Json array = Json::array();
        for (Seen const& one : all) {
            Json object = Json::object();
            for (Column const& column : columns) {
                std::string const text = column.of(one);
                Json value = text.empty() ? Json() : Json(text);
                if (column.is_number && !text.empty() && number_of(text) != INT64_MIN)
                    value = number_of(text);
                object[folded(column.name, true)] = std::move(value);
            }
            array.push_back(std::move(object));
        }
        tool.print(array.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    }

    QubeChoice which_;
    Filter filter_;
    std::string format_;
    std::string fields_;
    std::string sort_;
    bool disk_ = false;
    bool network_ = false;
    bool kernel_ = false;
    bool tree_ = false;
    bool raw_data_ = false;
    bool raw_list_ = false;
    bool json_ = false;
    bool reverse_ = false;
    bool ignore_case_ = false;
    bool spinner_ = false;
    bool help_columns_ = false;
    bool help_formats_ = false;
};

} // namespace

std::unique_ptr<Command> make_ls()
{
    return std::make_unique<Ls>();
}

} // namespace vitrail::qvm
