#include "tools/qvm/services.hpp"

namespace vitrail::qvm {
namespace {

/// $1: the service's name, $2: its argument. Runs in the qube.
constexpr char const* script = R"sh(
for folder in /usr/local/etc/qubes-rpc /etc/qubes-rpc /usr/etc/qubes-rpc; do
    for name in "$1+$2" "$1"; do
        [ -f "$folder/$name" ] || continue
        export QREXEC_REMOTE_DOMAIN=dom0 QREXEC_SERVICE_FULL_NAME="$1+$2" QREXEC_SERVICE_ARGUMENT="$2"
        [ -x "$folder/$name" ] && exec "$folder/$name" ${2:+"$2"}
        exec /bin/sh "$folder/$name" ${2:+"$2"}
    done
done
IFS=:
set -- "$1" "$2" "${XDG_DATA_HOME:-$HOME/.local/share}" ${XDG_DATA_DIRS:-/usr/local/share:/usr/share}
unset IFS
name=$1 argument=$2
shift 2
entries() { # every desktop file, as PATH and its name below applications with / as -
    for place; do
        [ -d "$place/applications" ] || continue
        (cd "$place/applications" && find . -name '*.desktop' | while read -r file; do
            printf '%s/applications/%s\t%s\n' "$place" "${file#./}" "$(printf %s "${file#./}" | tr / -)"
        done)
    done
}
tab=$(printf '\t')
case $name in
qubes.StartApp)
    file=$(entries "$@" | awk -F "$tab" -v wanted="$argument.desktop" '$2 == wanted {print $1; exit}')
    [ -n "$file" ] || { echo "there is no program $argument" >&2; exit 1; }
    line=$(sed -n '/^\[Desktop Entry\]/,/^\[/{s/^Exec=//p}' "$file" | sed 's/ *%[a-zA-Z]//g;q')
    exec /bin/sh -c "exec $line" ;;
qubes.GetAppmenus)
    entries "$@" | while IFS=$tab read -r path file; do
        awk -v file="$file" '/^\[/ {ours = $0 == "[Desktop Entry]"} ours && /^[A-Za-z]/ {
            if ($0 == "NoDisplay=true") hidden = 1
            sub(/^Exec=.*/, "Exec=qubes-desktop-run " file); text = text file ":" $0 "\n"}
            END {if (!hidden) printf "%s\n", text}' "$path"
    done ;;
*) echo "there is no service $name" >&2; exit 127 ;;
esac
)sh";

} // namespace

bool is_own_service(std::string_view service)
{
    std::string_view const name = service.substr(0, service.find('+'));
    return name == "qubes.StartApp" || name == "qubes.GetAppmenus";
}

std::vector<std::string> service_command(std::string_view service)
{
    auto const sign = service.find('+');
    return {"/bin/sh",
            "-c",
            script,
            "sh",
            std::string(service.substr(0, sign)),
            sign == std::string_view::npos ? std::string() : std::string(service.substr(sign + 1))};
}

} // namespace vitrail::qvm
