#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/process.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::launcher {

/// How a program of ours that we started has ended.
struct ChildOutcome {
    int status = 0;     ///< its exit status; 128 + n by signal n; 127: it could not be started
    std::string output; ///< untrusted; at most as much as was wanted
    std::string errors; ///< untrusted; its first bytes
    bool too_long = false;
};

/// Programs that we start and hear of: nobody waits for them.
class Children {
public:
    Children(wl_event_loop* loop, Environment environment);
    ~Children(); ///< those that run go on
    Children(Children const&) = delete;
    Children& operator=(Children const&) = delete;

    using Done = std::function<void(ChildOutcome)>;
    struct Order {
        std::vector<std::string> words;
        std::size_t most_output = 0; ///< bytes kept of its output; one that writes more is ended
        std::chrono::seconds patience{0}; ///< then it is ended; 0: it may take as long as it likes
    };
    /// `done` is called once, from the loop, or from here where it could not be started.
    void run(Order const& order, Done done);
    [[nodiscard]] std::size_t running() const { return children_.size(); }

private:
    class Child;
    void forget(Child* child);

    wl_event_loop* loop_;
    Environment environment_;
    std::list<std::unique_ptr<Child>> children_;
};

} // namespace vitrail::launcher
