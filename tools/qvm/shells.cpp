#include "tools/qvm/shells.hpp"

#include "tools/qvm/complete.hpp"
#include "tools/qvm/man.hpp"

#include <cstdio>

namespace vitrail::qvm {
namespace {

void put(std::string const& text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
}

std::string names()
{
    std::string all;
    for (Entry const& one : commands())
        all += (all.empty() ? "" : " ") + std::string(one.name);
    return all;
}

/// Bash splits words at = and : as well, and replaces only what stands behind the last of them.
std::string bash_script()
{
    return R"sh(# Completion of the qvm commands; made from their table (qvm --bash).
_qvm() {
    local typed=${COMP_LINE:0:COMP_POINT} line current fixed words=()
    read -ra words <<<"$typed"
    [[ $typed == *[[:space:]] ]] && words+=("")
    current=${words[-1]}
    fixed=${current%"${current##*[=:]}"}
    COMPREPLY=()
    while IFS= read -r line; do
        line=${line%%$'\t'*}
        case $line in
        :files) compopt -o filenames 2>/dev/null
            while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${current#"$fixed"}") ;;
        :commands) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -c -- "$current") ;;
        *) COMPREPLY+=("${line#"$fixed"}") ;;
        esac
    done < <(qvm --complete "$((${#words[@]} - 1))" "${words[@]}" 2>/dev/null)
}
complete -F _qvm )sh" +
           names() + "\n";
}

std::string zsh_script()
{
    return "#compdef " + names() + R"sh(
# Completion of the qvm commands; made from their table (qvm --zsh).
local -a found
local line
for line in "${(@f)$(qvm --complete $((CURRENT - 1)) "${(@)words}" 2>/dev/null)}"; do
    case $line in
    :files) _files ;;
    :commands) _command_names -e ;;
    ?*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
    esac
done
(( $#found )) && _describe -t qvm 'qvm' found
)sh";
}

std::string fish_script()
{
    std::string text = R"sh(# Completion of the qvm commands; made from their table (qvm --fish).
function __qvm
    set -l words (commandline -opc) (commandline -ct)
    for line in (qvm --complete (math (count $words) - 1) $words 2>/dev/null)
        switch $line
            case ':files*'
                __fish_complete_path (commandline -ct)
            case ':commands*'
                __fish_complete_command
            case '*'
                echo $line
        end
    end
end
)sh";
    for (Entry const& one : commands())
        text += "complete -c " + std::string(one.name) + " -f -a '(__qvm)'\n";
    return text;
}

int print_candidates(std::vector<std::string> const& words)
{
    auto const current = words.size() > 1 ? qube::parse_number(words[1]) : std::nullopt;
    if (!current)
        return 2;
    for (Candidate const& one :
         complete({words.begin() + 2, words.end()}, static_cast<std::size_t>(*current)))
        put(displayable(one.help.empty() ? one.word : one.word + "\t" + one.help) + "\n");
    return 0;
}

} // namespace

int serve_shells(std::vector<std::string> const& words)
{
    std::string const& what = words[0];
    if (what == "--complete")
        return print_candidates(words);
    if (what == "--bash")
        put(bash_script());
    else if (what == "--zsh")
        put(zsh_script());
    else if (what == "--fish")
        put(fish_script());
    else if (what == "--commands")
        for (Entry const& one : commands())
            put(std::string(one.name) + "\n");
    else if (what == "--man" && words.size() == 2 && words[1] == "qvm")
        put(man_overview());
    else if (Entry const* const entry =
                 what == "--man" && words.size() == 2 ? find_command(words[1]) : nullptr)
        put(man_page(*entry));
    else {
        std::fprintf(stderr, "qvm: %s means nothing here\n", what.c_str());
        return 2;
    }
    return 0;
}

} // namespace vitrail::qvm
