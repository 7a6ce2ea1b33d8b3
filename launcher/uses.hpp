#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace vitrail::launcher {

/// How much is used what: a count that halves in a fortnight, so that what was used a year ago does
/// not stand before what is used now. Pure.
class Uses {
public:
    /// Lines KEY TAB COUNT TAB SECONDS; what is none is left out.
    [[nodiscard]] static Uses parse(std::string_view text);
    [[nodiscard]] std::string text() const;

    void note(std::string const& key, std::int64_t now_seconds);
    void forget_all() { uses_.clear(); }
    /// Factor of a rank: 1 for what was never used, towards 1.6 for what is used every hour.
    [[nodiscard]] float boost(std::string_view key, std::int64_t now_seconds) const;
    [[nodiscard]] std::size_t size() const { return uses_.size(); }

    static constexpr std::size_t most = 512; ///< the least used go
    friend bool operator==(Uses const&, Uses const&) = default;

private:
    struct Use {
        double count = 0; ///< at `seconds`
        std::int64_t seconds = 0;
        friend bool operator==(Use const&, Use const&) = default;
    };
    [[nodiscard]] static double count_at(Use const& use, std::int64_t now_seconds);

    std::map<std::string, Use, std::less<>> uses_;
};

} // namespace vitrail::launcher
