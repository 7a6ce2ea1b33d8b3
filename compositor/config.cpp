#include "compositor/config.hpp"

#include "lib/os/toml.hpp"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>

namespace vitrail::compositor {

namespace {

/// Reads one file's tables; after the first mistake everything else is skipped.
class Reader {
public:
    explicit Reader(std::string_view file) : file_(file) {}

    std::optional<std::string> failure;

    void fail(toml::node const& at, std::string const& what) { fail(at.source().begin.line, what); }
    void fail(toml::source_index line, std::string const& what)
    {
        if (!failure)
            failure = file_ + ":" + std::to_string(line) + ": " + what;
    }

    void text(toml::node const& node, std::string_view key, std::string& into)
    {
        if (auto const value = node.value_exact<std::string>())
            into = *value;
        else
            fail(node, std::string(key) + " wants a text in quotes");
    }
    void flag(toml::node const& node, std::string_view key, bool& into)
    {
        if (auto const value = node.value_exact<bool>())
            into = *value;
        else
            fail(node, std::string(key) + " wants true or false");
    }
    void number(toml::node const& node, std::string_view key, std::int32_t least, std::int32_t most,
                std::int32_t& into)
    {
        auto const value = node.value_exact<std::int64_t>();
        if (!value || *value < least || *value > most)
            return fail(node, std::string(key) + " wants a whole number from " +
                                  std::to_string(least) + " to " + std::to_string(most));
        into = static_cast<std::int32_t>(*value);
    }
    template <typename T>
    void choice(toml::node const& node, std::string_view key, T& into,
                std::initializer_list<std::pair<std::string_view, T>> choices)
    {
        auto const value = node.value_exact<std::string>();
        std::string allowed;
        for (auto const& [name, meaning] : choices) {
            if (value && *value == name) {
                into = meaning;
                return;
            }
            allowed += (allowed.empty() ? "\"" : ", \"") + std::string(name) + "\"";
        }
        fail(node, std::string(key) + " wants one of " + allowed);
    }
    void unknown(toml::key const& key)
    {
        fail(key.source().begin.line, "unknown key \"" + std::string(key.str()) + "\"");
    }
    /// Calls each(key, node) over a table; what is not one is a mistake.
    template <typename Each> void table(toml::node const& node, std::string_view name, Each each)
    {
        toml::table const* const table = node.as_table();
        if (!table)
            return fail(node, std::string(name) + " is a table: [" + std::string(name) + "]");
        for (auto const& [key, value] : *table)
            if (!failure)
                each(key, value);
    }

private:
    std::string file_;
};

void read_keyboard(Reader& reader, toml::node const& node, KeyboardConfig& keyboard)
{
    reader.table(node, "keyboard", [&](toml::key const& key, toml::node const& value) {
        if (key == "layout")
            reader.text(value, key.str(), keyboard.layout);
        else if (key == "variant")
            reader.text(value, key.str(), keyboard.variant);
        else if (key == "options")
            reader.text(value, key.str(), keyboard.options);
        else if (key == "repeat-rate")
            reader.number(value, key.str(), 0, 200, keyboard.repeat_rate);
        else if (key == "repeat-delay")
            reader.number(value, key.str(), 50, 5000, keyboard.repeat_delay);
        else
            reader.unknown(key);
    });
}

void read_mode(Reader& reader, toml::node const& node, OutputConfig& output)
{
    auto const value = node.value_exact<std::string>();
    int width = 0;
    int height = 0;
    double refresh = 0;
    if (!value || (std::sscanf(value->c_str(), "%5dx%5d@%lf", &width, &height, &refresh) < 2) ||
        width < 1 || height < 1 || width > 16384 || height > 16384 || refresh < 0 || refresh > 1000)
        return reader.fail(node, "mode wants \"WIDTHxHEIGHT\" or \"WIDTHxHEIGHT@HERTZ\"");
    output.mode =
        OutputConfig::Mode{{width, height}, static_cast<std::int32_t>(std::lround(refresh * 1000))};
}

void read_position(Reader& reader, toml::node const& node, OutputConfig& output)
{
    toml::array const* const pair = node.as_array();
    if (pair && pair->size() == 2) {
        auto const x = (*pair)[0].value_exact<std::int64_t>();
        auto const y = (*pair)[1].value_exact<std::int64_t>();
        constexpr std::int64_t limit = 65536;
        if (x && y && std::abs(*x) <= limit && std::abs(*y) <= limit) {
            output.position = Point{static_cast<std::int32_t>(*x), static_cast<std::int32_t>(*y)};
            return;
        }
    }
    reader.fail(node, "position wants [x, y]");
}

void read_output(Reader& reader, toml::node const& node, Config& config)
{
    OutputConfig output;
    reader.table(node, "output", [&](toml::key const& key, toml::node const& value) {
        if (key == "name") {
            reader.text(value, key.str(), output.name);
        } else if (key == "enabled") {
            reader.flag(value, key.str(), output.enabled);
        } else if (key == "scale") {
            auto const scale = value.value<double>();
            if (!scale || !(*scale >= 0.5 && *scale <= 8))
                reader.fail(value, "scale wants a number from 0.5 to 8");
            else
                output.scale = *scale;
        } else if (key == "mode") {
            read_mode(reader, value, output);
        } else if (key == "position") {
            read_position(reader, value, output);
        } else if (key == "transform") {
            std::int32_t degrees = 0;
            reader.number(value, key.str(), 0, 270, degrees);
            if (degrees % 90 != 0)
                reader.fail(value, "transform wants 0, 90, 180 or 270");
            output.transform = degrees;
        } else {
            reader.unknown(key);
        }
    });
    if (output.name.empty())
        return reader.fail(node, "an output wants a name (\"*\" for all)");
    config.outputs.push_back(std::move(output));
}

void read_bindings(Reader& reader, toml::node const& node, Config& config)
{
    reader.table(node, "bindings", [&](toml::key const& key, toml::node const& value) {
        auto const chord = parse_chord(key.str());
        if (!chord)
            return reader.fail(key.source().begin.line, chord.error().what);
        auto const text = value.value_exact<std::string>();
        if (!text)
            return reader.fail(value, "a binding wants an action in quotes");
        auto binding = parse_action(*text);
        if (!binding)
            return reader.fail(value, binding.error().what);
        binding->chord = *chord;
        set_binding(config.bindings, std::move(*binding));
    });
}

void read_windows(Reader& reader, toml::node const& node, Config& config)
{
    reader.table(node, "windows", [&](toml::key const& key, toml::node const& value) {
        if (key == "focus")
            reader.choice(
                value, key.str(), config.focus,
                {{"click", FocusMode::click}, {"follows-pointer", FocusMode::follows_pointer}});
        else if (key == "gap")
            reader.number(value, key.str(), 0, 100, config.gap);
        else if (key == "workspaces")
            reader.number(value, key.str(), 1, 20, config.workspaces);
        else
            reader.unknown(key);
    });
}

void read_pointer(Reader& reader, toml::node const& node, Config& config)
{
    reader.table(node, "pointer", [&](toml::key const& key, toml::node const& value) {
        if (key == "natural-scroll")
            reader.flag(value, key.str(), config.natural_scroll);
        else if (key == "tap-to-click")
            reader.flag(value, key.str(), config.tap_to_click);
        else
            reader.unknown(key);
    });
}

void read_clipboard(Reader& reader, toml::node const& node, ClipboardConfig& clipboard)
{
    reader.table(node, "clipboard", [&](toml::key const& key, toml::node const& value) {
        if (key == "keep")
            reader.number(value, key.str(), 0, 86400, clipboard.keep);
        else if (key == "moment")
            reader.number(value, key.str(), 0, 10000, clipboard.moment);
        else
            reader.unknown(key);
    });
}

void read_root(Reader& reader, toml::table const& root, Config& config)
{
    reader.table(root, "", [&](toml::key const& key, toml::node const& value) {
        if (key == "theme") {
            reader.choice(value, key.str(), config.theme,
                          {{"auto", ThemeChoice::automatic},
                           {"light", ThemeChoice::light},
                           {"dark", ThemeChoice::dark}});
        } else if (key == "terminal") {
            reader.text(value, key.str(), config.terminal);
        } else if (key == "keyboard") {
            read_keyboard(reader, value, config.keyboard);
        } else if (key == "pointer") {
            read_pointer(reader, value, config);
        } else if (key == "windows") {
            read_windows(reader, value, config);
        } else if (key == "clipboard") {
            read_clipboard(reader, value, config.clipboard);
        } else if (key == "bindings") {
            read_bindings(reader, value, config);
        } else if (key == "output") {
            toml::array const* const outputs = value.as_array();
            if (!outputs)
                return reader.fail(value, "outputs are written as [[output]]");
            for (toml::node const& output : *outputs)
                read_output(reader, output, config);
        } else if (key == "panel" || key == "launcher") {
            // Theirs to read and to check.
        } else {
            reader.unknown(key);
        }
    });
}

} // namespace

OutputConfig const* Config::output(std::string_view name) const
{
    OutputConfig const* any = nullptr;
    for (OutputConfig const& output : outputs) {
        if (output.name == name)
            return &output;
        if (output.name == "*")
            any = &output;
    }
    return any;
}

Result<Config> parse_config(std::string_view text, std::string_view name)
{
    toml::table const table = TRY(parse_toml(text, name));
    Config config;
    Reader reader{name};
    read_root(reader, table, config);
    if (reader.failure)
        return error(*reader.failure);
    return config;
}

Result<Config> load_config(std::string const& path)
{
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> const file{std::fopen(path.c_str(), "re")};
    if (!file) {
        if (errno == ENOENT)
            return Config{};
        return errno_error("cannot read " + path);
    }
    std::string text;
    char block[4096];
    while (std::size_t const count = std::fread(block, 1, sizeof block, file.get())) {
        text.append(block, count);
        if (text.size() > (1U << 20))
            return error(path + " is larger than 1 MiB");
    }
    std::size_t const slash = path.rfind('/');
    return parse_config(text, slash == std::string::npos ? path : path.substr(slash + 1));
}

} // namespace vitrail::compositor
