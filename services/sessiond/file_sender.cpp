#include "services/sessiond/file_sender.hpp"

#include "services/sessiond/log.hpp"

#include <fcntl.h>

#include <csignal>
#include <utility>

namespace vitrail::session {

FileSender::FileSender(wl_event_loop* loop, Setup setup, std::string source, std::string target,
                       Handle handle)
    : loop_(loop),
      setup_(std::move(setup)),
      source_(std::move(source)),
      target_(std::move(target)),
      handle_(std::move(handle)),
      failure_(loop, *this)
{
    auto socket = connect_unix(setup_.grants);
    if (!socket) {
        fail(socket.error().message());
        return;
    }
    policy_ = std::make_unique<LineSocket>(
        loop_, std::move(*socket), [this](std::string_view line) { handle_granted(line); },
        [this] {
            if (!process_)
                fail("policy did not hear of it");
        });
    policy_->send(source_ + " " + target_ + " qubes.Filecopy");
}

FileSender::~FileSender()
{
    process_source_.reset();
    if (process_) {
        process_.signal(SIGKILL);
        process_.reap();
    }
}

void FileSender::handle_granted(std::string_view line)
{
    if (process_)
        return;
    if (line != "granted")
        return fail("policy takes no such yes");
    if (auto const started = start(); !started)
        fail(started.error().message());
}

Result<> FileSender::start()
{
    // What the qube has to say beyond "done" would fill a log of ours as it likes.
    Fd const nowhere(open("/dev/null", O_WRONLY | O_CLOEXEC));
    if (!nowhere)
        return errno_error("/dev/null");
    Environment environment = inherited_environment({"HOME", "PATH", "LANG", "XDG_RUNTIME_DIR"});
    environment["QUBESD_SOCKET"] = setup_.qubesd;
    process_ =
        TRY(Process::start({.arguments = {setup_.qvm_run, "--no-autostart", "--pass-io",
                                          "--service", source_, "vitrail.SendFiles+" + target_},
                            .environment = std::move(environment),
                            .descriptors = {{nowhere.get(), 1}, {nowhere.get(), 2}},
                            .new_session = true}));
    process_source_.emplace(loop_, *this, process_.pidfd(), WL_EVENT_READABLE);
    return {};
}

void FileSender::handle_process(std::uint32_t)
{
    process_source_.reset();
    int const status = process_.reap();
    process_ = Process();
    if (status != 0)
        return fail("it ended with status " + std::to_string(status));
    end(true);
}

void FileSender::fail(std::string const& why)
{
    say("files of " + source_ + " to " + target_ + ": " + why);
    failure_.arm(std::chrono::milliseconds(1));
}

void FileSender::handle_failure()
{
    end(false);
}

void FileSender::end(bool sent)
{
    auto const handle = std::move(handle_); // this may go while it runs
    handle(sent);
}

} // namespace vitrail::session
