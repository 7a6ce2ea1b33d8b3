#include "lib/qube/admin_codec.hpp"
#include "lib/qube/device.hpp"
#include "lib/qube/firewall.hpp"
#include "tests/fuzz/harness.hpp"

/// A call of the Admin API: what passes the parser is built and parsed to the same again; then its
/// payload as everything that a payload can be.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    using namespace vitrail;
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    (void)qube::parse_reply(bytes);
    qube::EventParser events;
    events.feed(bytes);
    for (auto event = events.next(); event && *event; event = events.next()) {
        qube::EventParser again;
        again.feed(qube::build_event(**event));
        auto const same = again.next();
        fuzz::require(same && *same && **same == **event, "an event is built as it was parsed");
    }
    auto const request = qube::parse_request(bytes);
    if (!request)
        return 0;
    auto const again = qube::parse_request(qube::build_request(*request));
    fuzz::require(again && again->method == request->method &&
                      again->argument == request->argument && again->source == request->source &&
                      again->destination == request->destination &&
                      again->untrusted_payload == request->untrusted_payload,
                  "a request is built as it was parsed");
    if (auto const rules = qube::parse_rules(request->untrusted_payload)) {
        auto const same = qube::parse_rules(qube::rules_text(*rules));
        fuzz::require(same && *same == *rules, "rules are written as they were read");
    }
    if (auto const device = qube::parse_device_argument("block", request->argument)) {
        auto const assignment = qube::parse_assignment(*device, "work", request->untrusted_payload);
        if (assignment)
            fuzz::require(!qube::assignment_line(*assignment, "work").contains('\n'),
                          "an assignment is one line");
    }
    return 0;
}
