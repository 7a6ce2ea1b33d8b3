#include "launcher/catalog.hpp"
#include "lib/base/text.hpp"

#include <algorithm>
#include <array>
#include <tuple>

namespace vitrail::launcher {
namespace {

constexpr std::string_view disposable_mark = "@disp:";
/// What runs is likelier meant than what has to be started first.
constexpr float running_worth = 1.03F;
/// Templates and services are less often meant than a person's own qubes.
constexpr float other_shelf_worth = 0.85F;

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    while (!text.empty()) {
        auto const end = std::min(text.find_first_of(" \t\n"), text.size());
        if (end > 0)
            words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

CatalogQube const* find(std::vector<CatalogQube> const& qubes, std::string_view name)
{
    auto const found = std::ranges::find(qubes, name, &CatalogQube::name);
    return found == qubes.end() ? nullptr : &*found;
}

std::vector<formats::AppmenuEntry> const* list_for(CatalogQube const& qube,
                                                   CatalogParts const& parts)
{
    constexpr int most_generations = 3; // a disposable, its template, that one's
    CatalogQube const* one = &qube;
    for (int generation = 0; one && generation < most_generations; ++generation) {
        if (auto const found = parts.menus.find(one->name); found != parts.menus.end())
            return &found->second;
        if (one->made_from.empty())
            break;
        for (CatalogQube const& other : parts.qubes) // the template was never asked, another was
            if (other.made_from == one->made_from && !parts.menus.contains(one->made_from))
                if (auto const found = parts.menus.find(other.name); found != parts.menus.end())
                    return &found->second;
        one = find(parts.qubes, one->made_from);
    }
    return nullptr;
}

std::optional<std::string> whitelist_for(CatalogQube const& qube, CatalogParts const& parts)
{
    if (qube.menu_items)
        return qube.menu_items;
    CatalogQube const* const from = find(parts.qubes, qube.made_from);
    if (!from)
        return std::nullopt;
    if (from->disposable_template) // a disposable has its menu
        return whitelist_for(*from, parts);
    if (qube.gives_network && from->netvm_menu_items)
        return from->netvm_menu_items;
    return from->default_menu_items;
}

/// What else a deed may be called.
struct DeedText {
    Deed deed;
    char const* key;
    char const* title;
    char const* synonym;
    char const* icon;
};
constexpr std::array<DeedText, 16> deed_texts{{
    {Deed::terminal, "terminal", "Terminal", "console shell", "utilities-terminal-symbolic"},
    {Deed::files, "files", "Files", "file manager folder", "folder-symbolic"},
    {Deed::open_qube, "qube", "", "qube show", ""},
    {Deed::start, "start", "Start", "boot run", "media-playback-start-symbolic"},
    {Deed::shut_down, "shut-down", "Shut down", "stop halt end off", "system-shutdown-symbolic"},
    {Deed::restart, "restart", "Restart", "reboot", "view-refresh-symbolic"},
    {Deed::pause, "pause", "Pause", "freeze suspend", "media-playback-pause-symbolic"},
    {Deed::unpause, "unpause", "Unpause", "resume continue", "media-playback-start-symbolic"},
    {Deed::kill, "kill", "Kill", "destroy force", "process-stop-symbolic"},
    {Deed::lock, "lock", "Lock the screen", "", "system-lock-screen-symbolic"},
    {Deed::log_out, "log-out", "Log out", "quit leave end session", "system-log-out-symbolic"},
    {Deed::machine_terminal, "machine-terminal", "Terminal of this machine", "console shell dom0",
     "utilities-terminal-symbolic"},
    {Deed::clear_clipboard, "clear-clipboard", "Clear the clipboard between qubes",
     "forget copy paste", "edit-clear-all-symbolic"},
    {Deed::suspend, "suspend", "Suspend", "sleep standby", "media-playback-pause-symbolic"},
    {Deed::reboot, "reboot", "Restart the machine", "reboot", "system-reboot-symbolic"},
    {Deed::power_off, "power-off", "Shut down the machine", "power off halt stop",
     "system-shutdown-symbolic"},
}};

DeedText const* text_of(Deed deed)
{
    auto const found = std::ranges::find(deed_texts, deed, &DeedText::deed);
    return found == deed_texts.end() ? nullptr : &*found;
}

Item deed_item(Deed deed, std::string qube = {}, std::string detail = {})
{
    DeedText const& text = *text_of(deed);
    return {.deed = deed,
            .title = text.title,
            .detail = std::move(detail),
            .qube = std::move(qube),
            .file = {},
            .icon = text.icon};
}

bool is_favourite(CatalogQube const& qube, std::string_view id, bool disposable)
{
    return std::ranges::any_of(words_of(qube.favourites), [&](std::string_view word) {
        if (disposable != word.starts_with(disposable_mark))
            return false;
        return word.substr(disposable ? disposable_mark.size() : 0) == id;
    });
}

Item application_item(CatalogQube const& qube, formats::AppmenuEntry const& entry, bool disposable)
{
    std::string const& what =
        entry.generic_name.text.empty() ? entry.comment.text : entry.generic_name.text;
    return {.deed = disposable ? Deed::disposable : Deed::application,
            .title = entry.name.text,
            .detail = disposable ? "in a new disposable" : what,
            .qube = qube.name,
            .file = std::string(entry.id()),
            .icon = entry.icon,
            .favourite = is_favourite(qube, entry.id(), disposable)};
}

class Maker {
public:
    Maker(CatalogParts const& parts, Uses const& uses, std::int64_t now)
        : parts_(parts), uses_(uses), now_(now)
    {
    }

    Catalog make()
    {
        for (CatalogQube const* const qube : in_order(parts_.qubes))
            if (!qube->internal && qube->qube_class != "AdminVM")
                add_qube(*qube);
        for (Item& item : machine_items(parts_.has_systemd))
            add(std::move(item), 1);
        return std::move(catalog_);
    }

private:
    void add_qube(CatalogQube const& qube)
    {
        float worth = shelf_of(qube) == Shelf::qubes ? 1 : other_shelf_worth;
        if (qube.power == PowerState::running)
            worth *= running_worth;
        for (formats::AppmenuEntry const* const entry : menu_of(qube, parts_)) {
            if (qube.disposable_template && qube.offers_disposables)
                add(application_item(qube, *entry, true), 1, entry);
            add(application_item(qube, *entry, false), worth, entry);
        }
        if (qube.disposable_template)
            add({.deed = Deed::disposable,
                 .title = "Terminal",
                 .detail = "in a new disposable",
                 .qube = qube.name,
                 .file = "qubes-run-terminal",
                 .icon = "utilities-terminal-symbolic"},
                1);
        for (Item& item : deeds_for(qube))
            add(std::move(item), worth);
        add({.deed = Deed::open_qube,
             .title = qube.name,
             .detail = {},
             .qube = qube.name,
             .file = {},
             .icon = {}},
            worth);
    }

    void add(Item item, float worth, formats::AppmenuEntry const* entry = nullptr)
    {
        SearchEntry search{.title = item.title,
                           .place = item.qube,
                           .synonym = {},
                           .keyword = {},
                           .boost = worth * uses_.boost(key_of(item), now_)};
        if (entry) {
            search.synonym = entry->generic_name.text;
            search.keyword = std::string(entry->id()) + " " + entry->keywords.text;
        } else if (DeedText const* const text = text_of(item.deed))
            search.synonym = text->synonym;
        if (item.deed == Deed::disposable)
            search.synonym += " disposable new dispvm";
        if (item.qube.empty())
            search.keyword += " system machine";
        catalog_.items.push_back(std::move(item));
        catalog_.entries.push_back(std::move(search));
    }

    CatalogParts const& parts_;
    Uses const& uses_;
    std::int64_t now_;
    Catalog catalog_;
};

} // namespace

std::string key_of(Item const& item)
{
    if (item.deed == Deed::application)
        return item.qube + " " + item.file;
    if (item.deed == Deed::disposable)
        return item.qube + " " + std::string(disposable_mark) + item.file;
    return item.qube + " =" + text_of(item.deed)->key;
}

bool asks_first(Deed deed)
{
    return deed == Deed::kill || deed == Deed::log_out || deed == Deed::reboot ||
           deed == Deed::power_off;
}

Shelf shelf_of(CatalogQube const& qube)
{
    if (qube.internal || qube.qube_class == "AdminVM")
        return Shelf::hidden;
    if (qube.qube_class == "TemplateVM")
        return Shelf::templates;
    if (qube.service)
        return Shelf::services;
    return qube.disposable_template && !qube.offers_disposables ? Shelf::templates : Shelf::qubes;
}

std::vector<CatalogQube const*> in_order(std::vector<CatalogQube> const& qubes)
{
    using Place = std::tuple<std::string, std::string, std::string>;
    std::vector<std::pair<Place, CatalogQube const*>> places;
    for (CatalogQube const& qube : qubes) {
        bool const below = qube.goes_when_it_ends && find(qubes, qube.made_from);
        places.emplace_back(
            below ? Place{ascii_lower(qube.made_from), ascii_lower(qube.name), qube.name}
                  : Place{ascii_lower(qube.name), "", qube.name},
            &qube);
    }
    std::ranges::sort(places);
    std::vector<CatalogQube const*> ordered;
    for (auto const& [place, qube] : places)
        ordered.push_back(qube);
    return ordered;
}

std::vector<formats::AppmenuEntry const*> menu_of(CatalogQube const& qube,
                                                  CatalogParts const& parts)
{
    std::vector<formats::AppmenuEntry const*> shown;
    auto const* const list = list_for(qube, parts);
    if (!list || qube.internal)
        return shown;
    auto const allowed = whitelist_for(qube, parts);
    std::set<std::string_view> const names = allowed ? [&] {
        auto const words = words_of(*allowed);
        return std::set<std::string_view>(words.begin(), words.end());
    }()
                                                     : std::set<std::string_view>();
    for (formats::AppmenuEntry const& entry : *list)
        if (!allowed || names.contains(entry.file))
            shown.push_back(&entry);
    std::ranges::stable_sort(shown, {}, [](formats::AppmenuEntry const* entry) {
        return ascii_lower(entry->name.text);
    });
    return shown;
}

std::vector<Item> deeds_for(CatalogQube const& qube)
{
    std::vector<Deed> deeds;
    switch (qube.power) {
    case PowerState::halted: deeds = {Deed::terminal, Deed::files, Deed::start}; break;
    case PowerState::starting:
    case PowerState::stopping: deeds = {Deed::kill}; break;
    case PowerState::running:
        deeds = {Deed::terminal, Deed::files, Deed::shut_down,
                 Deed::restart,  Deed::pause, Deed::kill};
        break;
    case PowerState::paused: deeds = {Deed::unpause, Deed::kill}; break;
    }
    std::vector<Item> items;
    for (Deed const deed : deeds)
        if (deed != Deed::restart || !qube.goes_when_it_ends)
            items.push_back(deed_item(deed, qube.name));
    return items;
}

std::vector<Item> machine_items(bool has_systemd)
{
    std::vector<Item> items;
    for (Deed const deed :
         {Deed::lock, Deed::log_out, Deed::machine_terminal, Deed::clear_clipboard})
        items.push_back(deed_item(deed));
    if (has_systemd)
        for (Deed const deed : {Deed::suspend, Deed::reboot, Deed::power_off})
            items.push_back(deed_item(deed));
    return items;
}

Catalog make_catalog(CatalogParts const& parts, Uses const& uses, std::int64_t now_seconds)
{
    return Maker(parts, uses, now_seconds).make();
}

std::string with_favourite(std::string_view favourites, Item const& item, bool wanted)
{
    std::string const name =
        (item.deed == Deed::disposable ? std::string(disposable_mark) : std::string()) + item.file;
    std::string text;
    for (std::string_view const word : words_of(favourites))
        if (word != name)
            text.append(text.empty() ? "" : " ").append(word);
    if (wanted)
        text.append(text.empty() ? "" : " ").append(name);
    return text;
}

} // namespace vitrail::launcher
