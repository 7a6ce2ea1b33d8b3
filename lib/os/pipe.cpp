#include "lib/os/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>

namespace vitrail {

Result<Pipe> make_pipe()
{
    std::array<int, 2> ends{-1, -1};
    if (pipe2(ends.data(), O_CLOEXEC) != 0)
        return errno_error("a pipe");
    return Pipe{Fd(ends[0]), Fd(ends[1])};
}

} // namespace vitrail
