#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "lib/os/process.hpp"
#include "lib/qrexec/policy_wire.hpp"

#include <functional>
#include <optional>
#include <string>

namespace vitrail::qrexecd {

/// Where policy is asked: the policy process, or a program where that is not there.
struct PolicyPlaces {
    std::string socket;
    std::string program; ///< empty: none
};

/// One question of policy, under way. Told once, from the loop; no answer, or one that makes no
/// sense, is a refusal. The handler may destroy this object.
class PolicyCall {
public:
    using Handle = std::function<void(qrexec::PolicyAnswer)>;
    PolicyCall(wl_event_loop* loop, PolicyPlaces const& places,
               qrexec::PolicyQuestion const& question, Handle handle);
    ~PolicyCall();
    PolicyCall(PolicyCall const&) = delete;
    PolicyCall& operator=(PolicyCall const&) = delete;

private:
    void open(PolicyPlaces const& places, qrexec::PolicyQuestion const& question);
    void handle_ready(std::uint32_t ready);
    void handle_none();
    void tell(qrexec::PolicyAnswer const& answer);

    Handle handle_;
    Fd answer_;
    Process program_;
    std::string text_;
    std::optional<FdSource<&PolicyCall::handle_ready>> source_;
    Timer<&PolicyCall::handle_none> none_;
};

} // namespace vitrail::qrexecd
