#pragma once

#include "lib/transport/clipboard_control.hpp"
#include "lib/transport/clipboard_port.hpp"
#include "tests/support/process.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vitrail::test {

/// The shipped clipboard broker, with a sessiond, a compositor and guids that are this test's.
class ClipboardStage {
public:
    [[nodiscard]] static Result<std::unique_ptr<ClipboardStage>> start(std::string program,
                                                                       std::string log);
    void add_qube(std::uint32_t domain, std::string_view name, std::uint32_t limit);
    /// The same for somebody else's guid: its end of the link.
    [[nodiscard]] Fd connect_qube(std::uint32_t domain, std::string_view name, std::uint32_t limit);
    void connect_compositor();
    void send_settings(std::uint32_t keep_s, std::uint32_t moment_ms);
    void chord(transport::ClipboardChordKind kind, std::uint32_t origin = 0);
    void decide(transport::ClipboardQuestion const& question, bool allowed);

    // Each waits for the next of its kind; nothing after a generous deadline.
    [[nodiscard]] std::optional<transport::ClipboardNotice> notice();
    /// The next notice of this kind; those before it are dropped.
    [[nodiscard]] std::optional<transport::ClipboardNotice>
    notice(transport::ClipboardNoticeKind kind);
    [[nodiscard]] std::optional<transport::ClipboardQuestion> question();
    [[nodiscard]] std::optional<transport::ClipboardRecord> asked(std::uint32_t domain);
    /// All of what is pasted there.
    [[nodiscard]] std::optional<std::string> pasted(std::uint32_t domain);

    /// The user copies this there: what the user is told then.
    [[nodiscard]] std::optional<transport::ClipboardNotice> copy(std::uint32_t domain,
                                                                 std::string_view text);
    /// The user pastes there, policy says yes, and the user types on at once.
    [[nodiscard]] std::optional<std::string> paste(std::uint32_t domain);

    [[nodiscard]] transport::ClipboardPort& guid(std::uint32_t domain)
    {
        return *guids_.at(domain);
    }
    [[nodiscard]] ChildProcess& process() { return *process_; }
    Fd control, compositor;

private:
    /// The broker follows its links in no order of each other: a chord sent now comes after the
    /// orders before.
    void wait_until_taken();

    std::unique_ptr<ChildProcess> process_;
    std::map<std::uint32_t, std::unique_ptr<transport::ClipboardPort>> guids_;
    transport::ClipboardPort::Received received_;
};

} // namespace vitrail::test
