#include "services/sessiond/qube_list.hpp"

#include "lib/os/toml.hpp"
#include "services/sessiond/gui_options.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <optional>

namespace vitrail::session {
namespace {

/// Reads one block; remembers the first thing wrong.
class Block {
public:
    Block(toml::table const& table, std::string_view file) : table_(table), file_(file) {}

    [[nodiscard]] std::unexpected<Error> wrong(toml::node const& at, std::string const& what) const
    {
        return error(std::string(file_) + ":" + std::to_string(at.source().begin.line) + ": " +
                     what);
    }

    void text(std::string_view key, std::string& into)
    {
        if (toml::node const* const node = take(key)) {
            if (auto const value = node->value_exact<std::string>())
                into = *value;
            else
                note(*node, key, "a text in quotes");
        }
    }
    template <typename Flag> void flag(std::string_view key, Flag& into)
    {
        if (toml::node const* const node = take(key)) {
            if (auto const value = node->value_exact<bool>())
                into = static_cast<Flag>(*value);
            else
                note(*node, key, "true or false");
        }
    }
    void number(std::string_view key, std::uint32_t& into, std::int64_t least, std::int64_t most)
    {
        if (toml::node const* const node = take(key)) {
            auto const value = node->value_exact<std::int64_t>();
            if (value && *value >= least && *value <= most)
                into = static_cast<std::uint32_t>(*value);
            else
                note(*node, key,
                     "a number from " + std::to_string(least) + " to " + std::to_string(most));
        }
    }
    template <typename Value, std::size_t count>
    void choice(std::string_view key, Value& into,
                std::array<std::pair<std::string_view, Value>, count> const& allowed)
    {
        toml::node const* const node = take(key);
        if (!node)
            return;
        auto const text = node->value_exact<std::string>();
        std::string names;
        for (auto const& [name, value] : allowed) {
            names += std::string(names.empty() ? "" : ", ") + '"' + std::string(name) + '"';
            if (text && *text == name) {
                into = value;
                return;
            }
        }
        note(*node, key, "one of " + names);
    }
    void words(std::string_view key, std::vector<std::string>& into)
    {
        toml::node const* const node = take(key);
        if (!node)
            return;
        toml::array const* const list = node->as_array();
        if (!list)
            return note(*node, key, "a list of commands: [\"foot\", \"xterm\"]");
        for (toml::node const& entry : *list) {
            auto const value = entry.value_exact<std::string>();
            if (!value || value->empty())
                return note(entry, key, "a list of commands: [\"foot\", \"xterm\"]");
            into.push_back(*value);
        }
    }
    /// Fails with the first thing that was wrong, or a key that nobody took.
    [[nodiscard]] Result<> finish()
    {
        if (problem_)
            return std::unexpected(*problem_);
        for (auto const& [key, node] : table_)
            if (std::ranges::find(taken_, key.str()) == taken_.end())
                return wrong(node, "unknown setting '" + std::string(key.str()) + "' of a qube");
        return {};
    }

private:
    toml::node const* take(std::string_view key)
    {
        taken_.push_back(key);
        return table_.get(key);
    }
    void note(toml::node const& at, std::string_view key, std::string const& allowed)
    {
        if (!problem_)
            problem_ = wrong(at, "'" + std::string(key) + "' is " + allowed).error();
    }

    toml::table const& table_;
    std::string_view file_;
    std::vector<std::string_view> taken_;
    std::optional<Error> problem_;
};

void read_gui_options(Block& block, transport::GuidStart& gui)
{
    for (FlagOption const& option : flag_options)
        block.flag(option.name, gui.*option.field);
    for (NumberOption const& option : number_options)
        block.number(option.name, gui.*option.field, option.least, option.most);
    block.choice("override_redirect", gui.override_redirect_disabled, override_redirect_values);
    block.choice("trayicon_mode", gui.trayicon_mode, tray_modes);
}

Result<QubeSpec> read_qube(toml::table const& table, std::string_view file)
{
    QubeSpec qube;
    qube.gui = default_gui_options();
    Block block(table, file);
    std::string label = "red";
    block.text("name", qube.name);
    block.text("label", label);
    block.flag("network", qube.network);
    block.words("applications", qube.applications);
    read_gui_options(block, qube.gui);
    TRY_VOID(block.finish());
    if (auto const fine = check_qube_name(qube.name); !fine)
        return block.wrong(table.contains("name") ? *table.get("name")
                                                  : static_cast<toml::node const&>(table),
                           fine.error().message());
    auto const known = find_label(label);
    if (!known)
        return block.wrong(*table.get("label"), "label '" + label +
                                                    "' is none of red, orange, yellow, green, "
                                                    "gray, blue, purple, black");
    qube.label = *known;
    qube.gui.set_name(qube.name);
    return qube;
}

} // namespace

Result<> check_qube_name(std::string_view name)
{
    auto const letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    auto const allowed = [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
    };
    std::string const shown(name.substr(0, 40));
    if (name.empty())
        return error("a qube needs a name");
    if (name.size() > 31)
        return error("the name '" + shown + "…' is longer than 31 characters");
    if (!letter(name.front()) || !std::ranges::all_of(name, allowed))
        return error("the name of a qube starts with a letter and has letters, digits, '_', '.' "
                     "and '-'");
    if (name == "none" || name == "default" || name == "Domain-0" || name.ends_with("-dm"))
        return error("the name '" + shown + "' is reserved");
    return {};
}

Result<std::vector<QubeSpec>> parse_qube_list(std::string_view text, std::string_view file)
{
    toml::table const table = TRY(parse_toml(text, file));
    std::vector<QubeSpec> qubes;
    for (auto const& [key, node] : table) {
        toml::array const* const list = node.as_array();
        if (key.str() != "qube" || !list || !list->is_array_of_tables())
            return error(std::string(file) + ":" + std::to_string(node.source().begin.line) +
                         ": '" + std::string(key.str()) +
                         "' is no setting here; a qube is a block [[qube]]");
        for (toml::node const& entry : *list) {
            QubeSpec qube = TRY(read_qube(*entry.as_table(), file));
            if (std::ranges::any_of(qubes, [&](auto const& q) { return q.name == qube.name; }))
                return error(std::string(file) + ":" + std::to_string(entry.source().begin.line) +
                             ": there are two qubes called '" + qube.name + "'");
            qubes.push_back(std::move(qube));
        }
    }
    if (qubes.size() > 1000)
        return error(std::string(file) + ": more than 1000 qubes");
    return qubes;
}

Result<std::vector<QubeSpec>> load_qube_list(std::string const& path)
{
    std::ifstream stream(path, std::ios::binary);
    if (!stream)
        return errno_error("the list of qubes " + path);
    std::string const text{std::istreambuf_iterator<char>(stream), {}};
    return parse_qube_list(text, path);
}

} // namespace vitrail::session
