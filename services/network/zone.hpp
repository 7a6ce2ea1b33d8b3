#pragma once

#include "services/network/member.hpp"
#include "services/network/request.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::network {

/// Every qube's network namespace and how they are joined. What the kernel has is brought in line
/// with each request before it is answered; a request that fails leaves the qube without a link.
class Zone {
public:
    /// In a process that has entered its zone.
    explicit Zone(wl_event_loop* loop);
    ~Zone();

    /// The qube's namespace, the zone's. Fails while an earlier one of the name lives.
    [[nodiscard]] Result<int> add(request::Add const& request);
    /// A running qube's namespace, which an earlier zone of the same owner made.
    [[nodiscard]] Result<> adopt(request::Add const& request, Fd netns, Fd pidfd);
    [[nodiscard]] Result<> hold(std::string const& name, Fd pidfd);
    [[nodiscard]] Result<> connect(request::Connect const& request);
    [[nodiscard]] Result<> set_rules(request::Firewall request);
    void remove(std::string const& name);
    /// The machine has other addresses than before.
    void follow_machine();
    /// Namespaces that nobody has held yet go: whoever asked for them is gone.
    void forget_unheld();

    [[nodiscard]] bool empty() const { return members_.empty(); }
    [[nodiscard]] std::map<std::string, std::unique_ptr<Member>> const& members() const
    {
        return members_;
    }
    /// Whom to tell that the last namespace has gone.
    void set_emptied(std::function<void()> emptied) { emptied_ = std::move(emptied); }

private:
    [[nodiscard]] Result<Member*> take_in(request::Add const& request, Fd netns);
    [[nodiscard]] Result<Member*> find(std::string const& name);
    [[nodiscard]] Result<> link(Member& client, Member& netvm);
    void unlink(Member& client);
    void follow_uplink(Member& member);
    [[nodiscard]] Result<> load_rules(Member& netvm);
    void reload(std::string const& netvm);
    [[nodiscard]] std::vector<Member const*> clients_of(std::string const& netvm) const;

    wl_event_loop* loop_;
    std::map<std::string, std::unique_ptr<Member>> members_;
    std::function<void()> emptied_;
};

} // namespace vitrail::network
