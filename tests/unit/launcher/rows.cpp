#include "launcher/rows.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrail::launcher {
namespace {

class RowsTest : public testing::Test {
protected:
    void SetUp() override
    {
        for (char const* const name : {"work", "vault", "sys-net", "debian"}) {
            CatalogQube one;
            one.name = name;
            one.qube_class = name == std::string("debian") ? "TemplateVM" : "AppVM";
            one.made_from = one.qube_class == "AppVM" ? "debian" : "";
            one.service = one.name == "sys-net";
            parts_.qubes.push_back(one);
        }
        parts_.qubes[0].power = PowerState::running;
        parts_.qubes[0].favourites = "foot";
        for (char const* const id : {"foot", "firefox"}) {
            formats::AppmenuEntry entry;
            entry.file = std::string(id) + ".desktop";
            entry.name.text = id;
            parts_.menus["debian"].push_back(entry);
        }
    }
    std::vector<Row> rows(View const& view)
    {
        catalog_ = make_catalog(parts_, uses_, 0);
        index_.set(catalog_.entries);
        return rows_for(view, {.parts = parts_, .catalog = catalog_, .index = index_});
    }
    /// Titles and qubes; headings in brackets, hints in parentheses.
    std::vector<std::string> shown(View const& view)
    {
        std::vector<std::string> all;
        for (Row const& row : rows(view))
            all.push_back(row.kind == Row::Kind::heading ? "[" + row.item.title + "]"
                          : row.kind == Row::Kind::hint  ? "(" + row.item.title + ")"
                                                         : row.item.title + "/" + row.item.qube);
        return all;
    }
    using Shown = std::vector<std::string>;

    CatalogParts parts_;
    Uses uses_;
    Catalog catalog_;
    SearchIndex index_;
};

TEST_F(RowsTest, first_page_has_what_is_used_and_liked_and_the_qubes)
{
    EXPECT_EQ(shown({}),
              (Shown{"[Favourites]", "foot/work", "[Qubes]", "work/work", "vault/vault"}));
    uses_.note("vault firefox", 0);
    EXPECT_EQ(shown({}), (Shown{"[Used often]", "firefox/vault", "[Favourites]", "foot/work",
                                "[Qubes]", "work/work", "vault/vault"}));
    uses_.note("work foot", 0);
    EXPECT_EQ(std::ranges::count(shown({}), "foot/work"), 1) << "each thing once";
}

TEST_F(RowsTest, qubes_services_and_templates_stand_apart)
{
    EXPECT_EQ(shown({.page = Page::qubes, .query = {}, .qube = {}}),
              (Shown{"[Qubes]", "vault/vault", "work/work", "[Services]", "sys-net/sys-net",
                     "[Templates]", "debian/debian"}));
}

TEST_F(RowsTest, page_of_a_qube_has_its_applications_and_what_can_be_done_with_it)
{
    EXPECT_EQ(shown({.page = Page::qube, .query = {}, .qube = "work"}),
              (Shown{"[Applications]", "firefox/work", "foot/work", "[Actions]", "Terminal/work",
                     "Files/work", "Shut down/work", "Restart/work", "Pause/work", "Kill/work"}));
    parts_.menus.clear();
    EXPECT_EQ(shown({.page = Page::qube, .query = {}, .qube = "vault"})[1],
              "(They are known when the qube has run once)");
    EXPECT_EQ(shown({.page = Page::qube, .query = "vault fi", .qube = "gone"}),
              Shown{"Files/vault"})
        << "of a qube that is gone the search is left";
}

TEST_F(RowsTest, what_is_typed_on_a_qubes_page_is_searched_in_it)
{
    EXPECT_EQ(shown({.page = Page::qube, .query = "fire", .qube = "vault"}),
              Shown{"firefox/vault"});
    EXPECT_EQ(rows({.page = Page::qube, .query = "fire", .qube = "vault"})[0].marks,
              (std::vector<Range>{{0, 4}}));
    EXPECT_EQ(shown({.page = Page::machine, .query = "work fire", .qube = {}}),
              Shown{"firefox/work"});
}

TEST_F(RowsTest, page_with_nothing_on_it_says_so)
{
    parts_ = {};
    EXPECT_EQ(shown({}), Shown{"(No qube is known yet)"});
    EXPECT_EQ(shown({.page = Page::favourites, .query = {}, .qube = {}}).size(), 1U);
    EXPECT_EQ(shown({.page = Page::search, .query = "zz", .qube = {}}),
              Shown{"(Nothing is called so)"});
    EXPECT_EQ(shown({.page = Page::machine, .query = {}, .qube = {}})[1], "Lock the screen/");
}

TEST(Choosable, skips_headings_and_stays_where_there_is_nothing_that_way)
{
    std::vector<Row> rows(5);
    rows[0].kind = rows[2].kind = Row::Kind::heading;
    EXPECT_EQ(choosable(rows, 0, 1), 1U);
    EXPECT_EQ(choosable(rows, 2, 1), 3U);
    EXPECT_EQ(choosable(rows, 2, -1), 1U);
    EXPECT_EQ(choosable(rows, 0, -1), 1U);
    rows[3].kind = rows[4].kind = Row::Kind::hint;
    EXPECT_EQ(choosable(rows, 4, 1), 1U);
    rows[1].kind = Row::Kind::hint;
    EXPECT_EQ(choosable(rows, 0, 1), 5U);
    EXPECT_EQ(choosable({}, 0, 1), 0U);
}

} // namespace
} // namespace vitrail::launcher
