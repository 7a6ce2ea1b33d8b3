#include "tools/qvm/table.hpp"

#include <algorithm>

namespace vitrail::qvm {

std::size_t columns_of(std::string const& text)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string aligned(std::vector<Row> const& rows)
{
    auto const shown = [](std::string const& cell) {
        return cell.empty() ? std::string("-") : cell;
    };
    std::vector<std::size_t> widths;
    for (Row const& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths[i] = std::max(widths[i], columns_of(shown(row[i])));
    }
    std::string text;
    for (Row const& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            std::string const cell = shown(row[i]);
            text += cell;
            if (i + 1 < row.size())
                text += std::string(widths[i] - columns_of(cell) + 2, ' ');
        }
        text += '\n';
    }
    return text;
}

} // namespace vitrail::qvm
