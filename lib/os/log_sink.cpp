#include "lib/os/log_sink.hpp"

#include "lib/base/text.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

namespace vitrail {

constexpr std::size_t longest_line = 4096;
constexpr std::size_t longest_file = std::size_t{1} << 20;

Result<Fd> open_log(std::string const& path)
{
    Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file)
        return errno_error("the log " + path);
    return file;
}

Result<std::unique_ptr<LogSink>> LogSink::open(wl_event_loop* loop, std::string path,
                                               std::function<void(std::string_view)> handle_line)
{
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) != 0)
        return errno_error("a pipe for a log");
    Fd reader(ends[0]);
    Fd writer(ends[1]);
    Fd file = TRY(open_log(path));
    return std::unique_ptr<LogSink>(new LogSink(loop, std::move(reader), std::move(writer),
                                                std::move(path), std::move(file),
                                                std::move(handle_line)));
}

LogSink::LogSink(wl_event_loop* loop, Fd reader, Fd writer, std::string path, Fd file,
                 std::function<void(std::string_view)> handle_line)
    : reader_(std::move(reader)),
      writer_(std::move(writer)),
      path_(std::move(path)),
      file_(std::move(file)),
      handle_line_(std::move(handle_line)),
      source_(std::in_place, loop, *this, reader_.get(), WL_EVENT_READABLE)
{
    struct stat status{};
    if (fstat(file_.get(), &status) == 0)
        size_ = static_cast<std::size_t>(status.st_size);
}

void LogSink::handle_readable(std::uint32_t)
{
    std::array<char, 65536> bytes;
    ssize_t const got = read(reader_.get(), bytes.data(), bytes.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        if (!partial_.empty())
            keep(std::exchange(partial_, {}));
        source_.reset(); // a mask of 0 would still be woken, for ever, by the hang-up
        return;
    }
    partial_.append(bytes.data(), static_cast<std::size_t>(got));
    std::size_t start = 0;
    for (auto end = partial_.find('\n'); end != std::string::npos;
         end = partial_.find('\n', start)) {
        keep(std::string_view(partial_).substr(start, end - start));
        start = end + 1;
    }
    partial_.erase(0, start);
    if (partial_.size() > longest_line)
        keep(std::exchange(partial_, {}));
}

void LogSink::keep(std::string_view untrusted_line)
{
    std::string const line = escape_for_log(untrusted_line, longest_line) + "\n";
    if (size_ + line.size() > longest_file) {
        std::rename(path_.c_str(), (path_ + ".old").c_str());
        if (auto file = open_log(path_)) {
            file_ = std::move(*file);
            size_ = 0;
        }
    }
    ssize_t const written = write(file_.get(), line.data(), line.size());
    size_ += written > 0 ? static_cast<std::size_t>(written) : 0;
    if (handle_line_)
        handle_line_(std::string_view(line).substr(0, line.size() - 1));
}

} // namespace vitrail
