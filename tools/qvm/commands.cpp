#include "tools/qvm/make.hpp"

#include <algorithm>
#include <array>

namespace vitrail::qvm {

std::span<Entry const> commands()
{
    static constexpr std::array table{
        Entry{"qubes-prefs", "Show and change properties of the whole system",
              "1 it could not be done; 2 there is no such property", make_global_prefs},
        Entry{"qvm-appmenus", "Show and change the menu of qubes", "1 it could not be done",
              make_appmenus},
        Entry{"qvm-block", "Show, attach and assign block devices", "1 it could not be done",
              make_block},
        Entry{"qvm-check", "Say whether qubes exist, or how they are",
              "0 all of them; 1 none, or nobody is called so; 3 only some of them", make_check},
        Entry{"qvm-clone", "Make a qube like another", "1 it could not be made", make_clone},
        Entry{"qvm-create", "Make a qube",
              "1 it was not made; 2 it was made, but a property could not be set; 3 its root could "
              "not be filled",
              make_create},
        Entry{"qvm-device", "Show, attach and assign devices of any class",
              "1 it could not be done", make_device},
        Entry{"qvm-features", "Show and change features of a qube",
              "1 the feature is not set, or it could not be done", make_features},
        Entry{"qvm-firewall", "Show and change what a qube may reach", "1 it could not be done",
              make_firewall},
        Entry{"qvm-kill", "End qubes at once, as if their power was cut",
              "the number of qubes that could not be ended", make_kill},
        Entry{"qvm-label", "Show, make and remove labels", "1 it could not be done", make_label},
        Entry{"qvm-ls", "List qubes", "1 they could not be listed", make_ls},
        Entry{"qvm-notes", "Show and change the notes about a qube",
              "1 it could not be done; 2 cancelled", make_notes},
        Entry{"qvm-pause", "Halt qubes where they are", "1 one could not be paused", make_pause},
        Entry{"qvm-pci", "Show and assign PCI devices", "1 it could not be done", make_pci},
        Entry{"qvm-pool", "Show, make, change and remove storage pools", "1 it could not be done",
              make_pool},
        Entry{"qvm-prefs", "Show and change properties of a qube",
              "1 it could not be done; 2 there is no such property", make_prefs},
        Entry{"qvm-remove", "Remove qubes and all their data",
              "1 cancelled, or one could not be removed", make_remove},
        Entry{"qvm-resume", "Wake suspended or paused qubes", "1 one could not be woken",
              make_unpause},
        Entry{"qvm-run", "Run a program in a qube",
              "the highest exit code of the programs; 1 one was not started; 255 qubesd refused",
              make_run},
        Entry{"qvm-service", "Show and change which services run in a qube",
              "1 the service is not set, or it could not be done", make_service},
        Entry{"qvm-shutdown", "Shut down qubes", "the number of qubes that could not be shut down",
              make_shutdown},
        Entry{"qvm-start", "Start qubes",
              "1 one could not be started, or ran already (but see --skip-if-running)", make_start},
        Entry{"qvm-suspend", "Suspend qubes to memory", "1 one could not be suspended",
              make_suspend},
        Entry{"qvm-sync-appmenus", "Ask a qube for its programs and make its menu anew",
              "1 it could not be done", make_sync_appmenus},
        Entry{"qvm-tags", "Show and change tags of a qube",
              "1 the tag is not there, or it could not be done", make_tags},
        Entry{"qvm-unpause", "Let paused or suspended qubes go on", "1 one could not be woken",
              make_unpause},
        Entry{"qvm-usb", "Show, attach and assign USB devices", "1 it could not be done", make_usb},
        Entry{"qvm-volume", "Show and change the volumes of qubes", "1 it could not be done",
              make_volume},
    };
    return table;
}

Entry const* find_command(std::string_view name)
{
    auto const table = commands();
    auto const found = std::ranges::find(table, name, &Entry::name);
    return found == table.end() ? nullptr : &*found;
}

} // namespace vitrail::qvm
