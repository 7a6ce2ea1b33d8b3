#pragma once

#include "lib/base/geometry.hpp"
#include "lib/wire/build.hpp"
#include "tests/bench/record.hpp"
#include "tests/bench/session.hpp"
#include "tests/support/fake_agent.hpp"
#include "tests/support/process.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace vitrail::bench {

/// Where the shipped programs lie.
[[nodiscard]] std::string program(std::string const& below_build);

/// The shipped guid, in its sandbox, before it is anybody's.
class Spare {
public:
    /// Returns when it waits for its start record. `environment` is added to ours.
    Spare(std::filesystem::path const& log,
          std::vector<std::pair<std::string, std::string>> environment = {});
    /// Makes it the guid of a qube: one message with what it needs.
    [[nodiscard]] test::ChildProcess assign(std::uint32_t domain, Fd const& vchan,
                                            Fd const& wayland, int grants, int grant_table,
                                            int broker, std::uint32_t max_clipboard);

private:
    Fd link_; // made by the next one's start
    test::ChildProcess process_;
};

/// A qube as the benchmarks need it: its agent is this object, its guid the shipped program. The
/// agent sends each message, or batch, with one system call and touches nothing while time runs.
class Qube {
public:
    struct Setup {
        std::uint32_t number = 1;
        wire::ProtocolVersion version = wire::version_extended;
        std::vector<std::pair<std::string, std::string>> guid_environment;
        int broker = -1; ///< guid's end of its link to the clipboard's broker
        std::uint32_t max_clipboard = 64000;
    };
    /// Starts a spare, makes it the qube's and waits for the handshake's end.
    Qube(Session& session, std::filesystem::path const& folder, Setup const& setup);
    /// With a spare that waits already (P27).
    Qube(Session& session, std::filesystem::path const& folder, Setup const& setup, Spare spare);
    ~Qube();
    Qube(Qube const&) = delete;
    Qube& operator=(Qube const&) = delete;

    struct Buffer {
        std::uint32_t number = 0;
        std::vector<std::uint32_t> references;
        std::span<std::uint32_t> pixels;
        Size size;
    };
    /// Pages that are there: touched, granted.
    [[nodiscard]] Buffer make_buffer(Size size);

    // ---- messages are collected, then sent at once ----
    void create(std::uint32_t window, Rect const& place);
    void map(std::uint32_t window);
    void register_buffer(std::uint32_t window, Buffer const& buffer); ///< X_BUFFER
    void commit(std::uint32_t window, Buffer const& buffer, Rect const& damage);
    void dump(std::uint32_t window, Buffer const& buffer); ///< 1.8: WINDOW_DUMP
    void damage(std::uint32_t window, Rect const& damage); ///< 1.8: SHMIMAGE
    void destroy(std::uint32_t window);
    void send();
    [[nodiscard]] wire::Bytes& collected() { return out_; }

    /// Reads until this message has come; false after 5 s or at the end of the connection.
    [[nodiscard]] bool wait_for(wire::Type type);
    /// The same, counted from the last forget(): one that came before counts as well.
    [[nodiscard]] bool wait_for_count(wire::Type type, std::size_t count);
    void forget() { received_.clear(); }
    /// Reads what is there. Returns when there is something, or after the time.
    bool read(int milliseconds);
    [[nodiscard]] std::vector<test::Received> const& received() const { return received_; }
    /// When the last bytes came.
    [[nodiscard]] Nanoseconds read_at() const { return read_at_; }

    /// CREATE, MAP, buffers and a first commit; returns when it has been drawn once.
    [[nodiscard]] bool open(std::uint32_t window, Size size, std::span<Buffer> buffers);

    [[nodiscard]] pid_t guid() const { return guid_.pid(); }
    [[nodiscard]] bool extended() const { return setup_.version.extended(); }
    [[nodiscard]] int socket() const { return socket_.get(); }
    [[nodiscard]] std::uint64_t sent_bytes() const { return sent_bytes_; }

private:
    void begin(Session& session, Spare spare);
    template <typename T>
    void add(wire::Type type, std::uint32_t window, T const& body,
             std::span<std::uint32_t const> tail = {});

    Setup setup_;
    test::GrantFiles grants_;
    Fd socket_; // made by the next one's start
    test::ChildProcess guid_;
    wire::Bytes out_;
    std::vector<std::byte> in_;
    std::vector<test::Received> received_;
    std::uint32_t last_buffer_ = 0;
    Nanoseconds read_at_ = 0;
    std::uint64_t sent_bytes_ = 0;
    bool shaken_ = false;
};

} // namespace vitrail::bench
