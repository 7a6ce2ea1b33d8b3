#pragma once

#include "services/sessiond/ctl_server.hpp"
#include "services/sessiond/management.hpp"
#include "services/sessiond/qube.hpp"
#include "services/sessiond/qube_list.hpp"
#include "services/sessiond/qube_reader.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace vitrail::session {

struct QubeBookSetup {
    std::vector<QubeSpec> list; ///< the user's: which qubes start, with which applications
    std::string runtime;        ///< folder: qubes/NAME of the running ones below it
    std::string log;            ///< folder
    ManagementSetup management;
};

/// Every qube of the desktop, as it is now: follows qubesd's events, and asks it for what the user
/// wants. What qubesd knows is never decided here.
class QubeBook final : public ManagementEvents {
public:
    using Answer = CtlCommands::Answer; ///< gets "{}", or what the API refused

    QubeBook(QubeHost& host, QubeBookSetup setup);
    ~QubeBook();

    [[nodiscard]] Result<> start();
    /// Every qube is shut down, then qubesd; handle_qube_changed() tells how it goes.
    void end();
    /// At once what end() has not done yet.
    void end_now();
    [[nodiscard]] bool has_ended() const { return ended_; }

    [[nodiscard]] std::vector<std::unique_ptr<Qube>> const& all() const { return qubes_; }
    [[nodiscard]] Qube* find(std::string_view name);
    [[nodiscard]] Management& management() { return management_; }
    void handle_compositor_started();
    /// A new window of this domain is on the screen.
    void handle_window(std::uint32_t domain);
    void handle_placeholder_closed(std::uint32_t id);

    void start_qube(std::string const& name, Answer answer);
    void stop_qube(std::string const& name, bool at_once, Answer answer);
    void set_label(std::string const& name, std::string const& label, Answer answer);
    [[nodiscard]] Result<> attach(Attachment const& attachment);
    [[nodiscard]] Result<> detach(std::string const& name);

    // ManagementEvents
    void handle_connected() override;
    void handle_event(qube::AdminEvent const& event) override;
    void handle_lost(std::string const& why) override;
    void handle_ended() override;

private:
    /// Asks qubesd for a qube; what it says is true when the answer comes: whatever is told of the
    /// qube meanwhile makes us ask again.
    void read(std::string const& name);
    void handle_read(std::string const& name, qube::Outcome<QubeFacts> const& facts);
    void take(QubeFacts const& facts);
    void compare(Qube& qube, QubeFacts const& facts);
    void remove(std::string_view name);
    void handle_list(std::string const& answer);
    void handle_life(Qube& qube, qube::AdminEvent const& event);
    void handle_start(std::string const& name);
    void apply_list();
    void start_listed(std::string const& name);
    void shut_down(Qube& qube);
    void finish_if_done();
    [[nodiscard]] QubeSpec const* listed(std::string_view name) const;

    QubeHost& host_;
    QubeBookSetup setup_;
    Management management_;
    std::vector<std::unique_ptr<Qube>> qubes_;
    std::map<std::string, std::unique_ptr<QubeReading>, std::less<>> reading_;
    std::set<std::string, std::less<>> again_;      ///< something was told while it was read
    std::set<std::string, std::less<>> to_open_;    ///< started: their applications are not yet
    std::set<std::string, std::less<>> autostarts_; ///< as their property says, until they started
    /// Starts of ours at the session's begin, which the user did not ask for.
    std::set<std::string, std::less<>> of_session_;
    bool incomplete_ = false; ///< qubesd went while its qubes were read
    bool list_applied_ = false;
    bool ending_ = false;
    bool ended_ = false;
};

} // namespace vitrail::session
