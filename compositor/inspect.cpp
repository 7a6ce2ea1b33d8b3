#include "compositor/inspect.hpp"

#include "compositor/clipboard_words.hpp"

#include <nlohmann/json.hpp>

#include <cstdio>

namespace vitrail::compositor {

namespace {

using Json = nlohmann::json;

/// Titles are displayable, but a broken one must not end us.
std::string text_of(Json const& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json json_of(Rect const& r)
{
    return {{"x", r.x}, {"y", r.y}, {"width", r.width}, {"height", r.height}};
}

char const* name_of(Tier tier)
{
    switch (tier) {
    case Tier::qube: return "qube";
    case Tier::shell: return "shell";
    case Tier::session: return "session";
    case Tier::control: return "control";
    }
    return "";
}

Json json_of(wlr_scene_node& node)
{
    Json json{{"x", node.x}, {"y", node.y}, {"enabled", node.enabled}};
    switch (node.type) {
    case WLR_SCENE_NODE_RECT: {
        wlr_scene_rect const* const rect = wlr_scene_rect_from_node(&node);
        json.update({{"type", "rect"}, {"width", rect->width}, {"height", rect->height}});
        break;
    }
    case WLR_SCENE_NODE_BUFFER: {
        wlr_scene_buffer* const buffer = wlr_scene_buffer_from_node(&node);
        wlr_scene_surface const* const surface = wlr_scene_surface_try_from_buffer(buffer);
        json.update({{"type", surface ? "surface" : "picture"},
                     {"width", buffer->dst_width},
                     {"height", buffer->dst_height}});
        if (wlr_layer_surface_v1 const* const layer =
                surface ? wlr_layer_surface_v1_try_from_wlr_surface(surface->surface) : nullptr)
            json["namespace"] = layer->namespace_ ? layer->namespace_ : "";
        break;
    }
    case WLR_SCENE_NODE_TREE: {
        json["type"] = "tree";
        if (node.data)
            json["window"] = static_cast<FramedView const*>(node.data)->id();
        Json children = Json::array();
        wlr_scene_node* child;
        wl_list_for_each(child, &wlr_scene_tree_from_node(&node)->children, link)
            children.push_back(json_of(*child));
        json["children"] = std::move(children);
        break;
    }
    }
    return json;
}

} // namespace

std::string inspect_windows(Desktop const& desktop)
{
    Json all = Json::array();
    auto const add = [&](FramedView const& view, std::size_t stacking, bool popup) {
        auto const& state = view.state();
        Rect const outer = popup ? Rect{state.content.x - 2, state.content.y - 2,
                                        state.content.width + 4, state.content.height + 4}
                                 : view.outer();
        Badge const badge = view.badge();
        wlr_output* const output = view.output();
        char color[8];
        std::snprintf(color, sizeof color, "#%06x", badge.rgb & 0xffffffU);
        bool const qube = badge.kind == Badge::Kind::qube;
        all.push_back({{"id", view.id()},
                       {"qube", qube ? badge.name : ""},
                       {"label", badge.label},
                       {"color", qube ? color : ""},
                       {"title", view.title()},
                       {"app_id", view.app_id()},
                       {"origin", view.origin()},
                       {"x", outer.x},
                       {"y", outer.y},
                       {"width", outer.width},
                       {"height", outer.height},
                       {"content",
                        {{"x", state.content.x},
                         {"y", state.content.y},
                         {"width", state.content.width},
                         {"height", state.content.height}}},
                       {"workspace", state.workspace},
                       {"output", output ? output->name : ""},
                       {"stacking", stacking},
                       {"focused", view.focused()},
                       {"fullscreen", state.fullscreen},
                       {"maximized", state.maximized},
                       {"minimized", state.minimized},
                       {"lost", view.lost()},
                       {"visible", view.seen()},
                       {"window", view.window_number()}, // the agent's; 0 for the session's own
                       {"popup", popup}});
    };
    std::size_t stacking = 0;
    for (FramedView const* const view : desktop.stack())
        add(*view, stacking++, false);
    desktop.for_each_menu([&](FramedView const& menu) { add(menu, stacking++, true); });
    return text_of(all);
}

std::string inspect_outputs(Desktop const& desktop)
{
    Json all = Json::array();
    wlr_output_layout_output* entry;
    wl_list_for_each(entry, &desktop.layout()->outputs, link)
    {
        wlr_output* const output = entry->output;
        Json one = json_of(desktop.output_rect(output));
        one.update({{"name", output->name},
                    {"make", output->make ? output->make : ""},
                    {"model", output->model ? output->model : ""},
                    {"enabled", output->enabled},
                    {"scale", output->scale},
                    {"transform", static_cast<int>(output->transform)},
                    {"mode",
                     {{"width", output->width},
                      {"height", output->height},
                      {"refresh", output->refresh}}}, // mHz, 0: unknown
                    {"work_area", json_of(desktop.work_area_of(output))}});
        all.push_back(std::move(one));
    }
    return text_of(all);
}

std::string inspect_clients(Desktop const& desktop,
                            std::function<ClientIdentity(wl_client*)> const& identity)
{
    Json all = Json::array();
    wl_client* client;
    wl_client_for_each(client, wl_display_get_client_list(desktop.display()))
    {
        pid_t pid = 0;
        wl_client_get_credentials(client, &pid, nullptr, nullptr);
        ClientIdentity const who = identity(client);
        all.push_back({{"pid", pid},
                       {"origin", who.origin},
                       {"epoch", who.epoch},
                       {"qube", who.qube},
                       {"tier", name_of(desktop.tier_of(client))}});
    }
    return text_of(all);
}

std::string inspect_clipboard(Desktop const& desktop)
{
    Clipboard const& clipboard = desktop.clipboard();
    auto const name = [](transport::QubeNameField const& field) {
        return std::string(transport::name_view(field));
    };
    Json json{{"held", false},
              {"waits", clipboard.waits()},
              {"keyboard", clipboard.typed()},
              {"keyboard_ms", clipboard.typed_for().count()},
              {"notices", clipboard.notices_seen()},
              {"last", nullptr}};
    if (auto const& last = clipboard.last()) {
        if (last->held_type != transport::ClipboardType::none)
            json.update({{"held", true},
                         {"source", name(last->held_name)},
                         {"type", transport::type_word(last->held_type)},
                         {"bytes", last->held_bytes},
                         {"width", last->held_width},
                         {"height", last->held_height}});
        json["last"] = {{"event", event_name(last->kind)},
                        {"source", name(last->source_name)},
                        {"target", name(last->target_name)},
                        {"type", transport::type_word(last->type)},
                        {"bytes", last->bytes},
                        {"width", last->width},
                        {"height", last->height},
                        {"limit", last->limit}};
    }
    return text_of(json);
}

std::string inspect_tree(Desktop const& desktop)
{
    Json all = Json::array();
    for (auto const& [name, tree] : desktop.layers()) {
        Json one = json_of(tree->node);
        one["layer"] = name;
        if (std::string_view(name) == "prompts")
            one["ready"] = desktop.prompts().ready();
        all.push_back(std::move(one));
    }
    return text_of(all);
}

} // namespace vitrail::compositor
