// vitrail-send-files: the service vitrail.SendFiles of a qube. What was copied in the qube when the
// user pressed the copy chord (vitrail-agent-gui wrote it down) goes to the qube that the call
// names, by this qube's own qvm-copy-to-vm. Only the GUI domain may call it.

#include "lib/formats/uri_list.hpp"
#include "lib/os/environment.hpp"
#include "lib/os/files.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

int main()
{
    using namespace vitrail;
    std::string const target = environment_value("QREXEC_SERVICE_ARGUMENT", "");
    std::string const place = environment_value("XDG_RUNTIME_DIR", "") + "/vitrail-copied-files";
    auto const list = read_file(place);
    auto const files = list ? formats::parse_file_uris(*list) : std::vector<std::string>();
    if (target.empty() || files.empty()) {
        std::fputs("vitrail.SendFiles: no files were copied, or nobody is to have them\n", stderr);
        return 1;
    }
    std::vector<std::string> words{"qvm-copy-to-vm", "--without-progress", target};
    words.insert(words.end(), files.begin(), files.end());
    std::vector<char*> argv;
    for (std::string& word : words)
        argv.push_back(word.data());
    argv.push_back(nullptr);
    execvp(argv[0], argv.data());
    std::fprintf(stderr, "vitrail.SendFiles: qvm-copy-to-vm: %s\n", std::strerror(errno));
    return 1;
}
