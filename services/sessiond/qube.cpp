#include "services/sessiond/qube.hpp"

#include "lib/os/beneath.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <utility>

namespace vitrail::session {
namespace {

constexpr std::uint32_t permission_fullscreen = 1;
constexpr std::uint32_t permission_utf8_titles = 2;
constexpr std::uint32_t permission_override_redirect = 4;
constexpr std::uint32_t pages_of_a_mib = 256;
/// bind() makes the socket's name before listen() takes connections: a moment apart.
constexpr int most_retries = 200;

} // namespace

std::string_view name(Qube::State state)
{
    switch (state) {
    case Qube::State::halted: return "halted";
    case Qube::State::starting: return "starting";
    case Qube::State::running: return "running";
    case Qube::State::paused: return "paused";
    case Qube::State::stopping: return "stopping";
    case Qube::State::failed: return "failed";
    }
    return "?";
}

Qube::Qube(QubeHost& host, QubeLook look, QubePlaces places, std::vector<std::string> applications,
           std::optional<ExternalAgent> external)
    : host_(host),
      look_(std::move(look)),
      places_(std::move(places)),
      applications_(std::move(applications)),
      external_(std::move(external)),
      retry_(host.loop(), *this),
      placeholder_(host)
{
}

Qube::~Qube()
{
    hide();
}

std::optional<pid_t> Qube::guid_pid() const
{
    return guid_ ? std::optional(guid_->pid()) : std::nullopt;
}

std::optional<pid_t> Qube::keeper_pid() const
{
    return keeper_ ? std::optional(keeper_->pid()) : std::nullopt;
}

bool Qube::lives() const
{
    return state_ != State::halted && state_ != State::failed;
}

void Qube::set_state(State state, std::string stage)
{
    if (state_ == state && stage_ == stage)
        return;
    state_ = state;
    stage_ = std::move(stage);
    host_.handle_qube_changed();
}

void Qube::fail(std::string const& why)
{
    problem_ = why;
    std::fprintf(stderr, "vitrail-sessiond: qube %s: %s\n", look_.name.c_str(), why.c_str());
    if (placeholder_.shown())
        placeholder_.fail(look_, why);
    else if (CompositorLink* const compositor = host_.compositor(); compositor && !look_.internal)
        compositor->notify(0, "The qube " + look_.name + " did not start", why);
    set_state(State::failed);
}

// ---- its life, as qubesd tells it ----

void Qube::handle_starting(std::string stage, bool wanted)
{
    if (state_ == State::running || state_ == State::paused)
        return;
    if (state_ != State::starting)
        placeholder_.end(); // an error of the last time
    if (wanted && look_.gui && !look_.service && !external_)
        placeholder_.show(look_, stage);
    problem_.clear();
    end_expected_ = false;
    set_state(State::starting, std::move(stage));
}

void Qube::handle_started(std::uint32_t domain)
{
    if (domain_ == domain && lives() && state_ != State::starting)
        return;
    domain_ = domain;
    barred_ = 0;
    problem_.clear();
    auto link = KeeperLink::connect(host_.loop(), places_.run);
    if (link)
        keeper_ = std::move(*link);
    else // it runs all the same; nothing can be started in it from here
        std::fprintf(stderr, "vitrail-sessiond: qube %s: %s\n", look_.name.c_str(),
                     link.error().message().c_str());
    set_state(State::running);
    placeholder_.wait_for_window(look_);
    if (look_.gui)
        show();
}

void Qube::handle_start_failed(std::string const& why)
{
    fail(why);
}

void Qube::handle_paused(bool paused)
{
    if (paused && state_ == State::running)
        set_state(State::paused);
    else if (!paused && state_ == State::paused)
        set_state(State::running);
}

void Qube::handle_stopping()
{
    end_expected_ = true;
    if (lives())
        set_state(State::stopping);
}

void Qube::handle_stop_failed(std::string const& why)
{
    problem_ = why;
    if (state_ != State::stopping)
        return;
    set_state(State::running);
    if (CompositorLink* const compositor = host_.compositor())
        compositor->notify(domain_, "The qube " + look_.name + " goes on", why);
    connect_agent();
}

void Qube::handle_stopped()
{
    if (domain_ == 0)
        return;
    placeholder_.end();
    hide();
    keeper_.reset();
    if (CompositorLink* const compositor = host_.compositor();
        compositor && !end_expected_ && !look_.internal)
        compositor->notify(0, "The qube " + look_.name + " has ended",
                           "Its last lines are in the log of the qube.");
    domain_ = 0;
    set_state(State::stopping);
}

void Qube::handle_halted()
{
    handle_stopped();
    set_state(State::halted);
}

void Qube::start_applications()
{
    for (std::string const& command : applications_)
        launch({"/bin/sh", "-c", command}, [this, command](Result<> done) {
            if (!done)
                std::fprintf(stderr, "vitrail-sessiond: qube %s: %s: %s\n", look_.name.c_str(),
                             command.c_str(), done.error().message().c_str());
        });
}

void Qube::launch(std::vector<std::string> const& argv, KeeperLink::Answer answer)
{
    if (!keeper_)
        return answer(error("the qube " + look_.name + " is not running"));
    keeper_->launch(argv, std::move(answer));
}

void Qube::set_look(QubeLook const& look)
{
    bool const shown = look_.gui;
    look_ = look;
    if (domain_ == 0)
        return;
    if (!look_.gui)
        return hide();
    if (!shown)
        return show();
    announce();
}

void Qube::set_label(Label const& label)
{
    look_.label = label;
    announce();
}

Result<> Qube::attach(std::uint32_t domain)
{
    domain_ = domain;
    announce();
    if (auto const open = open_places(); !open) {
        hide();
        return open;
    }
    set_state(State::running);
    connect_agent();
    return {};
}

// ---- its windows ----

void Qube::show()
{
    announce();
    if (auto const open = open_places(); !open)
        std::fprintf(stderr, "vitrail-sessiond: qube %s: %s\n", look_.name.c_str(),
                     open.error().message().c_str());
    connect_agent();
}

void Qube::hide()
{
    guid_.reset();
    watch_.reset();
    inotify_.reset();
    retry_.disarm();
    vchan_folder_.reset();
    grant_folder_.reset();
    if (domain_ == 0)
        return;
    host_.clipboard().remove_qube(domain_);
    if (CompositorLink* const compositor = host_.compositor())
        compositor->remove_origin(domain_);
}

Result<> Qube::open_places()
{
    std::string const vchan = external_ ? external_->vchan : places_.run + "/vchan";
    std::string const grants = external_ ? external_->grants : places_.run + "/grants";
    vchan_folder_.reset(open(vchan.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!vchan_folder_)
        return errno_error("the folder " + vchan);
    grant_folder_.reset(open(grants.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!grant_folder_)
        return errno_error("the folder " + grants);
    return watch();
}

void Qube::announce()
{
    if (domain_ == 0)
        return;
    auto const& gui = look_.options;
    host_.clipboard().set_qube(
        domain_, look_.name,
        {.text = gui.max_clipboard_size, .image = gui.max_clipboard_image_size});
    CompositorLink* const compositor = host_.compositor();
    if (!compositor)
        return;
    compositor->set_origin(
        {.number = domain_,
         .name = look_.name,
         .label = look_.label.name,
         .code = look_.label.code,
         .rgb = look_.label.rgb,
         .permissions = (gui.allow_fullscreen ? permission_fullscreen : 0) |
                        (gui.allow_utf8_titles ? permission_utf8_titles : 0) |
                        (gui.override_redirect_disabled ? 0 : permission_override_redirect),
         .max_windows = gui.windows_count_limit,
         .max_pages = gui.max_pixels_mib * pages_of_a_mib,
         .max_clipboard = gui.max_clipboard_size});
}

void Qube::handle_compositor_started()
{
    placeholder_.handle_compositor_started();
    if (domain_ == 0 || !look_.gui)
        return;
    announce();
    connect_agent();
}

Result<> Qube::watch()
{
    inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    std::string const folder = "/proc/self/fd/" + std::to_string(vchan_folder_.get());
    if (!inotify_ || inotify_add_watch(inotify_.get(), folder.c_str(), IN_CREATE | IN_MOVED_TO) < 0)
        return errno_error("watching for the agent of " + look_.name);
    watch_.emplace(host_.loop(), *this, inotify_.get(), WL_EVENT_READABLE);
    return {};
}

void Qube::handle_watch(std::uint32_t)
{
    // What was made does not matter, nor how often: the qube may make what it likes.
    alignas(inotify_event) std::array<char, 4096> events;
    while (read(inotify_.get(), events.data(), events.size()) > 0) {
    }
    retries_ = 0;
    connect_agent();
}

void Qube::handle_retry()
{
    connect_agent();
}

void Qube::connect_agent()
{
    if (guid_ || !vchan_folder_ || !host_.compositor() || state_ == State::stopping)
        return;
    std::string const socket_name = "vchan." + std::to_string(domain_) + ".0.6000.sock";
    auto vchan = connect_beneath(vchan_folder_.get(), socket_name);
    if (!vchan) {
        bool const soon = vchan.error().code == ECONNREFUSED;
        if (soon && retries_++ < most_retries)
            retry_.arm(std::chrono::milliseconds(retries_ < 20 ? 1 : 50));
        else if (!soon && vchan.error().code != ENOENT)
            std::fprintf(stderr, "vitrail-sessiond: qube %s: %s\n", look_.name.c_str(),
                         vchan.error().message().c_str());
        return;
    }
    ucred who{};
    socklen_t size = sizeof who;
    getsockopt(vchan->get(), SOL_SOCKET, SO_PEERCRED, &who, &size);
    if (barred_ != 0 && who.pid == barred_)
        return; // a session that was ended for a violation stays ended
    if (who.pid != agent_pid_ || epoch_ == 0)
        ++epoch_; // another agent: its window numbers mean other windows
    agent_pid_ = who.pid;
    if (auto const started = start_guid(std::move(*vchan)); !started)
        std::fprintf(stderr, "vitrail-sessiond: qube %s: %s\n", look_.name.c_str(),
                     started.error().message().c_str());
}

Result<> Qube::start_guid(Fd vchan)
{
    std::string const base = "dom" + std::to_string(domain_);
    Fd const pages = TRY(open_beneath(grant_folder_.get(), base + ".mem"));
    Fd const table = TRY(open_beneath(grant_folder_.get(), base + ".tab"));
    auto log = TRY(LogSink::open(host_.loop(), places_.log + "/guid-" + look_.name + ".log",
                                 [this](std::string_view line) { handle_guid_line(line); }));
    auto [ours, theirs] = TRY(socket_pair(SOCK_STREAM));
    Fd const broker = TRY(host_.clipboard().connect(domain_));
    transport::GuidStart record = look_.options;
    record.domain = domain_;
    guid_ = TRY(host_.guids().take(
        record, {vchan.get(), ours.get(), pages.get(), table.get(), broker.get()}, std::move(log),
        [this](int status) { handle_guid_end(status); }));
    host_.compositor()->add_client(std::move(theirs), VITRAIL_SESSION_V1_TIER_QUBE, domain_,
                                   epoch_);
    host_.handle_qube_changed();
    return {};
}

void Qube::handle_guid_line(std::string_view line)
{
    if (line == "trace-begin") {
        in_trace_ = true;
        trace_text_.clear();
    } else if (line == "trace-end") {
        in_trace_ = false;
        if (auto const answer = std::exchange(trace_answer_, {}))
            answer(trace_text_);
    } else if (in_trace_)
        trace_text_ += std::string(line) + "\n";
    else if (line.contains("violation: "))
        last_line_ = line.substr(line.find("violation: "));
}

void Qube::trace(std::function<void(Result<std::string>)> answer)
{
    if (!guid_)
        return answer(error("the qube " + look_.name + " has no GUI session now"));
    if (trace_answer_)
        return answer(error("somebody else asked for the trace just now"));
    trace_answer_ = std::move(answer);
    guid_->ask_trace();
}

void Qube::handle_guid_end(int status)
{
    constexpr int violation = 3;
    guid_.reset();
    if (auto const answer = std::exchange(trace_answer_, {}))
        answer(error("the GUI session of " + look_.name + " has ended"));
    if (status == violation) {
        barred_ = agent_pid_;
        std::fprintf(stderr, "vitrail-sessiond: qube %s: its GUI session was ended: %s\n",
                     look_.name.c_str(), last_line_.c_str());
        if (CompositorLink* const compositor = host_.compositor()) {
            compositor->remove_origin(domain_);
            announce();
            compositor->notify(domain_, "The windows of " + look_.name + " were closed",
                               "Its GUI agent broke the protocol: " + last_line_);
        }
    }
    host_.handle_qube_changed();
    connect_agent(); // the agent may be waiting already
}

} // namespace vitrail::session
