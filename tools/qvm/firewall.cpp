// qvm-firewall. Source: fact sheet desktop-tools §15, admin-api §14.

#include "lib/qube/firewall.hpp"
#include "tools/qvm/make.hpp"
#include "tools/qvm/table.hpp"

#include <algorithm>
#include <array>
#include <ctime>

namespace vitrail::qvm {
namespace {

using qube::FirewallRule;

/// The rule that typed words stand for, as a line of the API:
/// `accept|drop [HOST [PROTO [PORTS|ICMPTYPE]]]`, or option=value in any order; expire=+SECONDS is
/// from now on. The API's parser checks it.
Done<std::string> rule_line(std::vector<std::string> const& words)
{
    constexpr std::array<std::string_view, 4> positions{"action", "dsthost", "proto", ""};
    std::map<std::string, std::string> options;
    std::size_t position = 0;
    for (std::string const& word : words) {
        if (auto const sign = word.find('='); sign != std::string::npos) {
            options[word.substr(0, sign)] = word.substr(sign + 1);
            continue;
        }
        if (position >= positions.size())
            return misuse("too many words in the rule: '" + word + "'");
        std::string option(positions[position]);
        if (option.empty())
            option = options["proto"] == "icmp" ? "icmptype" : "dstports";
        else if (position == 1 && word == "dns")
            option = "specialtarget";
        options[option] = word;
        ++position;
    }
    if (!options.contains("action"))
        return misuse("a rule begins with accept or drop");
    if (auto const found = options.find("expire");
        found != options.end() && found->second.starts_with('+')) {
        auto const seconds = qube::parse_number(found->second.substr(1));
        if (!seconds)
            return misuse("no number of seconds: '" + found->second + "'");
        found->second = std::to_string(static_cast<std::uint64_t>(std::time(nullptr)) + *seconds);
    }
    std::string line = "action=" + options.extract("action").mapped();
    std::string const comment = options.contains("comment")
                                    ? " comment=" + options.extract("comment").mapped()
                                    : std::string();
    for (auto const& [name, value] : options)
        line += " " + name + "=" + value;
    return line + comment;
}

class Firewall final : public Command {
public:
    void define(CLI::App& app) override
    {
        app.footer("A RULE is accept or drop, then a host, a protocol and ports or an ICMP type, "
                   "each of them left out from the end on; or option=value words (action, dsthost, "
                   "dst4, dst6, proto, dstports, icmptype, specialtarget, expire, comment). "
                   "expire=+SECONDS counts from now on.");
        app.add_option("qube", name_, "The qube")->type_name("QUBE")->required();
        app.add_option("action", action_, "list, add, del or reset")
            ->type_name("list|add|del|reset");
        app.add_option("rule", words_, "The rule")->type_name("RULE");
        app.add_option("--before", before_, "Add it before the rule of this number")
            ->type_name("N");
        app.add_option("--rule-no", number_, "Remove the rule of this number")->type_name("N");
        app.add_flag("--raw", raw_, "List the rules as they are stored");
        app.add_flag("-r,--reload", reload_, "Have the netvm apply the rules again");
    }
    Done<int> run(Tool& tool) override
    {
        name_ = TRY(tool.find(name_)).name;
        TRY_VOID(act(tool));
        if (reload_)
            (void)TRY(tool.call(name_, "admin.vm.firewall.Reload"));
        return 0;
    }

private:
    [[nodiscard]] Done<> act(Tool& tool) const
    {
        if (action_.empty() && reload_)
            return {};
        if (action_.empty() || action_ == "list")
            return list(tool);
        if (action_ == "reset")
            return set(tool, {"action=accept"});
        std::vector<std::string> rules = lines_of(TRY(tool.call(name_, "admin.vm.firewall.Get")));
        if (action_ == "add") {
            std::size_t const at = TRY(place(before_, rules.size() + 1, rules.size()));
            rules.insert(rules.begin() + static_cast<std::ptrdiff_t>(at), TRY(rule_line(words_)));
        } else if (action_ == "del") {
            std::size_t at = 0;
            if (!number_.empty())
                at = TRY(place(number_, rules.size(), 0));
            else
                at = TRY(find_rule(rules));
            rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(at));
        } else
            return misuse("list, add, del or reset is expected, not '" + action_ + "'");
        return set(tool, rules);
    }

    [[nodiscard]] static Done<std::size_t> place(std::string const& text, std::size_t count,
                                                 std::size_t otherwise)
    {
        if (text.empty())
            return otherwise;
        auto const number = qube::parse_number(text);
        if (!number || *number >= count)
            return misuse("there is no rule " + text);
        return static_cast<std::size_t>(*number);
    }
    /// The first one that says the same.
    [[nodiscard]] Done<std::size_t> find_rule(std::vector<std::string> const& rules) const
    {
        if (words_.empty())
            return misuse("a rule or --rule-no is needed");
        FirewallRule const wanted = TRY(qube::parse_rule(TRY(rule_line(words_))));
        for (std::size_t i = 0; i < rules.size(); ++i)
            if (auto const rule = qube::parse_rule(rules[i]); rule && *rule == wanted)
                return i;
        return fail("there is no such rule");
    }
    [[nodiscard]] Done<> set(Tool const& tool, std::vector<std::string> const& rules) const
    {
        std::string text;
        for (std::string const& rule : rules)
            text += rule + "\n";
        (void)TRY(tool.call(name_, "admin.vm.firewall.Set", "", text));
        return {};
    }
    [[nodiscard]] Done<> list(Tool const& tool) const
    {
        std::string const text = TRY(tool.call(name_, "admin.vm.firewall.Get"));
        if (raw_) {
            tool.print(text);
            return {};
        }
        std::vector<Row> rows{{"NO", "ACTION", "HOST", "PROTOCOL", "PORT(S)", "SPECIAL TARGET",
                               "ICMP TYPE", "EXPIRE", "COMMENT"}};
        auto const lines = lines_of(text);
        for (std::size_t i = 0; i < lines.size(); ++i) {
            FirewallRule const rule = TRY(qube::parse_rule(lines[i]));
            std::string ports;
            if (rule.ports)
                ports = std::to_string(rule.ports->first) +
                        (rule.ports->first == rule.ports->second
                             ? ""
                             : "-" + std::to_string(rule.ports->second));
            rows.push_back(
                {std::to_string(i), rule.action == FirewallRule::Action::accept ? "accept" : "drop",
                 rule.dst4 + rule.dst6 + rule.dst_host, rule.proto, ports, rule.dns ? "dns" : "",
                 rule.icmp_type ? std::to_string(*rule.icmp_type) : "",
                 rule.expire ? until(*rule.expire) : "", rule.comment});
        }
        tool.print(aligned(rows));
        return {};
    }
    [[nodiscard]] static std::string until(std::uint64_t expire)
    {
        auto const now = static_cast<std::uint64_t>(std::time(nullptr));
        return expire > now ? "+" + std::to_string(expire - now) + "s" : "expired";
    }

    std::string name_;
    std::string action_;
    std::vector<std::string> words_;
    std::string before_;
    std::string number_;
    bool raw_ = false;
    bool reload_ = false;
};

} // namespace

std::unique_ptr<Command> make_firewall()
{
    return std::make_unique<Firewall>();
}

} // namespace vitrail::qvm
