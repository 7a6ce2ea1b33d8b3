#include "lib/qrexec/policy.hpp"

#include <algorithm>
#include <format>
#include <map>
#include <set>

namespace vitrail::qrexec {
namespace {

using Text = std::string_view;
template <typename T = void> using Checked = std::expected<T, std::string>;

constexpr int max_depth = 16; ///< of includes: more is a circle

Checked<> wrong(std::string what)
{
    return std::unexpected(std::move(what));
}

std::vector<Text> words_of(Text line)
{
    std::vector<Text> words;
    while (true) {
        auto const first = line.find_first_not_of(" \t");
        if (first == Text::npos)
            return words;
        line.remove_prefix(first);
        words.push_back(line.substr(0, line.find_first_of(" \t")));
        line.remove_prefix(words.back().size());
    }
}

std::string joined(std::vector<Text> const& words)
{
    std::string out;
    for (Text const word : words)
        out += (out.empty() ? "" : " ") + std::string(word);
    return out;
}

std::string quoted(Text word)
{
    return "'" + std::string(word) + "'";
}

Checked<bool> parse_yes_no(Text value)
{
    if (value != "yes" && value != "no")
        return std::unexpected("yes or no is needed, not " + quoted(value));
    return value == "yes";
}

bool is_user(Text text)
{
    constexpr std::size_t longest = 64;
    return !text.empty() && text.size() <= longest && !text.starts_with('-') &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      Text("_.-").contains(c);
           });
}

/// Which parameters go with which action.
bool takes(PolicyRule::Action action, Text key)
{
    if (key == "notify")
        return true;
    if (key == "target" || key == "user" || key == "autostart")
        return action != PolicyRule::Action::deny;
    return key == "default_target" && action == PolicyRule::Action::ask;
}

Checked<> set_parameter(PolicyRule& rule, Text key, Text value)
{
    if (key == "notify") {
        rule.notify = TRY(parse_yes_no(value));
    } else if (key == "autostart") {
        rule.autostart = TRY(parse_yes_no(value));
    } else if (key == "user") {
        if (!is_user(value))
            return wrong(quoted(value) + " is no user");
        rule.user = value;
    } else {
        auto token = parse_token(value, TokenUse::redirect);
        if (!token)
            return wrong(std::string(key) + "=" + std::string(value) + ": " + token.error());
        (key == "target" ? rule.redirect : rule.default_target) = std::move(*token);
    }
    return {};
}

Checked<> parse_action(PolicyRule& rule, std::span<Text const> words)
{
    if (words.empty())
        return wrong("the action is missing: allow, ask or deny");
    if (words[0] == "allow")
        rule.action = PolicyRule::Action::allow;
    else if (words[0] == "ask")
        rule.action = PolicyRule::Action::ask;
    else if (words[0] != "deny")
        return wrong(quoted(words[0]) + " is no action: allow, ask or deny");
    rule.notify = rule.action == PolicyRule::Action::deny;
    std::set<Text> seen;
    for (Text const word : words.subspan(1)) {
        auto const sign = word.find('=');
        Text const key = word.substr(0, sign);
        if (sign == Text::npos)
            return wrong(quoted(word) + " is no KEY=VALUE; a comment has a line of its own");
        if (!takes(rule.action, key))
            return wrong(std::format("{} takes no parameter {}", name(rule.action), quoted(key)));
        if (!seen.insert(key).second)
            return wrong("the parameter " + quoted(key) + " again");
        TRY_VOID(set_parameter(rule, key, word.substr(sign + 1)));
    }
    if (rule.action == PolicyRule::Action::allow && rule.target.kind == Token::Kind::unspecified &&
        !rule.redirect)
        return wrong("allow with the target @default needs target=");
    return {};
}

Checked<> parse_service_words(PolicyRule& rule, Text service, Text argument)
{
    if (service != "*") {
        if (!is_service_name(service))
            return wrong(quoted(service) + " is no service" +
                         (service.contains('+') ? ": its argument is the next word" : ""));
        rule.service = service;
    }
    if (argument == "*")
        return {};
    if (service == "*")
        return wrong("with the service * the argument is * too");
    if (!argument.starts_with('+') || !is_argument(argument.substr(1)))
        return wrong(quoted(argument) + " is no argument: *, + or +TEXT");
    rule.argument = argument.substr(1);
    return {};
}

Checked<Token> parse_qubes(Text word, TokenUse use)
{
    auto token = parse_token(word, use);
    if (!token)
        return std::unexpected(quoted(word) + ": " + token.error());
    return std::move(*token);
}

/// `service argument source target action …`
Checked<PolicyRule> parse_rule(std::vector<Text> const& words)
{
    constexpr std::size_t least = 5;
    if (words.size() < least)
        return std::unexpected("a rule is: service argument source target action");
    PolicyRule rule;
    TRY_VOID(parse_service_words(rule, words[0], words[1]));
    rule.source = TRY(parse_qubes(words[2], TokenUse::source));
    rule.target = TRY(parse_qubes(words[3], TokenUse::target));
    TRY_VOID(parse_action(rule, std::span(words).subspan(4)));
    rule.text = joined(words);
    return rule;
}

/// The lines of `!include-service` files are of an older writing.
std::string in_new_writing(Text line)
{
    std::string out(line);
    std::ranges::replace(out, ',', ' ');
    std::ranges::replace(out, '$', '@');
    constexpr Text include = "@include:";
    if (auto const at = out.find_first_not_of(" \t");
        at != std::string::npos && Text(out).substr(at).starts_with(include))
        out.replace(at, include.size(), "!include ");
    return out;
}

/// The service whose name is put in front of each line of a file included with it.
struct Prefix {
    std::string service, argument;
};

/// Reads one top-level file with all that it includes.
class Reader {
public:
    Reader(PolicyFiles const* files, std::string folder) : files_(files), folder_(std::move(folder))
    {
    }

    Checked<> read_text(Text text, std::string const& file, Prefix const* prefix)
    {
        if (++depth_ > max_depth)
            return wrong("included too deeply: does it include itself?");
        for (int number = 1; !text.empty(); ++number) {
            auto const end = text.find('\n');
            Text const line = text.substr(0, end);
            text = end == Text::npos ? Text() : text.substr(end + 1);
            auto const done = read_line(line, file, number, prefix);
            if (!done) // an error in an included file names its own place already
                return placed_ ? done
                               : (placed_ = true,
                                  wrong(std::format("{}:{}: {}", file, number, done.error())));
        }
        --depth_;
        return {};
    }
    std::vector<PolicyRule> take() { return std::move(rules_); }

private:
    Checked<> read_line(Text line, std::string const& file, int number, Prefix const* prefix)
    {
        std::string const rewritten = prefix ? in_new_writing(line) : std::string();
        auto words = words_of(prefix ? Text(rewritten) : line);
        if (words.empty() || words[0].starts_with('#'))
            return {};
        if (words[0].starts_with('!'))
            return follow(words, prefix);
        if (prefix)
            words.insert(words.begin(), {Text(prefix->service), Text(prefix->argument)});
        PolicyRule rule = TRY(parse_rule(words));
        rule.file = file;
        rule.line = number;
        rules_.push_back(std::move(rule));
        return {};
    }

    Checked<> follow(std::vector<Text> const& words, Prefix const* prefix)
    {
        Text const what = words[0];
        auto const takes_words = [&](std::size_t count) -> Checked<> {
            if (words.size() != count + 1)
                return wrong(std::format("{} takes {} {}", what, count,
                                         count == 1 ? "parameter" : "parameters"));
            return {};
        };
        if (prefix && what != "!include")
            return wrong("in a file of !include-service only !include may stand");
        if (what == "!include") {
            TRY_VOID(takes_words(1));
            return include(words[1], prefix);
        }
        if (what == "!include-dir") {
            TRY_VOID(takes_words(1));
            return include_folder(words[1]);
        }
        if (what == "!include-service") {
            TRY_VOID(takes_words(3));
            PolicyRule scratch;
            TRY_VOID(parse_service_words(scratch, words[1], words[2]));
            Prefix const named{std::string(words[1]), std::string(words[2])};
            return include(words[3], &named);
        }
        if (what.starts_with("!compat-"))
            return wrong(std::string(what) + ": policy of the format of 4.0 is not read; write its "
                                             "rules as lines of the format 5.0");
        return wrong(quoted(what) + " is no directive");
    }

    [[nodiscard]] std::string full_path(Text path) const
    {
        return path.starts_with('/') ? std::string(path) : folder_ + "/" + std::string(path);
    }

    Checked<> include(Text path, Prefix const* prefix)
    {
        if (!files_)
            return wrong("there are no other files here");
        std::string const full = full_path(path);
        auto const text = files_->read(full);
        if (!text)
            return wrong(text.error().message());
        return read_text(*text, full, prefix);
    }

    Checked<> include_folder(Text path)
    {
        if (!files_)
            return wrong("there are no other files here");
        std::string const folder = full_path(path);
        auto listed = files_->list(folder);
        if (!listed)
            return wrong(listed.error().message());
        for (std::string const& file : TRY(policy_names(std::move(*listed))))
            TRY_VOID(include(folder + "/" + file, nullptr));
        return {};
    }

public:
    /// The policy files among the names of a folder, sorted.
    static Checked<std::vector<std::string>> policy_names(std::vector<std::string> names)
    {
        std::erase_if(names, [](std::string const& one) {
            return one.starts_with('.') || !one.ends_with(".policy");
        });
        std::ranges::sort(names);
        for (std::string const& one : names)
            if (!std::ranges::all_of(one, [](char c) {
                    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                           Text("_.-").contains(c);
                }))
                return std::unexpected("the file name " + quoted(one) +
                                       " has other characters than a-z 0-9 _ . -");
        return names;
    }

private:
    PolicyFiles const* files_;
    std::string folder_;
    std::vector<PolicyRule> rules_;
    int depth_ = 0;
    bool placed_ = false;
};

/// A rule that denies all that comes to it, because of a problem that stands at file:line.
PolicyRule barrier(std::string const& file, std::string problem)
{
    PolicyRule rule;
    rule.file = file;
    rule.notify = true;
    rule.problem = std::move(problem);
    return rule;
}

} // namespace

std::string_view name(PolicyRule::Action action)
{
    switch (action) {
    case PolicyRule::Action::allow: return "allow";
    case PolicyRule::Action::ask: return "ask";
    case PolicyRule::Action::deny: return "deny";
    }
    return "";
}

std::vector<std::string> Policy::problems() const
{
    std::vector<std::string> all;
    for (PolicyRule const& rule : rules)
        if (!rule.problem.empty())
            all.push_back(rule.problem);
    return all;
}

std::expected<std::vector<PolicyRule>, std::string> parse_policy(Text text, Text file)
{
    Reader reader(nullptr, "");
    TRY_VOID(reader.read_text(text, std::string(file), nullptr));
    return reader.take();
}

Policy load_policy(PolicyFiles const& files, std::vector<std::string> const& folders)
{
    std::map<std::string, std::string> chosen; // name to folder
    Policy policy;
    auto const deny_all = [&](std::string const& folder, std::string const& why) {
        policy.rules.insert(policy.rules.begin(), barrier(folder, folder + ": " + why));
    };
    for (std::string const& folder : folders) {
        auto listed = files.list(folder);
        if (!listed) {
            deny_all(folder, listed.error().message());
            continue;
        }
        auto const names = Reader::policy_names(std::move(*listed));
        if (!names) {
            deny_all(folder, names.error());
            continue;
        }
        for (std::string const& one : *names)
            chosen.try_emplace(one, folder);
    }
    for (auto const& [file, folder] : chosen) {
        std::string const path = folder + "/" + file;
        Reader reader(&files, folder);
        auto const text = files.read(path);
        auto const done = text ? reader.read_text(*text, path, nullptr)
                               : wrong(path + ": " + text.error().message());
        if (!done) {
            policy.rules.push_back(barrier(path, done.error()));
            continue;
        }
        auto rules = reader.take();
        policy.rules.insert(policy.rules.end(), std::make_move_iterator(rules.begin()),
                            std::make_move_iterator(rules.end()));
    }
    return policy;
}

} // namespace vitrail::qrexec
