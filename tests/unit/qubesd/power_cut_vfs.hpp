#pragma once

#include <string>

namespace vitrail::qubesd {

/// SQLite's file layer with a power cut in it.
///
/// Each write, truncation, removal and sync is a point. At point `at` the machine stops: that
/// operation is half done, everything after it fails. What was written since a file's last sync is
/// then kept or lost, as `unsynced` says.
namespace power_cut {
enum class Unsynced { kept, lost };
inline constexpr char const* vfs = "power-cut";
void arm(int at, Unsynced unsynced); ///< counts from 0; negative: never
[[nodiscard]] bool happened();
[[nodiscard]] int points(); ///< seen since arm()
/// Puts the files as a machine that starts again finds them.
void settle();
} // namespace power_cut

} // namespace vitrail::qubesd
