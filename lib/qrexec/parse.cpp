#include "lib/qrexec/parse.hpp"

#include "lib/base/result.hpp"

#include <bit>
#include <cstring>

namespace vitrail::qrexec {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian");

namespace {

std::unexpected<Violation> refuse(Frame const& frame, Rule rule, std::uint64_t value = 0)
{
    return std::unexpected(Violation{rule, static_cast<std::uint32_t>(frame.type), value});
}

/// The fixed part, every field of it still untrusted. Refuses a body that is shorter, or one of
/// another size where the message has no tail.
template <Pod T> std::expected<T, Violation> fixed(Frame const& frame, Stream stream)
{
    Message const* const row = find_message(static_cast<std::uint32_t>(frame.type), stream);
    if (!row)
        return refuse(frame, Rule::wrong_direction);
    std::size_t const size = frame.body.size();
    if (size < sizeof(T) || row->fixed != sizeof(T) || size < row->fixed + row->min_tail ||
        size > row->fixed + row->max_tail)
        return refuse(frame, Rule::bad_length, size);
    return load<T>(frame.body.first<sizeof(T)>()).check([](T const& untrusted) {
        return untrusted;
    });
}

template <Pod T> std::string_view tail(Frame const& frame)
{
    auto const bytes = frame.body.subspan(sizeof(T));
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

/// Text with exactly one NUL, its last byte.
std::optional<std::string_view> terminated_text(std::string_view untrusted)
{
    if (untrusted.empty() || untrusted.find('\0') != untrusted.size() - 1)
        return std::nullopt;
    return untrusted.substr(0, untrusted.size() - 1);
}

/// The bytes before the first NUL of a field; nothing when it has none.
template <std::size_t N> std::optional<std::string_view> text_field(char const (&untrusted)[N])
{
    std::string_view const field(untrusted, N);
    auto const end = field.find('\0');
    return end == std::string_view::npos ? std::nullopt : std::optional(field.substr(0, end));
}

RequestId request_id(char const (&untrusted)[sizeof(ServiceParams::ident)])
{
    RequestId id;
    std::memcpy(id.bytes.data(), untrusted, id.bytes.size());
    return id;
}

constexpr bool is_port(std::uint32_t port)
{
    return port >= first_data_port && port <= last_data_port;
}

std::expected<Hello, Violation> parse_hello(Frame const& frame, Stream stream)
{
    return Hello{TRY(fixed<PeerInfo>(frame, stream)).version};
}

/// `may_choose`: a client leaves the port to the daemon by 0.
std::expected<Execute, Violation> parse_execute(Frame const& frame, Stream stream, bool may_choose)
{
    auto const untrusted = TRY(fixed<ExecParams>(frame, stream));
    if (!is_port(untrusted.connect_port) && !(may_choose && untrusted.connect_port == 0))
        return refuse(frame, Rule::bad_port, untrusted.connect_port);
    auto const command = terminated_text(tail<ExecParams>(frame));
    if (!command)
        return refuse(frame, Rule::bad_text);
    return Execute{.just = frame.type == Type::just_exec,
                   .domain = DomainId(untrusted.connect_domain),
                   .port = untrusted.connect_port,
                   .command = std::string(*command)};
}

std::expected<Connect, Violation> parse_connect(Frame const& frame, Stream stream, bool may_choose)
{
    auto const untrusted = TRY(fixed<ServiceConnect>(frame, stream));
    if (!is_port(untrusted.connect_port) && !(may_choose && untrusted.connect_port == 0))
        return refuse(frame, Rule::bad_port, untrusted.connect_port);
    RequestId const request = request_id(untrusted.ident);
    if (!is_request_ident(request.field()))
        return refuse(frame, Rule::bad_text);
    return Connect{DomainId(untrusted.connect_domain), untrusted.connect_port, request};
}

std::expected<CallPipes, Violation> parse_pipes(Frame const& frame, Stream stream, bool may_choose)
{
    auto const untrusted = TRY(fixed<ExecParams>(frame, stream));
    if (!is_port(untrusted.connect_port) && !(may_choose && untrusted.connect_port == 0))
        return refuse(frame, Rule::bad_port, untrusted.connect_port);
    return CallPipes{DomainId(untrusted.connect_domain), untrusted.connect_port};
}

std::expected<Terminated, Violation> parse_terminated(Frame const& frame)
{
    auto const untrusted = TRY(fixed<ExecParams>(frame, Stream::agent_to_daemon));
    if (!is_port(untrusted.connect_port))
        return refuse(frame, Rule::bad_port, untrusted.connect_port);
    return Terminated{DomainId(untrusted.connect_domain), untrusted.connect_port};
}

/// What the three forms have in common: a part that is missing or wrong leaves no call.
Trigger make_trigger(RequestId request, std::optional<std::string_view> untrusted_source,
                     std::optional<std::string_view> untrusted_target,
                     std::optional<std::string_view> untrusted_service)
{
    Trigger trigger{.request = request, .target = "", .source = "", .call = {}};
    if (!untrusted_source || !untrusted_target || !untrusted_service ||
        !is_request_ident(request.field()))
        return trigger;
    trigger.source = clean_target(*untrusted_source);
    trigger.target = clean_target(*untrusted_target);
    trigger.call = parse_service(clean_service(*untrusted_service));
    return trigger;
}

std::expected<Trigger, Violation> parse_trigger2(Frame const& frame)
{
    auto const untrusted = TRY(fixed<TriggerService>(frame, Stream::agent_to_daemon));
    return make_trigger(request_id(untrusted.ident), "", text_field(untrusted.target_domain),
                        text_field(untrusted.service_name));
}

std::expected<Trigger, Violation> parse_trigger3(Frame const& frame)
{
    auto const untrusted = TRY(fixed<TriggerService3>(frame, Stream::agent_to_daemon));
    return make_trigger(request_id(untrusted.ident), "", text_field(untrusted.target_domain),
                        terminated_text(tail<TriggerService3>(frame)));
}

std::expected<Trigger, Violation> parse_trigger4(Frame const& frame, Stream stream)
{
    auto const untrusted = TRY(fixed<TriggerService4>(frame, stream));
    return make_trigger(request_id(untrusted.ident), text_field(untrusted.source_domain),
                        text_field(untrusted.target_domain),
                        terminated_text(tail<TriggerService4>(frame)));
}

} // namespace

std::expected<AgentMessage, Violation> parse_from_agent(Frame const& frame)
{
    constexpr Stream stream = Stream::agent_to_daemon;
    switch (frame.type) {
    case Type::hello: return parse_hello(frame, stream);
    case Type::trigger_service: return parse_trigger2(frame);
    case Type::trigger_service3: return parse_trigger3(frame);
    case Type::trigger_service4: return parse_trigger4(frame, stream);
    case Type::connection_terminated: return parse_terminated(frame);
    default: return refuse(frame, Rule::wrong_direction);
    }
}

std::expected<DaemonMessage, Violation> parse_from_daemon(Frame const& frame)
{
    constexpr Stream stream = Stream::daemon_to_agent;
    switch (frame.type) {
    case Type::hello: return parse_hello(frame, stream);
    case Type::exec_cmdline:
    case Type::just_exec: return parse_execute(frame, stream, false);
    case Type::service_connect: return parse_connect(frame, stream, false);
    case Type::call_pipes: return parse_pipes(frame, stream, false);
    case Type::service_refused:
        return Refused{request_id(TRY(fixed<ServiceParams>(frame, stream)).ident)};
    default: return refuse(frame, Rule::wrong_direction);
    }
}

std::expected<ClientMessage, Violation> parse_from_client(Frame const& frame)
{
    constexpr Stream stream = Stream::client_to_daemon;
    switch (frame.type) {
    case Type::hello: return parse_hello(frame, stream);
    case Type::exec_cmdline:
    case Type::just_exec: return parse_execute(frame, stream, true);
    case Type::service_connect: return parse_connect(frame, stream, true);
    case Type::call_pipes: return parse_pipes(frame, stream, true);
    default: return refuse(frame, Rule::wrong_direction);
    }
}

std::expected<DaemonAnswer, Violation> parse_answer(Frame const& frame)
{
    constexpr Stream stream = Stream::daemon_to_client;
    if (frame.type == Type::hello)
        return parse_hello(frame, stream);
    auto const untrusted = TRY(fixed<ExecParams>(frame, stream));
    if (!is_port(untrusted.connect_port))
        return refuse(frame, Rule::bad_port, untrusted.connect_port);
    return Assigned{frame.type, DomainId(untrusted.connect_domain), untrusted.connect_port};
}

std::expected<Trigger, Violation> parse_trigger(Frame const& frame)
{
    return parse_trigger4(frame, Stream::trigger);
}

std::expected<CallMessage, Violation> parse_call(Frame const& frame)
{
    // One table row serves both directions of a call.
    constexpr Stream stream = Stream::to_caller;
    if (frame.type == Type::hello)
        return parse_hello(frame, stream);
    if (is_data(frame.type)) {
        if (frame.body.size() > max_chunk_3)
            return refuse(frame, Rule::bad_length, frame.body.size());
        return Data{frame.type, frame.body};
    }
    if (frame.type != Type::data_exit_code)
        return refuse(frame, Rule::wrong_direction);
    constexpr std::int32_t unreadable = 255;
    if (frame.body.size() > sizeof(std::int32_t))
        return refuse(frame, Rule::bad_length, frame.body.size());
    if (frame.body.size() < sizeof(std::int32_t))
        return ExitCode{unreadable};
    return load<ExitCode>(frame.body.first<sizeof(ExitCode)>()).check([](ExitCode untrusted) {
        return untrusted;
    });
}

} // namespace vitrail::qrexec
