#include "panel/config.hpp"

#include "lib/os/files.hpp"
#include "lib/os/toml.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace vitrail::panel {

namespace {

constexpr std::array<std::pair<std::string_view, Part>, 10> part_names{{
    {"launcher", Part::launcher},
    {"focus", Part::focus},
    {"workspaces", Part::workspaces},
    {"tasks", Part::tasks},
    {"clipboard", Part::clipboard},
    {"notifications", Part::notifications},
    {"qubes", Part::qubes},
    {"keyboard", Part::keyboard},
    {"clock", Part::clock},
    {"session", Part::session},
}};

constexpr std::array<std::pair<std::string_view, Edge>, 2> edges{{
    {"top", Edge::top},
    {"bottom", Edge::bottom},
}};

constexpr std::array<std::pair<std::string_view, Corner>, 5> corners{{
    {"top-right", Corner::top_right},
    {"top-left", Corner::top_left},
    {"bottom-right", Corner::bottom_right},
    {"bottom-left", Corner::bottom_left},
    {"off", Corner::off},
}};

/// "a", "b" of a table's names.
template <typename Table> std::string names_of(Table const& table)
{
    std::string all;
    for (auto const& [name, value] : table)
        all += (all.empty() ? "\"" : ", \"") + std::string(name) + "\"";
    return all;
}

/// Reads [panel]; after the first mistake everything else is skipped.
class Reader {
public:
    explicit Reader(std::string_view file) : file_(file) {}
    std::optional<std::string> failure;

    void fail(toml::source_index line, std::string const& what)
    {
        if (!failure)
            failure = file_ + ":" + std::to_string(line) + ": " + what;
    }
    void fail(toml::node const& at, std::string const& what) { fail(at.source().begin.line, what); }
    template <typename T>
    void value(toml::node const& node, std::string_view key, char const* wanted, T& into)
    {
        if (auto const found = node.value_exact<T>())
            into = *found;
        else
            fail(node, std::string(key) + " wants " + wanted);
    }
    template <typename Table, typename Value>
    void one_of(Table const& table, toml::node const& node, std::string_view key, Value& into)
    {
        auto const text = node.value_exact<std::string>();
        auto const known = std::ranges::find_if(
            table, [&](auto const& pair) { return text && pair.first == *text; });
        if (known == table.end())
            return fail(node, std::string(key) + " wants one of " + names_of(table));
        into = known->second;
    }
    void parts(toml::node const& node, std::string_view key, std::vector<Part>& into)
    {
        std::vector<Part> found;
        toml::array const* const list = node.as_array();
        bool good = list != nullptr;
        if (list)
            for (toml::node const& one : *list) {
                auto const text = one.value_exact<std::string>();
                auto const known = std::ranges::find_if(
                    part_names, [&](auto const& pair) { return text && pair.first == *text; });
                good = good && known != part_names.end();
                if (known != part_names.end())
                    found.push_back(known->second);
            }
        if (good)
            into = std::move(found);
        else
            fail(node, std::string(key) + " wants a list of: " + names_of(part_names));
    }

private:
    std::string file_;
};

void read_panel(Reader& reader, toml::table const& table, Config& config)
{
    for (auto const& [key, node] : table) {
        if (key == "enabled")
            reader.value(node, key.str(), "true or false", config.enabled);
        else if (key == "edge")
            reader.one_of(edges, node, key.str(), config.edge);
        else if (key == "autohide")
            reader.value(node, key.str(), "true or false", config.autohide);
        else if (key == "output")
            reader.value(node, key.str(), "the name of an output in quotes", config.output);
        else if (key == "start")
            reader.parts(node, key.str(), config.start);
        else if (key == "middle")
            reader.parts(node, key.str(), config.middle);
        else if (key == "end")
            reader.parts(node, key.str(), config.end);
        else if (key == "notifications")
            reader.one_of(corners, node, key.str(), config.notifications);
        else if (key == "clock")
            reader.value(node, key.str(), "a format of strftime in quotes", config.clock_format);
        else if (key == "terminal")
            reader.value(node, key.str(), "a command in quotes", config.terminal);
        else
            reader.fail(key.source().begin.line, "unknown key \"" + std::string(key.str()) + "\"");
    }
}

/// A part stands in one place: GTK has one of each widget.
std::optional<std::string> twice(Config const& config)
{
    std::vector<Part> all = config.start;
    all.insert(all.end(), config.middle.begin(), config.middle.end());
    all.insert(all.end(), config.end.begin(), config.end.end());
    for (auto const& [name, part] : part_names)
        if (std::ranges::count(all, part) > 1)
            return "\"" + std::string(name) + "\" stands twice in start, middle and end";
    return std::nullopt;
}

} // namespace

Result<Config> parse_config(std::string_view text, std::string_view name)
{
    toml::table const root = TRY(parse_toml(text, name));
    Config config;
    toml::node const* const node = root.get("panel");
    if (!node)
        return config;
    Reader reader(name);
    toml::table const* const table = node->as_table();
    if (table)
        read_panel(reader, *table, config);
    else
        reader.fail(*node, "panel is a table: [panel]");
    if (auto const part = twice(config))
        reader.fail(*node, *part);
    if (reader.failure)
        return error(*reader.failure);
    return config;
}

Result<Config> load_config(std::string const& path)
{
    if (path.empty())
        return Config{};
    auto const text = read_file(path);
    if (!text)
        return Config{}; // the compositor says so where it is there and cannot be read
    return parse_config(*text, path.substr(path.rfind('/') + 1));
}

} // namespace vitrail::panel
