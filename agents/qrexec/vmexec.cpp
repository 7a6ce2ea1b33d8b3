// qubes.VMExec and qubes.VMExecGUI: becomes the program that the argument of the service names.
// Source: fact sheet qrexec §14.

#include "lib/qrexec/vmexec.hpp"
#include "lib/base/text.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

int main(int argc, char** argv)
{
    auto words = vitrail::qrexec::decode_words(argc == 2 ? argv[1] : "");
    if (!words || words->front().empty()) {
        std::fputs("qubes.VMExec: the argument is no program and its words\n", stderr);
        return 1;
    }
    std::vector<char*> pointers;
    for (std::string& word : *words)
        pointers.push_back(word.data());
    pointers.push_back(nullptr);
    execvp(pointers[0], pointers.data());
    int const code = errno;
    std::fprintf(stderr, "%s: %s\n", vitrail::escape_for_log(words->front()).c_str(),
                 std::strerror(code));
    return code == ENOENT ? 127 : 126;
}
