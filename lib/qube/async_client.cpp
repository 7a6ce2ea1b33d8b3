#include "lib/qube/async_client.hpp"

#include "lib/os/fd.hpp"
#include "lib/os/line_socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace vitrail::qube {

/// One call on its way: what of the request is not sent yet, what came back.
class AsyncAdminClient::Exchange {
public:
    Exchange(AsyncAdminClient& owner, std::uint64_t number, Fd socket, std::string request)
        : owner_(owner),
          number_(number),
          socket_(std::move(socket)),
          out_(std::move(request)),
          source_(owner.loop_, *this, socket_.get(), WL_EVENT_READABLE | WL_EVENT_WRITABLE)
    {
    }

    Answer answer;                                ///< of a plain call
    std::function<void(AdminEvent const&)> event; ///< of a stream
    std::function<void(AdminError const&)> ended; ///< of a stream

    void handle_ready(std::uint32_t ready)
    {
        if ((ready & WL_EVENT_WRITABLE) != 0 && !out_.empty())
            send_more();
        if ((ready & (WL_EVENT_READABLE | WL_EVENT_HANGUP | WL_EVENT_ERROR)) != 0)
            receive();
    }

private:
    void send_more()
    {
        ssize_t const sent =
            send(socket_.get(), out_.data(), out_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (sent < 0)
            out_.clear(); // it may have answered all the same: read what there is
        else
            out_.erase(0, static_cast<std::size_t>(sent));
        if (out_.empty()) {
            shutdown(socket_.get(), SHUT_WR);
            source_.set_mask(WL_EVENT_READABLE);
        }
    }
    void receive()
    {
        std::array<char, 16384> bytes; // NOLINT: filled by read
        ssize_t const got = read(socket_.get(), bytes.data(), bytes.size());
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        std::string_view const more(bytes.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
        if (event)
            return take_events(more);
        untrusted_in_ += more;
        if (got > 0)
            return;
        Answer const whom = std::move(answer);
        Outcome<std::string> reply = untrusted_in_.empty()
                                         ? refuse(exception::generic, "qubesd has not answered")
                                         : parse_reply(untrusted_in_);
        owner_.end(number_); // ends us
        whom(std::move(reply));
    }
    void take_events(std::string_view more)
    {
        bool gone = false;
        gone_ = &gone;
        events_.feed(more);
        Outcome<std::optional<AdminEvent>> next = events_.next();
        for (; next && *next; next = events_.next()) {
            event(**next);
            if (gone)
                return;
        }
        gone_ = nullptr;
        if (next && !more.empty())
            return;
        AdminError const why =
            next ? AdminError{std::string(exception::generic), "qubesd has ended"} : next.error();
        auto const whom = std::move(ended);
        owner_.end(number_); // ends us
        whom(why);
    }

public:
    ~Exchange()
    {
        if (gone_)
            *gone_ = true;
    }
    Exchange(Exchange const&) = delete;
    Exchange& operator=(Exchange const&) = delete;

private:
    AsyncAdminClient& owner_;
    std::uint64_t number_;
    Fd socket_;
    std::string out_;
    std::string untrusted_in_;
    EventParser events_;
    bool* gone_ = nullptr; ///< set true by the destructor while a handler of ours runs
    FdSource<&Exchange::handle_ready> source_;
};

AsyncAdminClient::AsyncAdminClient(wl_event_loop* loop, std::string socket, std::string source)
    : loop_(loop), socket_(std::move(socket)), source_(std::move(source))
{
}

AsyncAdminClient::~AsyncAdminClient() = default;

void AsyncAdminClient::end_all()
{
    exchanges_.clear();
}

void AsyncAdminClient::end(std::uint64_t number)
{
    exchanges_.erase(number);
}

void AsyncAdminClient::add(Call const& call, std::function<void(Exchange&)> const& set_up,
                           Answer const& refused)
{
    auto socket = connect_unix(socket_);
    if (!socket)
        return refused(refuse(exception::generic, "qubesd at " + socket.error().message()));
    std::uint64_t const number = next_++;
    auto made =
        std::make_unique<Exchange>(*this, number, std::move(*socket),
                                   build_request({call.method, call.argument, party_named(source_),
                                                  party_named(call.destination), call.payload}));
    set_up(*made);
    exchanges_[number] = std::move(made);
}

void AsyncAdminClient::call(Call const& call, Answer answer)
{
    add(call, [&](Exchange& one) { one.answer = answer; }, answer);
}

void AsyncAdminClient::call_in_order(std::vector<Call> calls, Answer answer)
{
    if (calls.empty())
        return answer(std::string());
    Call const first = std::move(calls.front());
    calls.erase(calls.begin());
    call(first, [this, calls = std::move(calls),
                 answer = std::move(answer)](Outcome<std::string> outcome) mutable {
        if (!outcome || calls.empty())
            return answer(std::move(outcome));
        call_in_order(std::move(calls), std::move(answer));
    });
}

void AsyncAdminClient::follow(std::function<void(AdminEvent const&)> event,
                              std::function<void(AdminError const&)> ended, std::string method)
{
    add(
        {std::string(dom0), std::move(method)},
        [&](Exchange& one) {
            one.event = std::move(event);
            one.ended = ended;
        },
        [&](Outcome<std::string> const& refused) { ended(refused.error()); });
}

} // namespace vitrail::qube
