#pragma once

#include <cerrno>
#include <cstring>
#include <expected>
#include <string>
#include <utility>

namespace vitrail {

/// The world failed: a system call, a missing file, a refused permission.
/// `code` is an errno value, or 0 where none applies; `what` names the thing and the place.
struct Error {
    int code = 0;
    std::string what;

    /// One sentence for a person: what was tried, then why it failed.
    [[nodiscard]] std::string message() const
    {
        return code != 0 ? what + ": " + std::strerror(code) : what;
    }
};

template <typename T = void> using Result = std::expected<T, Error>;

/// The error of the system call that has just failed; call it before anything else sets errno.
[[nodiscard]] inline std::unexpected<Error> errno_error(std::string what)
{
    int const code = errno;
    return std::unexpected(Error{code, std::move(what)});
}

/// An error that no errno describes.
[[nodiscard]] inline std::unexpected<Error> error(std::string what)
{
    return std::unexpected(Error{0, std::move(what)});
}

} // namespace vitrail

/// The value of an expected, or return its error from the calling function.
#define TRY(...)                                                                                   \
    __extension__({                                                                                \
        auto try_result_ = (__VA_ARGS__);                                                          \
        if (!try_result_) [[unlikely]]                                                             \
            return std::unexpected(std::move(try_result_).error());                                \
        *std::move(try_result_);                                                                   \
    })

/// The same for an expected<void, …>, as a statement.
#define TRY_VOID(...)                                                                              \
    do {                                                                                           \
        if (auto try_result_ = (__VA_ARGS__); !try_result_) [[unlikely]]                           \
            return std::unexpected(std::move(try_result_).error());                                \
    } while (false)
