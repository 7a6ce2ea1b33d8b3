// vitrail-qrexec-policy: decides about calls of qubes. Holds no data of any qube: names come in,
// a decision goes out. Answers on a socket; or, with words, one question on its standard output
// as qrexec-policy-exec does. Source: fact sheet qrexec §18.

#include "lib/os/ending.hpp"
#include "lib/os/line_socket.hpp"
#include "lib/os/link_option.hpp"
#include "lib/qrexec/policy_wire.hpp"
#include "lib/qube/admin_client.hpp"
#include "lib/qube/async_client.hpp"
#include "lib/qube/policy_store.hpp"
#include "services/qrexecd/ask_call.hpp"
#include "services/qrexecd/grant_door.hpp"
#include "services/qrexecd/policy_watch.hpp"

#include <fcntl.h>
#include <getopt.h>
#include <sys/socket.h>

#include <algorithm>
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

/// Whether a person decides.
bool is_asked(qrexec::Decision const& decision, qrexec::PolicyQuestion const& question)
{
    return std::holds_alternative<qrexec::Ask>(decision.outcome) && !question.just_evaluates &&
           !question.assumes_yes;
}

qrexec::Decision denied(qrexec::Decision decision)
{
    decision.outcome = qrexec::Deny{"the user did not agree", false}; // who just said it knows it
    return decision;
}

/// What policy's decision comes to. `choice`: what the person at the screen said; nothing: no, or
/// there was nobody to ask.
qrexec::Decision settle(qrexec::Decision decision, qrexec::SystemFacts const& facts,
                        qrexec::PolicyQuestion const& question,
                        std::optional<std::string> const& choice = {})
{
    if (is_asked(decision, question))
        decision = choice ? qrexec::choose(decision, facts, question.call, *choice)
                          : denied(std::move(decision));
    if (!question.just_evaluates)
        log(decision, question);
    return decision;
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
    using Choice = std::optional<std::string>;
    Server(EventLoop& loop, std::string prompt)
        : loop_(loop),
          prompt_(std::move(prompt)),
          policy_(loop.get(), qube::policy_folders()),
          admin_(loop.get(), internal_socket())
    {
    }

    /// `grants`: socket; empty: nobody may say yes beforehand.
    [[nodiscard]] Result<> start(std::string const& socket, std::string const& grants)
    {
        if (!grants.empty())
            grants_ = TRY(qrexecd::GrantDoor::open(loop_.get(), grants));
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
            [this, number](Asker&) { forget(number); });
    }

    void handle_question(std::uint64_t number) { ask_facts(number, std::nullopt); }

    /// With them the question is decided; `choice`: what was chosen at the prompt, once it was.
    void ask_facts(std::uint64_t number, std::optional<Choice> choice)
    {
        admin_.call({.destination = std::string(qube::dom0), .method = "internal.GetSystemInfo"},
                    [this, number, choice](qube::Outcome<std::string> const& outcome) {
                        handle_facts(number, outcome, choice);
                    });
    }

    void handle_facts(std::uint64_t number, qube::Outcome<std::string> const& outcome,
                      std::optional<Choice> const& choice)
    {
        auto const asker = askers_.find(number);
        if (asker == askers_.end())
            return;
        auto const* const facts = outcome ? facts_of(*outcome) : nullptr;
        if (!facts) {
            std::fprintf(stderr,
                         "vitrail-qrexec-policy: qubesd does not say what qubes there are\n");
            askers_.erase(asker);
            return;
        }
        qrexec::PolicyQuestion const& question = asker->second->question();
        auto evaluated = qrexec::evaluate(policy_.policy(), *facts, question.call);
        Choice chosen = choice.value_or(Choice());
        if (!choice && is_asked(evaluated, question)) {
            chosen = granted_target(question, evaluated);
            if (!chosen && ask_person(number, question, evaluated))
                return;
        }
        auto const decision = settle(std::move(evaluated), *facts, question, chosen);
        asker->second->answer(qrexec::build_answer(decision, question));
        if (!question.just_evaluates)
            if (auto const notice = qrexecd::build_notice(decision, question.call.service))
                qrexecd::tell_notice(prompt_, *notice);
        askers_.erase(asker);
    }

    /// Read once for as long as qubesd says the same. Null: it makes no sense.
    qrexec::SystemFacts const* facts_of(std::string const& said)
    {
        if (facts_ && said == said_)
            return &*facts_;
        facts_.reset();
        auto facts = qube::parse_system_info(said);
        if (!facts)
            return nullptr;
        said_ = said;
        facts_ = std::move(*facts);
        return &*facts_;
    }

    /// The target that the person at the screen, who would be asked, has agreed to for this call
    /// already; only for the caller itself.
    Choice granted_target(qrexec::PolicyQuestion const& question, qrexec::Decision const& decision)
    {
        if (!grants_ || decision.source != question.call.source ||
            !grants_->take({decision.source, decision.requested, question.call.service.name}))
            return std::nullopt;
        return decision.requested;
    }

    /// False: one qube has asked for too much already.
    bool ask_person(std::uint64_t number, qrexec::PolicyQuestion const& question,
                    qrexec::Decision const& decision)
    {
        constexpr std::ptrdiff_t most = 4;
        auto const of_it = std::ranges::count_if(prompts_, [&](auto const& one) {
            auto const asker = askers_.find(one.first);
            return asker != askers_.end() &&
                   asker->second->question().call.source == question.call.source;
        });
        if (of_it >= most)
            return false;
        prompts_[number] = std::make_unique<qrexecd::AskCall>(
            loop_.get(), prompt_,
            qrexecd::build_ask(decision, std::get<qrexec::Ask>(decision.outcome),
                               question.call.service),
            [this, number](Choice target) {
                prompts_.erase(number);
                // Policy and qubes may have changed meanwhile: all of it is decided again.
                ask_facts(number, std::move(target));
            });
        return true;
    }

    void forget(std::uint64_t number)
    {
        prompts_.erase(number); // who called is gone: the question too
        askers_.erase(number);
    }

    EventLoop& loop_;
    std::string prompt_; ///< socket
    qrexecd::PolicyWatch policy_;
    std::string said_; ///< by qubesd, of the system
    std::optional<qrexec::SystemFacts> facts_;
    std::uint64_t next_ = 1;
    std::map<std::uint64_t, std::unique_ptr<Asker>> askers_;
    std::map<std::uint64_t, std::unique_ptr<qrexecd::AskCall>> prompts_;
    qube::AsyncAdminClient admin_;
    std::unique_ptr<qrexecd::GrantDoor> grants_; ///< where there is one
    std::unique_ptr<LineListener> listener_;
};

int usage()
{
    std::fputs("usage: vitrail-qrexec-policy --socket PATH [--prompt PATH] [--grants PATH] "
               "[--session-fd N]\n"
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
    std::string const answer = qrexec::build_answer(
        settle(qrexec::evaluate(policy, *facts, question.call), *facts, question), question);
    std::fputs(answer.c_str(), stdout);
    return answer.contains("result=allow\n") ? 0 : 1;
}

int serve(std::string const& socket, std::string const& prompt, std::string const& grants,
          Fd session)
{
    EventLoop loop;
    Ending const ending(loop, std::move(session));
    Server server(loop, prompt);
    if (auto const started = server.start(socket, grants); !started) {
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
    std::string prompt;
    std::string grants;
    Fd session;
    option const known[] = {{"socket", required_argument, nullptr, 's'},
                            {"session-fd", required_argument, nullptr, 'f'},
                            {"prompt", required_argument, nullptr, 'p'},
                            {"grants", required_argument, nullptr, 'g'},
                            {"just-evaluate", no_argument, nullptr, 'j'},
                            {"assume-yes-for-ask", no_argument, nullptr, 'y'},
                            {}};
    for (int found; (found = getopt_long(argc, argv, "+", known, nullptr)) != -1;)
        switch (found) {
        case 's': socket = optarg; break;
        case 'p': prompt = optarg; break;
        case 'g': grants = optarg; break;
        case 'f':
            session = inherited_descriptor(optarg);
            if (!session)
                return usage();
            break;
        case 'j': question.just_evaluates = true; break;
        case 'y': question.assumes_yes = true; break;
        default: return usage();
        }
    if (!socket.empty() && optind == argc)
        return serve(socket, prompt, grants, std::move(session));
    constexpr int words = 3;
    if (!socket.empty() || argc - optind != words)
        return usage();
    return answer_once(std::move(question), argv + optind);
}
