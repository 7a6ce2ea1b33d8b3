#include "lib/qube/label.hpp"

#include <algorithm>

namespace vitrail::qube {

std::vector<Label> make_standard_labels()
{
    std::vector<Label> labels;
    for (StandardLabel const& label : standard_labels)
        labels.push_back({label.index, std::string(label.name), label.rgb});
    return labels;
}

unsigned next_label_index(std::vector<Label> const& labels)
{
    unsigned highest = standard_labels.back().index;
    for (Label const& label : labels)
        highest = std::max(highest, label.index);
    return highest + 1;
}

} // namespace vitrail::qube
