#include "launcher/rows.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

namespace vitrail::launcher {
namespace {

constexpr std::size_t most_used_shown = 6;

class Rows {
public:
    explicit Rows(Stock const& stock) : stock_(stock) {}

    void heading(std::string title)
    {
        rows_.push_back(
            {.kind = Row::Kind::heading, .item = {.title = std::move(title)}, .marks = {}});
    }
    void hint(std::string text)
    {
        rows_.push_back({.kind = Row::Kind::hint, .item = {.title = std::move(text)}, .marks = {}});
    }
    void item(Item item, std::string_view query = {})
    {
        if (!shown_.insert(key_of(item)).second)
            return;
        auto marks = matches(item.title, query);
        rows_.push_back(
            {.kind = Row::Kind::item, .item = std::move(item), .marks = std::move(marks)});
    }
    [[nodiscard]] std::size_t size() const { return rows_.size(); }
    [[nodiscard]] bool empty() const { return rows_.empty(); }
    std::vector<Row> take() { return std::move(rows_); }

    void found(std::string_view query, std::string_view shown_query, std::string_view only_qube)
    {
        std::size_t const wanted = only_qube.empty() ? most_found : stock_.index.size();
        for (Hit const& hit : stock_.index.find(query, wanted)) {
            Item const& one = stock_.catalog.items[hit.entry];
            if (!only_qube.empty() && one.qube != only_qube)
                continue;
            item(one, shown_query);
            if (rows_.size() == most_found)
                break;
        }
    }

    void start_page()
    {
        auto const used = stock_.index.find("", most_used_shown * 4);
        std::vector<Item const*> often;
        for (Hit const& hit : used) {
            Item const& one = stock_.catalog.items[hit.entry];
            if (hit.rank > least_used && often.size() < most_used_shown)
                often.push_back(&one);
        }
        if (!often.empty()) {
            heading("Used often");
            for (Item const* const one : often)
                item(*one);
        }
        if (rows_.size() + 2 < most_found)
            favourites(most_found - 2);
        if (rows_.size() + 2 < most_found)
            running_first();
    }
    void favourites(std::size_t until)
    {
        bool is_first = true;
        for (Item const& one : stock_.catalog.items) {
            if (!one.favourite || rows_.size() >= until)
                continue;
            if (std::exchange(is_first, false))
                heading("Favourites");
            item(one);
        }
    }
    void shelf(Shelf shelf, std::string title)
    {
        bool is_first = true;
        for (CatalogQube const* const qube : in_order(stock_.parts.qubes)) {
            if (shelf_of(*qube) != shelf)
                continue;
            if (std::exchange(is_first, false))
                heading(std::move(title));
            open_qube(*qube);
        }
    }
    void qube_page(CatalogQube const& qube)
    {
        auto const deeds = deeds_for(qube);
        heading("Applications");
        std::size_t const before = rows_.size();
        for (Item const& one : stock_.catalog.items)
            if (one.qube == qube.name &&
                (one.deed == Deed::application || one.deed == Deed::disposable))
                item(one);
        if (rows_.size() == before)
            hint(qube.power == PowerState::halted ? "They are known when the qube has run once"
                                                  : "None are known yet");
        heading("Actions");
        for (Item const& one : deeds)
            item(one);
    }

private:
    /// Boosts up to here come of running alone, not of use.
    static constexpr float least_used = 1.05F;

    void open_qube(CatalogQube const& qube)
    {
        item({.deed = Deed::open_qube,
              .title = qube.name,
              .detail = {},
              .qube = qube.name,
              .file = {},
              .icon = {}});
    }
    void running_first()
    {
        heading("Qubes");
        for (bool const running : {true, false})
            for (CatalogQube const* const qube : in_order(stock_.parts.qubes))
                if (shelf_of(*qube) == Shelf::qubes &&
                    (qube->power != PowerState::halted) == running && rows_.size() < most_found)
                    open_qube(*qube);
        if (rows_.back().kind == Row::Kind::heading)
            rows_.pop_back();
    }

    Stock const& stock_;
    std::vector<Row> rows_;
    std::set<std::string> shown_;
};

bool is_blank(std::string_view text)
{
    return text.find_first_not_of(" \t") == std::string_view::npos;
}

} // namespace

std::vector<Row> rows_for(View const& view, Stock const& stock)
{
    Rows rows(stock);
    auto const qube = std::ranges::find(stock.parts.qubes, view.qube, &CatalogQube::name);
    if (view.page == Page::qube && qube != stock.parts.qubes.end()) {
        if (is_blank(view.query))
            rows.qube_page(*qube);
        else
            rows.found(view.qube + " " + view.query, view.query, view.qube);
    } else if (!is_blank(view.query)) {
        rows.found(view.query, view.query, "");
    } else
        switch (view.page) {
        case Page::qubes:
            rows.shelf(Shelf::qubes, "Qubes");
            rows.shelf(Shelf::services, "Services");
            rows.shelf(Shelf::templates, "Templates");
            break;
        case Page::favourites: rows.favourites(stock.catalog.items.size() + 1); break;
        case Page::machine:
            rows.heading("This machine");
            for (Item& item : machine_items(stock.parts.has_systemd))
                rows.item(std::move(item));
            break;
        case Page::search:
        case Page::qube: rows.start_page(); break;
        }
    if (rows.empty())
        rows.hint(!is_blank(view.query)           ? "Nothing is called so"
                  : view.page == Page::favourites ? "Ctrl+D makes a favourite of what is chosen"
                                                  : "No qube is known yet");
    return rows.take();
}

std::size_t choosable(std::vector<Row> const& rows, std::size_t from, int step)
{
    auto const can = [&](std::size_t at) {
        return at < rows.size() && rows[at].kind == Row::Kind::item;
    };
    for (std::size_t at = from; at < rows.size(); at += static_cast<std::size_t>(step))
        if (can(at))
            return at; // below 0 it wraps to beyond the end
    for (std::size_t at = from; at < rows.size(); at -= static_cast<std::size_t>(step))
        if (can(at))
            return at;
    return rows.size();
}

} // namespace vitrail::launcher
