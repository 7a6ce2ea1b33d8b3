// Starting and ending qubes: qvm-start, -shutdown, -kill, -pause, -unpause, -suspend, -resume.
// Source: fact sheet desktop-tools §15, admin-api §5.

#include "lib/qube/device.hpp"
#include "tools/qvm/make.hpp"

#include <algorithm>

namespace vitrail::qvm {

namespace exception = qube::exception;

namespace {

std::string state_of(Tool& tool, std::string const& name)
{
    tool.forget_list();
    auto const found = tool.find(name);
    return found ? found->state : std::string();
}

/// Calls one method for each qube; the number of failures, each of them told.
int for_each(Tool& tool, std::vector<std::string> const& names, std::string const& method,
             std::string const& doing)
{
    int failures = 0;
    for (std::string const& name : names)
        if (auto const done = tool.call_slowly(doing + " " + name, name, method); !done) {
            tool.complain(name + ": " + done.error().message);
            ++failures;
        }
    return failures;
}

class Start final : public Command {
public:
    void define(CLI::App& app) override
    {
        which_.define(app, "HALTED");
        app.add_flag("--skip-if-running", skip_, "A qube that runs is no error");
        app.add_option("--drive", drive_,
                       "Start with this drive for once: [hd:|cdrom:]BACKEND:DEVICE")
            ->type_name("DRIVE");
        app.add_option("--hddisk", hddisk_, "The same as --drive=hd:DRIVE")->type_name("DRIVE");
        app.add_option("--cdrom", cdrom_, "The same as --drive=cdrom:DRIVE")->type_name("DRIVE");
    }
    Done<int> run(Tool& tool) override
    {
        if (int(!drive_.empty()) + int(!hddisk_.empty()) + int(!cdrom_.empty()) > 1)
            return misuse("one drive at a time");
        std::string drive = drive_;
        if (!hddisk_.empty())
            drive = "hd:" + hddisk_;
        if (!cdrom_.empty())
            drive = "cdrom:" + cdrom_;
        int status = 0;
        for (std::string const& name : TRY(which_.resolve(tool)))
            if (auto const done = start(tool, name, drive); !done) {
                tool.complain(done.error().message);
                status = 1;
            }
        return status;
    }

private:
    [[nodiscard]] Done<> start(Tool& tool, std::string const& name, std::string const& drive) const
    {
        std::string const state = TRY(tool.find(name)).state;
        if (state != "Halted" && state != "Crashed") {
            if (skip_)
                return {};
            return fail("domain " + name + " is already running");
        }
        if (drive.empty()) {
            (void)TRY(tool.call_slowly("starting " + name, name, "admin.vm.Start"));
            return {};
        }
        return start_with(tool, name, drive);
    }

    /// The drive is assigned for this one start and taken away after it.
    [[nodiscard]] static Done<> start_with(Tool& tool, std::string const& name,
                                           std::string const& untrusted_drive)
    {
        std::string drive = untrusted_drive;
        std::string kind = "cdrom";
        for (std::string const prefix : {"hd:", "cdrom:"})
            if (drive.starts_with(prefix)) {
                kind = prefix == "hd:" ? "disk" : "cdrom";
                drive.erase(0, prefix.size());
            }
        auto const [backend, port] = TRY(split_colon(drive));
        if (port.starts_with('/'))
            return fail("a file has to be made a loop device in " + backend +
                        " first; then name that: " + backend + ":loop0");
        std::string const argument = qube::build_device_argument(
            {.device_class = "block", .backend = backend, .port = port});
        std::string const options = "mode='required' _devtype='" + kind + "'" +
                                    (kind == "cdrom" ? " _read-only='yes'" : "");
        (void)TRY(tool.call(name, "admin.vm.device.block.Assign", argument, options));
        auto const started = tool.call_slowly("starting " + name, name, "admin.vm.Start");
        auto const freed = tool.call(name, "admin.vm.device.block.Unassign", argument);
        (void)TRY(started);
        (void)TRY(freed);
        return {};
    }

    QubeChoice which_;
    bool skip_ = false;
    std::string drive_;
    std::string hddisk_;
    std::string cdrom_;
};

class Shutdown final : public Command {
public:
    void define(CLI::App& app) override
    {
        which_.define(app, "RUNNING");
        app.add_flag("--wait", wait_, "Return when the qubes have ended");
        app.add_option("--timeout", timeout_, "Ignored: the property shutdown_timeout says it")
            ->type_name("SECONDS");
        app.add_flag("--force", force_, "Even if others depend on a qube; --all implies it");
        app.add_flag("--dry-run", dry_run_, "Only say what would be shut down");
    }
    Done<int> run(Tool& tool) override
    {
        std::vector<std::string> names;
        for (std::string const& name : TRY(which_.resolve(tool)))
            if (name != qube::dom0 && (!which_.all || is_on(tool, name)))
                names.push_back(name);
        if (dry_run_) {
            for (std::string const& name : names)
                tool.print(name + "\n");
            return 0;
        }
        return wait_ ? shut_down_and_wait(tool, names) : shut_down(tool, names);
    }

private:
    static bool is_on(Tool& tool, std::string const& name)
    {
        auto const found = tool.find(name);
        return found && found->state != "Halted" && found->state != "NA";
    }
    [[nodiscard]] std::string argument(bool wait) const
    {
        bool const force = force_ || which_.all;
        return std::string(force ? "force" : "") + (force && wait ? "+" : "") +
               (wait ? "wait" : "");
    }
    [[nodiscard]] int shut_down(Tool const& tool, std::vector<std::string> const& names) const
    {
        int failures = 0;
        for (std::string const& name : names)
            if (auto const done = tool.call(name, "admin.vm.Shutdown", argument(false)); !done) {
                tool.complain("Failed to shut down '" + name + "': " + done.error().message);
                ++failures;
            }
        return failures;
    }
    /// All at once. One that others of them use is tried again when those have ended; one that has
    /// not ended in time twice is killed.
    [[nodiscard]] int shut_down_and_wait(Tool& tool, std::vector<std::string> names) const
    {
        int failures = 0;
        std::vector<std::string> late;
        while (!names.empty()) {
            std::vector<Request> requests;
            for (std::string const& name : names)
                requests.push_back({name, "admin.vm.Shutdown", argument(true)});
            auto const answers = tool.call_all(requests, "shutting down");
            std::vector<std::string> again;
            bool progressed = false;
            for (std::size_t i = 0; i < names.size(); ++i) {
                std::string const& name = names[i];
                if (answers[i] || state_of(tool, name) == "Halted") {
                    progressed = true;
                    continue;
                }
                Failure const& why = answers[i].error();
                if (why.is(exception::shutdown_timeout) && !std::ranges::contains(late, name)) {
                    late.push_back(name);
                    progressed = true;
                } else if (why.is(exception::shutdown_timeout)) {
                    tool.note("Killing the (apparently hanging) qube '" + name + "'...");
                    failures += for_each(tool, {name}, "admin.vm.Kill", "killing");
                    continue;
                } else if (!why.is(exception::qube_in_use)) {
                    tool.complain("Failed to shut down '" + name + "': " + why.message);
                    ++failures;
                    continue;
                }
                again.push_back(name);
            }
            if (!progressed) { // whoever uses them is not ours to end
                for (std::string const& name : again)
                    tool.complain("Failed to shut down '" + name + "': it is in use");
                return failures + static_cast<int>(again.size());
            }
            names = again;
        }
        return failures;
    }

    QubeChoice which_;
    bool wait_ = false;
    bool force_ = false;
    bool dry_run_ = false;
    std::string timeout_;
};

class Kill final : public Command {
public:
    void define(CLI::App& app) override { which_.define(app, "RUNNING"); }
    Done<int> run(Tool& tool) override
    {
        return for_each(tool, TRY(which_.resolve(tool)), "admin.vm.Kill", "killing");
    }

private:
    QubeChoice which_;
};

class Pause final : public Command {
public:
    void define(CLI::App& app) override
    {
        which_.define(app, "RUNNING");
        app.add_flag("-S,--suspend", suspend_, "To memory, in the qube's own way");
    }
    Done<int> run(Tool& tool) override
    {
        auto const names = TRY(which_.resolve(tool));
        return for_each(tool, names, suspend_ ? "admin.vm.Suspend" : "admin.vm.Pause", "pausing") >
                       0
                   ? 1
                   : 0;
    }

private:
    QubeChoice which_;
    bool suspend_ = false;
};

class Suspend final : public Command {
public:
    void define(CLI::App& app) override { which_.define(app, "RUNNING"); }
    Done<int> run(Tool& tool) override
    {
        return for_each(tool, TRY(which_.resolve(tool)), "admin.vm.Suspend", "suspending") > 0 ? 1
                                                                                               : 0;
    }

private:
    QubeChoice which_;
};

/// qvm-unpause and qvm-resume: whichever of the two the qube needs.
class Unpause final : public Command {
public:
    void define(CLI::App& app) override { which_.define(app, "PAUSED"); }
    Done<int> run(Tool& tool) override
    {
        int status = 0;
        for (std::string const& name : TRY(which_.resolve(tool))) {
            if (which_.all && !wants(tool, name))
                continue;
            bool const suspended = TRY(tool.find(name)).state == "Suspended";
            if (for_each(tool, {name}, suspended ? "admin.vm.Resume" : "admin.vm.Unpause",
                         "waking") > 0)
                status = 1;
        }
        return status;
    }

private:
    /// With --all: what is paused and not internal (kept ready by somebody).
    static bool wants(Tool& tool, std::string const& name)
    {
        auto const found = tool.find(name);
        if (!found || (found->state != "Paused" && found->state != "Suspended"))
            return false;
        auto const internal = tool.feature(name, "internal");
        return !internal || !*internal || (*internal)->empty();
    }
    QubeChoice which_;
};

} // namespace

std::unique_ptr<Command> make_start()
{
    return std::make_unique<Start>();
}
std::unique_ptr<Command> make_shutdown()
{
    return std::make_unique<Shutdown>();
}
std::unique_ptr<Command> make_kill()
{
    return std::make_unique<Kill>();
}
std::unique_ptr<Command> make_pause()
{
    return std::make_unique<Pause>();
}
std::unique_ptr<Command> make_suspend()
{
    return std::make_unique<Suspend>();
}
std::unique_ptr<Command> make_unpause()
{
    return std::make_unique<Unpause>();
}

} // namespace vitrail::qvm
