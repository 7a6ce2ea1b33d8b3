#include "tools/qvm/man.hpp"

#include "tools/qvm/command.hpp"

#include <algorithm>

namespace vitrail::qvm {
namespace {

/// Text in which roff sees nothing of its own.
std::string plain(std::string_view text)
{
    std::string out;
    for (char const c : text)
        if (c == '\\')
            out += "\\e";
        else if (c == '-')
            out += "\\-";
        else
            out += c;
    if (out.starts_with('.') || out.starts_with('\''))
        out.insert(0, "\\&");
    return out;
}

std::string bold(std::string_view text)
{
    return "\\fB" + plain(text) + "\\fR";
}

std::string italic(std::string_view text)
{
    return "\\fI" + plain(text) + "\\fR";
}

std::string head(std::string_view name)
{
    std::string upper(name);
    std::ranges::transform(upper, upper.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return ".TH \"" + upper + "\" 1 \"\" \"Vitrail " VITRAIL_VERSION "\"\n";
}

constexpr auto every = [](auto const*) { return true; };

std::string positionals(CLI::App const& app)
{
    std::string text;
    for (CLI::Option const* const one : app.get_options(every)) {
        if (!one->get_positional())
            continue;
        std::string const word =
            italic(one->get_type_name()) + (one->get_items_expected_max() > 1 ? "\\&..." : "");
        text += one->get_required() ? " " + word : " [" + word + "]";
    }
    return text;
}

std::string option_text(CLI::Option const& option)
{
    std::string names;
    for (std::string const& name : option.get_snames())
        names += (names.empty() ? "" : ", ") + bold("-" + name);
    for (std::string const& name : option.get_lnames())
        names += (names.empty() ? "" : ", ") + bold("--" + name);
    if (option.get_positional())
        names = italic(option.get_type_name());
    else if (option.get_items_expected_max() > 0)
        names += " " + italic(option.get_type_name());
    return ".TP\n" + names + "\n" + plain(option.get_description()) + ".\n";
}

std::string options(CLI::App const& app, bool positional)
{
    std::string text;
    for (CLI::Option const* const one : app.get_options(every))
        if (one->get_positional() == positional)
            text += option_text(*one);
    return text;
}

std::string actions(CLI::App const& app)
{
    std::string text;
    for (CLI::App const* const one : app.get_subcommands(every)) {
        std::string names = bold(one->get_name());
        for (std::string const& alias : one->get_aliases())
            names += ", " + bold(alias);
        text += ".SS " + names + positionals(*one) + "\n" + plain(one->get_description()) + ".\n";
        for (CLI::Option const* const option : one->get_options(every))
            if (option->get_description() != "Print this help and exit")
                text += option_text(*option);
    }
    return text;
}

std::string see_also(std::string_view name)
{
    std::string text = ".SH SEE ALSO\n";
    bool first = true;
    for (Entry const& one : commands())
        if (one.name != name) {
            text += (first ? "" : ",\n") + bold(one.name) + "(1)";
            first = false;
        }
    return text + "\n";
}

constexpr char const* environment_text =
    ".SH ENVIRONMENT\n.TP\n\\fBQUBESD_SOCKET\\fR\nThe socket of the qubesd to use. Without it "
    "\\fB$XDG_RUNTIME_DIR/vitrail/qubesd.sock\\fR if that is there, else "
    "\\fB/var/run/qubesd.sock\\fR.\n";

} // namespace

std::string man_page(Entry const& entry)
{
    Tool tool(std::string(entry.name), qube::AdminClient(""));
    auto const command = entry.make();
    CLI::App app;
    define_command(entry, *command, tool, app);
    bool const has_actions = !app.get_subcommands(every).empty();
    std::string text = head(entry.name) + ".SH NAME\n" + plain(entry.name) + " \\- " +
                       plain(entry.summary) + "\n.SH SYNOPSIS\n" + bold(entry.name) + " [" +
                       italic("OPTIONS") + "]" + positionals(app) +
                       (has_actions ? " [" + italic("ACTION") + "]" : "") + "\n";
    if (std::string const more = app.get_footer(); !more.empty())
        text += ".SH DESCRIPTION\n" + plain(more) + "\n";
    if (std::string const words = options(app, true); !words.empty())
        text += ".SH ARGUMENTS\n" + words;
    text += ".SH OPTIONS\n" + options(app, false);
    if (has_actions)
        text += ".SH ACTIONS\nWithout one: \\fBlist\\fR.\n" + actions(app);
    text += ".SH EXIT STATUS\n";
    if (!entry.exits.starts_with("0"))
        text += "0 it was done; ";
    text += plain(entry.exits);
    if (!entry.exits.contains("2 "))
        text += "; 2 the command line was wrong";
    return text + ".\n" + environment_text + see_also(entry.name);
}

std::string man_overview()
{
    std::string text = head("qvm") +
                       ".SH NAME\nqvm \\- the commands that manage qubes\n.SH SYNOPSIS\n" +
                       bold("qvm") + " " + italic("COMMAND") +
                       " ...\n.SH DESCRIPTION\nOne program under many names; \\fBqvm ls\\fR is "
                       "\\fBqvm\\-ls\\fR.\n.SH COMMANDS\n";
    for (Entry const& one : commands())
        text += ".TP\n" + bold(one.name) + "(1)\n" + plain(one.summary) + ".\n";
    return text + environment_text;
}

} // namespace vitrail::qvm
