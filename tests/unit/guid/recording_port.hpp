#pragma once

#include "guid/session.hpp"
#include "lib/transport/memory_channel.hpp"
#include "lib/wire/build.hpp"

#include <cstring>
#include <format>
#include <string>
#include <vector>

namespace vitrail::test {

/// Writes down what a session tells the compositor, a line a request.
class RecordingPort final : public guid::WindowPort {
public:
    std::vector<std::string> lines;
    std::vector<guid::PortBuffer> buffers, destroyed;
    std::optional<guid::Commit> last_commit;
    std::vector<Rect> last_damage;

    [[nodiscard]] bool said(std::string_view line) const
    {
        return std::ranges::find(lines, line) != lines.end();
    }
    [[nodiscard]] auto count(std::string_view start) const
    {
        return std::ranges::count_if(
            lines, [&](std::string const& line) { return line.starts_with(start); });
    }

    void set_extended() override { lines.push_back("set_extended"); }
    void create_window(WindowId window, bool ovr) override { note("create_window", window, ovr); }
    void destroy_window(WindowId window) override { note("destroy_window", window); }
    void set_geometry(WindowId window, Rect const& r) override
    {
        note("set_geometry", window, std::format("{},{} {}x{}", r.x, r.y, r.width, r.height));
    }
    void request_geometry_seen(WindowId window) override { unseen.push_back(window); }
    void set_override_redirect(WindowId window, bool on) override
    {
        note("set_override_redirect", window, on);
    }
    void set_transient_for(WindowId window, std::optional<WindowId> parent) override
    {
        note("set_transient_for", window, parent ? std::format("{}", parent->value) : "none");
    }
    void set_popup(WindowId window, wire::from_agent::Popup const& popup) override
    {
        note("set_popup", window, popup.parent.value);
    }
    void map(WindowId window) override { note("map", window); }
    void unmap(WindowId window) override { note("unmap", window); }
    void set_hints(WindowId window, guid::Hints const& hints) override
    {
        note("set_hints", window, hints.flags);
    }
    void set_flags(WindowId window, std::uint32_t set, std::uint32_t unset) override
    {
        note("set_flags", window, std::format("{} {}", set, unset));
    }
    void set_title(WindowId window, std::string const& title) override
    {
        note("set_title", window, title);
    }
    void set_class(WindowId window, std::string const& c, std::string const& n) override
    {
        note("set_class", window, c + " " + n);
    }
    void dock(WindowId window) override { note("dock", window); }
    void interactive(WindowId window, std::uint32_t kind, std::uint32_t edges) override
    {
        note("interactive", window, std::format("{} {}", kind, edges));
    }
    void ack_configure(WindowId window, std::uint32_t serial) override
    {
        note("ack_configure", window, serial);
    }
    void set_pointer_lock(WindowId window, std::uint32_t mode) override
    {
        note("set_pointer_lock", window, mode);
    }
    void set_cursor(guid::CursorChoice const& choice) override
    {
        lines.push_back(
            std::format("set_cursor {} {}", static_cast<int>(choice.kind), choice.shape));
    }
    void create_buffer(guid::PortBuffer buffer, transport::MappablePages const&,
                       guid::BufferShape const& shape) override
    {
        buffers.push_back(buffer);
        lines.push_back(
            std::format("create_buffer {} {}x{}", buffer.value, shape.width, shape.height));
    }
    void destroy_buffer(guid::PortBuffer buffer) override
    {
        destroyed.push_back(buffer);
        lines.push_back(std::format("destroy_buffer {}", buffer.value));
    }
    void commit(WindowId window, guid::Commit const& commit) override
    {
        last_commit = commit;
        last_damage.assign(commit.damage.begin(), commit.damage.end());
        note("commit", window, commit.attach ? commit.attach->value : 0);
    }
    void detach(WindowId window) override { note("detach", window); }

    std::vector<WindowId> unseen;

private:
    void note(std::string_view what, WindowId window)
    {
        lines.push_back(std::format("{} {}", what, window.value));
    }
    void note(std::string_view what, WindowId window, auto const& value)
    {
        lines.push_back(std::format("{} {} {}", what, window.value, value));
    }
};

/// Every reference below 1,000,000 is granted.
class GenerousReader final : public transport::SharedPagesReader {
public:
    [[nodiscard]] Result<transport::MappablePages>
    resolve(std::span<std::uint32_t const> refs) override
    {
        if (!refs.empty() && refs[0] >= 1'000'000)
            return std::unexpected(Error{EACCES, "reference"});
        return transport::MappablePages{
            -1, {{refs.empty() ? 0 : refs[0], static_cast<std::uint32_t>(refs.size())}}};
    }
};

class RecordingClipboard final : public transport::ClipboardLink {
public:
    std::vector<std::pair<transport::ClipboardRecord, std::string>> sent;
    bool send(transport::ClipboardRecord record, std::span<std::byte const> bytes, Fd) override
    {
        std::string text(bytes.size(), '\0');
        if (!bytes.empty())
            std::memcpy(text.data(), bytes.data(), bytes.size());
        sent.emplace_back(record, text);
        return true;
    }
};

/// A session with a test at each of its ends.
class Bench {
public:
    explicit Bench(guid::Profile const& profile = {})
        : session({channel, reader, port, clipboard, [] { return 7U; }}, profile)
    {
        session.handle_layout({1280, 1024});
    }

    RecordingPort port;
    transport::MemoryPeer agent;
    transport::MemoryChannel channel{agent};
    GenerousReader reader;
    RecordingClipboard clipboard;
    guid::Session session;
    guid::Time time{1000};
    std::optional<wire::Violation> ended;

    /// Handshake; what guid answered is dropped.
    void connect(wire::ProtocolVersion version)
    {
        wire::Bytes bytes;
        wire::build_version(bytes, version);
        give(bytes);
        agent.received.clear();
    }
    void give(std::span<std::byte const> bytes)
    {
        if (ended)
            return;
        if (auto const verdict = session.handle_bytes(bytes, time); !verdict)
            ended = verdict.error();
    }
    template <typename Message> void tell(Message const& message)
    {
        wire::Bytes bytes;
        wire::build_message(bytes, message);
        give(bytes);
    }
    template <Pod T>
    void tell_raw(wire::Type type, std::uint32_t window, T const& body,
                  std::span<std::uint32_t const> tail = {})
    {
        wire::Bytes bytes;
        wire::build_raw(bytes, type, window, body, std::as_bytes(tail));
        give(bytes);
    }
    void tell_bare(wire::Type type, std::uint32_t window)
    {
        wire::Bytes bytes;
        wire::build_raw(bytes, static_cast<std::uint32_t>(type), window, {});
        give(bytes);
    }
    void turn()
    {
        if (ended)
            return;
        if (auto const verdict = session.finish_turn(time); !verdict)
            ended = verdict.error();
    }

    struct Sent {
        wire::Type type;
        std::uint32_t window;
        std::vector<std::byte> body;
        template <Pod T> [[nodiscard]] T as() const
        {
            T value{};
            std::memcpy(&value, body.data(), std::min(sizeof(T), body.size()));
            return value;
        }
    };
    /// What the agent got since the last call.
    [[nodiscard]] std::vector<Sent> take()
    {
        std::vector<Sent> all;
        std::span<std::byte const> rest = agent.received;
        while (rest.size() >= sizeof(wire::Header)) {
            wire::Header header;
            std::memcpy(&header, rest.data(), sizeof(header));
            auto const body = rest.subspan(sizeof(header), header.length);
            all.push_back(
                {static_cast<wire::Type>(header.type), header.window, {body.begin(), body.end()}});
            rest = rest.subspan(sizeof(header) + header.length);
        }
        agent.received.clear();
        return all;
    }
    /// The same as names: "CONFIGURE FOCUS".
    [[nodiscard]] std::string take_names()
    {
        std::string names;
        for (Sent const& sent : take())
            names += (names.empty() ? "" : " ") + std::string(wire::message(sent.type).name);
        return names;
    }

    void open(std::uint32_t id, Rect const& place = {10, 20, 64, 32}, bool ovr = false)
    {
        tell(wire::from_agent::Create{WindowId{id}, place, ovr});
        tell(wire::from_agent::Map{WindowId{id}, std::nullopt, ovr});
    }
    void dump(std::uint32_t id, std::uint32_t first_ref = 100, Size size = {64, 32})
    {
        auto const pages = (static_cast<std::uint32_t>(size.width * size.height) * 4 + 4095) / 4096;
        std::vector<std::uint32_t> refs(pages);
        for (std::uint32_t i = 0; i < pages; ++i)
            refs[i] = first_ref + i;
        tell(wire::from_agent::Dump{WindowId{id}, size, refs});
    }
};

} // namespace vitrail::test
