#pragma once

#include "launcher/catalog.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace vitrail::launcher {

/// What the window lists, as values. Pure.

enum class Page : std::uint8_t { search, qubes, favourites, machine, qube };
/// Those that have a tab; a qube's page is opened from a row.
inline constexpr std::size_t tab_pages = 4;

/// What the user looks at.
struct View {
    Page page = Page::search;
    std::string query; ///< as typed
    std::string qube;  ///< of page `qube`
    friend bool operator==(View const&, View const&) = default;
};

struct Row {
    enum class Kind : std::uint8_t { heading, item, hint } kind = Kind::item;
    Item item;                ///< a heading or hint has a title alone
    std::vector<Range> marks; ///< bytes of the title that were typed
};

struct Stock {
    CatalogParts const& parts;
    Catalog const& catalog;
    SearchIndex const& index; ///< of catalog
};

/// What a search shows at most; pages show all they have.
inline constexpr std::size_t most_found = 13;

/// The rows of a view, from the top; a page with nothing on it says so in a hint.
/// With something typed every page but a qube's is the search; a qube's searches in the qube.
[[nodiscard]] std::vector<Row> rows_for(View const& view, Stock const& stock);

/// The first row that can be chosen from `from` on, in steps of +1 or -1; where there is none that
/// way, `from` itself if it can be, else the other way. rows.size(): there is none at all.
[[nodiscard]] std::size_t choosable(std::vector<Row> const& rows, std::size_t from, int step);

} // namespace vitrail::launcher
