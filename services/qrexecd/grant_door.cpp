#include "services/qrexecd/grant_door.hpp"

#include <cstdio>

namespace vitrail::qrexecd {
namespace {

Grants::Time time_of_grants()
{
    return std::chrono::duration_cast<Grants::Time>(
        std::chrono::steady_clock::now().time_since_epoch());
}

} // namespace

Result<std::unique_ptr<GrantDoor>> GrantDoor::open(wl_event_loop* loop, std::string const& path)
{
    std::unique_ptr<GrantDoor> door(new GrantDoor(loop));
    door->listener_ = TRY(LineListener::listen(
        loop, path, [&self = *door](Fd socket) { self.handle_connection(std::move(socket)); }));
    return door;
}

void GrantDoor::handle_connection(Fd socket)
{
    std::uint64_t const number = next_++;
    givers_[number] = std::make_unique<LineSocket>(
        loop_, std::move(socket),
        [this, number](std::string_view line) { handle_line(number, line); },
        [this, number] { givers_.erase(number); });
}

void GrantDoor::handle_line(std::uint64_t from, std::string_view line)
{
    auto grant = parse_grant(line);
    if (!grant) {
        givers_.erase(from);
        return;
    }
    std::fprintf(stderr, "vitrail-qrexec-policy: the user lets %s call %s of %s, once\n",
                 grant->source.c_str(), grant->service.c_str(), grant->target.c_str());
    grants_.add(std::move(*grant), time_of_grants());
    givers_.at(from)->send("granted");
}

bool GrantDoor::take(Grant const& wanted)
{
    return grants_.take(wanted, time_of_grants());
}

} // namespace vitrail::qrexecd
