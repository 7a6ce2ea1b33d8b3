#include "tools/qvm/menu_entries.hpp"

#include "lib/formats/desktop_entry.hpp"

namespace vitrail::qvm {
namespace {

std::string escaped(std::string_view qube)
{
    std::string out = "_";
    for (char const c : qube)
        out += c == '_'   ? std::string("_u")
               : c == '-' ? std::string("_d")
               : c == '.' ? std::string("_p")
                          : std::string(1, c);
    return out;
}

std::string replaced(std::string text, std::string_view what, std::string_view with)
{
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
    return text;
}

} // namespace

std::string menu_file(std::string_view stored, std::string const& qube, std::string const& file,
                      bool in_disposable)
{
    std::string const id = file.substr(0, file.size() - formats::desktop_suffix.size());
    std::string const command = in_disposable ? "--dispvm=" + qube + " --" : "-- " + qube;
    return replaced(std::string(stored), "%VMNAME%", qube) + "Exec=qvm-run -q -a --service " +
           command + " qubes.StartApp+" + id + "\n" +
           (in_disposable ? "X-Qubes-NonDispvmExec=qvm-run -q -a --service -- " + qube +
                                " qubes.StartApp+" + id + "\n"
                          : "");
}

std::string menu_file_prefix(std::string_view qube, bool in_disposable)
{
    return (in_disposable ? "org.qubes-os.dispvm." : "org.qubes-os.vm.") + escaped(qube) + ".";
}

std::string menu_file_name(std::string_view qube, std::string_view file, bool in_disposable)
{
    return menu_file_prefix(qube, in_disposable) + std::string(file);
}

} // namespace vitrail::qvm
