#include "services/qrexecd/ask_call.hpp"

#include "lib/os/line_socket.hpp"
#include "lib/qrexec/names.hpp"

#include <nlohmann/json.hpp>
#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <utility>

namespace vitrail::qrexecd {
namespace {

constexpr std::chrono::minutes patience{2};
constexpr std::size_t max_answer = 256;

std::string request(std::string_view service, nlohmann::json const& object)
{
    std::string text(service);
    text += " dom0 name dom0";
    text += '\0';
    return text + object.dump();
}

/// A connection that everything of it was said on.
Fd say(std::string const& socket, std::string const& text)
{
    auto connection = connect_unix(socket);
    if (!connection || send(connection->get(), text.data(), text.size(), MSG_NOSIGNAL) !=
                           static_cast<ssize_t>(text.size()))
        return {};
    shutdown(connection->get(), SHUT_WR);
    return std::move(*connection);
}

} // namespace

std::string build_ask(qrexec::Decision const& decision, qrexec::Ask const& ask,
                      qrexec::ServiceCall const& service)
{
    nlohmann::json const question{{"source", decision.source},
                                  {"service", service.name},
                                  {"argument", "+" + service.argument},
                                  {"targets", ask.candidates},
                                  {"default_target", ask.default_target},
                                  {"icons", nlohmann::json::object()}};
    return request("policy.Ask", question);
}

std::optional<std::string> build_notice(qrexec::Decision const& decision,
                                        qrexec::ServiceCall const& service)
{
    auto const* const deny = std::get_if<qrexec::Deny>(&decision.outcome);
    auto const* const allow = std::get_if<qrexec::Allow>(&decision.outcome);
    if (!(deny && deny->notify) && !(allow && allow->notify))
        return std::nullopt;
    return request("policy.Notify", {{"resolution", deny ? "deny" : "allow"},
                                     {"source", decision.source},
                                     {"service", service.name},
                                     {"argument", "+" + service.argument},
                                     {"target", deny ? decision.requested : allow->text()}});
}

void tell_notice(std::string const& socket, std::string const& notice)
{
    if (!say(socket, notice))
        std::fputs("vitrail-qrexec-policy: nobody shows what was decided\n", stderr);
}

std::optional<std::string> parse_ask_answer(std::string_view text)
{
    constexpr std::string_view allow = "allow:";
    if (!text.starts_with(allow) || text.size() > max_answer)
        return std::nullopt;
    text.remove_prefix(allow.size());
    if (text.ends_with('\n'))
        text.remove_suffix(1);
    if (text.empty() || qrexec::clean_target(text) != text)
        return std::nullopt;
    return std::string(text);
}

AskCall::AskCall(wl_event_loop* loop, std::string const& socket, std::string const& question,
                 Handle handle)
    : handle_(std::move(handle)), timeout_(loop, *this)
{
    socket_ = say(socket, question);
    if (socket_) {
        source_.emplace(loop, *this, socket_.get(), WL_EVENT_READABLE);
        timeout_.arm(patience);
        return;
    }
    std::fputs("vitrail-qrexec-policy: nobody can be asked\n", stderr);
    timeout_.arm(std::chrono::milliseconds(1)); // told from the loop as well
}

void AskCall::handle_ready(std::uint32_t)
{
    std::array<char, max_answer> bytes{};
    ssize_t const got = recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0)
        text_.append(bytes.data(), static_cast<std::size_t>(got));
    if (got > 0 && text_.size() <= max_answer)
        return;
    tell(parse_ask_answer(text_));
}

void AskCall::handle_timeout()
{
    tell(std::nullopt);
}

void AskCall::tell(std::optional<std::string> const& target)
{
    source_.reset();
    socket_.reset(); // the prompt takes its question back
    timeout_.disarm();
    auto const handle = std::exchange(handle_, {});
    handle(target);
}

} // namespace vitrail::qrexecd
