#include "lib/os/files.hpp"

#include "lib/os/fd.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace vitrail {

Result<std::string> read_file(std::string const& path)
{
    Fd const file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return errno_error("reading " + path);
    std::string text;
    std::array<char, 4096> bytes{};
    for (;;) {
        ssize_t const got = read(file.get(), bytes.data(), bytes.size());
        if (got < 0)
            return errno_error("reading " + path);
        if (got == 0)
            return text;
        text.append(bytes.data(), static_cast<std::size_t>(got));
    }
}

Result<std::vector<std::string>> list_folder(std::string const& path)
{
    std::error_code failure;
    std::vector<std::string> names;
    std::filesystem::directory_iterator it(path, failure);
    for (; !failure && it != std::filesystem::directory_iterator(); it.increment(failure))
        names.push_back(it->path().filename());
    if (failure && failure != std::errc::no_such_file_or_directory)
        return std::unexpected(Error{failure.value(), "reading the folder " + path});
    std::ranges::sort(names);
    return names;
}

} // namespace vitrail
