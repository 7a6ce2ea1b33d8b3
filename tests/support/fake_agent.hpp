#pragma once

#include "lib/base/geometry.hpp"
#include "lib/base/result.hpp"
#include "lib/os/fd.hpp"
#include "lib/wire/message.hpp"

#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace vitrail::test {

/// The grant files of one domain, written as fact sheet vchan-socket §2 says and not with the
/// library that the programs use: a hostile qube writes what it likes.
class GrantFiles {
public:
    [[nodiscard]] static Result<GrantFiles> create(std::filesystem::path const& folder,
                                                   std::uint32_t domain);
    /// Pages that nobody used before, granted to domain 0. Their references follow each other.
    [[nodiscard]] std::vector<std::uint32_t> grant(std::size_t pages);
    /// Grants just these to domain 0, as an agent whose references somebody else chose.
    void grant_these(std::span<std::uint32_t const> references);
    /// Writes a picture from the start of the first page on, page after page.
    void write(std::span<std::uint32_t const> references, std::span<std::uint32_t const> pixels);
    /// Makes the file longer if needed and maps it anew if it moved.
    [[nodiscard]] std::span<std::uint32_t> pixels(std::uint32_t first_reference, std::size_t pages);
    [[nodiscard]] int memory() const { return memory_.get(); }
    [[nodiscard]] int table() const { return table_.get(); }

private:
    Fd memory_, table_;
    std::byte* address_ = nullptr; ///< the whole sparse file
    std::uint32_t next_ = 1;
};

/// What the daemon sent: one message, its body unparsed.
struct Received {
    wire::Header header{};
    std::vector<std::byte> body;

    [[nodiscard]] wire::Type type() const { return static_cast<wire::Type>(header.type); }
    /// The fixed part; zeros where the body is too short.
    template <typename T> [[nodiscard]] T as() const
    {
        T value{};
        std::memcpy(&value, body.data(), std::min(sizeof(T), body.size()));
        return value;
    }
};

/// One message of a conversation, in the order in which the agent sent or got them.
struct Exchange {
    bool from_daemon = false;
    Received message;
};

/// The qube's end of the GUI protocol in a test's hands, polite or hostile: it sends whatever it is
/// told and keeps what it gets. Its bytes are made here, not with lib/wire.
class FakeAgent {
public:
    struct Setup {
        std::filesystem::path vchan_folder, grant_folder;
        std::uint32_t domain = 77;
        wire::ProtocolVersion version = wire::version_1_8;
    };
    /// Listens; nobody needs to be there yet.
    [[nodiscard]] static Result<std::unique_ptr<FakeAgent>> create(Setup const& setup);
    /// Over a connected stream socket (process tests).
    [[nodiscard]] static Result<std::unique_ptr<FakeAgent>> adopt(Setup const& setup, Fd socket);

    /// Accepts, handshakes, reads all that is there. Never waits. Call it in every turn.
    void pump();
    /// Waits for bytes at most this long, then pumps.
    void wait_and_pump(std::chrono::milliseconds at_most);
    /// Pumps until the condition holds. False after the deadline or when the daemon went away.
    [[nodiscard]] bool pump_until(std::function<bool()> const& condition,
                                  std::chrono::seconds deadline = std::chrono::seconds(30));
    [[nodiscard]] bool connected() const { return handshaken_; }
    /// The daemon ended a connection that was there.
    [[nodiscard]] bool dropped() const { return dropped_; }
    void disconnect();

    // ---- polite -----------------------------------------------------------------------------
    struct Shape {
        int x = 0, y = 0;
        std::uint32_t width = 200, height = 100;
        std::uint32_t color = 0x00ff00;
        bool override_redirect = false;
        std::uint32_t parent = 0;
    };
    /// CREATE, hints, title, MAP, WINDOW_DUMP of one colour, SHMIMAGE.
    void open(std::uint32_t window, Shape const& shape, std::string_view title = "fake");
    void create(std::uint32_t window, Shape const& shape);
    void map(std::uint32_t window, std::uint32_t transient_for = 0, bool override_redirect = false);
    void unmap(std::uint32_t window) { send_bare(wire::Type::unmap, window); }
    void destroy(std::uint32_t window) { send_bare(wire::Type::destroy, window); }
    void title(std::uint32_t window, std::string_view bytes);
    void configure(std::uint32_t window, Rect const& where);
    void flags(std::uint32_t window, std::uint32_t set, std::uint32_t unset);
    void cursor(std::uint32_t window, std::uint32_t number);
    void damage(std::uint32_t window, Rect const& what);
    /// New pages of this size filled with one colour, then WINDOW_DUMP and SHMIMAGE.
    void paint(std::uint32_t window, std::uint32_t width, std::uint32_t height,
               std::uint32_t color);
    /// The pixels of the window's last dump; for changing them under the reader.
    [[nodiscard]] std::span<std::uint32_t> pixels(std::uint32_t window);
    /// Answers each CONFIGURE with the same geometry and a fresh dump, as a real agent does.
    bool answers_configure = true;

    // ---- anything ---------------------------------------------------------------------------
    void send_bytes(std::span<std::byte const> bytes);
    void send_raw(std::uint32_t type, std::uint32_t window, std::span<std::byte const> body);
    void send_bare(wire::Type type, std::uint32_t window)
    {
        send_raw(static_cast<std::uint32_t>(type), window, {});
    }
    template <typename T>
    void send(wire::Type type, std::uint32_t window, T const& body,
              std::span<std::uint32_t const> tail = {})
    {
        std::vector<std::byte> bytes(sizeof(T) + tail.size_bytes());
        std::memcpy(bytes.data(), &body, sizeof(T));
        if (!tail.empty())
            std::memcpy(bytes.data() + sizeof(T), tail.data(), tail.size_bytes());
        send_raw(static_cast<std::uint32_t>(type), window, bytes);
    }
    [[nodiscard]] GrantFiles& grants() { return grants_; }

    // ---- what came back -----------------------------------------------------------------------
    std::vector<Received> received;
    std::vector<Exchange> exchanged; ///< both directions, since the last connection
    wire::ProtocolVersion daemon_version{};
    wire::XConf xconf{};
    int connections = 0; ///< accepted so far
    [[nodiscard]] std::vector<Received> all(wire::Type type) const;
    [[nodiscard]] std::size_t count(wire::Type type) const { return all(type).size(); }
    [[nodiscard]] Rect geometry(std::uint32_t window) const;

private:
    struct Window {
        Shape shape;
        std::uint32_t first_reference = 0;
        std::size_t pages = 0;
    };
    FakeAgent(Setup setup, GrantFiles grants);
    [[nodiscard]] Result<> listen();
    void begin();
    void flush();
    void take_bytes();
    void handle(Received const& message);

    Setup setup_;
    GrantFiles grants_;
    Fd listener_, socket_;
    std::vector<std::byte> in_, out_;
    std::map<std::uint32_t, Window> windows_;
    bool handshaken_ = false, dropped_ = false;
};

} // namespace vitrail::test
