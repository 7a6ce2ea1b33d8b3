#include "lib/os/link_option.hpp"
#include "lib/base/number.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

namespace vitrail {

Fd inherited_descriptor(std::string_view number)
{
    constexpr int last = 1023;
    auto const fd = parse_whole<int>(number);
    if (!fd || *fd <= STDERR_FILENO || *fd > last)
        return {};
    fcntl(*fd, F_SETFD, FD_CLOEXEC);
    return Fd(*fd);
}

Fd take_link_option(char const* program, int argc, char** argv)
{
    int link = -1;
    bool wrong = false;
    option const options[]{{"link-fd", required_argument, nullptr, 'l'}, {}};
    for (int chosen; !wrong && (chosen = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
        char* end = nullptr;
        wrong = chosen != 'l' || *optarg == '\0';
        if (!wrong)
            link = static_cast<int>(std::strtol(optarg, &end, 10));
        wrong = wrong || *end != '\0' || link < 0;
    }
    if (!wrong && link >= 0 && optind == argc)
        return Fd(link);
    std::fprintf(stderr, "usage: %s --link-fd N\n", program);
    return {};
}

} // namespace vitrail
