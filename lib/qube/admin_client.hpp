#pragma once

#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"
#include "lib/qube/admin_codec.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace vitrail::qube {

/// A call that is under way.
class PendingCall {
public:
    explicit PendingCall(Fd connection) : connection_(std::move(connection)) {}
    /// Readable when an answer begins or the connection ends.
    [[nodiscard]] int fd() const { return connection_.get(); }
    /// Waits for the whole answer.
    [[nodiscard]] Outcome<std::string> finish();

private:
    Fd connection_;
};

/// Calls a qubesd over its socket and waits for the answer: for tools, which have no loop.
///
/// One connection a call. A socket that cannot be reached is a generic AdminError whose message
/// names the socket and the reason.
class AdminClient {
public:
    /// `socket`: a path. `source`: who calls, "dom0" for local tools.
    explicit AdminClient(std::string socket, std::string source = std::string(dom0));

    /// $QUBESD_SOCKET, else vitrail/qubesd.sock in $XDG_RUNTIME_DIR if it is there, else
    /// /var/run/qubesd.sock (design: one management interface).
    [[nodiscard]] static std::string default_socket();

    [[nodiscard]] Outcome<std::string> call(std::string_view destination, std::string_view method,
                                            std::string_view argument = {},
                                            std::string_view payload = {}) const;
    /// The same without waiting, so that several calls are under way at once.
    [[nodiscard]] Outcome<PendingCall> begin(std::string_view destination, std::string_view method,
                                             std::string_view argument = {},
                                             std::string_view payload = {}) const;
    /// A call whose answer is a stream (admin.Events, admin.vm.Stats): the connection, request
    /// sent.
    [[nodiscard]] Outcome<Fd> open_stream(std::string_view destination,
                                          std::string_view method) const;
    [[nodiscard]] std::string const& socket() const { return socket_; }

private:
    std::string socket_;
    std::string source_;
};

} // namespace vitrail::qube
