#include "lib/qrexec/build.hpp"

#include <cstring>

namespace vitrail::qrexec {
namespace {

template <Pod T> void append(Bytes& out, T const& value)
{
    auto const bytes = std::as_bytes(std::span(&value, 1));
    out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_text(Bytes& out, std::string_view text)
{
    auto const bytes = std::as_bytes(std::span(text));
    out.insert(out.end(), bytes.begin(), bytes.end());
    out.push_back(std::byte{0});
}

void begin(Bytes& out, Type type, std::size_t length)
{
    append(out, Header{static_cast<std::uint32_t>(type), static_cast<std::uint32_t>(length)});
}

/// The rest of the field is NULs: nothing of ours leaks (QSB 009).
template <std::size_t N> void set_field(char (&field)[N], std::string_view text)
{
    std::memset(field, 0, N);
    text.copy(field, N - 1);
}

template <std::size_t N> void set_ident(char (&field)[N], RequestId const& request)
{
    std::memcpy(field, request.bytes.data(), N);
}

} // namespace

void build_raw(Bytes& out, std::uint32_t type, std::span<std::byte const> body)
{
    append(out, Header{type, static_cast<std::uint32_t>(body.size())});
    out.insert(out.end(), body.begin(), body.end());
}

void build(Bytes& out, Hello const& message)
{
    begin(out, Type::hello, sizeof(PeerInfo));
    append(out, PeerInfo{message.version});
}

void build(Bytes& out, Execute const& message)
{
    begin(out, message.just ? Type::just_exec : Type::exec_cmdline,
          sizeof(ExecParams) + message.command.size() + 1);
    append(out, ExecParams{message.domain.value, message.port});
    append_text(out, message.command);
}

void build(Bytes& out, Connect const& message)
{
    begin(out, Type::service_connect, sizeof(ServiceConnect));
    ServiceConnect body{message.domain.value, message.port, {}};
    set_ident(body.ident, message.request);
    append(out, body);
}

void build(Bytes& out, Refused const& message)
{
    begin(out, Type::service_refused, sizeof(ServiceParams));
    ServiceParams body{};
    set_ident(body.ident, message.request);
    append(out, body);
}

void build(Bytes& out, Terminated const& message)
{
    begin(out, Type::connection_terminated, sizeof(ExecParams));
    append(out, ExecParams{message.domain.value, message.port});
}

void build_header(Bytes& out, Type type, std::size_t length)
{
    begin(out, type, length);
}

void build(Bytes& out, CallPipes const& message)
{
    begin(out, Type::call_pipes, sizeof(ExecParams));
    append(out, ExecParams{message.domain.value, message.port});
}

void build(Bytes& out, Assigned const& message)
{
    begin(out, message.type, sizeof(ExecParams));
    append(out, ExecParams{message.domain.value, message.port});
}

void build(Bytes& out, Data const& message)
{
    begin(out, message.type, message.bytes.size());
    out.insert(out.end(), message.bytes.begin(), message.bytes.end());
}

void build(Bytes& out, ExitCode const& message)
{
    begin(out, Type::data_exit_code, sizeof(message.code));
    append(out, message.code);
}

void build(Bytes& out, Trigger const& message, std::uint32_t version)
{
    std::string service;
    if (message.call)
        service = message.call->has_plus ? message.call->descriptor() : message.call->name;
    if (version < 3) {
        begin(out, Type::trigger_service, sizeof(TriggerService));
        TriggerService body{};
        set_field(body.service_name, service);
        set_field(body.target_domain, message.target);
        set_ident(body.ident, message.request);
        append(out, body);
    } else if (version == 3) {
        begin(out, Type::trigger_service3, sizeof(TriggerService3) + service.size() + 1);
        TriggerService3 body{};
        set_field(body.target_domain, message.target);
        set_ident(body.ident, message.request);
        append(out, body);
        append_text(out, service);
    } else {
        begin(out, Type::trigger_service4, sizeof(TriggerService4) + service.size() + 1);
        TriggerService4 body{};
        set_field(body.source_domain, message.source);
        set_field(body.target_domain, message.target);
        set_ident(body.ident, message.request);
        append(out, body);
        append_text(out, service);
    }
}

void build_meeting(Bytes& out, Connect const& message)
{
    append(out, ExecParams{message.domain.value, message.port});
}

std::optional<Assigned> parse_meeting(std::span<std::byte const, sizeof(ExecParams)> bytes)
{
    return load<ExecParams>(bytes).check(
        [](ExecParams const& untrusted) -> std::optional<Assigned> {
            if (untrusted.connect_port < first_data_port || untrusted.connect_port > last_data_port)
                return std::nullopt;
            return Assigned{Type::service_connect, DomainId(untrusted.connect_domain),
                            untrusted.connect_port};
        });
}

} // namespace vitrail::qrexec
