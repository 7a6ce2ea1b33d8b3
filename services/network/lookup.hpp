#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "services/network/ruleset.hpp"

#include <sys/types.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>

namespace vitrail::network {

/// Asks for the addresses of names from within a network namespace, as the qube there would, in a
/// child that has no rights: the answers come from anywhere. Ends it at its own end.
class Lookup {
public:
    /// `done` once, with the names that have addresses; it may destroy this object.
    [[nodiscard]] static Result<std::unique_ptr<Lookup>> start(wl_event_loop* loop, int netns,
                                                               std::set<std::string> names,
                                                               std::function<void(Resolved)> done);
    ~Lookup();

private:
    Lookup(wl_event_loop* loop, std::set<std::string> names, pid_t child, Fd output,
           std::function<void(Resolved)> done);
    void handle_output(std::uint32_t ready);

    std::set<std::string> names_;
    pid_t child_;
    Fd output_;
    std::string text_;
    std::function<void(Resolved)> done_;
    FdSource<&Lookup::handle_output> source_;
};

/// What the child wrote, NAME ADDRESS a line: names that were asked for and addresses, else
/// nothing.
[[nodiscard]] Resolved parse_answers(std::string_view untrusted_text,
                                     std::set<std::string> const& names);

} // namespace vitrail::network
