#include "lib/qrexec/framing.hpp"

#include "lib/base/result.hpp"

#include <algorithm>
#include <utility>

namespace vitrail::qrexec {
namespace {

bool is_known(std::uint32_t type)
{
    return std::ranges::any_of(messages, [type](Message const& row) {
        return static_cast<std::uint32_t>(row.type) == type;
    });
}

} // namespace

std::expected<std::uint32_t, Violation> check_header(Header const& untrusted, Stream stream,
                                                     std::uint32_t version)
{
    auto const refuse = [&](Rule rule, std::uint64_t value) {
        return std::unexpected(Violation{rule, untrusted.type, value});
    };
    Message const* const row = find_message(untrusted.type, stream);
    if (!row)
        return refuse(is_known(untrusted.type) ? Rule::wrong_direction : Rule::unknown_type,
                      untrusted.type);
    if (version < row->since || version > row->until)
        return refuse(Rule::wrong_version, version);
    std::uint32_t const most = is_data(row->type) ? max_chunk(version) : row->max_tail;
    if (untrusted.length < row->fixed + row->min_tail || untrusted.length > row->fixed + most)
        return refuse(Rule::bad_length, untrusted.length);
    return untrusted.length;
}

std::unexpected<Violation> Splitter::refuse(Violation violation)
{
    broken_ = violation;
    return std::unexpected(violation);
}

std::expected<void, Violation> Splitter::begin_body(Header const& untrusted)
{
    wanted_ = TRY(check_header(untrusted, stream_, version_));
    type_ = static_cast<Type>(untrusted.type);
    if (greeted_ == (type_ == Type::hello))
        return std::unexpected(Violation{Rule::wrong_state, untrusted.type, 0});
    greeted_ = true;
    in_body_ = true;
    return {};
}

std::expected<std::optional<Frame>, Violation> Splitter::next(std::span<std::byte const>& input)
{
    if (broken_)
        return std::unexpected(*broken_);
    while (true) {
        std::span<std::byte const> whole;
        if (!store_.take(input, in_body_ ? wanted_ : sizeof(Header), whole))
            return std::nullopt;
        if (std::exchange(in_body_, false))
            return Frame{type_, whole};
        Header const header =
            load<Header>(whole.first<sizeof(Header)>()).check([](Header const& untrusted) {
                return untrusted;
            });
        if (auto begun = begin_body(header); !begun)
            return refuse(begun.error());
    }
}

std::expected<std::uint32_t, Violation> negotiate(std::uint32_t untrusted_offered,
                                                  std::uint32_t own)
{
    if (untrusted_offered < lowest_version)
        return std::unexpected(Violation{Rule::bad_version, static_cast<std::uint32_t>(Type::hello),
                                         untrusted_offered});
    return std::min(untrusted_offered, own);
}

} // namespace vitrail::qrexec
