#include "lib/qrexec/evaluate.hpp"

#include "lib/qrexec/command_line.hpp"

#include <algorithm>
#include <format>

namespace vitrail::qrexec {
namespace {

using Kind = Token::Kind;
using Index = SystemFacts::Index;

bool has_tag(QubeFacts const& qube, std::string_view tag)
{
    return std::ranges::contains(qube.tags, tag);
}

std::optional<Index> default_template(SystemFacts const& facts, Index source)
{
    auto const& name = facts.at(source).default_dispvm;
    return name ? facts.find(std::string_view(*name)) : std::nullopt;
}

/// What the caller asks for, looked up once.
struct Asked {
    enum class What : std::uint8_t { qube, unspecified, disposable };
    What what = What::unspecified;
    /// The qube, or the template of the disposable: with bare `@dispvm` the caller's default one.
    std::optional<Index> qube;
    bool names_template = false; ///< @dispvm:NAME
};

bool is_same(QubeFacts const& qube, Token const& token)
{
    bool const by_uuid =
        token.kind == Kind::uuid || (token.kind == Kind::dispvm_of && token.is_uuid);
    return (by_uuid ? qube.uuid : qube.name) == token.value;
}

bool matches_qube(Token const& token, SystemFacts const& facts, Index index)
{
    QubeFacts const& qube = facts.at(index);
    switch (token.kind) {
    case Kind::any: return true;
    case Kind::anyvm: return index != facts.admin();
    case Kind::admin: return index == facts.admin();
    case Kind::name:
    case Kind::uuid: return is_same(qube, token);
    case Kind::type: return qube.type == token.value;
    case Kind::tag: return has_tag(qube, token.value);
    default: return false;
    }
}

bool matches_disposable(Token const& token, SystemFacts const& facts, Asked const& asked)
{
    switch (token.kind) {
    case Kind::any:
    case Kind::anyvm: return true;
    case Kind::dispvm: return !asked.names_template;
    case Kind::dispvm_of: return asked.qube && is_same(facts.at(*asked.qube), token);
    case Kind::dispvm_tag:
        return asked.qube && facts.at(*asked.qube).template_for_dispvms &&
               has_tag(facts.at(*asked.qube), token.value);
    default: return false;
    }
}

bool matches_target(Token const& token, SystemFacts const& facts, Asked const& asked)
{
    switch (asked.what) {
    case Asked::What::qube: return matches_qube(token, facts, *asked.qube);
    case Asked::What::disposable: return matches_disposable(token, facts, asked);
    case Asked::What::unspecified:
        return token.kind == Kind::any || token.kind == Kind::anyvm ||
               token.kind == Kind::unspecified;
    }
    return false;
}

/// Service, argument and source; a file with a problem covers everything.
bool concerns(PolicyRule const& rule, SystemFacts const& facts, ServiceCall const& call,
              Index source)
{
    if (!rule.problem.empty())
        return true;
    return (rule.service.empty() || rule.service == call.name) &&
           (!rule.argument || *rule.argument == call.argument) &&
           matches_qube(rule.source, facts, source);
}

/// Candidates of a prompt, as two flags a qube: itself, and a disposable made of it.
class Candidates {
public:
    Candidates(SystemFacts const& facts, Index source)
        : facts_(&facts),
          source_(source),
          named_(facts.qubes().size()),
          disposable_(facts.qubes().size())
    {
    }

    void set(Token const& token, bool in)
    {
        switch (token.kind) {
        case Kind::any:
        case Kind::anyvm: set_everything(token.kind == Kind::any, in); break;
        case Kind::type: set_all(facts_->of_type(token.value), in); break;
        case Kind::tag: set_all(facts_->tagged(token.value), in); break;
        case Kind::admin:
        case Kind::name:
        case Kind::uuid:
            if (auto const found = facts_->find(token))
                named_[*found] = in;
            break;
        case Kind::dispvm: default_disposable_ = in; break;
        case Kind::dispvm_of:
            if (auto const found = facts_->find(token))
                set_disposable(*found, in);
            break;
        case Kind::dispvm_tag:
            for (Index const i : facts_->tagged(token.value))
                set_disposable(i, in);
            break;
        case Kind::unspecified: break;
        }
    }

    [[nodiscard]] std::vector<std::string> names(bool autostart)
    {
        if (auto const made_of = default_template(*facts_, source_);
            default_disposable_ && made_of && facts_->at(*made_of).template_for_dispvms)
            disposable_[*made_of] = true;
        named_[source_] = false;
        std::vector<std::string> out;
        out.reserve(named_.size());
        // In the order of names: qubes are, and no name begins with an @.
        for (Index const i : facts_->disposable_templates())
            if (disposable_[i] != 0 && !facts_->at(i).internal && autostart)
                out.push_back("@dispvm:" + facts_->at(i).name);
        for (Index i = 0; i < named_.size(); ++i) {
            QubeFacts const& qube = facts_->at(i);
            if (named_[i] != 0 && !qube.internal && (autostart || qube.runs))
                out.push_back(qube.name);
        }
        return out;
    }

private:
    void set_everything(bool with_admin, bool in)
    {
        char const admin = named_[facts_->admin()];
        std::ranges::fill(named_, in);
        if (!with_admin)
            named_[facts_->admin()] = admin;
        for (Index const i : facts_->disposable_templates())
            disposable_[i] = in;
        default_disposable_ = in;
    }

    void set_all(std::span<Index const> some, bool in)
    {
        for (Index const i : some)
            named_[i] = in;
    }

    void set_disposable(Index made_of, bool in)
    {
        if (!facts_->at(made_of).template_for_dispvms)
            return;
        disposable_[made_of] = in;
        if (!in && default_template(*facts_, source_) == made_of)
            default_disposable_ = false; // a bare @dispvm is this one too
    }

    SystemFacts const* facts_;
    Index source_;
    std::vector<char> named_; ///< 0 or 1
    std::vector<char> disposable_;
    bool default_disposable_ = false;
};

class Evaluation {
public:
    Evaluation(Policy const& policy, SystemFacts const& facts, CallRequest const& request,
               Decision& decision)
        : policy_(policy), facts_(facts), request_(request), decision_(decision)
    {
    }

    void run()
    {
        if (!find_source() || !find_asked())
            return;
        for (PolicyRule const& rule : policy_.rules) {
            if (!concerns(rule, facts_, request_.service, source_))
                continue;
            concerned_.push_back(&rule);
            bool const decides = !decision_.rule && (!rule.problem.empty() ||
                                                     matches_target(rule.target, facts_, asked_));
            if (decides)
                decision_.rule = &rule;
            if (decision_.rule && !needs_all(*decision_.rule))
                break;
        }
        decision_.rule ? apply(*decision_.rule) : deny("no rule matches");
    }

    /// What the target comes to under this rule: allowed, or why not.
    void allow(PolicyRule const& rule, Asked const& wanted)
    {
        Asked target = wanted;
        if (target.what == Asked::What::unspecified)
            return deny("the rule names no target, and neither does the caller");
        if (!target.qube)
            return deny(target.what == Asked::What::disposable
                            ? "the caller has no default template for disposables"
                            : "the target of the rule does not exist");
        QubeFacts const& qube = facts_.at(*target.qube);
        bool const is_disposable = target.what == Asked::What::disposable;
        if (is_disposable && !qube.template_for_dispvms)
            return deny(qube.name + " is not a template for disposables");
        if (!is_disposable && *target.qube == source_)
            return deny("a qube does not call itself");
        if (!rule.autostart && (is_disposable || !qube.runs))
            return deny("the target does not run, and the rule says autostart=no");
        Allow answer{.target = qube.name,
                     .target_uuid = *target.qube == facts_.admin() ? "" : qube.uuid,
                     .disposable = is_disposable,
                     .user = rule.user.value_or(std::string(default_user)),
                     .notify = rule.notify,
                     .autostart = rule.autostart,
                     .relayed_service = {}};
        if (qube.type == "RemoteVM" && !is_disposable)
            return allow_relayed(std::move(answer), qube);
        decision_.outcome = std::move(answer);
    }

    void deny(std::string reason, bool notify = true)
    {
        decision_.outcome = Deny{std::move(reason), notify};
    }

    [[nodiscard]] bool find_source()
    {
        auto const caller = facts_.find(std::string_view(request_.source));
        decision_.source = request_.source;
        if (!caller)
            return deny("the caller is not a qube of this system"), false;
        source_ = *caller;
        if (request_.on_behalf.empty())
            return true;
        auto const remote = facts_.find(std::string_view(request_.on_behalf));
        if (!remote || facts_.at(*remote).type != "RemoteVM" ||
            facts_.at(*remote).relayvm != request_.source)
            return deny("the caller is not the relay of the qube that it speaks for"), false;
        source_ = *remote;
        decision_.source = facts_.at(*remote).name;
        return true;
    }

    /// The redirection's target, or a choice's.
    [[nodiscard]] Asked look_up(Token const& token) const
    {
        if (token.kind == Kind::unspecified)
            return {};
        if (token.kind == Kind::dispvm)
            return {Asked::What::disposable, default_template(facts_, source_), false};
        bool const is_disposable = token.kind == Kind::dispvm_of;
        return {is_disposable ? Asked::What::disposable : Asked::What::qube, facts_.find(token),
                is_disposable};
    }

private:
    [[nodiscard]] bool find_asked()
    {
        auto token = parse_token(request_.target, TokenUse::request);
        if (!token)
            return deny("the requested target: " + token.error()), false;
        asked_ = look_up(*token);
        decision_.requested = token->text();
        if (asked_.what == Asked::What::qube && !asked_.qube) {
            decision_.notes.push_back("the qube " + token->text() +
                                      " does not exist: taken as @default");
            asked_ = {};
            decision_.requested = "@default";
        }
        if (asked_.names_template &&
            (!asked_.qube || !facts_.at(*asked_.qube).template_for_dispvms))
            return deny(token->text() + " names no template for disposables"), false;
        return true;
    }

    /// A prompt's choices come from all rules about the call.
    static bool needs_all(PolicyRule const& rule)
    {
        return rule.problem.empty() && rule.action == PolicyRule::Action::ask && !rule.redirect;
    }

    void apply(PolicyRule const& rule)
    {
        if (!rule.problem.empty())
            return deny("a policy file is wrong, so everything that it would decide is denied: " +
                        rule.problem);
        switch (rule.action) {
        case PolicyRule::Action::deny: return deny("denied by the rule", rule.notify);
        case PolicyRule::Action::allow:
            return allow(rule, rule.redirect ? look_up(*rule.redirect) : asked_);
        case PolicyRule::Action::ask: return ask(rule);
        }
    }

    void ask(PolicyRule const& rule)
    {
        Candidates candidates(facts_, source_);
        if (rule.redirect)
            candidates.set(*rule.redirect, true);
        else // the last rules first: what stands before them overrules them
            for (auto one = concerned_.rbegin(); one != concerned_.rend(); ++one)
                if (!(*one)->problem.empty())
                    candidates = Candidates(facts_, source_); // denies what comes after it
                else
                    candidates.set((*one)->redirect ? *(*one)->redirect : (*one)->target,
                                   (*one)->action != PolicyRule::Action::deny);
        Ask answer{.candidates = candidates.names(rule.autostart),
                   .default_target = "",
                   .guivm = facts_.at(source_).guivm.value_or("")};
        if (answer.candidates.empty())
            return deny("there is no target to choose");
        if (answer.guivm.empty())
            return deny("the caller has no GUI domain that could ask");
        if (rule.default_target)
            answer.default_target = preselected(*rule.default_target, answer.candidates);
        decision_.outcome = std::move(answer);
    }

    [[nodiscard]] std::string preselected(Token const& token,
                                          std::vector<std::string> const& candidates)
    {
        Asked const wanted = look_up(token);
        std::string text;
        if (wanted.qube)
            text = (wanted.what == Asked::What::disposable ? "@dispvm:" : "") +
                   facts_.at(*wanted.qube).name;
        if (std::ranges::contains(candidates, text))
            return text;
        decision_.notes.push_back("default_target=" + token.text() +
                                  " is none of the choices: ignored");
        return "";
    }

    void allow_relayed(Allow answer, QubeFacts const& remote)
    {
        auto const relay =
            remote.relayvm ? facts_.find(std::string_view(*remote.relayvm)) : std::nullopt;
        if (!relay || !remote.transport_rpc)
            return deny("the remote qube has no relay");
        if (*relay == source_)
            return deny("a qube does not call itself");
        answer.relayed_service = std::format("{}+{}+{}+{}", *remote.transport_rpc, remote.name,
                                             request_.service.name, request_.service.argument);
        answer.target = facts_.at(*relay).name;
        answer.target_uuid = *relay == facts_.admin() ? "" : facts_.at(*relay).uuid;
        answer.user = default_user;
        decision_.outcome = std::move(answer);
    }

    Policy const& policy_;
    SystemFacts const& facts_;
    CallRequest const& request_;
    Decision& decision_;
    Index source_ = 0;
    Asked asked_;
    std::vector<PolicyRule const*> concerned_; ///< about this service, argument and source
};

} // namespace

Decision evaluate(Policy const& policy, SystemFacts const& facts, CallRequest const& request)
{
    Decision decision;
    Evaluation(policy, facts, request, decision).run();
    return decision;
}

Decision choose(Decision const& asked, SystemFacts const& facts, CallRequest const& request,
                std::string_view choice)
{
    Decision decision = asked;
    Policy const none;
    Evaluation evaluation(none, facts, request, decision);
    auto const* const question = std::get_if<Ask>(&asked.outcome);
    auto const token = parse_token(choice, TokenUse::redirect);
    if (!question || !asked.rule || !token ||
        !std::ranges::contains(question->candidates, choice)) {
        evaluation.deny("the answer is none of the choices");
        return decision;
    }
    if (evaluation.find_source())
        evaluation.allow(*asked.rule, evaluation.look_up(*token));
    return decision;
}

} // namespace vitrail::qrexec
