#pragma once

#include "tools/qvm/columns.hpp"
#include "tools/qvm/command.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace vitrail::qvm {

/// Which qubes qvm-ls shows. Each list is empty when nothing was asked.
struct Filter {
    std::vector<std::string> classes;
    std::vector<std::string> labels;
    std::vector<std::string> tags;
    std::vector<std::string> without_tags;
    std::vector<std::string> templates;
    std::vector<std::string> netvms;
    std::vector<std::string> features;
    std::vector<std::string> prefs;
    std::string internal;
    std::string servicevm;
    bool running = false;
    bool paused = false;
    bool halted = false;
    bool pending_update = false;

    void define(CLI::App& app);
    [[nodiscard]] Done<> check() const;
    [[nodiscard]] std::uint8_t needs() const;
    /// The features that the questions are about.
    [[nodiscard]] std::set<std::string> feature_names() const;
    [[nodiscard]] bool admits(Seen const& seen) const;
};

} // namespace vitrail::qvm
