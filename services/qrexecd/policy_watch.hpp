#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "lib/qrexec/policy.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace vitrail::qrexecd {

/// The policy of some folders, read again at the first question after anything in them changed.
class PolicyWatch {
public:
    PolicyWatch(wl_event_loop* loop, std::vector<std::string> folders);

    [[nodiscard]] qrexec::Policy const& policy();

private:
    void handle_change(std::uint32_t ready);
    void load();
    void watch(std::string folder);

    wl_event_loop* loop_;
    std::vector<std::string> folders_;
    std::optional<qrexec::Policy> policy_; ///< nothing: to be read
    Fd inotify_;
    std::optional<FdSource<&PolicyWatch::handle_change>> source_;
};

} // namespace vitrail::qrexecd
