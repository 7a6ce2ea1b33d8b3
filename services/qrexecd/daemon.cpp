#include "services/qrexecd/daemon.hpp"

#include "lib/os/programs.hpp"
#include "lib/transport/socket_server.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <utility>

namespace vitrail::qrexecd {
namespace {

/// Calls of one qube that policy or a start still holds up, and disposables that run.
constexpr std::size_t most_routes = qrexec::max_connections;

constexpr int reader_broke = 4; ///< exit status of a reader after a violation

std::string file_name(std::string const& path)
{
    return std::filesystem::path(path).filename();
}

} // namespace

Daemon::Daemon(EventLoop& loop, Settings settings) : loop_(loop), settings_(std::move(settings))
{
    if (!settings_.qubesd.empty())
        admin_ = std::make_unique<qube::AsyncAdminClient>(loop.get(), settings_.qubesd);
    context_ = {.loop = loop.get(),
                .own = settings_.domain,
                .socket_folder = settings_.socket_folder,
                .policy = settings_.policy,
                .admin = admin_.get(),
                .hands_pipes = settings_.hands_pipes,
                .own_services = settings_.own_services};
}

Result<std::unique_ptr<Daemon>> Daemon::create(EventLoop& loop, Settings settings)
{
    std::unique_ptr<Daemon> daemon(new Daemon(loop, std::move(settings)));
    TRY_VOID(daemon->start());
    return daemon;
}

Daemon::~Daemon()
{
    hide();
    link_source_.reset();
    reader_source_.reset();
    link_.reset();
    if (reader_) {
        reader_.signal(SIGKILL);
        (void)reader_.reap();
    }
}

Result<> Daemon::start()
{
    vchan_folder_.reset(open(settings_.vchan_folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!vchan_folder_)
        return errno_error("the folder " + settings_.vchan_folder);
    auto [ours, theirs] = TRY(socket_pair(SOCK_SEQPACKET));
    constexpr int link_fd = 3;
    reader_ = TRY(Process::start(
        {.arguments = {"/proc/self/exe", "--reader", std::to_string(link_fd),
                       std::to_string(settings_.domain.value), settings_.default_user,
                       settings_.hands_pipes ? "pipes" : "sockets"},
         .environment = {},
         .descriptors = {{theirs.get(), link_fd}},
         .new_session = false}));
    link_ = std::move(ours);
    link_source_.emplace(loop_.get(), *this, link_.get(), WL_EVENT_READABLE);
    reader_source_.emplace(loop_.get(), *this, reader_.pidfd(), WL_EVENT_READABLE);
    wait_for_agent();
    return {};
}

void Daemon::wait_for_agent()
{
    connector_ = std::make_unique<transport::SocketConnector>(
        loop_.get(), vchan_folder_.get(),
        file_name(transport::vchan_path("", settings_.domain, DomainId{0}, qrexec::control_port)),
        settings_.startup_timeout,
        [this](Result<Fd> connection) { handle_agent(std::move(connection)); });
}

void Daemon::handle_agent(Result<Fd> connection)
{
    if (!connection) {
        std::fprintf(stderr, "vitrail-qrexecd: %s\n", connection.error().message().c_str());
        return stop(had_agent_ ? 0 : 3); // 3: the time was over (fact sheet qrexec §1)
    }
    had_agent_ = true;
    int const given = connection->get();
    if (!send_link(link_.get(), {.kind = LinkKind::agent}, std::span(&given, 1)))
        stop(1);
}

void Daemon::handle_link(std::uint32_t)
{
    auto const message = receive_link(link_.get());
    if (!message) {
        link_source_.reset(); // its end says why
        return;
    }
    if (*message)
        handle_message(**message);
}

void Daemon::handle_message(LinkMessage const& message)
{
    switch (message.kind) {
    case LinkKind::ready: return handle_ready();
    case LinkKind::lost: hide(); return wait_for_agent();
    case LinkKind::request: return handle_request(message);
    default: std::fputs("vitrail-qrexecd: its reader makes no sense\n", stderr); return stop(1);
    }
}

/// Whoever calls finds the qube by its socket: it is there while the agent is.
void Daemon::handle_ready()
{
    std::string const socket = "qrexec." + std::to_string(settings_.domain.value);
    std::string const path = settings_.socket_folder + "/" + socket;
    auto listener = LineListener::listen(loop_.get(), path, [this](Fd client) {
        int const given = client.get();
        (void)send_link(link_.get(), {.kind = LinkKind::client}, std::span(&given, 1));
    });
    if (!listener) {
        std::fprintf(stderr, "vitrail-qrexecd: %s\n", listener.error().message().c_str());
        return stop(1);
    }
    listener_ = std::move(*listener);
    for (std::string const& name :
         {settings_.name, settings_.uuid.empty() ? std::string() : "uuid:" + settings_.uuid}) {
        std::string const link = settings_.socket_folder + "/qrexec." + name;
        unlink(link.c_str());
        if (!name.empty() && symlink(socket.c_str(), link.c_str()) == 0)
            names_.push_back(link);
    }
}

void Daemon::hide()
{
    for (std::string const& link : std::exchange(names_, {}))
        unlink(link.c_str());
    listener_.reset();
}

void Daemon::handle_request(LinkMessage const& message)
{
    auto service = qrexec::parse_service(message.text);
    auto const refuse = [this, request = message.request] {
        if (!send_link(link_.get(), {.kind = LinkKind::refuse, .request = request}))
            stop(1);
    };
    if (!service || !qrexec::is_request_ident(message.request.field()) ||
        qrexec::clean_target(message.target) != message.target ||
        qrexec::clean_target(message.source) != message.source || routes_.size() >= most_routes)
        return refuse();
    std::uint64_t const number = next_++;
    qrexec::CallRequest call{.source = settings_.name,
                             .target = message.target,
                             .service = std::move(*service),
                             .on_behalf = message.source};
    routes_[number] = std::make_unique<Route>(
        context_, std::move(call),
        [this, refuse, request = message.request](std::optional<Route::Place> const& place) {
            if (!place)
                return refuse();
            std::vector<int> numbers;
            if (place->pipes)
                numbers = {place->pipes->reader.get(), place->pipes->writer.get()};
            if (!send_link(link_.get(),
                           {.kind = LinkKind::meet,
                            .domain = place->domain,
                            .port = place->port,
                            .request = request},
                           numbers))
                stop(1);
        },
        [this, number] { routes_.erase(number); });
}

void Daemon::handle_reader_end(std::uint32_t)
{
    reader_source_.reset();
    int const status = reader_.reap();
    reader_ = Process();
    if (status == reader_broke)
        std::fprintf(stderr, "vitrail-qrexecd: %s: its agent broke the protocol\n",
                     settings_.name.c_str());
    stop(1);
}

void Daemon::stop(int status)
{
    status_ = status;
    loop_.stop();
}

} // namespace vitrail::qrexecd
