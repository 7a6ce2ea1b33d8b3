#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace vitrail::qvm {

/// One line on the terminal that says what takes so long; gone again at the end. Nothing is shown
/// when the standard error is no terminal, or within the first 300 ms.
class Progress {
public:
    Progress(std::string doing, bool wanted);
    ~Progress();
    Progress(Progress const&) = delete;
    Progress& operator=(Progress const&) = delete;

    /// Returns when the descriptor is readable.
    void wait_for(int fd);
    /// Done so far, of a total in bytes.
    void show_bytes(std::uint64_t done, std::uint64_t total);

private:
    void show(std::string const& detail);

    std::string doing_;
    bool wanted_;
    bool shown_ = false;
    std::chrono::steady_clock::time_point const started_ = std::chrono::steady_clock::now();
    std::chrono::steady_clock::time_point last_ = started_;
};

} // namespace vitrail::qvm
