#include "launcher/children.hpp"

#include "lib/os/pipe.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <optional>
#include <utility>

namespace vitrail::launcher {
namespace {

constexpr std::size_t most_errors = 4096;

} // namespace

class Children::Child {
public:
    Child(Children& owner, Order const& order, Done done)
        : owner_(owner), order_(order), done_(std::move(done)), patience_(owner.loop_, *this)
    {
    }

    [[nodiscard]] Result<> start()
    {
        Pipe out = TRY(make_pipe());
        Pipe err = TRY(make_pipe());
        process_ =
            TRY(Process::start({.arguments = order_.words,
                                .environment = owner_.environment_,
                                .descriptors = {{out.writer.get(), 1}, {err.writer.get(), 2}},
                                .new_session = true}));
        out_ = std::move(out.reader);
        err_ = std::move(err.reader);
        for (Fd const* const one : {&out_, &err_})
            fcntl(one->get(), F_SETFL, O_NONBLOCK);
        out_source_.emplace(owner_.loop_, *this, out_.get(), WL_EVENT_READABLE);
        err_source_.emplace(owner_.loop_, *this, err_.get(), WL_EVENT_READABLE);
        end_source_.emplace(owner_.loop_, *this, process_.pidfd(), WL_EVENT_READABLE);
        if (order_.patience.count() > 0)
            patience_.arm(order_.patience);
        return {};
    }
    void fail(std::string const& why)
    {
        outcome_.status = 127;
        outcome_.errors = why;
        tell();
    }

private:
    /// false: its end, for good.
    bool take(Fd const& fd, std::string& text, std::size_t most, bool& too_long) const
    {
        std::array<char, 16384> bytes{};
        for (;;) {
            ssize_t const got = read(fd.get(), bytes.data(), bytes.size());
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                return got < 0 && errno == EAGAIN;
            auto const size = static_cast<std::size_t>(got);
            too_long = too_long || size > most - text.size();
            text.append(bytes.data(), std::min(size, most - text.size()));
        }
    }
    void handle_out(std::uint32_t)
    {
        if (!take(out_, outcome_.output, order_.most_output, outcome_.too_long))
            out_source_.reset();
        if (outcome_.too_long && order_.most_output > 0) { // nobody has asked for so much
            out_source_.reset();
            process_.signal(SIGTERM);
        }
    }
    void handle_err(std::uint32_t)
    {
        bool ignored = false;
        if (!take(err_, outcome_.errors, most_errors, ignored))
            err_source_.reset();
    }
    void handle_end(std::uint32_t)
    {
        if (out_source_)
            handle_out(0); // its last words may have come with its end
        if (err_source_)
            handle_err(0);
        outcome_.status = process_.reap();
        tell();
    }
    void handle_patience() { process_.signal(SIGKILL); }
    void tell()
    {
        Done const done = std::move(done_);
        ChildOutcome outcome = std::move(outcome_);
        owner_.forget(this); // and this is gone
        done(std::move(outcome));
    }

    Children& owner_;
    Order order_;
    Done done_;
    ChildOutcome outcome_;
    Process process_;
    Fd out_;
    Fd err_;
    std::optional<FdSource<&Child::handle_out>> out_source_;
    std::optional<FdSource<&Child::handle_err>> err_source_;
    std::optional<FdSource<&Child::handle_end>> end_source_;
    Timer<&Child::handle_patience> patience_;
};

Children::Children(wl_event_loop* loop, Environment environment)
    : loop_(loop), environment_(std::move(environment))
{
}

Children::~Children() = default;

void Children::run(Order const& order, Done done)
{
    children_.push_back(std::make_unique<Child>(*this, order, std::move(done)));
    Child& child = *children_.back();
    if (auto const started = child.start(); !started)
        child.fail(started.error().message());
}

void Children::forget(Child* child)
{
    std::erase_if(children_, [child](auto const& one) { return one.get() == child; });
}

} // namespace vitrail::launcher
