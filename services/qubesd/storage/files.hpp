#pragma once

#include "lib/base/result.hpp"
#include "lib/os/files.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace vitrail::qubesd {

/// What drivers do with files, each with the path in its error.

[[nodiscard]] bool exists(std::string const& path); ///< a broken link exists too
[[nodiscard]] Result<> make_folders(std::string const& path);
[[nodiscard]] Result<> rename_over(std::string const& from, std::string const& to);
[[nodiscard]] Result<> make_link(std::string const& from, std::string const& to);
/// Well when there is none.
[[nodiscard]] Result<> remove_file(std::string const& path);
[[nodiscard]] Result<> remove_tree(std::string const& path);
/// What was renamed in this folder is so after a power cut too.
[[nodiscard]] Result<> sync_folder(std::string const& path);
/// Everything written so far to the file system that `path` is on.
[[nodiscard]] Result<> sync_file_system(std::string const& path);
/// A new file holding `text`, or `path` as it was.
[[nodiscard]] Result<> write_file(std::string const& path, std::string const& text);
/// The same for what a power cut may take back: nobody looks at it afterwards.
[[nodiscard]] Result<> write_passing_file(std::string const& path, std::string const& text);

/// A sparse file of this size.
[[nodiscard]] Result<> make_sparse(std::string const& path, std::uint64_t size);
/// `to` becomes a copy: shared blocks where the file system can, else a copy with the same holes.
/// Its modification time is the original's. Well done or `to` as it was.
[[nodiscard]] Result<> copy_file(std::string const& from, std::string const& to);
/// Bytes on disk; of a folder with everything in it.
[[nodiscard]] std::uint64_t disk_usage(std::string const& path);

} // namespace vitrail::qubesd
