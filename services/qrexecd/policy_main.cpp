// vitrail-qrexec-policy: decides about calls of qubes. Holds no data of any qube: names come in,
// a decision goes out. Answers on a socket; or, with words, one question on its standard output
// as qrexec-policy-exec does. Source: fact sheet qrexec §18.

#include "lib/os/line_socket.hpp"
#include "lib/qrexec/policy_wire.hpp"
#include "lib/qube/admin_client.hpp"
#include "lib/qube/async_client.hpp"
#include "lib/qube/policy_store.hpp"
#include "services/qrexecd/policy_watch.hpp"

#include <getopt.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>

namespace {

using namespace vitrail;

constexpr std::size_t max_question = 1 << 17;

std::string internal_socket()
{
    std::filesystem::path const socket = qube::AdminClient::default_socket();
    return socket.parent_path() / "qubesd.internal.sock";
}

void log(qrexec::Decision const& decision, qrexec::PolicyQuestion const& question)
{
    auto const* const deny = std::get_if<qrexec::Deny>(&decision.outcome);
    std::string const place = decision.rule ? decision.rule->place() : "no rule";
    std::fprintf(stderr, "vitrail-qrexec-policy: %s: %s: %s -> %s (%s)%s%s\n",
                 decision.allows() ? "allowed" : "denied",
                 question.call.service.descriptor().c_str(), decision.source.c_str(),
                 decision.requested.c_str(), place.c_str(), deny ? ": " : "",
                 deny ? deny->reason.c_str() : "");
}

/// A question that waits for a person is denied: there is nobody who could ask one.
std::string decide(qrexec::Policy const& policy, qrexec::SystemFacts const& facts,
                   qrexec::PolicyQuestion const& question)
{
    qrexec::Decision decision = qrexec::evaluate(policy, facts, question.call);
    std::string answer = qrexec::build_answer(decision, question);
    if (std::holds_alternative<qrexec::Ask>(decision.outcome) && !question.just_evaluates)
        decision.outcome = qrexec::Deny{"the user cannot be asked", true};
    if (!question.just_evaluates)
        log(decision, question);
    return answer;
}

/// One who asks: a question up to an empty line, the answer, the end.
class Asker {
public:
    using Handle = std::function<void(Asker&)>;
    Asker(wl_event_loop* loop, Fd socket, Handle handle_question, Handle handle_end)
        : socket_(std::move(socket)),
          handle_question_(std::move(handle_question)),
          handle_end_(std::move(handle_end)),
          source_(loop, *this, socket_.get(), WL_EVENT_READABLE)
    {
    }
    [[nodiscard]] qrexec::PolicyQuestion const& question() const { return question_; }
    void answer(std::string const& text)
    {
        (void)send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    void handle_ready(std::uint32_t)
    {
        std::array<char, 4096> bytes{};
        ssize_t const got = recv(socket_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0 || asked_ || text_.size() > max_question)
            return handle_end_(*this);
        text_.append(bytes.data(), static_cast<std::size_t>(got));
        if (!text_.contains("\n\n"))
            return;
        auto question = qrexec::parse_question(text_);
        if (!question)
            return handle_end_(*this); // closed without an answer
        question_ = std::move(*question);
        asked_ = true;
        handle_question_(*this);
    }

private:
    Fd socket_;
    Handle handle_question_;
    Handle handle_end_;
    std::string text_;
    bool asked_ = false;
    qrexec::PolicyQuestion question_;
    FdSource<&Asker::handle_ready> source_;
};

class Server {
public:
    explicit Server(EventLoop& loop)
        : loop_(loop),
          policy_(loop.get(), qube::policy_folders()),
          admin_(loop.get(), internal_socket())
    {
    }

    [[nodiscard]] Result<> start(std::string const& socket)
    {
        listener_ = TRY(LineListener::listen(
            loop_.get(), socket, [this](Fd one) { handle_connection(std::move(one)); }));
        return {};
    }

private:
    void handle_connection(Fd socket)
    {
        std::uint64_t const number = next_++;
        askers_[number] = std::make_unique<Asker>(
            loop_.get(), std::move(socket), [this, number](Asker&) { handle_question(number); },
            [this, number](Asker&) { askers_.erase(number); });
    }

    void handle_question(std::uint64_t number)
    {
        admin_.call({.destination = std::string(qube::dom0), .method = "internal.GetSystemInfo"},
                    [this, number](qube::Outcome<std::string> outcome) {
                        handle_facts(number, std::move(outcome));
                    });
    }

    void handle_facts(std::uint64_t number, qube::Outcome<std::string> outcome)
    {
        auto const asker = askers_.find(number);
        if (asker == askers_.end())
            return;
        auto const facts = outcome ? qube::parse_system_info(*outcome)
                                   : error("asking qubesd: " + outcome.error().message);
        if (facts)
            asker->second->answer(decide(policy_.policy(), *facts, asker->second->question()));
        else
            std::fprintf(stderr, "vitrail-qrexec-policy: %s\n", facts.error().message().c_str());
        askers_.erase(asker);
    }

    EventLoop& loop_;
    qrexecd::PolicyWatch policy_;
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, std::unique_ptr<Asker>> askers_;
    qube::AsyncAdminClient admin_;
    std::unique_ptr<LineListener> listener_;
};

int usage()
{
    std::fputs("usage: vitrail-qrexec-policy --socket PATH\n"
               "       vitrail-qrexec-policy [--just-evaluate] [--assume-yes-for-ask] "
               "SOURCE TARGET SERVICE+ARGUMENT\n",
               stderr);
    return 2;
}

int answer_once(qrexec::PolicyQuestion question, char** words)
{
    auto service = qrexec::parse_service(words[2]);
    if (!service)
        return usage();
    question.call = {words[0], words[1], std::move(*service), ""};
    auto const facts = qube::ask_system_info();
    if (!facts) {
        std::fprintf(stderr, "vitrail-qrexec-policy: %s\n", facts.error().message().c_str());
        return 1;
    }
    qrexec::Policy const policy = qrexec::load_policy(qube::policy_files(), qube::policy_folders());
    std::string const answer = decide(policy, *facts, question);
    std::fputs(answer.c_str(), stdout);
    return answer.contains("result=allow\n") ? 0 : 1;
}

int serve(std::string const& socket)
{
    EventLoop loop;
    struct Terminate {
        EventLoop& loop;
        void handle(int) { loop.stop(); }
    } terminate{loop};
    SignalSource<&Terminate::handle> const term(loop.get(), terminate, SIGTERM);
    Server server(loop);
    if (auto const started = server.start(socket); !started) {
        std::fprintf(stderr, "vitrail-qrexec-policy: %s\n", started.error().message().c_str());
        return 1;
    }
    loop.run();
    return 0;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    qrexec::PolicyQuestion question;
    std::string socket;
    option const known[] = {{"socket", required_argument, nullptr, 's'},
                            {"just-evaluate", no_argument, nullptr, 'j'},
                            {"assume-yes-for-ask", no_argument, nullptr, 'y'},
                            {}};
    for (int found; (found = getopt_long(argc, argv, "+", known, nullptr)) != -1;)
        switch (found) {
        case 's': socket = optarg; break;
        case 'j': question.just_evaluates = true; break;
        case 'y': question.assumes_yes = true; break;
        default: return usage();
        }
    if (!socket.empty() && optind == argc)
        return serve(socket);
    constexpr int words = 3;
    if (!socket.empty() || argc - optind != words)
        return usage();
    return answer_once(std::move(question), argv + optind);
}
