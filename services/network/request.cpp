#include "services/network/request.hpp"

#include "lib/qube/names.hpp"

#include <arpa/inet.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>

namespace vitrail::network {
namespace {

using Json = nlohmann::json;

Result<std::string> text(Json const& object, char const* key)
{
    auto const found = object.find(key);
    if (found == object.end() || !found->is_string())
        return error(std::string(key) + " is missing or no text");
    return found->get<std::string>();
}

Result<bool> flag(Json const& object, char const* key)
{
    auto const found = object.find(key);
    if (found == object.end() || !found->is_boolean())
        return error(std::string(key) + " is missing or neither true nor false");
    return found->get<bool>();
}

Result<std::string> name(Json const& object, char const* key)
{
    std::string const found = TRY(text(object, key));
    if (!qube::is_qube_name(found))
        return error(std::string(key) + " is no qube's name");
    return found;
}

Result<unsigned> number(Json const& object)
{
    auto const found = object.find("number");
    if (found == object.end() || !found->is_number_unsigned() ||
        found->get<std::uint64_t>() > UINT16_MAX)
        return error("number is missing or none of a qube");
    return found->get<unsigned>();
}

/// An address as it is written in its shortest form, or an empty text.
Result<std::string> address(Json const& object, char const* key, int family)
{
    std::string const found = TRY(text(object, key));
    std::array<unsigned char, sizeof(in6_addr)> bytes{};
    std::array<char, INET6_ADDRSTRLEN> shortest{};
    if (found.empty())
        return found;
    if (inet_pton(family, found.c_str(), bytes.data()) != 1 ||
        !inet_ntop(family, bytes.data(), shortest.data(), shortest.size()))
        return error(std::string(key) + " is no address");
    return std::string(shortest.data());
}

Result<request::Add> add(Json const& object)
{
    return request::Add{.qube = TRY(name(object, "qube")),
                        .number = TRY(number(object)),
                        .provides = TRY(flag(object, "provides")),
                        .uplink = TRY(flag(object, "uplink"))};
}

Result<Request> connect(Json const& object)
{
    request::Connect made{.qube = TRY(name(object, "qube")), .netvm = {}, .addresses = {}};
    made.netvm = TRY(text(object, "netvm"));
    if (!made.netvm.empty())
        made.netvm = TRY(name(object, "netvm"));
    if (made.netvm == made.qube)
        return error("a qube is not its own netvm");
    made.addresses.ip = TRY(address(object, "ip", AF_INET));
    made.addresses.ip6 = TRY(address(object, "ip6", AF_INET6));
    return made;
}

Result<Request> firewall(Json const& object)
{
    auto rules = qube::parse_rules(TRY(text(object, "rules")));
    if (!rules)
        return error(rules.error().message);
    return request::Firewall{.qube = TRY(name(object, "qube")), .rules = std::move(*rules)};
}

} // namespace

Result<Request> parse_request(std::string_view untrusted_line)
{
    Json const object = Json::parse(untrusted_line, nullptr, false);
    if (!object.is_object())
        return error("a request is a JSON object");
    std::string const op = TRY(text(object, "op"));
    if (op == "add")
        return TRY(add(object));
    if (op == "adopt")
        return request::Adopt{TRY(add(object))};
    if (op == "hold")
        return request::Hold{TRY(name(object, "qube"))};
    if (op == "connect")
        return connect(object);
    if (op == "firewall")
        return firewall(object);
    if (op == "remove")
        return request::Remove{TRY(name(object, "qube"))};
    if (op == "state")
        return request::State{};
    return error("the zone knows add, adopt, hold, connect, firewall, remove and state");
}

} // namespace vitrail::network
