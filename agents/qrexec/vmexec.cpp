// qubes.VMExec and qubes.VMExecGUI: becomes the program that the argument of the service names.
// Source: fact sheet qrexec §14.

#include "lib/qrexec/vmexec.hpp"

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
    bool const is_missing = errno == ENOENT;
    std::fprintf(stderr, "qubes.VMExec: %s\n", std::strerror(errno));
    return is_missing ? 127 : 126;
}
