#pragma once

#include "lib/os/event_loop.hpp"
#include "lib/os/fd.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace vitrail {

/// Takes a program's output from a pipe and keeps it in a file, a line at a time.
///
/// What is written may come from a qube: everything but printable text is escaped, a line is cut at
/// 4 KiB, and the file never exceeds 1 MiB (the one before it is kept as FILE.old).
class LogSink {
public:
    /// `handle_line` sees each line too, escaped; may be empty.
    [[nodiscard]] static Result<std::unique_ptr<LogSink>>
    open(wl_event_loop* loop, std::string path,
         std::function<void(std::string_view)> handle_line = {});
    /// The end to write to: give it to the program, then let go of it.
    [[nodiscard]] Fd take_writer() { return std::move(writer_); }
    [[nodiscard]] int writer() const { return writer_.get(); }

private:
    LogSink(wl_event_loop* loop, Fd reader, Fd writer, std::string path, Fd file,
            std::function<void(std::string_view)> handle_line);
    void handle_readable(std::uint32_t ready);
    void keep(std::string_view line);

    Fd reader_;
    Fd writer_;
    std::string path_;
    Fd file_;
    std::size_t size_ = 0;
    std::string partial_;
    std::function<void(std::string_view)> handle_line_;
    std::optional<FdSource<&LogSink::handle_readable>> source_; ///< until the end
};

/// A log file to append to, mode 0600.
[[nodiscard]] Result<Fd> open_log(std::string const& path);

} // namespace vitrail
