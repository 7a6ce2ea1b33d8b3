#include "tools/qvm/shells.hpp"

#include "tools/qvm/command.hpp"

#include <cstdio>

namespace vitrail::qvm {

int serve_shells(std::vector<std::string> const& words)
{
    if (words[0] == "--commands") {
        for (Entry const& one : commands())
            std::printf("%s\n", std::string(one.name).c_str());
        return 0;
    }
    return 2;
}

} // namespace vitrail::qvm
