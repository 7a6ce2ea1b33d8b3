#pragma once

#include "tools/qvm/tool.hpp"

#include <CLI/CLI.hpp>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qvm {

/// One of the names of this program.
///
/// What `define` says to CLI11 is all there is: the command line, --help, the man page and the
/// completions of the shells are made from it. The type name of an option says what is completed
/// there (completion.hpp).
class Command {
public:
    virtual ~Command() = default;
    virtual void define(CLI::App& app) = 0;
    /// A look at the words before CLI11 reads them.
    virtual void take_words(std::vector<std::string>& words) { (void)words; }
    /// The exit status. Called once, after the arguments were read.
    [[nodiscard]] virtual Done<int> run(Tool& tool) = 0;
};

struct Entry {
    std::string_view name;    ///< qvm-ls
    std::string_view summary; ///< without a full stop
    std::string_view exits;   ///< its exit codes other than 0 and 2, for the man page
    std::unique_ptr<Command> (*make)();
};

/// All names, sorted. The one table.
[[nodiscard]] std::span<Entry const> commands();
[[nodiscard]] Entry const* find_command(std::string_view name);
/// What every command has (--verbose, --quiet, --help, --version), then its own.
void define_command(Entry const& entry, Command& command, Tool& tool, CLI::App& app);

/// A word that may be given as an empty one, which CLI11 takes for none.
struct GivenText {
    std::string text;
    CLI::Option* option = nullptr;
    [[nodiscard]] explicit operator bool() const { return option && option->count() > 0; }
};
/// An option that takes one word each time it is given.
CLI::Option* add_repeated(CLI::App& app, std::string const& name, std::vector<std::string>& words,
                          std::string const& help);

/// The qubes a command is about: names and globs (`*?[]`), or --all but dom0 and without --exclude.
struct QubeChoice {
    std::vector<std::string> patterns;
    std::vector<std::string> excluded;
    bool all = false;

    void define(CLI::App& app, std::string const& kind = "QUBE");
    /// The names, each once, in the order of what was typed. Fails with status 2 when a name is
    /// nobody's.
    [[nodiscard]] Done<std::vector<std::string>> resolve(Tool& tool) const;
};

/// Whether a name fits a pattern of the shell.
[[nodiscard]] bool fits(std::string const& name, std::string const& pattern);
[[nodiscard]] bool is_pattern(std::string_view text);
/// Bytes: a number, or one with K, M, G or T (powers of 1024). Fails with status 2.
[[nodiscard]] Done<std::uint64_t> parse_size(std::string const& text);
/// OPT=VALUE. Fails with status 2.
[[nodiscard]] Done<std::pair<std::string, std::string>> parse_option(std::string const& text);
/// BACKEND:REST, or QUBE:VOLUME. Fails with status 2.
[[nodiscard]] Done<std::pair<std::string, std::string>> split_colon(std::string const& text);

} // namespace vitrail::qvm
