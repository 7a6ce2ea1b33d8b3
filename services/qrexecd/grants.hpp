#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qrexecd {

/// The user's yes to one call, said before it is made: by the paste chord, for example.
struct Grant {
    std::string source, target;
    std::string service; ///< its name; with whichever argument
    friend bool operator==(Grant const&, Grant const&) = default;
};

/// `SOURCE TARGET SERVICE`: names of qubes, of a service, one blank between them. Pure.
[[nodiscard]] std::optional<Grant> parse_grant(std::string_view text);

/// Grants that nobody has used. One counts once, for `life`, and answers only what policy would
/// ask a person: it changes no rule. Pure: time as an argument.
class Grants {
public:
    using Time = std::chrono::milliseconds; ///< of a clock that never goes back
    static constexpr Time life{10'000};
    static constexpr std::size_t most = 16;

    /// Of too many the oldest goes.
    void add(Grant grant, Time now);
    /// Whether there was one for this; it is gone then.
    [[nodiscard]] bool take(Grant const& wanted, Time now);

private:
    struct Given {
        Grant grant;
        Time until;
    };
    std::vector<Given> given_; ///< the oldest first
};

} // namespace vitrail::qrexecd
