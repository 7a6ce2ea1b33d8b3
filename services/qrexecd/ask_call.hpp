#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"
#include "lib/qrexec/evaluate.hpp"

#include <functional>
#include <optional>
#include <string>

namespace vitrail::qrexecd {

/// What the prompt is told, as policy.Ask (fact sheet qrexec §19): the service's descriptor, NUL, a
/// JSON object.
[[nodiscard]] std::string build_ask(qrexec::Decision const& decision, qrexec::Ask const& ask,
                                    qrexec::ServiceCall const& service);
/// The same of policy.Notify: what became of a call that nobody was asked about. Nothing: policy
/// does not want it told.
[[nodiscard]] std::optional<std::string> build_notice(qrexec::Decision const& decision,
                                                      qrexec::ServiceCall const& service);
/// To whoever shows it; lost without one.
void tell_notice(std::string const& socket, std::string const& notice);
/// The target that was chosen; nothing: deny, or no answer at all. Pure.
[[nodiscard]] std::optional<std::string> parse_ask_answer(std::string_view text);

/// One question to the person at the screen: one connection to the prompt's socket. No prompt, its
/// end, rubbish, and two minutes without an answer are a no.
class AskCall {
public:
    using Handle = std::function<void(std::optional<std::string> target)>;
    /// `handle` once, from the loop; may destroy this object.
    AskCall(wl_event_loop* loop, std::string const& socket, std::string const& question,
            Handle handle);

private:
    void handle_ready(std::uint32_t ready);
    void handle_timeout();
    void tell(std::optional<std::string> const& target);

    Handle handle_;
    Fd socket_;
    std::string text_;
    std::optional<FdSource<&AskCall::handle_ready>> source_;
    Timer<&AskCall::handle_timeout> timeout_;
};

} // namespace vitrail::qrexecd
