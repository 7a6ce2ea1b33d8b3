#include "tests/support/clipboard_stage.hpp"

#include "lib/transport/struct_link.hpp"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>

namespace vitrail::test {

using namespace transport;

namespace {

constexpr int patience_ms = 20'000;

Result<std::pair<Fd, Fd>> link_pair()
{
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return errno_error("a pair of sockets");
    for (int const end : ends) {
        int const room = 212992;
        setsockopt(end, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
    }
    return std::pair(Fd(ends[0]), Fd(ends[1]));
}

bool readable(int fd)
{
    pollfd wait{fd, POLLIN, 0};
    return poll(&wait, 1, patience_ms) == 1;
}

template <typename T> std::optional<T> next(int link)
{
    T message;
    if (readable(link) && receive_struct(link, message) == StructReceive::message)
        return message;
    return std::nullopt;
}

} // namespace

Result<std::unique_ptr<ClipboardStage>> ClipboardStage::start(std::string program, std::string log)
{
    auto stage = std::make_unique<ClipboardStage>();
    auto [ours, theirs] = TRY(link_pair());
    fcntl(theirs.get(), F_SETFD, 0);
    stage->process_ = std::make_unique<ChildProcess>(TRY(ChildProcess::start(
        {.arguments = {std::move(program), "--link-fd", std::to_string(theirs.get())},
         .environment = {},
         .output = std::move(log)})));
    stage->control = std::move(ours);
    stage->connect_compositor();
    return stage;
}

void ClipboardStage::add_qube(std::uint32_t domain, std::string_view name, std::uint32_t limit)
{
    guids_[domain] = std::make_unique<ClipboardPort>(connect_qube(domain, name, limit));
}

Fd ClipboardStage::connect_qube(std::uint32_t domain, std::string_view name, std::uint32_t limit)
{
    auto pair = link_pair();
    if (!pair)
        return {};
    static_cast<void>(send_struct(control.get(),
                                  ClipboardOrder{.kind = ClipboardOrderKind::set_qube,
                                                 .domain = domain,
                                                 .limit = limit,
                                                 .name = name_field(name)},
                                  pair->second.get()));
    wait_until_taken();
    return std::move(pair->first);
}

void ClipboardStage::wait_until_taken()
{
    int waiting = 1;
    for (int i = 0; i < patience_ms && waiting > 0; ++i) {
        if (ioctl(control.get(), SIOCOUTQ, &waiting) != 0)
            return;
        if (waiting > 0)
            poll(nullptr, 0, 1);
    }
}

void ClipboardStage::connect_compositor()
{
    auto pair = link_pair();
    if (!pair)
        return;
    static_cast<void>(send_struct(control.get(),
                                  ClipboardOrder{.kind = ClipboardOrderKind::set_compositor},
                                  pair->second.get()));
    compositor = std::move(pair->first);
}

void ClipboardStage::send_settings(std::uint32_t keep_s, std::uint32_t moment_ms)
{
    static_cast<void>(
        send_struct(compositor.get(), ClipboardChord{.kind = ClipboardChordKind::settings,
                                                     .keep_s = keep_s,
                                                     .moment_ms = moment_ms}));
}

void ClipboardStage::chord(ClipboardChordKind kind, std::uint32_t origin)
{
    static_cast<void>(send_struct(
        compositor.get(), ClipboardChord{.kind = kind, .origin = origin, .focused_ms = 1000}));
}

void ClipboardStage::decide(ClipboardQuestion const& question, bool allowed)
{
    static_cast<void>(send_struct(control.get(), ClipboardOrder{.kind = ClipboardOrderKind::policy,
                                                                .serial = question.serial,
                                                                .allowed = allowed ? 1U : 0U}));
}

std::optional<ClipboardNotice> ClipboardStage::notice()
{
    return next<ClipboardNotice>(compositor.get());
}

std::optional<ClipboardNotice> ClipboardStage::notice(ClipboardNoticeKind kind)
{
    while (true) {
        auto const found = notice();
        if (!found || found->kind == kind)
            return found;
    }
}

std::optional<ClipboardQuestion> ClipboardStage::question()
{
    return next<ClipboardQuestion>(control.get());
}

std::optional<ClipboardRecord> ClipboardStage::asked(std::uint32_t domain)
{
    ClipboardPort& port = guid(domain);
    if (readable(port.fd()) && port.receive(received_) == ClipboardPort::Receive::record &&
        received_.record.kind == ClipboardRecordKind::ask)
        return received_.record;
    return std::nullopt;
}

std::optional<std::string> ClipboardStage::pasted(std::uint32_t domain)
{
    ClipboardPort& port = guid(domain);
    std::string text;
    do {
        if (!readable(port.fd()) || port.receive(received_) != ClipboardPort::Receive::record ||
            received_.record.kind != ClipboardRecordKind::paste_data)
            return std::nullopt;
        text.append(reinterpret_cast<char const*>(received_.payload.data()),
                    received_.payload.size());
    } while ((received_.record.flags & clipboard_flag_last) == 0);
    return text;
}

std::optional<ClipboardNotice> ClipboardStage::copy(std::uint32_t domain, std::string_view text)
{
    chord(ClipboardChordKind::copy, domain);
    auto const ask = asked(domain);
    if (!ask || !guid(domain).send({ClipboardRecordKind::copy_data, ask->serial, 0, 0},
                                   std::as_bytes(std::span(text))))
        return std::nullopt;
    auto const asking = notice();
    return asking && asking->kind == ClipboardNoticeKind::asking ? notice() : asking;
}

std::optional<std::string> ClipboardStage::paste(std::uint32_t domain)
{
    chord(ClipboardChordKind::paste, domain);
    chord(ClipboardChordKind::proceed);
    auto const wanted = question();
    if (!wanted)
        return std::nullopt;
    decide(*wanted, true);
    return pasted(domain);
}

} // namespace vitrail::test
