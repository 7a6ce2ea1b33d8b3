#pragma once

#include "tools/qvm/command.hpp"

namespace vitrail::qvm {

// What the table of commands.cpp is made of.
[[nodiscard]] std::unique_ptr<Command> make_appmenus();
[[nodiscard]] std::unique_ptr<Command> make_block();
[[nodiscard]] std::unique_ptr<Command> make_check();
[[nodiscard]] std::unique_ptr<Command> make_clone();
[[nodiscard]] std::unique_ptr<Command> make_create();
[[nodiscard]] std::unique_ptr<Command> make_device();
[[nodiscard]] std::unique_ptr<Command> make_features();
[[nodiscard]] std::unique_ptr<Command> make_firewall();
[[nodiscard]] std::unique_ptr<Command> make_global_prefs();
[[nodiscard]] std::unique_ptr<Command> make_kill();
[[nodiscard]] std::unique_ptr<Command> make_label();
[[nodiscard]] std::unique_ptr<Command> make_ls();
[[nodiscard]] std::unique_ptr<Command> make_notes();
[[nodiscard]] std::unique_ptr<Command> make_pause();
[[nodiscard]] std::unique_ptr<Command> make_pci();
[[nodiscard]] std::unique_ptr<Command> make_pool();
[[nodiscard]] std::unique_ptr<Command> make_prefs();
[[nodiscard]] std::unique_ptr<Command> make_remove();
[[nodiscard]] std::unique_ptr<Command> make_run();
[[nodiscard]] std::unique_ptr<Command> make_service();
[[nodiscard]] std::unique_ptr<Command> make_shutdown();
[[nodiscard]] std::unique_ptr<Command> make_start();
[[nodiscard]] std::unique_ptr<Command> make_suspend();
[[nodiscard]] std::unique_ptr<Command> make_sync_appmenus();
[[nodiscard]] std::unique_ptr<Command> make_tags();
[[nodiscard]] std::unique_ptr<Command> make_unpause();
[[nodiscard]] std::unique_ptr<Command> make_usb();
[[nodiscard]] std::unique_ptr<Command> make_volume();

} // namespace vitrail::qvm
