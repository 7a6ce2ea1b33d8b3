#include "tools/prompt/desk.hpp"

#include <sys/socket.h>

#include <array>
#include <cstdio>
#include <functional>
#include <utility>

namespace vitrail::prompt {

/// One request up to its end, then the answer or the end of who asked.
class Desk::Connection {
public:
    using HandleRequest = std::function<void(std::string_view)>;
    using HandleEnd = std::function<void()>;
    /// Both may destroy this object.
    Connection(wl_event_loop* loop, Fd socket, HandleRequest handle_request, HandleEnd handle_end)
        : socket_(std::move(socket)),
          handle_request_(std::move(handle_request)),
          handle_end_(std::move(handle_end)),
          source_(loop, *this, socket_.get(), WL_EVENT_READABLE)
    {
    }
    void answer(std::string const& text) const
    {
        (void)send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    [[nodiscard]] bool asked() const { return asked_; }

private:
    void handle_ready(std::uint32_t ready)
    {
        if (asked_)
            return (ready & (WL_EVENT_HANGUP | WL_EVENT_ERROR)) != 0 ? end() : void();
        std::array<char, 4096> bytes{};
        ssize_t const got = recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got > 0)
            text_.append(bytes.data(), static_cast<std::size_t>(got));
        if (got < 0 || text_.size() > max_request)
            return end();
        if (got > 0)
            return;
        asked_ = true;
        source_.set_mask(0); // nothing but its end
        auto const handle = std::exchange(handle_request_, {});
        handle(text_);
    }
    void end()
    {
        auto const handle = std::exchange(handle_end_, {});
        handle();
    }

    Fd socket_;
    HandleRequest handle_request_;
    HandleEnd handle_end_;
    std::string text_;
    bool asked_ = false;
    FdSource<&Connection::handle_ready> source_;
};

Desk::Desk(wl_event_loop* loop, Events& events) : loop_(loop), events_(events)
{
}
Desk::~Desk() = default;

Result<> Desk::listen(std::string const& path)
{
    listener_ = TRY(
        LineListener::listen(loop_, path, [this](Fd one) { handle_connection(std::move(one)); }));
    return {};
}

void Desk::handle_connection(Fd socket)
{
    if (connections_.size() >= max_connections)
        return; // its end is a no
    std::uint64_t const number = next_++;
    connections_[number] = std::make_unique<Connection>(
        loop_, std::move(socket),
        [this, number](std::string_view text) { handle_request(number, text); },
        [this, number] { handle_end(number); });
}

void Desk::handle_request(std::uint64_t number, std::string_view text)
{
    auto const request = parse_request(text);
    if (!request)
        std::fputs("vitrail-prompt: a request that makes no sense is refused\n", stderr);
    if (request && std::holds_alternative<Question>(*request))
        return events_.handle_question(number, std::get<Question>(*request));
    connections_.erase(number);
    if (request)
        events_.handle_notice(std::get<Notice>(*request));
}

void Desk::handle_end(std::uint64_t number)
{
    bool const asked = connections_.at(number)->asked();
    connections_.erase(number);
    if (asked)
        events_.handle_withdrawn(number);
}

void Desk::answer(std::uint64_t number, std::optional<std::string> const& target)
{
    auto const found = connections_.find(number);
    if (found == connections_.end())
        return;
    found->second->answer(build_answer(target));
    connections_.erase(found);
}

} // namespace vitrail::prompt
