#include "services/sessiond/gui_options.hpp"

#include "lib/qube/names.hpp"

#include <algorithm>

namespace vitrail::session {
namespace {

std::string feature_of(std::string_view name)
{
    std::string feature = "gui-" + std::string(name);
    std::ranges::replace(feature, '_', '-');
    return feature;
}

/// Decimal, or 0x and six digits for a colour.
std::optional<std::uint64_t> parse_number(std::string_view text)
{
    if (text.starts_with("0x"))
        return qube::parse_colour(text);
    return qube::parse_number(text);
}

} // namespace

transport::GuidStart default_gui_options()
{
    transport::GuidStart options;
    options.allow_utf8_titles = 1;
    return options;
}

bool set_gui_option(transport::GuidStart& options, std::string_view name, std::string_view value)
{
    std::string const feature = "gui-" + std::string(name);
    for (FlagOption const& option : flag_options)
        if (feature == feature_of(option.name)) {
            auto const flag = value.empty() ? std::optional(false) : qube::parse_bool(value);
            if (flag)
                options.*option.field = *flag ? 1 : 0;
            return flag.has_value();
        }
    for (NumberOption const& option : number_options)
        if (feature == feature_of(option.name)) {
            auto const number = parse_number(value);
            if (!number || *number < static_cast<std::uint64_t>(option.least) ||
                *number > static_cast<std::uint64_t>(option.most))
                return false;
            options.*option.field = static_cast<std::uint32_t>(*number);
            return true;
        }
    if (name == "override-redirect")
        for (auto const& [text, meaning] : override_redirect_values)
            if (text == value) {
                options.override_redirect_disabled = meaning;
                return true;
            }
    if (name == "trayicon-mode")
        for (auto const& [text, mode] : tray_modes)
            if (text == value) {
                options.trayicon_mode = mode;
                return true;
            }
    return false;
}

std::vector<std::pair<std::string, std::string>> gui_features(transport::GuidStart const& options)
{
    transport::GuidStart const usual = default_gui_options();
    std::vector<std::pair<std::string, std::string>> features;
    for (FlagOption const& option : flag_options)
        if (options.*option.field != usual.*option.field)
            features.emplace_back(feature_of(option.name), options.*option.field ? "1" : "");
    for (NumberOption const& option : number_options)
        if (options.*option.field != usual.*option.field)
            features.emplace_back(feature_of(option.name),
                                  option.name == "window_background_color"
                                      ? qube::colour_text(options.*option.field)
                                      : std::to_string(options.*option.field));
    if (options.override_redirect_disabled != usual.override_redirect_disabled)
        features.emplace_back("gui-override-redirect", "disabled");
    if (options.trayicon_mode != usual.trayicon_mode)
        for (auto const& [text, mode] : tray_modes)
            if (mode == options.trayicon_mode)
                features.emplace_back("gui-trayicon-mode", text);
    return features;
}

} // namespace vitrail::session
