#include "lib/qrexec/policy.hpp"

#include "lib/base/text.hpp"

#include <algorithm>

namespace vitrail::qrexec {
namespace {

using Kind = Token::Kind;
using Parsed = std::expected<Token, std::string>;

bool is_tag(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return is_alphanumeric(c) || c == '_' || c == '-';
    });
}

bool cut_front(std::string_view& text, std::string_view front)
{
    if (!text.starts_with(front))
        return false;
    text.remove_prefix(front.size());
    return true;
}

Parsed no_token(std::string_view what)
{
    return std::unexpected(std::string(what));
}

/// A name or `uuid:UUID`, as a token of one of two kinds.
Parsed parse_qube(std::string_view text, Kind by_name, Kind by_uuid)
{
    bool const is_uuid_form = cut_front(text, "uuid:");
    if (is_uuid_form ? !is_uuid(text) : !is_qube_name(text))
        return no_token(is_uuid_form ? "a uuid has 36 characters of [0-9a-f-]"
                                     : "not the name of a qube");
    Token token{.kind = is_uuid_form ? by_uuid : by_name,
                .value = std::string(text),
                .is_uuid = is_uuid_form};
    if (token.kind == Kind::name || token.kind == Kind::uuid) {
        if (text == "dom0" || text == dom0_uuid)
            return Token{.kind = Kind::admin, .value = "", .is_uuid = false};
        token.is_uuid = false;
    }
    return token;
}

Parsed parse_keyword(std::string_view text)
{
    auto const bare = [](Kind kind) { return Token{.kind = kind, .value = "", .is_uuid = false}; };
    auto const with = [](Kind kind, std::string_view value) {
        return Token{.kind = kind, .value = std::string(value), .is_uuid = false};
    };
    if (text == "@adminvm")
        return bare(Kind::admin);
    if (text == "@anyvm")
        return bare(Kind::anyvm);
    if (text == "@default")
        return bare(Kind::unspecified);
    if (text == "@dispvm")
        return bare(Kind::dispvm);
    if (cut_front(text, "@type:"))
        return !text.empty() && std::ranges::all_of(text, is_letter)
                   ? Parsed(with(Kind::type, text))
                   : no_token("a class is a word of letters");
    if (cut_front(text, "@tag:"))
        return is_tag(text) ? Parsed(with(Kind::tag, text))
                            : no_token("a tag has characters of [A-Za-z0-9_-]");
    if (cut_front(text, "@dispvm:@tag:"))
        return is_tag(text) ? Parsed(with(Kind::dispvm_tag, text))
                            : no_token("a tag has characters of [A-Za-z0-9_-]");
    if (cut_front(text, "@dispvm:"))
        return parse_qube(text, Kind::dispvm_of, Kind::dispvm_of);
    return no_token("there is no such keyword");
}

bool may_be(Kind kind, TokenUse use)
{
    switch (kind) {
    case Kind::admin:
    case Kind::name:
    case Kind::uuid: return true;
    case Kind::any:
    case Kind::anyvm:
    case Kind::type:
    case Kind::tag:
    case Kind::dispvm_tag: return use == TokenUse::source || use == TokenUse::target;
    case Kind::unspecified: return use == TokenUse::target || use == TokenUse::request;
    case Kind::dispvm: return use != TokenUse::source;
    case Kind::dispvm_of: return true; // as a source it is never anybody
    }
    return false;
}

std::string_view name(TokenUse use)
{
    switch (use) {
    case TokenUse::source: return "source";
    case TokenUse::target: return "target";
    case TokenUse::redirect: return "target=";
    case TokenUse::request: return "requested target";
    }
    return "";
}

} // namespace

Parsed parse_token(std::string_view text, TokenUse use)
{
    if (text.empty() && use == TokenUse::request)
        return Token{.kind = Kind::unspecified, .value = "", .is_uuid = false};
    Parsed token = text == "*" ? Parsed(Token{.kind = Kind::any, .value = "", .is_uuid = false})
                   : text.starts_with('@') ? parse_keyword(text)
                                           : parse_qube(text, Kind::name, Kind::uuid);
    if (token && !may_be(token->kind, use))
        return no_token("this cannot be a " + std::string(name(use)));
    return token;
}

std::string Token::text() const
{
    switch (kind) {
    case Kind::any: return "*";
    case Kind::anyvm: return "@anyvm";
    case Kind::admin: return "@adminvm";
    case Kind::name: return value;
    case Kind::uuid: return "uuid:" + value;
    case Kind::type: return "@type:" + value;
    case Kind::tag: return "@tag:" + value;
    case Kind::unspecified: return "@default";
    case Kind::dispvm: return "@dispvm";
    case Kind::dispvm_of: return std::string("@dispvm:") + (is_uuid ? "uuid:" : "") + value;
    case Kind::dispvm_tag: return "@dispvm:@tag:" + value;
    }
    return "";
}

} // namespace vitrail::qrexec
