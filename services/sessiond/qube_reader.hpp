#pragma once

#include "lib/qube/async_client.hpp"
#include "lib/transport/guid_start.hpp"
#include "services/sessiond/labels.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace vitrail::session {

/// What the session wants to know of a qube, as qubesd said it.
struct QubeFacts {
    std::string name;
    std::string power; ///< Halted, Transient, Running, Paused, Halting, …
    Label label;
    std::uint32_t domain = 0; ///< 0: it does not run
    bool gui = false;         ///< its windows are ours to show
    bool internal = false;    ///< not to be shown at all
    bool service = false;     ///< gives network to others: started for them
    bool autostart = false;
    transport::GuidStart options; ///< guid.conf's
};

/// One qube being read. Lives until it is done, or longer than `client`.
class QubeReading {
public:
    using Done = std::function<void(qube::Outcome<QubeFacts>)>;

    QubeReading(qube::AsyncAdminClient& client, std::string const& name, Done done);
    QubeReading(QubeReading const&) = delete;
    QubeReading& operator=(QubeReading const&) = delete;
    /// `done` once, possibly from here; it may destroy this. Fails with what the API refused.
    void begin();

private:
    using Step = void (QubeReading::*)(std::string const&);

    void call(std::string const& whom, std::string method, std::string argument, Step step);
    void finish(qube::Outcome<QubeFacts> outcome);
    void take_properties(std::string const& answer);
    void take_colour(std::string const& answer);
    void ask_power();
    void take_power(std::string const& answer);
    void list_features();
    void take_feature_names(std::string const& answer);
    void read_next_feature();
    void complain(std::string const& feature, std::string const& value) const;

    qube::AsyncAdminClient& client_;
    Done done_;
    QubeFacts facts_;
    /// The options of the GUI domain come first, the qube's own over them.
    bool own_features_ = false;
    std::vector<std::string> features_; ///< still to be read
};

/// Names of all qubes but dom0 in an answer of admin.vm.List.
[[nodiscard]] std::vector<std::string> listed_qubes(std::string_view answer);

} // namespace vitrail::session
