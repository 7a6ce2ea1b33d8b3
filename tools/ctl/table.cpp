#include "tools/ctl/table.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <vector>

namespace vitrail::ctl {
namespace {

using Json = nlohmann::json;
using Row = std::vector<std::string>;

std::string cell(Json const& entry, std::string const& key)
{
    auto const found = entry.find(key);
    if (found == entry.end() || found->is_null() || *found == "")
        return "-";
    if (found->is_string())
        return found->get<std::string>();
    if (found->is_boolean())
        return found->get<bool>() ? "yes" : "no";
    return found->dump();
}

std::string states(Json const& window)
{
    std::string all;
    for (char const* const state :
         {"focused", "fullscreen", "maximized", "minimized", "popup", "lost"})
        if (window.value(state, false))
            all += (all.empty() ? "" : ",") + std::string(state);
    return all.empty() ? "-" : all;
}

std::string place(Json const& box)
{
    return cell(box, "width") + "x" + cell(box, "height") + "+" + cell(box, "x") + "+" +
           cell(box, "y");
}

/// Width on a terminal, near enough: one column a code point.
std::size_t columns(std::string const& text)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string aligned(std::vector<Row> const& rows)
{
    std::vector<std::size_t> widths;
    for (Row const& row : rows)
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths.resize(std::max(widths.size(), i + 1));
            widths[i] = std::max(widths[i], columns(row[i]));
        }
    std::string text;
    for (Row const& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += row[i];
            if (i + 1 < row.size())
                text += std::string(widths[i] - columns(row[i]) + 2, ' ');
        }
        text += '\n';
    }
    return text;
}

void add_tree(Json const& node, int depth, std::string& text)
{
    text += std::string(static_cast<std::size_t>(depth) * 2, ' ') + cell(node, "type");
    for (auto const& [key, value] : node.items())
        if (key != "type" && key != "children")
            text +=
                "  " + key + "=" + (value.is_string() ? value.get<std::string>() : value.dump());
    text += '\n';
    if (auto const children = node.find("children"); children != node.end() && children->is_array())
        for (Json const& child : *children)
            add_tree(child, depth + 1, text);
}

} // namespace

std::string as_text(std::string const& what, Json const& answer)
{
    if (what == "tree") {
        std::string text;
        for (Json const& node : answer.is_array() ? answer : Json::array({answer}))
            add_tree(node, 0, text);
        return text;
    }
    if (what == "clipboard") {
        if (!answer.value("held", false))
            return "empty\n";
        std::string const type = cell(answer, "type"), from = " from " + cell(answer, "source");
        if (type == "image")
            return "an image of " + cell(answer, "width") + " x " + cell(answer, "height") + from +
                   "\n";
        if (type == "files")
            return type + from + "\n";
        return cell(answer, "bytes") + " bytes of " + type + from + "\n";
    }
    static std::map<std::string, Row> const heads{
        {"windows", {"id", "qube", "label", "place", "content", "workspace", "state", "title"}},
        {"clients", {"pid", "tier", "origin", "qube", "epoch"}},
        {"outputs", {"name", "place", "scale", "refresh", "enabled"}},
        {"qubes", {"name", "label", "state", "domain", "guid_pid", "keeper_pid", "problem"}},
    };
    auto const head = heads.find(what);
    if (head == heads.end() || !answer.is_array())
        return answer.dump(2) + "\n";
    std::vector<Row> rows{head->second};
    for (Json const& entry : answer) {
        Row row;
        for (std::string const& key : head->second)
            if (key == "place")
                row.push_back(place(entry));
            else if (key == "content")
                row.push_back(entry.contains("content") ? place(entry["content"]) : "-");
            else if (key == "state" && what == "windows")
                row.push_back(states(entry));
            else
                row.push_back(cell(entry, key));
        rows.push_back(std::move(row));
    }
    return aligned(rows);
}

Json lines_of(std::string const& text)
{
    Json all = Json::array();
    std::size_t start = 0;
    for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
        all.push_back(text.substr(start, end - start));
        start = end + 1;
    }
    if (start < text.size())
        all.push_back(text.substr(start));
    return all;
}

} // namespace vitrail::ctl
