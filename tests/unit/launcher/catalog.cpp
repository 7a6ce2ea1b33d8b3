#include "launcher/catalog.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vitrail::launcher {
namespace {

std::vector<formats::AppmenuEntry> applications(std::initializer_list<char const*> ids)
{
    std::vector<formats::AppmenuEntry> all;
    for (std::string const id : ids) {
        formats::AppmenuEntry entry;
        entry.file = id + ".desktop";
        entry.name.text = id;
        all.push_back(entry);
    }
    return all;
}

CatalogQube qube(std::string name, std::string made_from = "debian")
{
    CatalogQube one;
    one.name = std::move(name);
    one.qube_class = "AppVM";
    one.made_from = std::move(made_from);
    return one;
}

CatalogParts desk()
{
    CatalogParts parts;
    CatalogQube debian = qube("debian", "");
    debian.qube_class = "TemplateVM";
    CatalogQube dvm = qube("dvm");
    dvm.disposable_template = dvm.offers_disposables = true;
    CatalogQube net = qube("sys-net");
    net.service = net.gives_network = true;
    CatalogQube admin = qube("dom0", "");
    admin.qube_class = "AdminVM";
    parts.qubes = {admin, debian, dvm, net, qube("work"), qube("Vault")};
    parts.menus["debian"] = applications({"firefox", "Editor", "foot"});
    return parts;
}

CatalogQube& of(CatalogParts& parts, std::string_view name)
{
    return *std::ranges::find(parts.qubes, name, &CatalogQube::name);
}

std::vector<std::string> files(CatalogParts const& parts, std::string_view name)
{
    std::vector<std::string> all;
    for (auto const* const entry :
         menu_of(*std::ranges::find(parts.qubes, name, &CatalogQube::name), parts))
        all.push_back(std::string(entry->id()));
    return all;
}

using Files = std::vector<std::string>;

TEST(Menu, is_the_templates_by_name_without_regard_to_case)
{
    EXPECT_EQ(files(desk(), "work"), (Files{"Editor", "firefox", "foot"}));
}

TEST(Menu, is_the_qubes_own_where_it_told_one)
{
    auto parts = desk();
    parts.menus["work"] = applications({"own"});
    EXPECT_EQ(files(parts, "work"), Files{"own"});
    EXPECT_EQ(files(parts, "Vault"), (Files{"Editor", "firefox", "foot"}));
}

TEST(Menu, is_that_of_a_qube_of_the_same_template_where_nobody_else_told_one)
{
    auto parts = desk();
    parts.menus.clear();
    parts.menus["work"] = applications({"seen"});
    EXPECT_EQ(files(parts, "Vault"), Files{"seen"});
    parts.menus.clear();
    EXPECT_EQ(files(parts, "Vault"), Files{});
}

TEST(Menu, shows_what_the_features_say)
{
    auto parts = desk();
    of(parts, "debian").default_menu_items = "firefox.desktop  gone.desktop";
    of(parts, "debian").netvm_menu_items = "foot.desktop";
    EXPECT_EQ(files(parts, "work"), Files{"firefox"});
    EXPECT_EQ(files(parts, "sys-net"), Files{"foot"});
    of(parts, "work").menu_items = "Editor.desktop\nfoot.desktop";
    EXPECT_EQ(files(parts, "work"), (Files{"Editor", "foot"}));
    of(parts, "work").menu_items = "";
    EXPECT_EQ(files(parts, "work"), Files{}) << "set and empty: nothing";
    of(parts, "Vault").internal = true;
    EXPECT_EQ(files(parts, "Vault"), Files{});
}

TEST(Menu, of_a_disposable_is_that_of_what_it_is_made_from)
{
    auto parts = desk();
    of(parts, "dvm").menu_items = "foot.desktop";
    auto disposable = qube("disp1234", "dvm");
    disposable.qube_class = "DispVM";
    disposable.goes_when_it_ends = true;
    parts.qubes.push_back(disposable);
    EXPECT_EQ(files(parts, "disp1234"), Files{"foot"});
    std::vector<std::string> names;
    for (auto const* const one : in_order(parts.qubes))
        names.push_back(one->name);
    EXPECT_EQ(names, (Files{"debian", "dom0", "dvm", "disp1234", "sys-net", "Vault", "work"}));
}

TEST(Shelf, keeps_templates_and_services_apart)
{
    auto parts = desk();
    EXPECT_EQ(shelf_of(of(parts, "work")), Shelf::qubes);
    EXPECT_EQ(shelf_of(of(parts, "dvm")), Shelf::qubes);
    of(parts, "dvm").offers_disposables = false;
    EXPECT_EQ(shelf_of(of(parts, "dvm")), Shelf::templates);
    EXPECT_EQ(shelf_of(of(parts, "debian")), Shelf::templates);
    EXPECT_EQ(shelf_of(of(parts, "sys-net")), Shelf::services);
    EXPECT_EQ(shelf_of(of(parts, "dom0")), Shelf::hidden);
}

TEST(Deeds, are_those_that_the_state_allows)
{
    auto const deeds = [](PowerState power, bool goes = false) {
        CatalogQube one = qube("work");
        one.power = power;
        one.goes_when_it_ends = goes;
        std::vector<Deed> all;
        for (Item const& item : deeds_for(one))
            all.push_back(item.deed);
        return all;
    };
    using Deeds = std::vector<Deed>;
    EXPECT_EQ(deeds(PowerState::halted), (Deeds{Deed::terminal, Deed::files, Deed::start}));
    EXPECT_EQ(deeds(PowerState::paused), (Deeds{Deed::unpause, Deed::kill}));
    EXPECT_EQ(deeds(PowerState::starting), Deeds{Deed::kill});
    EXPECT_TRUE(std::ranges::contains(deeds(PowerState::running), Deed::restart));
    EXPECT_FALSE(std::ranges::contains(deeds(PowerState::running, true), Deed::restart));
    EXPECT_TRUE(asks_first(Deed::kill) && !asks_first(Deed::shut_down));
}

TEST(Catalog, offers_each_thing_once_and_an_entry_for_each)
{
    auto const catalog = make_catalog(desk(), {}, 0);
    ASSERT_EQ(catalog.items.size(), catalog.entries.size());
    std::vector<std::string> keys;
    for (Item const& item : catalog.items) {
        keys.push_back(key_of(item));
        EXPECT_NE(item.qube, "dom0");
        EXPECT_FALSE(item.title.empty());
    }
    std::ranges::sort(keys);
    EXPECT_TRUE(std::ranges::adjacent_find(keys) == keys.end());
    EXPECT_TRUE(std::ranges::contains(keys, "dvm @disp:firefox"));
    EXPECT_TRUE(std::ranges::contains(keys, "work firefox"));
}

TEST(Catalog, is_searched_as_a_person_types)
{
    auto parts = desk();
    of(parts, "work").power = PowerState::running;
    auto const catalog = make_catalog(parts, {}, 0);
    SearchIndex index;
    index.set(catalog.entries);
    auto const best = [&](std::string_view query) {
        auto const hits = index.find(query, 1);
        return hits.empty() ? "" : key_of(catalog.items[hits.front().entry]);
    };
    EXPECT_EQ(best("work fire"), "work firefox");
    EXPECT_EQ(best("work stop"), "work =shut-down");
    EXPECT_EQ(best("work term"), "work =terminal");
    EXPECT_EQ(best("vault term"), "Vault =terminal");
    EXPECT_EQ(best("disp fire"), "dvm @disp:firefox");
    EXPECT_EQ(best("term"), "work =terminal") << "what runs first";
    EXPECT_EQ(best("lock"), " =lock");
    EXPECT_EQ(best("vault start"), "Vault =start");
    EXPECT_EQ(best("vault stop"), "") << "it does not run";
    EXPECT_EQ(best("work"), "work =qube");
}

TEST(Favourites, are_kept_as_the_original_keeps_them)
{
    auto parts = desk();
    of(parts, "work").favourites = "foot  @disp:firefox gone";
    of(parts, "dvm").favourites = "@disp:firefox";
    auto const catalog = make_catalog(parts, {}, 0);
    std::vector<std::string> keys;
    for (Item const& item : catalog.items)
        if (item.favourite)
            keys.push_back(key_of(item));
    EXPECT_EQ(keys, (std::vector<std::string>{"dvm @disp:firefox", "work foot"}));
    Item const item{.deed = Deed::disposable,
                    .title = {},
                    .detail = {},
                    .qube = "dvm",
                    .file = "foot",
                    .icon = {}};
    EXPECT_EQ(with_favourite("@disp:firefox", item, true), "@disp:firefox @disp:foot");
    EXPECT_EQ(with_favourite("a @disp:foot b", item, true), "a b @disp:foot");
    EXPECT_EQ(with_favourite(" a @disp:foot ", item, false), "a");
    EXPECT_EQ(with_favourite("", item, false), "");
}

} // namespace
} // namespace vitrail::launcher
