#include "clipboard/sandbox.hpp"
#include "clipboard/service.hpp"

#include <getopt.h>

#include <cstdio>
#include <cstdlib>

namespace {

int usage()
{
    std::fputs("usage: vitrail-clipboard --link-fd N\n", stderr);
    return 2;
}

} // namespace

int main(int argc, char** argv)
{
    using namespace vitrail;
    int link = -1;
    option const options[]{{"link-fd", required_argument, nullptr, 'l'}, {}};
    for (int chosen; (chosen = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
        if (chosen != 'l')
            return usage();
        char* end = nullptr;
        link = static_cast<int>(std::strtol(optarg, &end, 10));
        if (*optarg == '\0' || *end != '\0' || link < 0)
            return usage();
    }
    if (link < 0 || optind != argc)
        return usage();

    // The loop's own descriptors are made before nothing can be opened any more; nothing is read
    // before it runs.
    EventLoop loop;
    clipboard::Service const service(loop, Fd(link));
    auto const missing = clipboard::enter_sandbox();
    if (!missing) {
        std::fprintf(stderr, "vitrail-clipboard: %s\n", missing.error().message().c_str());
        return 1;
    }
    for (std::string const& layer : missing->layers)
        std::fprintf(
            stderr, "vitrail-clipboard: this system has no %s to confine it with; the rest holds\n",
            layer.c_str());
    loop.run();
    return 0;
}
