#include "services/sessiond/qube.hpp"

#include "lib/os/beneath.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/inotify.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <utility>

namespace vitrail::session {
namespace {

constexpr std::uint32_t permission_fullscreen = 1;
constexpr std::uint32_t permission_utf8_titles = 2;
constexpr std::uint32_t permission_override_redirect = 4;
constexpr std::uint32_t pages_of_a_mib = 256;
/// bind() makes the socket's name before listen() takes connections: a moment apart.
constexpr int most_retries = 200;

void write_file(std::filesystem::path const& path, std::string const& text)
{
    std::ofstream(path, std::ios::trunc) << text;
}

std::string new_machine_id()
{
    std::array<unsigned char, 16> bits{};
    [[maybe_unused]] ssize_t const got = getrandom(bits.data(), bits.size(), 0);
    std::string text;
    for (unsigned char const byte : bits) {
        char two[3];
        std::snprintf(two, sizeof two, "%02x", byte);
        text += two;
    }
    return text + "\n";
}

} // namespace

std::string_view name(Qube::State state)
{
    switch (state) {
    case Qube::State::halted: return "halted";
    case Qube::State::starting: return "starting";
    case Qube::State::running: return "running";
    case Qube::State::stopping: return "stopping";
    case Qube::State::failed: return "failed";
    }
    return "?";
}

Qube::Qube(QubeHost& host, QubeSpec spec, std::uint32_t domain, QubePlaces places,
           std::optional<ExternalAgent> external)
    : host_(host),
      spec_(std::move(spec)),
      domain_(domain),
      places_(std::move(places)),
      external_(std::move(external)),
      retry_(host.loop(), *this)
{
}

Qube::~Qube()
{
    guid_.reset();
    if (CompositorLink* const compositor = host_.compositor())
        compositor->remove_origin(domain_);
}

std::optional<pid_t> Qube::guid_pid() const
{
    return guid_ ? std::optional(guid_->pid()) : std::nullopt;
}

std::optional<pid_t> Qube::keeper_pid() const
{
    return keeper_ ? std::optional(keeper_->pid()) : std::nullopt;
}

void Qube::set_state(State state)
{
    if (state_ == state)
        return;
    state_ = state;
    host_.handle_qube_changed();
}

void Qube::fail(std::string const& why)
{
    problem_ = why;
    std::fprintf(stderr, "vitrail-sessiond: qube %s: %s\n", spec_.name.c_str(), why.c_str());
    if (CompositorLink* const compositor = host_.compositor())
        compositor->notify(domain_, "The qube " + spec_.name + " did not start", why);
    set_state(State::failed);
}

// --- its sandbox
// -----------------------------------------------------------------------------------

void Qube::start()
{
    if (state_ == State::starting || state_ == State::running || state_ == State::stopping)
        return;
    problem_.clear();
    barred_ = 0;
    announce();
    set_state(State::starting);
    if (auto const ready = prepare(); !ready)
        return fail(ready.error().message());
    if (external_) {
        if (auto const open = open_places(); !open)
            return fail(open.error().message());
        set_state(State::running);
        return connect_agent();
    }
    if (adopt())
        return set_state(State::running);
    start_keeper();
}

Result<> Qube::prepare()
{
    if (!external_) {
        std::error_code failure;
        std::filesystem::path const run = places_.run;
        std::filesystem::create_directories(run / "etc", failure);
        for (auto const& part : {run / "vchan", run / "grants"})
            std::filesystem::create_directory(part, failure);
        if (!host_.keepers().separate_users())
            std::filesystem::create_directories(places_.kept + "/home", failure);
        if (failure)
            return error("the folder " + places_.run + ": " + failure.message());
        std::filesystem::remove(run / "home", failure);
        std::filesystem::create_directory_symlink(places_.kept + "/home", run / "home", failure);
        write_file(run / "etc/passwd",
                   "root:x:0:0:root:/root:/bin/bash\nuser:x:1000:1000:user:/home/user:/bin/bash\n"
                   "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n");
        write_file(run / "etc/group", "root:x:0:\nuser:x:1000:\nnogroup:x:65534:\n");
        write_file(run / "etc/hostname", spec_.name + "\n");
        write_file(run / "etc/hosts", "127.0.0.1 localhost " + spec_.name + "\n");
        write_file(run / "etc/machine-id", new_machine_id());
    }
    return {};
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

bool Qube::adopt()
{
    std::ifstream record(places_.run + "/keeper.json");
    auto const json = nlohmann::json::parse(record, nullptr, false);
    if (!json.is_object() || !json.contains("pid") || !json["pid"].is_number_integer())
        return false;
    auto link = KeeperLink::connect(host_.loop(), places_.run + "/keeper.sock",
                                    json["pid"].get<pid_t>(), [this] { handle_keeper_end(); });
    if (!link || !open_places())
        return false;
    keeper_ = std::move(*link);
    connect_agent();
    return true;
}

Sandbox Qube::sandbox() const
{
    Sandbox sandbox{.name = spec_.name,
                    .home = places_.kept + "/home",
                    .vchan = places_.run + "/vchan",
                    .grants = places_.run + "/grants",
                    .own_etc = places_.run + "/etc",
                    .own_files = {},
                    .init = places_.init,
                    .agent = places_.agent,
                    .demo = places_.demo,
                    .domain = domain_,
                    .network = spec_.network};
    for (char const* const file : {"passwd", "group", "hostname", "hosts", "machine-id"})
        if (access((std::string("/etc/") + file).c_str(), F_OK) == 0)
            sandbox.own_files.emplace_back(file);
    return sandbox;
}

void Qube::start_keeper()
{
    auto socket = listen_unix(places_.run + "/keeper.sock");
    if (!socket)
        return fail(socket.error().message());
    auto const log = open_log(places_.log + "/keeper-" + spec_.name + ".log");
    if (!log)
        return fail(log.error().message());
    KeeperStarter::Request const request{.qube = spec_.name,
                                         .domain = domain_,
                                         .sandbox = sandbox_arguments(sandbox()),
                                         .output = places_.kept + "/qube.log",
                                         .listening = socket->get(),
                                         .log = log->get()};
    // What the qube may have left in the shared folders from its life before goes first.
    std::error_code failure;
    for (char const* const part : {"/vchan", "/grants"})
        for (auto const& entry : std::filesystem::directory_iterator(places_.run + part, failure))
            std::filesystem::remove(entry.path(), failure);
    host_.keepers().start(request,
                          [this](Result<pid_t> started) { handle_keeper_started(started); });
}

void Qube::handle_keeper_started(Result<pid_t> started)
{
    if (!started)
        return fail(started.error().message());
    auto link = KeeperLink::connect(host_.loop(), places_.run + "/keeper.sock", *started,
                                    [this] { handle_keeper_end(); });
    if (!link)
        return fail(link.error().message());
    keeper_ = std::move(*link);
    write_file(places_.run + "/keeper.json",
               nlohmann::json{{"pid", *started}, {"domain", domain_}}.dump() + "\n");
    if (auto const open = open_places(); !open)
        return fail(open.error().message());
    set_state(State::running);
    start_applications();
    connect_agent();
}

void Qube::start_applications()
{
    for (std::string const& command : spec_.applications)
        launch({"/bin/sh", "-c", command}, [this, command](Result<> done) {
            if (!done)
                std::fprintf(stderr, "vitrail-sessiond: qube %s: %s: %s\n", spec_.name.c_str(),
                             command.c_str(), done.error().message().c_str());
        });
}

void Qube::handle_keeper_end()
{
    bool const asked = state_ == State::stopping;
    keeper_.reset();
    guid_.reset();
    watch_.reset();
    inotify_.reset();
    unlink((places_.run + "/keeper.json").c_str());
    if (CompositorLink* const compositor = host_.compositor()) {
        compositor->remove_origin(domain_);
        if (!asked)
            compositor->notify(0, "The qube " + spec_.name + " has ended",
                               "Its last lines are in " + places_.kept + "/qube.log");
    }
    set_state(State::halted);
}

void Qube::shut_down()
{
    if (external_) {
        guid_.reset();
        set_state(State::halted);
    } else if (keeper_) {
        set_state(State::stopping);
        keeper_->shut_down();
    }
}

void Qube::kill()
{
    if (keeper_) {
        set_state(State::stopping);
        keeper_->kill();
    }
}

void Qube::launch(std::vector<std::string> const& argv, KeeperLink::Answer answer)
{
    if (!keeper_)
        return answer(error("the qube " + spec_.name + " is not running"));
    keeper_->launch(argv, std::move(answer));
}

// --- its windows
// -----------------------------------------------------------------------------------

void Qube::announce()
{
    CompositorLink* const compositor = host_.compositor();
    if (!compositor)
        return;
    auto const& gui = spec_.gui;
    compositor->set_origin(
        {.number = domain_,
         .name = spec_.name,
         .label = std::string(spec_.label.name),
         .code = std::string(spec_.label.code),
         .rgb = spec_.label.rgb,
         .permissions = (gui.allow_fullscreen ? permission_fullscreen : 0) |
                        (gui.allow_utf8_titles ? permission_utf8_titles : 0) |
                        (gui.override_redirect_disabled ? 0 : permission_override_redirect),
         .max_windows = gui.windows_count_limit,
         .max_pages = gui.max_pixels_mib * pages_of_a_mib,
         .max_clipboard = gui.max_clipboard_size});
}

void Qube::set_label(Label const& label)
{
    spec_.label = label;
    announce();
}

void Qube::handle_compositor_started()
{
    if (state_ == State::halted || state_ == State::failed)
        return;
    announce();
    connect_agent();
}

Result<> Qube::watch()
{
    inotify_.reset(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    std::string const folder = "/proc/self/fd/" + std::to_string(vchan_folder_.get());
    if (!inotify_ || inotify_add_watch(inotify_.get(), folder.c_str(), IN_CREATE | IN_MOVED_TO) < 0)
        return errno_error("watching for the agent of " + spec_.name);
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
            std::fprintf(stderr, "vitrail-sessiond: qube %s: %s\n", spec_.name.c_str(),
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
        std::fprintf(stderr, "vitrail-sessiond: qube %s: %s\n", spec_.name.c_str(),
                     started.error().message().c_str());
}

Result<> Qube::start_guid(Fd vchan)
{
    std::string const base = "dom" + std::to_string(domain_);
    Fd const pages = TRY(open_beneath(grant_folder_.get(), base + ".mem"));
    Fd const table = TRY(open_beneath(grant_folder_.get(), base + ".tab"));
    auto log = TRY(LogSink::open(host_.loop(), places_.log + "/guid-" + spec_.name + ".log",
                                 [this](std::string_view line) { handle_guid_line(line); }));
    auto [ours, theirs] = TRY(socket_pair(SOCK_STREAM));
    transport::GuidStart record = spec_.gui;
    record.domain = domain_;
    guid_ =
        TRY(host_.guids().take(record, {vchan.get(), ours.get(), pages.get(), table.get(), -1},
                               std::move(log), [this](int status) { handle_guid_end(status); }));
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
        return answer(error("the qube " + spec_.name + " has no GUI session now"));
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
        answer(error("the GUI session of " + spec_.name + " has ended"));
    if (status == violation) {
        barred_ = agent_pid_;
        std::fprintf(stderr, "vitrail-sessiond: qube %s: its GUI session was ended: %s\n",
                     spec_.name.c_str(), last_line_.c_str());
        if (CompositorLink* const compositor = host_.compositor()) {
            compositor->remove_origin(domain_);
            announce();
            compositor->notify(domain_, "The windows of " + spec_.name + " were closed",
                               "Its GUI agent broke the protocol: " + last_line_);
        }
    }
    host_.handle_qube_changed();
    connect_agent(); // the agent may be waiting already
}

} // namespace vitrail::session
