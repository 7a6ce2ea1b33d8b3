#include "services/sessiond/clipboard_broker.hpp"
#include "services/sessiond/log.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/os/log_sink.hpp"
#include "lib/transport/struct_link.hpp"
#include "services/sessiond/restart_delay.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <tuple>
#include <utility>

namespace vitrail::session {

using transport::ClipboardOrder;
using transport::ClipboardOrderKind;
using transport::ClipboardQuestionKind;
using transport::StructReceive;

ClipboardBroker::ClipboardBroker(wl_event_loop* loop, Setup setup, ClipboardPolicy& policy)
    : loop_(loop), setup_(std::move(setup)), policy_(policy), restart_(loop, *this)
{
}

ClipboardBroker::~ClipboardBroker()
{
    end();
}

Result<> ClipboardBroker::start()
{
    auto [ours, theirs] = TRY(socket_pair(SOCK_SEQPACKET));
    Fd const log = TRY(open_log(setup_.log));
    process_ =
        TRY(Process::start({.arguments = {setup_.program, "--link-fd", "3"},
                            .environment = {},
                            .descriptors = {{theirs.get(), 3}, {log.get(), 1}, {log.get(), 2}},
                            .new_session = false}));
    control_ = std::move(ours);
    process_source_.emplace(loop_, *this, process_.pidfd(), WL_EVENT_READABLE);
    control_source_.emplace(loop_, *this, control_.get(), WL_EVENT_READABLE);
    for (auto const& [domain, qube] : qubes_)
        tell(domain, qube, true);
    connect_compositor();
    return {};
}

/// Its own end, or ours: nothing of it stays.
void ClipboardBroker::end()
{
    process_source_.reset();
    control_source_.reset();
    control_.reset();
    image_.reset();
    if (process_) {
        process_.signal(SIGKILL);
        process_.reap();
        process_ = Process();
    }
}

void ClipboardBroker::handle_process(std::uint32_t)
{
    int const status = process_.reap();
    process_ = Process();
    end();
    say("the clipboard broker ended with status " + std::to_string(status) + "; starting it again");
    restart_.arm(restart_delay(++restarts_));
}

void ClipboardBroker::handle_restart()
{
    if (auto const started = start(); !started) {
        say(started.error().message());
        restart_.arm(restart_delay(++restarts_));
    }
}

void ClipboardBroker::handle_control(std::uint32_t)
{
    transport::ClipboardQuestion question;
    switch (transport::receive_struct(control_.get(), question)) {
    case StructReceive::message: return answer(question);
    case StructReceive::closed:
        control_source_.reset();
        process_.signal(SIGKILL); // its end is told by its descriptor
        return;
    case StructReceive::nothing: return;
    }
}

void ClipboardBroker::answer(transport::ClipboardQuestion const& question)
{
    switch (question.kind) {
    case ClipboardQuestionKind::paste: return ask_policy(question);
    case ClipboardQuestionKind::image: return start_image(question);
    case ClipboardQuestionKind::send_files: return send_files(question);
    }
}

void ClipboardBroker::send_files(transport::ClipboardQuestion const& question)
{
    senders_[question.serial] = std::make_unique<FileSender>(
        loop_, setup_.files, std::string(transport::name_view(question.source)),
        std::string(transport::name_view(question.target)),
        [this, serial = question.serial](bool sent) { handle_files_sent(serial, sent); });
}

void ClipboardBroker::handle_files_sent(std::uint32_t serial, bool sent)
{
    senders_.erase(serial);
    send({.kind = ClipboardOrderKind::files_sent, .serial = serial, .allowed = sent ? 1U : 0U});
}

void ClipboardBroker::start_image(transport::ClipboardQuestion const& question)
{
    ClipboardOrder order{.kind = ClipboardOrderKind::image, .serial = question.serial};
    ImageJob::Ends ends;
    auto job = ImageJob::start(loop_, setup_.images, question.limit, ends);
    if (!job) {
        say("a picture on the clipboard: " + job.error().message());
        return send(order);
    }
    image_ = std::move(*job); // the one before ends: the broker holds one thing
    std::array<int, std::tuple_size_v<ImageJob::Ends>> descriptors{};
    std::ranges::transform(ends, descriptors.begin(), &Fd::get);
    send(order, descriptors);
}

void ClipboardBroker::ask_policy(transport::ClipboardQuestion const& question)
{
    // A broker that was started since does not know the serial.
    policy_.may_paste(std::string(transport::name_view(question.source)),
                      std::string(transport::name_view(question.target)),
                      std::string(transport::type_word(question.type)),
                      [this, serial = question.serial](bool allowed) {
                          send({.kind = ClipboardOrderKind::policy,
                                .serial = serial,
                                .allowed = allowed ? 1U : 0U});
                      });
}

void ClipboardBroker::set_compositor(CompositorLink* compositor)
{
    compositor_ = compositor;
    if (compositor_)
        connect_compositor();
    else
        send({.kind = ClipboardOrderKind::set_compositor});
}

void ClipboardBroker::connect_compositor()
{
    if (!compositor_ || !control_)
        return;
    auto pair = socket_pair(SOCK_SEQPACKET);
    if (!pair)
        return say("the clipboard's connection: " + pair.error().message());
    send({.kind = ClipboardOrderKind::set_compositor}, std::array{pair->first.get()});
    compositor_->set_clipboard(std::move(pair->second));
}

void ClipboardBroker::set_qube(std::uint32_t domain, std::string const& name, Limits const& limits)
{
    Known& qube = qubes_[domain];
    qube.name = name;
    qube.limits = limits;
    tell(domain, qube, false);
}

Result<Fd> ClipboardBroker::connect(std::uint32_t domain)
{
    auto [brokers, guids] = TRY(socket_pair(SOCK_SEQPACKET));
    // Room for the largest clipboard, so that no end waits for the other's turn.
    int const room = 212992;
    for (int const end : {brokers.get(), guids.get()})
        setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    Known& qube = qubes_[domain];
    qube.link = std::move(brokers);
    tell(domain, qube, true);
    return std::move(guids);
}

void ClipboardBroker::remove_qube(std::uint32_t domain)
{
    if (qubes_.erase(domain) != 0)
        send({.kind = ClipboardOrderKind::remove_qube, .domain = domain});
}

void ClipboardBroker::clear()
{
    send({.kind = ClipboardOrderKind::clear});
}

void ClipboardBroker::tell(std::uint32_t domain, Known const& qube, bool with_link)
{
    int const link = qube.link.get();
    send({.kind = ClipboardOrderKind::set_qube,
          .domain = domain,
          .limit = qube.limits.text,
          .image_limit = qube.limits.image,
          .name = transport::name_field(qube.name)},
         std::span<int const>(&link, with_link ? 1 : 0));
}

void ClipboardBroker::send(ClipboardOrder const& order, std::span<int const> descriptors)
{
    // A broker that does not read is none: another is told everything from the start.
    if (control_ && !transport::send_struct(control_.get(), order, descriptors))
        process_.signal(SIGKILL);
}

} // namespace vitrail::session
