#include "clipboard/sandbox.hpp"
#include "clipboard/service.hpp"
#include "lib/os/link_option.hpp"

#include <cstdio>
#include <utility>

int main(int argc, char** argv)
{
    using namespace vitrail;
    Fd link = take_link_option("vitrail-clipboard", argc, argv);
    if (!link)
        return 2;

    // The loop's own descriptors are made before nothing can be opened any more; nothing is read
    // before it runs.
    EventLoop loop;
    clipboard::Service const service(loop, std::move(link));
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
