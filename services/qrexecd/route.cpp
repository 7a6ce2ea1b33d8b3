#include "services/qrexecd/route.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/rights.hpp"

#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <utility>

namespace vitrail::qrexecd {
namespace {

/// Until a started qube's daemon must be there (fact sheet qrexec §10: qrexec_timeout's default).
constexpr std::chrono::seconds patience{60};
/// For one that runs already: its daemon may be busy.
constexpr std::chrono::seconds grace{2};
constexpr std::string_view disposable_mark = "@dispvm:";

} // namespace

Route::Route(RouteContext const& context, qrexec::CallRequest request, Meet meet, End end)
    : context_(context),
      request_(std::move(request)),
      meet_(std::move(meet)),
      end_(std::move(end)),
      policy_(context.loop, context.policy,
              {.call = request_, .assumes_yes = false, .just_evaluates = false},
              [this](qrexec::PolicyAnswer const& answer) { handle_policy(answer); }),
      finish_(context.loop, *this)
{
}

Route::~Route() = default;

void Route::handle_policy(qrexec::PolicyAnswer const& answer)
{
    answer_ = answer;
    if (!answer.allowed)
        return refuse("");
    is_disposable_ = answer.target.starts_with(disposable_mark);
    target_ = is_disposable_ ? answer.target.substr(disposable_mark.size()) : answer.target;
    if (!qrexec::is_qube_name(target_))
        return refuse("policy names no qube");
    if (target_ == "dom0")
        return serve();
    if (is_disposable_)
        return make_disposable();
    answer.autostart ? start_target() : connect();
}

void Route::start_target()
{
    // Where its daemon is there it runs already.
    if (auto daemon = connect_unix(context_.socket_folder + "/qrexec." + target_))
        return handle_daemon(std::move(daemon));
    if (!context_.admin)
        return connect();
    context_.admin->call({.destination = target_, .method = "admin.vm.Start"},
                         [this](qube::Outcome<std::string> outcome) { handle_started(outcome); });
}

void Route::make_disposable()
{
    if (!context_.admin)
        return refuse("nobody makes disposables here");
    context_.admin->call({.destination = target_, .method = "admin.vm.CreateDisposable"},
                         [this](qube::Outcome<std::string> outcome) {
                             if (!outcome || !qrexec::is_qube_name(*outcome))
                                 return refuse("no disposable could be made");
                             target_ = *outcome;
                             start_target();
                         });
}

void Route::handle_started(qube::Outcome<std::string> const& outcome)
{
    if (!outcome && outcome.error().type != "QubesVMNotHaltedError") // it runs already
        return refuse("the target does not start: " + outcome.error().message);
    connect();
}

void Route::connect()
{
    std::chrono::milliseconds const wait = answer_.autostart ? patience : grace;
    connector_ = std::make_unique<transport::SocketConnector>(
        context_.loop, context_.socket_folder, "qrexec." + target_, wait,
        [this](Result<Fd> connection) { handle_daemon(std::move(connection)); });
}

void Route::handle_daemon(Result<Fd> connection)
{
    if (!connection)
        return refuse(connection.error().message());
    daemon_ = std::move(*connection);
    source_.emplace(context_.loop, *this, daemon_.get(), WL_EVENT_READABLE);
}

void Route::handle_ready(std::uint32_t)
{
    std::array<std::byte, 256> bytes{};
    ssize_t const got = recv(daemon_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        if (meet_)
            return refuse("the target's daemon takes no call");
        return finish(); // the call is over
    }
    std::span<std::byte const> input = std::span(bytes).first(static_cast<std::size_t>(got));
    while (true) {
        auto const frame = splitter_.next(input);
        if (!frame || (*frame && !handle_answer(**frame)))
            return refuse("the target's daemon makes no sense");
        if (!*frame)
            return;
    }
}

bool Route::handle_answer(qrexec::Frame const& frame)
{
    auto const message = qrexec::parse_answer(frame);
    if (!message)
        return false;
    if (auto const* const place = std::get_if<qrexec::Assigned>(&*message)) {
        if (!meet_ || place->type != qrexec::Type::exec_cmdline)
            return false;
        auto const meet = std::exchange(meet_, {});
        meet(Place{place->domain, place->port, std::exchange(pipes_, {})});
        return true;
    }
    splitter_.set_version(qrexec::client_version);
    return order();
}

/// To the target's daemon: it has greeted.
bool Route::order()
{
    std::string const service =
        answer_.service.empty() ? request_.service.descriptor() : answer_.service;
    std::string const source =
        answer_.policy_source.empty() ? request_.source : answer_.policy_source;
    qrexec::Bytes bytes;
    qrexec::build(bytes, qrexec::Hello{qrexec::client_version});
    std::optional<transport::PipeEnds> theirs;
    std::vector<int> numbers;
    if (context_.hands_pipes) {
        auto made = transport::make_pipe_ends();
        if (!made) {
            std::fprintf(stderr, "vitrail-qrexecd: %s\n", made.error().message().c_str());
            return false;
        }
        pipes_ = std::move(made->first);
        theirs = std::move(made->second);
        numbers = {theirs->reader.get(), theirs->writer.get()};
        qrexec::build(bytes, qrexec::CallPipes{context_.own, 0});
    }
    qrexec::build(bytes,
                  qrexec::Execute{.just = false,
                                  .domain = context_.own,
                                  .port = 0,
                                  .command = answer_.user + ":QUBESRPC " + service + " " + source});
    return send_with_rights(daemon_.get(), bytes, numbers) == static_cast<ssize_t>(bytes.size());
}

/// A service of the GUI domain: the caller is told where it is met, then it runs.
void Route::serve()
{
    if (!context_.hands_pipes)
        return refuse("no services run in the GUI domain");
    auto made = transport::make_pipe_ends();
    auto own = made ? OwnService::start(context_.loop, context_.own_services,
                                        {.call = request_, .requested = answer_.requested_target},
                                        std::move(made->second), [this] { handle_served(); })
                    : std::unexpected(made.error());
    if (!own)
        return refuse(own.error().message());
    own_ = std::move(*own);
    auto const meet = std::exchange(meet_, {});
    meet(Place{DomainId{0}, 0, std::move(made->first)});
}

void Route::handle_served()
{
    finish();
}

void Route::refuse(std::string const& why)
{
    if (!why.empty())
        std::fprintf(stderr, "vitrail-qrexecd: %s from %s to %s: %s\n",
                     request_.service.descriptor().c_str(), request_.source.c_str(),
                     request_.target.c_str(), why.c_str());
    if (auto const meet = std::exchange(meet_, {}))
        meet(std::nullopt);
    finish();
}

void Route::finish()
{
    source_.reset();
    if (is_disposable_ && context_.admin && !target_.empty() && daemon_)
        context_.admin->call({.destination = target_, .method = "admin.vm.Kill"},
                             [](qube::Outcome<std::string> const&) {});
    daemon_.reset();
    finish_.arm(std::chrono::milliseconds(1));
}

void Route::handle_finish()
{
    auto const end = std::exchange(end_, {});
    end();
}

} // namespace vitrail::qrexecd
