#pragma once

#include "services/qubesd/events.hpp"
#include "services/qubesd/state.hpp"
#include "services/qubesd/storage/driver.hpp"
#include "services/qubesd/store.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace vitrail::qubesd {

/// Clock and randomness: what a test sets.
struct World {
    std::function<std::int64_t()> now; ///< Unix seconds
    std::function<std::uint64_t()> random;
    [[nodiscard]] static World real();
};

/// A volume with all that its driver needs, to be handed to a job.
struct StoredVolume {
    Pool pool;
    Volume volume;
    std::int64_t keep = 1;
    [[nodiscard]] Result<std::unique_ptr<StorageDriver>> driver() const;
};

/// What all parts of qubesd share: the state, the store that keeps it, and who hears of changes.
/// The state changes only after the store has kept the change.
struct System {
    System(Store& its_store, World its_world) : store(its_store), world(std::move(its_world)) {}

    Store& store;
    World world;
    State state;
    Events events;

    /// A failed commit: nothing has changed, and the caller may go on.
    [[nodiscard]] qube::Outcome<> keep(Transaction& change);
    [[nodiscard]] StoredVolume stored(Volume const& volume) const;
    /// All volumes of a qube that a driver keeps.
    [[nodiscard]] std::vector<StoredVolume> stored_volumes(Qube const& qube) const;
    [[nodiscard]] std::string new_uuid() const;

    /// One value, kept, in the state, told.
    [[nodiscard]] qube::Outcome<> set_feature(std::string const& qube, std::string const& name,
                                              std::string const& value);
    [[nodiscard]] qube::Outcome<> remove_feature(std::string const& qube, std::string const& name);
    [[nodiscard]] qube::Outcome<> add_tag(std::string const& qube, std::string const& tag);
    [[nodiscard]] qube::Outcome<> remove_tag(std::string const& qube, std::string const& tag);
};

/// The volumes that a new qube of this class has; those of a qube with a template follow it.
[[nodiscard]] ByName<Volume> new_volumes(State const& state, Qube const& qube,
                                         ByName<std::string> const& pools);
/// Snapshots point to their sources again after the template changed.
void follow_template(State const& state, Qube& qube);

[[nodiscard]] std::unexpected<qube::AdminError> storage_error(Error const& error);

} // namespace vitrail::qubesd
