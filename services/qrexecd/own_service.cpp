#include "services/qrexecd/own_service.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/pipe.hpp"
#include "lib/os/programs.hpp"
#include "lib/qube/admin_codec.hpp"
#include "services/qrexecd/own_carrier.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <utility>

namespace vitrail::qrexecd {
namespace {

/// What qubesd serves to qubes themselves, on a socket apart.
constexpr std::string_view notices[] = {"qubes.FeaturesRequest", "qubes.NotifyTools",
                                        "qubes.NotifyUpdates"};

/// The socket of qubesd that serves this method, or nothing: it is no method of it.
std::string socket_for(std::string const& qubesd, std::string_view method)
{
    if (qubesd.empty())
        return {};
    if (method.starts_with("admin."))
        return qubesd;
    for (std::string_view const one : notices)
        if (method == one)
            return std::filesystem::path(qubesd).replace_filename("qubesd.misc.sock");
    return {};
}

/// Services that are programs of ours; others are in the folder.
constexpr std::pair<std::string_view, std::string_view> programs[] = {
    {"qubes.Notifications", "vitrail-notifications"},
};

/// The program that serves this; empty: there is none. Not for names of the Admin API.
std::string program_for(OwnPlaces const& places, std::string const& name)
{
    std::string const path = places.folder + "/" + name; // of letters that a file's name may have
    if (!places.folder.empty() && !name.starts_with('.') && access(path.c_str(), X_OK) == 0)
        return path;
    for (auto const& [service, program] : programs)
        if (name == service)
            return own_program(program);
    return {};
}

/// Who is asked for: `requested` is a name, @adminvm or @default.
std::string destination(std::string const& requested)
{
    return qube::is_qube_name(requested) ? requested : std::string(qube::dom0);
}

/// A connection on which the request has been made but for its payload.
Result<Fd> ask_qubesd(std::string const& socket, OwnCall const& call)
{
    std::string const head =
        qube::build_request({.method = call.call.service.name,
                             .argument = call.call.service.argument,
                             .source = qube::party_named(call.call.source),
                             .destination = qube::party_named(destination(call.requested)),
                             .untrusted_payload = ""});
    Fd connection = TRY(connect_unix(socket));
    if (send(connection.get(), head.data(), head.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(head.size())) // an empty socket takes it whole
        return errno_error("asking qubesd");
    return connection;
}

struct Streams {
    Fd input; ///< for the carrier to read
    Fd output;
};

Result<Process> start_program(std::string const& path, OwnCall const& call, Streams& streams)
{
    Pipe to_it = TRY(make_pipe());
    Pipe from_it = TRY(make_pipe());
    Environment variables = inherited_environment(
        {"HOME", "PATH", "LANG", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "USER", "QUBESD_SOCKET"});
    variables["QREXEC_REMOTE_DOMAIN"] = call.call.source;
    variables["QREXEC_SERVICE_FULL_NAME"] = call.call.service.descriptor();
    variables["QREXEC_SERVICE_ARGUMENT"] = call.call.service.argument;
    Spawn spawn{.arguments = {path},
                .environment = variables,
                .descriptors = {{to_it.reader.get(), 0}, {from_it.writer.get(), 1}},
                .new_session = true};
    if (!call.call.service.argument.empty())
        spawn.arguments.push_back(call.call.service.argument);
    Process process = TRY(Process::start(spawn));
    streams = {std::move(from_it.reader), std::move(to_it.writer)};
    for (Fd const* const one : {&streams.input, &streams.output})
        fcntl(one->get(), F_SETFL, O_NONBLOCK);
    return process;
}

} // namespace

Result<std::unique_ptr<OwnService>> OwnService::start(wl_event_loop* loop, OwnPlaces const& places,
                                                      OwnCall const& call,
                                                      transport::PipeEnds pipes,
                                                      std::function<void()> handle_end)
{
    std::unique_ptr<OwnService> made(new OwnService(loop, std::move(handle_end)));
    Streams streams;
    std::string const& name = call.call.service.name;
    if (std::string const socket = socket_for(places.qubesd, name); !socket.empty()) {
        streams.input = TRY(ask_qubesd(socket, call));
        streams.output.reset(fcntl(streams.input.get(), F_DUPFD_CLOEXEC, 3));
    } else if (std::string const path = program_for(places, name); !path.empty())
        made->program_ = TRY(start_program(path, call, streams));
    else
        return error("the GUI domain has no service " + name);
    Pipe exit = TRY(make_pipe());
    made->carrier_ =
        TRY(Process::start({.arguments = {"/proc/self/exe", "--own-service"},
                            .environment = {},
                            .descriptors = {{pipes.reader.get(), CarrierFd::from_caller},
                                            {pipes.writer.get(), CarrierFd::to_caller},
                                            {streams.input.get(), CarrierFd::from_service},
                                            {streams.output.get(), CarrierFd::to_service},
                                            {exit.reader.get(), CarrierFd::exit_code}},
                            .new_session = false}));
    made->carrier_source_.emplace(loop, *made, made->carrier_.pidfd(), WL_EVENT_READABLE);
    if (made->program_) {
        made->exit_ = std::move(exit.writer);
        made->program_source_.emplace(loop, *made, made->program_.pidfd(), WL_EVENT_READABLE);
    }
    return made;
}

OwnService::~OwnService()
{
    for (Process* const one : {&program_, &carrier_})
        if (*one) {
            one->signal(SIGKILL);
            (void)one->reap();
        }
}

void OwnService::handle_program(std::uint32_t)
{
    program_source_.reset();
    auto const status = static_cast<unsigned char>(program_.reap());
    program_ = Process();
    [[maybe_unused]] ssize_t const told = write(exit_.get(), &status, sizeof status);
    exit_.reset();
}

void OwnService::handle_carrier(std::uint32_t)
{
    carrier_source_.reset();
    (void)carrier_.reap();
    carrier_ = Process();
    auto const handle = std::exchange(handle_end_, {});
    handle();
}

} // namespace vitrail::qrexecd
