#pragma once

#include "agents/gui/agent.hpp"
#include "lib/transport/memory_channel.hpp"
#include "lib/wire/build.hpp"
#include "lib/wire/framing.hpp"
#include "lib/wire/parse.hpp"

#include "xdg-shell-client-protocol.h"
#include <wayland-client.h>

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::agent::test {

/// Ordinary memory with reference numbers.
class MemoryGranter final : public transport::SharedPagesGranter {
public:
    ~MemoryGranter() override;
    Result<Grant> grant(DomainId peer, std::size_t pages) override;
    void revoke(Grant const& grant) override;
    /// The pixel at the start of these references.
    [[nodiscard]] std::uint32_t pixel(std::vector<std::uint32_t> const& refs, std::size_t index);

private:
    std::map<std::uint32_t, std::byte*> first_; ///< of each grant, by its first reference
    std::uint32_t next_ = 1;
};

/// A window of an application: xdg_toplevel or xdg_popup in one colour.
struct ClientWindow {
    wl_surface* surface = nullptr;
    xdg_surface* role = nullptr;
    xdg_toplevel* toplevel = nullptr;
    xdg_popup* popup = nullptr;
    int width = 0, height = 0;
    int x = 0, y = 0; ///< popup
    std::uint32_t serial = 0;
    int configures = 0;
    bool follows = true;               ///< draws each size that it is given
    std::vector<std::uint32_t> states; ///< of the last configure
    bool done = false, close = false;
    std::uint32_t color = 0xff204060;
    int margin = 0; ///< shadow around the window geometry
};

/// An application in the test's process and thread.
class Client {
public:
    ~Client();
    void connect(std::string const& socket);
    void pump();
    [[nodiscard]] ClientWindow& open(int width, int height, char const* title, int margin = 0);
    [[nodiscard]] ClientWindow& open_popup(ClientWindow& parent, Rect anchor, Size size);
    /// Attaches a buffer of its size and commits.
    void draw(ClientWindow& window);
    void close(ClientWindow& window);
    wl_display* display = nullptr;
    wl_registry* registry = nullptr;
    wl_compositor* compositor = nullptr;
    wl_shm* shm = nullptr;
    wl_seat* seat = nullptr;
    wl_keyboard* keyboard = nullptr;
    xdg_wm_base* shell = nullptr;
    std::vector<std::uint32_t> keys; ///< pressed, evdev
    std::uint32_t locked = 0;

private:
    std::vector<std::unique_ptr<ClientWindow>> windows_;
    std::vector<wl_buffer*> buffers_; ///< not released yet
};

/// The agent, one application, and a daemon that is this test.
class AgentTest : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;
    /// Connects a daemon of this version and takes the handshake's answers.
    void connect_daemon(wire::ProtocolVersion version);
    void disconnect_daemon();
    template <typename Message> void say(Message const& message)
    {
        wire::build_message(daemon_.sent, message);
    }
    [[nodiscard]] bool until(std::function<bool()> const& condition);
    /// A few turns in which nothing is waited for.
    void settle();
    template <typename T> [[nodiscard]] std::vector<T> all() const
    {
        std::vector<T> found;
        for (auto const& message : heard_)
            if (auto const* one = std::get_if<T>(&message))
                found.push_back(*one);
        return found;
    }
    template <typename T> [[nodiscard]] std::size_t count() const { return all<T>().size(); }

    std::string folder_;
    transport::MemoryPeer daemon_; ///< played by the test
    MemoryGranter granter_;
    std::unique_ptr<Agent> agent_;
    Client client_;
    std::unique_ptr<wire::Splitter> splitter_;
    wire::ProtocolVersion version_;
    std::vector<wire::AgentMessage> heard_;
    bool answered_ = true;

private:
    void turn();
    void hear();
};

} // namespace vitrail::agent::test
