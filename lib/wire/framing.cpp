#include "lib/wire/framing.hpp"

#include "lib/base/assert.hpp"
#include "lib/base/result.hpp"
#include "lib/base/untrusted.hpp"

#include <algorithm>

namespace vitrail::wire {

namespace {

std::unexpected<Violation> refuse(Rule rule, Header const& untrusted_header, std::uint64_t value)
{
    return std::unexpected(Violation{rule, untrusted_header.type, untrusted_header.window, value});
}

/// Never sent by any daemon; agents pass over them (fact sheet gui-protocol §3.3).
bool dead(Type type)
{
    return type == Type::resize || type == Type::execute;
}

/// An agent passes over what it does not know, as the original ones do.
bool passed_over(Header const& untrusted_header, From sender)
{
    if (sender != From::daemon)
        return false;
    auto const* row = find_message(untrusted_header.type);
    return row == nullptr || dead(row->type);
}

template <Pod T> T read_as(std::span<std::byte const> whole)
{
    VITRAIL_ASSERT(whole.size() == sizeof(T));
    return load<T>(whole.first<sizeof(T)>()).check([](T const& untrusted) { return untrusted; });
}

} // namespace

std::expected<std::uint32_t, Violation> check_header(Header const& untrusted_header, From sender,
                                                     ProtocolVersion version)
{
    auto const* row = find_message(untrusted_header.type);
    if (row == nullptr)
        return refuse(Rule::unknown_type, untrusted_header, untrusted_header.type);
    if (row->from != From::both && row->from != sender)
        return refuse(Rule::wrong_direction, untrusted_header, untrusted_header.type);
    if (row->since >= detail::ext && !version.extended())
        return refuse(Rule::not_negotiated, untrusted_header, version.to_wire());
    std::uint32_t const length = untrusted_header.length;
    // Deprecated since 1.2: frame numbers of the host, which nobody may name any more.
    if (row->type == Type::mfndump)
        return refuse(Rule::bad_dump, untrusted_header, length);
    if (row->type == Type::clipboard_data) {
        // At 1.8 one byte more says "too large"; before, everything larger is malformed.
        std::uint32_t const limit = max_clipboard(version) + (version.minor >= 8 ? 1u : 0u);
        if (length > limit)
            return refuse(Rule::clipboard_too_large, untrusted_header, length);
    }
    if (accepts(*row, length))
        return length;
    if (row->unit == 0 && version.base_minor() < 6)
        return row->fixed;
    return refuse(Rule::bad_length, untrusted_header, length);
}

std::expected<ProtocolVersion, Violation> negotiate(ProtocolVersion offered, ProtocolVersion own)
{
    if (offered.major != 1)
        return std::unexpected(Violation{Rule::bad_version, 0, 0, offered.to_wire()});
    if (own.extended() && offered.minor >= version_extended.minor)
        return version_extended;
    return ProtocolVersion{1, std::min(offered.minor, own.base_minor())};
}

std::expected<ProtocolVersion, Violation> check_answer(ProtocolVersion answer,
                                                       ProtocolVersion offered)
{
    bool const known =
        answer.extended() ? answer == version_extended : answer.minor <= version_1_8.minor;
    if (answer.major != 1 || answer.minor < 4 || answer.minor > offered.minor || !known)
        return std::unexpected(Violation{Rule::bad_version, 0, 0, answer.to_wire()});
    return answer;
}

Splitter::Splitter(From sender) : sender_(sender)
{
    VITRAIL_ASSERT(sender != From::both);
}

void Splitter::set_version(ProtocolVersion version)
{
    version_ = version;
    version_set_ = true;
}

void Splitter::skip(std::span<std::byte const>& input)
{
    std::size_t const taken = std::min(input.size(), wanted_);
    input = input.subspan(taken);
    wanted_ -= taken;
    if (wanted_ == 0)
        phase_ = Phase::header;
}

std::expected<void, Violation> Splitter::begin_body(Header const& untrusted_header)
{
    VITRAIL_ASSERT(version_set_);
    header_ = untrusted_header;
    if (passed_over(untrusted_header, sender_)) {
        wanted_ = untrusted_header.length;
        phase_ = wanted_ == 0 ? Phase::header : Phase::skip;
        return {};
    }
    wanted_ = TRY(check_header(untrusted_header, sender_, version_));
    phase_ = Phase::body;
    return {};
}

std::expected<std::optional<FramingEvent>, Violation>
Splitter::next(std::span<std::byte const>& input)
{
    if (broken_)
        return std::unexpected(*broken_);
    while (true) {
        std::span<std::byte const> whole;
        switch (phase_) {
        case Phase::version:
            if (!store_.take(input, sizeof(std::uint32_t), whole))
                return std::nullopt;
            phase_ = sender_ == From::daemon ? Phase::xconf : Phase::header;
            return PeerVersion{ProtocolVersion::from_wire(read_as<std::uint32_t>(whole))};
        case Phase::xconf:
            if (!store_.take(input, sizeof(XConf), whole))
                return std::nullopt;
            phase_ = Phase::header;
            return read_as<XConf>(whole);
        case Phase::header:
            if (!store_.take(input, sizeof(Header), whole))
                return std::nullopt;
            if (auto begun = begin_body(read_as<Header>(whole)); !begun) {
                broken_ = begun.error();
                return std::unexpected(*broken_);
            }
            break;
        case Phase::body:
            if (!store_.take(input, wanted_, whole))
                return std::nullopt;
            phase_ = Phase::header;
            return Frame{header_, whole};
        case Phase::skip:
            skip(input);
            if (phase_ == Phase::skip)
                return std::nullopt;
            break;
        }
    }
}

} // namespace vitrail::wire
