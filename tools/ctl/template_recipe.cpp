#include "tools/ctl/template_recipe.hpp"

#include "lib/os/toml.hpp"
#include "lib/qube/names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace vitrail::ctl {
namespace {

Result<std::vector<std::string>> texts(toml::table const& table, std::string_view key,
                                       std::string_view name)
{
    std::vector<std::string> all;
    toml::array const* const list = table[key].as_array();
    if (list)
        for (toml::node const& one : *list)
            if (auto const text = one.value_exact<std::string>())
                all.push_back(*text);
    if (all.empty() || all.size() != list->size())
        return error(std::string(name) + ": " + std::string(key) + " is a list of texts");
    return all;
}

void replace_all(std::string& text, std::string_view what, std::string_view with)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

bool is_package(std::string_view name)
{
    auto const is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return name.size() >= 2 && is_plain(name.front()) && std::ranges::all_of(name, [&](char c) {
               return is_plain(c) || c == '+' || c == '-' || c == '.';
           });
}

struct Stage {
    std::string_view begins; ///< mmdebstrap's line
    std::string_view text;   ///< ours
};

constexpr std::array<Stage, 6> stages{{
    {"I: running apt-get update", "fetching the lists of packages"},
    {"I: downloading packages with apt", "downloading the base system"},
    {"I: extracting archives", "unpacking it"},
    {"I: installing essential packages", "setting it up"},
    {"I: installing remaining packages", "downloading and setting up the other packages"},
    {"I: cleaning package lists", "tidying up"},
}};

/// The first whose `sign` was said counts.
struct Reason {
    std::string_view sign;
    std::string_view text;
};

constexpr std::array<Reason, 13> reasons{{
    {"No space left on device", "the disk is full"},
    {"Disk quota exceeded", "your share of the disk is used up"},
    {"a user namespace for root",
     "this system gives you no user namespaces; as root: sysctl -w "
     "kernel.unprivileged_userns_clone=1 (Ubuntu: "
     "kernel.apparmor_restrict_unprivileged_userns=0), user.max_user_namespaces above 0"},
    {"NO_PUBKEY", "the archive's key is not known here: install debian-archive-keyring"},
    {"is not signed", "the archive is not signed: --mirror names a wrong one"},
    {"Unable to locate package", "there is no such package"},
    {"has no installation candidate", "there is no such package"},
    {"unmet dependencies", "these packages do not go together"},
    {"does not have a Release file", "the mirror has no such release: look at --mirror"},
    {"Temporary failure resolving", "there is no network, or no name service"},
    {"Could not resolve", "there is no network, or no name service"},
    {"Could not connect", "the archive does not answer: look at the network, or take another "
                          "--mirror; behind a proxy set http_proxy"},
    {"Failed to fetch", "the archive does not give everything: try again, or take another "
                        "--mirror"},
}};

/// Its last complaint, in mmdebstrap's or apt's words.
std::string last_complaint(std::string_view said)
{
    std::string found;
    for (std::string_view const line : qube::split(said, '\n'))
        if (line.starts_with("E: ") && !line.contains("mmdebstrap failed") &&
            !line.contains("apt-get") && !line.contains("setup failed"))
            found = line.substr(3);
    return found;
}

} // namespace

Result<Recipe> parse_recipe(std::string_view text, std::string_view name, std::string_view mirror)
{
    toml::table const table = TRY(parse_toml(text, name));
    auto const suite = table["suite"].value_exact<std::string>();
    if (!suite)
        return error(std::string(name) + ": suite is a text");
    auto mirrors = TRY(texts(table, "mirrors", name));
    if (!mirror.empty())
        mirrors.front() = mirror;
    Recipe recipe{.suite = *suite,
                  .sources = TRY(texts(table, "sources", name)),
                  .packages = TRY(texts(table, "packages", name))};
    for (std::string& line : recipe.sources)
        for (std::size_t i = 0; i < mirrors.size(); ++i)
            replace_all(line, "{" + std::to_string(i) + "}", mirrors[i]);
    return recipe;
}

Result<std::vector<std::string>> parse_packages(std::string_view text)
{
    std::vector<std::string> all;
    for (std::string_view const name : qube::split(text, ',')) {
        if (!is_package(name))
            return error("'" + std::string(name) + "' is no package's name");
        all.emplace_back(name);
    }
    return all;
}

std::string_view stage_of(std::string_view line)
{
    auto const found = std::ranges::find_if(
        stages, [line](Stage const& one) { return line.starts_with(one.begins); });
    return found == stages.end() ? std::string_view() : found->text;
}

std::string explain_failure(std::string_view said, std::string_view free_space)
{
    std::string text = "its end came unforeseen";
    for (auto const& [sign, reason] : reasons)
        if (said.contains(sign)) {
            text = reason;
            break;
        }
    if (text == reasons.front().text)
        text += " (" + std::string(free_space) + "); making a template takes about 2 GiB";
    if (std::string const complaint = last_complaint(said); !complaint.empty())
        text += "\n(" + complaint + ")";
    return text;
}

} // namespace vitrail::ctl
