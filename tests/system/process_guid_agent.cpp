#include "tests/support/guid_stage.hpp"

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

namespace vitrail::test {

/// Both of our ends with real applications: agent, guid, and a compositor that is this test's.
class GuidWithAgent : public GuidStage {
protected:
    void start(std::vector<std::string> const& application)
    {
        std::vector<std::string> command{VITRAIL_AGENT_GUI, "--gui-domid", "0", "--"};
        command.insert(command.end(), application.begin(), application.end());
        auto started = ChildProcess::start({command,
                                            {
                                                {"VCHAN_DOMAIN", "7"},
                                                {"VCHAN_SOCKET_DIR", folder_},
                                                {"VITRAIL_GRANT_DIR", folder_},
                                                {"XDG_RUNTIME_DIR", folder_},
                                                {"HOME", folder_},
                                            },
                                            folder_ / "agent.log"});
        ASSERT_TRUE(started);
        agent_ = std::make_unique<ChildProcess>(std::move(*started));
        Fd vchan;
        ASSERT_TRUE(until([&] { return static_cast<bool>(vchan = connected()); }));
        Fd const memory(::open((folder_ / "dom7.mem").c_str(), O_RDONLY | O_CLOEXEC));
        Fd const table(::open((folder_ / "dom7.tab").c_str(), O_RDONLY | O_CLOEXEC));
        ASSERT_TRUE(memory && table);
        start_guid(std::move(vchan), memory.get(), table.get());
    }
    void TearDown() override
    {
        agent_.reset();
        GuidStage::TearDown();
    }
    [[nodiscard]] Fd connected() const
    {
        Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        (folder_ / "vchan.7.0.6000.sock")
            .string()
            .copy(address.sun_path, sizeof(address.sun_path) - 1);
        void const* const generic = &address;
        if (::connect(socket.get(), static_cast<sockaddr const*>(generic), sizeof(address)) != 0)
            return Fd();
        return socket;
    }
    [[nodiscard]] bool until(std::function<bool()> const& condition)
    {
        auto const end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            server_.pump();
            for (std::uint32_t const window : server_.windows())
                server_.frame_done(window);
        }
        return true;
    }
    [[nodiscard]] std::uint32_t titled(std::string_view title)
    {
        for (std::uint32_t const window : server_.windows())
            if (server_.find(window)->mapped && server_.find(window)->title == title &&
                server_.find(window)->commits > 0)
                return window;
        return 0;
    }
    void type(std::initializer_list<std::uint32_t> keys)
    {
        for (std::uint32_t const key : keys) {
            server_.key(key, true);
            server_.key(key, false);
        }
    }
    /// What the application read, and the agent's log.
    [[nodiscard]] std::string said_instead(std::filesystem::path const& marker) const
    {
        std::string text;
        std::error_code none;
        for (auto const& read : std::filesystem::directory_iterator(marker, none))
            text += "it read \"" + read.path().filename().string() + "\"\n";
        std::ifstream log(folder_ / "agent.log");
        return text + std::string(std::istreambuf_iterator<char>(log), {});
    }
    void tell_a_story(std::vector<std::string> const& terminal)
    {
        start(terminal);
        std::uint32_t window = 0;
        ASSERT_TRUE(until([&] { return (window = titled("story")) != 0; })) << log();
        // Both terminals draw their cursor anew when they have the focus: a person sees that.
        int const before = server_.find(window)->commits;
        server_.keyboard_enter(window);
        ASSERT_TRUE(until([&] { return server_.find(window)->commits > before; })) << log();
        auto const marker = folder_ / "typed";
        type({KEY_O, KEY_K, KEY_ENTER});
        EXPECT_TRUE(until([&] { return std::filesystem::exists(marker / "ok"); }))
            << said_instead(marker);
        EXPECT_TRUE(until([&] { return titled("story") == 0; })) << "it did not end";
        EXPECT_TRUE(guid_->running()) << log();
    }

    std::unique_ptr<ChildProcess> agent_;
};

TEST_F(GuidWithAgent, keys_typed_at_the_compositor_reach_a_wayland_terminal)
{
    tell_a_story({"foot", "--title", "story", "--override", "locked-title=yes", "sh", "-c",
                  "read word; mkdir -p \"$HOME/typed/$word\""});
}

TEST_F(GuidWithAgent, keys_typed_at_the_compositor_reach_an_x11_terminal)
{
    tell_a_story({"xterm", "-T", "story", "-e", "read word; mkdir -p \"$HOME/typed/$word\""});
}

} // namespace vitrail::test
