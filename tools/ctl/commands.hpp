#pragma once

namespace CLI {
class App;
}

namespace vitrail::ctl {

/// `vitrail run`: starts the desktop and keeps it up. `status` gets its exit status.
void add_run(CLI::App& app, int& status);
/// As root `vitrail run` becomes the root launcher, which runs it again under an id of its own.
/// Returns only when that is not needed, or with an exit status when it failed.
[[nodiscard]] int become_root_launcher_if_root(int argc, char** argv);
/// `vitrail ctl …`: asks the running desktop.
void add_ctl(CLI::App& app, int& status);
/// `vitrail template …`: makes templates.
void add_template(CLI::App& app, int& status);
/// `vitrail ctl policy …`: needs no desktop, only qubesd.
void add_policy(CLI::App& ctl, int& status);

} // namespace vitrail::ctl
