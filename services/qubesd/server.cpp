#include "services/qubesd/server.hpp"

#include "lib/os/line_socket.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

namespace vitrail::qubesd {

/// One call on a socket: reads to the caller's end, hands it to the API, writes the answer, closes.
class Server::Connection {
public:
    Connection(Server& server, std::uint64_t number, Scope scope, Fd socket)
        : server_(server), number_(number), scope_(scope), socket_(std::move(socket))
    {
    }
    ~Connection()
    {
        if (subscription_ != 0)
            server_.events_.unsubscribe(subscription_);
        shutdown(socket_.get(), SHUT_RDWR); // a job's child may hold it too
    }
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    /// Reads what is there. Most callers have asked before they are accepted: nothing of them has
    /// to be watched, and an answer costs no call to the kernel but its own.
    void read_request()
    {
        std::array<char, 65536> bytes; // NOLINT: filled by read
        for (;;) {
            ssize_t const got = read(socket_.get(), bytes.data(), bytes.size());
            if (got == 0)
                return take_request();
            if (got < 0 && errno == EINTR)
                continue;
            if (got < 0 && errno == EAGAIN) {
                watch(WL_EVENT_READABLE);
                if (!deadline_)
                    deadline_.emplace(server_.loop_, *this).arm(max_request_time);
                return;
            }
            if (got > 0)
                untrusted_in_.append(bytes.data(), static_cast<std::size_t>(got));
            if (got < 0 || untrusted_in_.size() > qube::max_request)
                return server_.end(number_);
        }
    }

    void handle_ready(std::uint32_t ready)
    {
        if ((ready & WL_EVENT_WRITABLE) != 0 && !flush())
            return;
        if ((ready & WL_EVENT_ERROR) != 0 || (sent_ && (ready & WL_EVENT_HANGUP) != 0))
            return server_.end(number_);
        if (!asked_)
            read_request();
    }
    void handle_deadline() { server_.end(number_); }

    void reply(qube::Outcome<std::string> const& outcome)
    {
        if (!outcome && outcome.error().type.empty())
            return server_.end(number_);
        out_ = outcome ? qube::build_success(*outcome) : qube::build_exception(outcome.error());
        last_ = true;
        sent_ = true;
        flush();
    }

    void stream(Subscription const& subscription)
    {
        sent_ = true;
        subscription_ = server_.events_.subscribe(
            subscription, [this](qube::AdminEvent const&, std::string const& bytes) {
                push(bytes); // may end us
            });
        push(subscription.kind == Subscription::Kind::events
                 ? qube::build_event({"", "connection-established", {}})
                 : std::string());
    }

private:
    void watch(std::uint32_t mask)
    {
        if (source_)
            source_->set_mask(mask);
        else
            source_.emplace(server_.loop_, *this, socket_.get(), mask);
    }

    void take_request()
    {
        asked_ = true;
        deadline_.reset();
        source_.reset(); // the caller has closed its side, and may close the other: ready for ever
        auto request = qube::parse_request(untrusted_in_);
        untrusted_in_ = std::string();
        if (!request)
            return server_.end(number_);
        Server& server = server_;
        std::uint64_t const number = number_;
        server.api_.handle(scope_,
                           Call{.request = std::move(*request),
                                .reply =
                                    [&server, number](qube::Outcome<std::string> const& outcome) {
                                        server.reply(number, outcome);
                                    },
                                .stream =
                                    [&server, number](Subscription const& subscription) {
                                        server.stream(number, subscription);
                                    },
                                .detail = {},
                                .source = {},
                                .subject = {}}); // we may be gone now
    }

    void push(std::string const& bytes)
    {
        if (out_.size() + bytes.size() > max_stream_queue)
            return server_.end(number_);
        out_ += bytes;
        flush();
    }

    /// False: the connection is gone, and with it this object.
    bool flush()
    {
        std::size_t done = 0;
        while (done < out_.size()) {
            ssize_t const sent = ::send(socket_.get(), out_.data() + done, out_.size() - done,
                                        MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0 && errno == EINTR)
                continue;
            if (sent < 0 && errno != EAGAIN) {
                server_.end(number_);
                return false;
            }
            if (sent < 0)
                break;
            done += static_cast<std::size_t>(sent);
        }
        out_.erase(0, done);
        if (out_.empty() && last_) {
            server_.end(number_);
            return false;
        }
        watch(out_.empty() ? 0U : std::uint32_t{WL_EVENT_WRITABLE});
        return true;
    }

    Server& server_;
    std::uint64_t number_;
    Scope scope_;
    Fd socket_;
    std::string untrusted_in_;
    std::string out_;
    std::uint64_t subscription_ = 0;
    bool asked_ = false; ///< the request is complete
    bool sent_ = false;  ///< its answer has begun
    bool last_ = false;  ///< nothing follows what is in out_
    std::optional<FdSource<&Connection::handle_ready>> source_;
    std::optional<Timer<&Connection::handle_deadline>> deadline_;
};

class Server::Listener {
public:
    Listener(Server& server, Scope scope, Fd socket, std::string path)
        : server_(server),
          scope_(scope),
          socket_(std::move(socket)),
          path_(std::move(path)),
          source_(server.loop_, *this, socket_.get(), WL_EVENT_READABLE)
    {
    }
    ~Listener() { unlink(path_.c_str()); }
    Listener(Listener const&) = delete;
    Listener& operator=(Listener const&) = delete;
    void handle_ready(std::uint32_t)
    {
        for (int i = 0; i < 64; ++i) { // then others have their turn
            Fd connection(accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
            if (!connection)
                return;
            server_.add(scope_, std::move(connection));
        }
    }

private:
    Server& server_;
    Scope scope_;
    Fd socket_;
    std::string path_;
    FdSource<&Listener::handle_ready> source_;
};

Server::Server(wl_event_loop* loop, Api& api, Events& events)
    : loop_(loop), api_(api), events_(events)
{
}

Server::~Server() = default;

void Server::end(std::uint64_t number)
{
    connections_.erase(number);
}

Result<> Server::listen(Scope scope, std::string path)
{
    Fd socket = TRY(listen_unix(path));
    if (::listen(socket.get(), SOMAXCONN) != 0) // a thousand callers at once are not refused
        return errno_error("the socket " + path);
    listeners_.push_back(
        std::make_unique<Listener>(*this, scope, std::move(socket), std::move(path)));
    return {};
}

void Server::add(Scope scope, Fd socket)
{
    if (connections_.size() >= max_connections)
        return; // closed at once
    auto connection = std::make_unique<Connection>(*this, next_, scope, std::move(socket));
    auto const place = connections_.emplace(next_++, std::move(connection)).first;
    place->second->read_request(); // it may be gone now
}

void Server::reply(std::uint64_t number, qube::Outcome<std::string> const& outcome)
{
    if (auto const found = connections_.find(number); found != connections_.end())
        found->second->reply(outcome);
}

void Server::stream(std::uint64_t number, Subscription const& subscription)
{
    if (auto const found = connections_.find(number); found != connections_.end())
        found->second->stream(subscription);
}

} // namespace vitrail::qubesd
