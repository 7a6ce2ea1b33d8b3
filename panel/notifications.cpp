#include "panel/notifications.hpp"

#include <algorithm>
#include <ctime>

namespace vitrail::panel {
namespace {

/// A qube may tell as often as it likes: everything is drawn so often at most.
constexpr std::chrono::milliseconds calm{150};

} // namespace

Notifications::Notifications(wl_event_loop* loop, ui::QubeModel const& qubes, ui::ShellLink& shell,
                             Config const& config)
    : shell_(shell),
      config_(config),
      desk_(loop, *this),
      hands_{
          .invoke = [this](std::uint64_t number, std::string const& key) { invoke(number, key); },
          .dismiss = [this](std::uint64_t number) { dismiss(number); }},
      board_(qubes, hands_, [this] { timer_.arm(std::chrono::milliseconds(1)); }),
      timer_(loop, *this)
{
}

void Notifications::handle_told(LinkId link, formats::NotificationOrigin const& origin,
                                formats::NotificationMessage const& message)
{
    if (auto const* const told = std::get_if<formats::Notification>(&message))
        book_.take(link, origin, *told,
                   {.time = std::chrono::steady_clock::now(), .wall = std::time(nullptr)});
    else if (auto const* const taken_back = std::get_if<formats::NotificationWithdrawal>(&message))
        book_.withdraw(link, taken_back->id);
    else if (auto const* const count = std::get_if<formats::NotificationsLeftOut>(&message))
        book_.leave_out(origin, count->count);
}

void Notifications::handle_reply(LinkId link, formats::NotificationReply const& reply)
{
    desk_.send(link, reply);
}

void Notifications::handle_changed()
{
    if (!changed_)
        timer_.arm(calm);
    changed_ = true;
}

void Notifications::handle_desktop()
{
    book_.set_locked(shell_.desktop().locked);
    handle_changed();
}

void Notifications::handle_timer()
{
    auto const now = std::chrono::steady_clock::now();
    auto const arm = [&](NotificationBook::TimePoint when) {
        timer_.arm(std::chrono::ceil<std::chrono::milliseconds>(when - now));
    };
    bool const held = board_.held_until() > now;
    if (!held)
        book_.expire(now);
    for (Observer* const observer : std::vector(observers_))
        if (changed_)
            observer->handle_notifications();
    if (held)
        return arm(board_.held_until()); // or when the pointer leaves
    if (changed_)
        board_.show(book_.board(), listed_ ? Corner::off : config_.notifications);
    changed_ = false;
    if (auto const next = book_.next_expiry())
        arm(*next);
}

void Notifications::invoke(std::uint64_t number, std::string const& key)
{
    // The user wants to see what comes of it: the window that the qube now opens may be used.
    if (auto const origin = book_.invoke(number, key))
        shell_.claim_focus(origin->name);
    board_.release();
}

void Notifications::dismiss(std::uint64_t number)
{
    book_.dismiss(number);
    board_.release();
}

void Notifications::set_listed(bool listed)
{
    listed_ = listed;
    book_.see_all();
    board_.release();
}

void Notifications::dismiss_all()
{
    book_.dismiss_all();
}

} // namespace vitrail::panel
