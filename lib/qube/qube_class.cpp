#include "lib/qube/qube_class.hpp"

namespace vitrail::qube {

std::string_view class_name(QubeClass qube_class)
{
    switch (qube_class) {
    case QubeClass::admin: return "AdminVM";
    case QubeClass::app: return "AppVM";
    case QubeClass::disposable: return "DispVM";
    case QubeClass::remote: return "RemoteVM";
    case QubeClass::standalone: return "StandaloneVM";
    case QubeClass::template_: return "TemplateVM";
    }
    return "";
}

std::optional<QubeClass> parse_class(std::string_view name)
{
    for (QubeClass const one : all_classes)
        if (class_name(one) == name)
            return one;
    return std::nullopt;
}

std::string_view power_name(Power power)
{
    switch (power) {
    case Power::halted: return "Halted";
    case Power::transient: return "Transient";
    case Power::running: return "Running";
    case Power::paused: return "Paused";
    case Power::suspended: return "Suspended";
    case Power::halting: return "Halting";
    case Power::dying: return "Dying";
    case Power::crashed: return "Crashed";
    case Power::unknown: return "NA";
    }
    return "";
}

} // namespace vitrail::qube
