#include "lib/qube/admin_error.hpp"

#include <array>
#include <utility>

namespace vitrail::qube {

std::unexpected<AdminError> refuse(std::string_view type, std::string message)
{
    return std::unexpected(AdminError{std::string(type), std::move(message)});
}

bool is_kind_of(std::string_view type, std::string_view kind)
{
    namespace e = exception;
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 6> parents{{
        {e::not_running, e::not_started},
        {e::not_paused, e::not_started},
        {e::property_value, e::value},
        {e::shutdown_timeout, e::qube},
        {e::qube_in_use, e::qube},
        {e::qube_not_found, e::qube},
    }};
    if (type == kind || kind == e::generic)
        return true;
    for (auto const& [child, parent] : parents)
        if (child == type)
            return is_kind_of(parent, kind);
    return false;
}

} // namespace vitrail::qube
