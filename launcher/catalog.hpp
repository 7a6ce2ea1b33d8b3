#pragma once

#include "launcher/search.hpp"
#include "launcher/uses.hpp"
#include "lib/formats/appmenu.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::launcher {

/// Everything that the launcher offers, as values: made anew from what is known of the qubes and
/// their menus. Pure. Source of what stands where: fact sheets desktop-tools §1, services §7.

enum class PowerState : std::uint8_t { halted, starting, running, paused, stopping };

/// A qube as far as its menu needs it.
struct CatalogQube {
    std::string name;
    std::string qube_class; ///< as the Admin API calls it: AppVM, TemplateVM, …
    std::string made_from;  ///< its template; empty: none
    PowerState power = PowerState::halted;
    bool internal = false;                 ///< nothing of it is shown
    bool service = false;                  ///< feature servicevm
    bool gives_network = false;            ///< provides_network
    bool disposable_template = false;      ///< template_for_dispvms
    bool offers_disposables = false;       ///< feature appmenus-dispvm
    bool goes_when_it_ends = false;        ///< auto_cleanup: it cannot be started again
    std::optional<std::string> menu_items; ///< of the features; unset: nothing is left out
    std::optional<std::string> default_menu_items;
    std::optional<std::string> netvm_menu_items;
    std::string favourites; ///< feature menu-favorites
    friend bool operator==(CatalogQube const&, CatalogQube const&) = default;
};

/// Lists of applications by who told them.
using Menus = std::map<std::string, std::vector<formats::AppmenuEntry>, std::less<>>;

enum class Deed : std::uint8_t {
    application,      ///< start it, and its qube if need be
    disposable,       ///< start it in a new disposable made from the qube
    terminal,         ///< of the qube
    files,            ///< of the qube: its file manager
    open_qube,        ///< show its page
    start,            ///< a qube
    shut_down,        ///< likewise
    restart,          ///< likewise
    pause,            ///< likewise
    unpause,          ///< likewise
    kill,             ///< likewise; asks first
    lock,             ///< the screen
    log_out,          ///< asks first
    machine_terminal, ///< a terminal of the GUI domain
    clear_clipboard,  ///< what was copied between qubes
    suspend,          ///< the machine
    reboot,           ///< the machine; asks first
    power_off,        ///< the machine; asks first
};

/// Where the pages list a qube.
enum class Shelf : std::uint8_t { qubes, services, templates, hidden };

struct Item {
    Deed deed = Deed::application;
    std::string title;  ///< as it may be shown
    std::string detail; ///< what it is, in a few words; may be empty
    std::string qube;   ///< empty: the machine
    std::string file;   ///< of an application: its id, without suffix
    std::string icon;   ///< a name of the icon theme, or a path in the qube; may be empty
    bool favourite = false;
    friend bool operator==(Item const&, Item const&) = default;
};
/// How an item's use is kept, and how it is told from all others.
[[nodiscard]] std::string key_of(Item const& item);
/// Whether it is lost work if pressed by mistake.
[[nodiscard]] bool asks_first(Deed deed);

struct Catalog {
    std::vector<Item> items;
    std::vector<SearchEntry> entries; ///< of items, one each
};

struct CatalogParts {
    std::vector<CatalogQube> qubes;
    Menus menus;
    bool has_systemd = false; ///< the machine can be suspended, …
};

[[nodiscard]] Shelf shelf_of(CatalogQube const& qube);
/// In the order in which pages list them: by name without regard to case, disposables after what
/// they are made from.
[[nodiscard]] std::vector<CatalogQube const*> in_order(std::vector<CatalogQube> const& qubes);
/// The applications that this qube's menu shows: of its own list, else of its template's, else of
/// a qube's that is made from the same; those of its menu-items where that is set, else its
/// template's default ones.
[[nodiscard]] std::vector<formats::AppmenuEntry const*> menu_of(CatalogQube const& qube,
                                                                CatalogParts const& parts);
/// What can be done with a qube in its state, in the order in which a page shows it.
[[nodiscard]] std::vector<Item> deeds_for(CatalogQube const& qube);
[[nodiscard]] std::vector<Item> machine_items(bool has_systemd);

[[nodiscard]] Catalog make_catalog(CatalogParts const& parts, Uses const& uses,
                                   std::int64_t now_seconds);

/// The value of menu-favorites with an application added or taken out.
[[nodiscard]] std::string with_favourite(std::string_view favourites, Item const& item,
                                         bool wanted);

} // namespace vitrail::launcher
