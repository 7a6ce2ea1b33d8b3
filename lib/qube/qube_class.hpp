#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vitrail::qube {

/// What kind of qube. The values are bits, so that a table can name several.
enum class QubeClass : std::uint8_t {
    admin = 1,       ///< dom0
    app = 2,         ///< root from a template, own private volume
    disposable = 4,  ///< root and private from a template, nothing kept
    remote = 8,      ///< on another machine, reached through a relay
    standalone = 16, ///< own root
    template_ = 32,  ///< own root, others start from it
};

/// Sorted by name, as admin.vmclass.List has them.
inline constexpr std::array<QubeClass, 6> all_classes{QubeClass::admin,      QubeClass::app,
                                                      QubeClass::disposable, QubeClass::remote,
                                                      QubeClass::standalone, QubeClass::template_};

/// As on the wire: AdminVM, AppVM, DispVM, RemoteVM, StandaloneVM, TemplateVM.
[[nodiscard]] std::string_view class_name(QubeClass qube_class);
[[nodiscard]] std::optional<QubeClass> parse_class(std::string_view untrusted_name);

/// Where a qube is in its life (fact sheet admin-api §18).
enum class Power : std::uint8_t {
    halted,
    transient, ///< starting, or stopping before its domain is gone
    running,
    paused,
    suspended,
    halting,
    dying,
    crashed,
    unknown, ///< a RemoteVM's
};
[[nodiscard]] std::string_view power_name(Power power);

} // namespace vitrail::qube
