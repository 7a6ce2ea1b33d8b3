#pragma once

#include "lib/os/fd.hpp"

#include <cstdint>
#include <memory>
#include <string>

struct vitrail_session_v1;
struct wl_display;

namespace vitrail::bench {

/// sessiond's part on the control connection: who is who.
class Session {
public:
    /// Over the other end of the compositor's control descriptor.
    [[nodiscard]] static std::unique_ptr<Session> connect(Fd control);
    ~Session();
    Session(Session const&) = delete;
    Session& operator=(Session const&) = delete;

    /// A qube of this number, with room for what benchmarks do.
    void set_origin(std::uint32_t number, std::uint32_t max_clipboard = 64000);
    /// The other end of a new client's connection.
    [[nodiscard]] Fd add_client(std::uint32_t tier, std::uint32_t origin = 0,
                                std::uint32_t epoch = 0);
    /// The public socket, once the compositor said that it is ready.
    [[nodiscard]] std::string const& public_socket() const { return public_socket_; }
    /// Everything said before has been heard.
    void roundtrip();

private:
    Session() = default;
    ::wl_display* display_ = nullptr;
    std::string public_socket_;
    vitrail_session_v1* session_ = nullptr;
};

} // namespace vitrail::bench
