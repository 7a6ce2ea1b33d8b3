#pragma once

#include "lib/qube/admin_codec.hpp"
#include "lib/qube/device.hpp"
#include "lib/qube/firewall.hpp"
#include "lib/qube/label.hpp"
#include "lib/qube/property.hpp"
#include "lib/qube/qube_class.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace vitrail::qubesd {

/// What a volume is for (fact sheet storage-and-lifecycle §1).
enum class VolumeUse : std::uint8_t {
    saved,    ///< save_on_stop: changes are kept
    snapshot, ///< snap_on_start: a copy of its source at each start
    scratch,  ///< neither: new and empty at each start
    fixed,    ///< read-only, the kernel's
};

struct Volume {
    std::string name; ///< root, private, volatile, kernel
    std::string pool;
    std::string vid;    ///< unique within its pool
    std::string source; ///< vid of what a snapshot is taken of, in the same pool; empty: none
    VolumeUse use = VolumeUse::saved;
    std::uint64_t size = 0; ///< bytes
    bool rw = true;
    bool ephemeral = false;
    std::optional<std::int64_t> revisions_to_keep; ///< none: the pool's; -1: no snapshots at all
    friend bool operator==(Volume const&, Volume const&) = default;
};

template <typename T> using ByName = std::map<std::string, T, std::less<>>;

/// One qube: what is kept, and how it is now.
struct Qube {
    std::string name;
    unsigned qid = 0;
    std::string uuid;
    qube::QubeClass qube_class = qube::QubeClass::app;
    ByName<std::string> properties; ///< only those that were set, in check_value()'s form
    ByName<std::string> features;
    std::set<std::string, std::less<>> tags;
    ByName<Volume> volumes;
    std::vector<qube::Assignment> assignments;
    std::vector<qube::FirewallRule> firewall;
    std::string notes;

    struct Now {
        qube::Power power = qube::Power::halted;
        std::int64_t domain = -1;    ///< number of the running domain
        std::int64_t start_time = 0; ///< Unix seconds
        std::vector<qube::Assignment> attached;
        friend bool operator==(Now const&, Now const&) = default;
    } now; ///< not stored

    [[nodiscard]] bool is(qube::QubeClass one) const { return qube_class == one; }
    [[nodiscard]] bool is_off() const { return now.power == qube::Power::halted; }
    [[nodiscard]] std::string_view property(std::string_view property_name) const;
    [[nodiscard]] std::string const* feature(std::string_view feature_name) const;
    friend bool operator==(Qube const&, Qube const&) = default;
};

struct Pool {
    std::string name;
    std::string driver;
    ByName<std::string> options; ///< dir_path, revisions_to_keep, ephemeral_volatile, …
    friend bool operator==(Pool const&, Pool const&) = default;
};

/// What the machine has.
struct Machine {
    std::uint64_t memory_mib = 0;
    unsigned processors = 0;
};

/// All that qubesd knows.
struct State {
    ByName<Qube> qubes;
    ByName<std::string> globals; ///< only those that were set
    std::vector<qube::Label> labels;
    ByName<Pool> pools;
    Machine machine;

    [[nodiscard]] Qube const* find(std::string_view name) const;
    [[nodiscard]] Qube* find(std::string_view name);
    [[nodiscard]] Qube const* find(qube::Party const& party) const;
    [[nodiscard]] qube::Label const* find_label(std::string_view name) const;
};

/// A property's value as it is now.
struct Value {
    bool is_default = true;
    std::optional<std::string> text; ///< nullopt: undefined; of a qube: empty is none
};

/// Nobody set it, or what was set. Never fails: a property of the class always has a Value.
[[nodiscard]] Value property_value(State const& state, Qube const& qube,
                                   qube::Property const& property);
/// What it would be if nobody had set it.
[[nodiscard]] std::optional<std::string> property_default(State const& state, Qube const& qube,
                                                          qube::Property const& property);
[[nodiscard]] Value global_value(State const& state, qube::Property const& property);
[[nodiscard]] std::optional<std::string> global_default(State const& state,
                                                        qube::Property const& property);

/// The value by name, empty where it is undefined.
[[nodiscard]] std::string property_text(State const& state, Qube const& qube,
                                        std::string_view name);
[[nodiscard]] std::string global_text(State const& state, std::string_view name);
[[nodiscard]] bool property_is_true(State const& state, Qube const& qube, std::string_view name);

/// Own feature, else the template's, and its template's.
[[nodiscard]] std::optional<std::string> feature_with_template(State const& state, Qube const& qube,
                                                               std::string_view name);

/// Why it cannot be removed: "template of work", "global default_netvm"; empty: nobody uses it.
[[nodiscard]] std::vector<std::string> uses_of(State const& state, std::string_view name);
/// Running or paused qubes whose netvm it is.
[[nodiscard]] std::vector<std::string> running_clients(State const& state, std::string_view netvm);
[[nodiscard]] unsigned free_qid(State const& state);

/// Whether `netvm` may become the netvm of `qube` without a loop.
[[nodiscard]] bool makes_loop(State const& state, Qube const& qube, std::string_view netvm);

} // namespace vitrail::qubesd
