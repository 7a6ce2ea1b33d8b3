#include "lib/os/link_option.hpp"

#include <getopt.h>

#include <cstdio>
#include <cstdlib>

namespace vitrail {

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
