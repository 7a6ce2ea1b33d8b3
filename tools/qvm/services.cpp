#include "tools/qvm/services.hpp"

namespace vitrail::qvm {
namespace {

/// $1: the service's name, $2: its argument. Runs in the qube.
constexpr char const* script = R"sh(
for folder in /usr/local/etc/qubes-rpc /etc/qubes-rpc /usr/etc/qubes-rpc /opt/vitrail/qubes-rpc; do
    for name in "$1+$2" "$1"; do
        [ -f "$folder/$name" ] || continue
        export QREXEC_REMOTE_DOMAIN=dom0 QREXEC_SERVICE_FULL_NAME="$1+$2" QREXEC_SERVICE_ARGUMENT="$2"
        [ -x "$folder/$name" ] && exec "$folder/$name" ${2:+"$2"}
        exec /bin/sh "$folder/$name" ${2:+"$2"}
    done
done
[ "$1" = qubes.VMShell ] && exec /bin/bash
echo "there is no service $1" >&2
exit 127
)sh";

} // namespace

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
