#pragma once

#include "lib/base/result.hpp"
#include "lib/qube/admin_error.hpp"

#include <expected>
#include <string>
#include <utility>

namespace vitrail::qvm {

/// Why a command gives up: the sentence for `PROG: error: …` and the exit status. Status 2 is a
/// mistake in what was typed (fact sheet desktop-tools §15).
struct Failure {
    int status = 1;
    std::string message;
    std::string type; ///< of an Admin API exception; else empty

    Failure(int its_status, std::string its_message)
        : status(its_status), message(std::move(its_message))
    {
    }
    Failure(qube::AdminError const& error) // implicit: TRY hands a refusal on
        : message(error.message.empty() ? "qubesd gave no reason (" + error.type + ")"
                                        : error.message),
          type(error.type)
    {
    }
    Failure(Error const& error) : message(error.message()) {}

    /// Whether qubesd refused with this kind of exception.
    [[nodiscard]] bool is(std::string_view kind) const
    {
        return !type.empty() && qube::is_kind_of(type, kind);
    }
};

template <typename T = void> using Done = std::expected<T, Failure>;

[[nodiscard]] inline std::unexpected<Failure> fail(std::string message)
{
    return std::unexpected(Failure(1, std::move(message)));
}
[[nodiscard]] inline std::unexpected<Failure> misuse(std::string message)
{
    return std::unexpected(Failure(2, std::move(message)));
}

} // namespace vitrail::qvm
