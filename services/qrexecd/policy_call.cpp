#include "services/qrexecd/policy_call.hpp"

#include "lib/os/line_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <utility>

namespace vitrail::qrexecd {

PolicyCall::PolicyCall(wl_event_loop* loop, PolicyPlaces const& places,
                       qrexec::PolicyQuestion const& question, Handle handle)
    : handle_(std::move(handle)), none_(loop, *this)
{
    open(places, question);
    if (answer_)
        source_.emplace(loop, *this, answer_.get(), WL_EVENT_READABLE);
    else
        none_.arm(std::chrono::milliseconds(1)); // from the loop as well
}

PolicyCall::~PolicyCall()
{
    if (program_) {
        program_.signal(SIGKILL);
        (void)program_.reap();
    }
}

void PolicyCall::open(PolicyPlaces const& places, qrexec::PolicyQuestion const& question)
{
    if (auto socket = connect_unix(places.socket)) {
        std::string const text = qrexec::build_question(question);
        // An empty socket takes it whole.
        if (::send(socket->get(), text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()))
            answer_ = std::move(*socket);
        return;
    }
    std::array<int, 2> ends{-1, -1};
    if (places.program.empty() || pipe2(ends.data(), O_CLOEXEC) != 0)
        return;
    Fd reader(ends[0]);
    Fd const writer(ends[1]);
    qrexec::CallRequest const& call = question.call;
    auto started = Process::start(
        {.arguments = {places.program, "--", call.source, call.target, call.service.descriptor()},
         .environment = whole_environment(),
         .descriptors = {{writer.get(), 1}},
         .new_session = false});
    if (!started) {
        std::fprintf(stderr, "vitrail-qrexecd: %s\n", started.error().message().c_str());
        return;
    }
    fcntl(reader.get(), F_SETFL, O_NONBLOCK);
    program_ = std::move(*started);
    answer_ = std::move(reader);
}

void PolicyCall::handle_ready(std::uint32_t)
{
    std::array<char, qrexec::max_policy_answer + 1> bytes;
    ssize_t const got = read(answer_.get(), bytes.data(), bytes.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0)
        text_.append(bytes.data(), static_cast<std::size_t>(got));
    if (got > 0 && text_.size() <= qrexec::max_policy_answer)
        return;
    source_.reset();
    bool const failed = program_ && program_.reap() != 0;
    program_ = Process();
    auto const answer = qrexec::parse_answer_text(text_);
    if (!answer)
        std::fputs("vitrail-qrexecd: policy's answer makes no sense: the call is refused\n",
                   stderr);
    tell(answer && !failed ? *answer : qrexec::PolicyAnswer{});
}

void PolicyCall::handle_none()
{
    std::fputs("vitrail-qrexecd: nobody answers about policy: the call is refused\n", stderr);
    tell({});
}

void PolicyCall::tell(qrexec::PolicyAnswer const& answer)
{
    auto const handle = std::exchange(handle_, {});
    handle(answer);
}

} // namespace vitrail::qrexecd
