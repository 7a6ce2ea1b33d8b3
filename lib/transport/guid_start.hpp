#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <type_traits>

/// What sessiond tells a spare guid when it becomes a qube's: one SOCK_SEQPACKET message, this
/// struct, with the descriptors of GuidStartFd as SCM_RIGHTS, in that order.
///
/// sessiond and guid are built together and both trusted at this moment, so the struct is native;
/// `magic` and the message's length catch a mixed installation.
/// Source: docs/internals/processes.md; the options: fact sheet gui-protocol §7.3.
namespace vitrail::transport {

inline constexpr std::uint32_t guid_start_magic = 0x56475331; // "VGS1"

/// Order of the descriptors. One that is missing has its bit of `fd_present` clear and is left out
/// of SCM_RIGHTS; the others keep their order.
enum class GuidStartFd : std::uint32_t {
    vchan,       ///< connected stream socket of the socket vchan
    wayland,     ///< connection to the compositor, already bound to this qube's origin
    grant_file,  ///< dom<D>.mem, read-only
    grant_table, ///< dom<D>.tab, read-only
    broker,      ///< SOCK_SEQPACKET to the clipboard broker (lib/transport/clipboard_record.hpp)
    log,         ///< pipe for log lines
};
inline constexpr std::size_t guid_start_fds = 6;

/// guid.conf's values that guid itself acts on.
enum class TrayMode : std::uint32_t { background, border1, border2, tint };

struct GuidStart {
    std::uint32_t magic = guid_start_magic;
    std::uint32_t fd_present = 0x3f; ///< bit n: descriptor n of GuidStartFd is in SCM_RIGHTS
    std::uint32_t domain = 0;        ///< that runs the agent
    std::uint32_t own_domain = 0;    ///< ours; grants must name it
    std::uint32_t max_clipboard_size = 64000; ///< bytes, 256 to 256000
    std::uint32_t startup_timeout_s = 45;     ///< for the first bytes of the agent; 0: no limit
    std::uint32_t events_max_delay_ms = 0;    ///< 0 to 5000
    std::uint32_t windows_count_limit = 500;
    std::uint32_t window_background_rgb = 0xffffff;
    std::uint32_t max_pixels_mib = 1024; ///< pages of all buffers together, in MiB
    /// Bytes of a picture; the clipboard's broker acts on it, not guid.
    std::uint32_t max_clipboard_image_size = std::uint32_t{16} << 20;
    TrayMode trayicon_mode = TrayMode::tint;
    std::uint8_t allow_fullscreen = 0;
    std::uint8_t override_redirect_protection = 1;
    std::uint8_t override_redirect_disabled = 0;
    std::uint8_t allow_utf8_titles = 0;
    std::array<char, 64> name{}; ///< of the qube, for log lines; ends with a NUL

    [[nodiscard]] bool has(GuidStartFd which) const
    {
        return (fd_present >> static_cast<std::uint32_t>(which) & 1U) != 0;
    }
    void set_name(std::string_view text)
    {
        name = {};
        text.copy(name.data(), name.size() - 1);
    }
    [[nodiscard]] std::string_view name_view() const
    {
        std::string_view const all(name.data(), name.size());
        return all.substr(0, all.find('\0'));
    }
};
static_assert(std::is_trivially_copyable_v<GuidStart> && sizeof(GuidStart) <= 4096);
static_assert(std::has_unique_object_representations_v<GuidStart>);

} // namespace vitrail::transport
