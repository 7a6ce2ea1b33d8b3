#pragma once

#include "lib/base/handle.hpp"
#include "lib/base/result.hpp"
#include "services/qubesd/state.hpp"

#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace vitrail::qubesd {

/// A volume on disk that the store does not (or no longer) count as somebody's: removed at start.
struct OrphanVolume {
    std::string pool;
    std::string vid;
    friend auto operator<=>(OrphanVolume const&, OrphanVolume const&) = default;
};

class Transaction;

/// What is kept over restarts: one SQLite database in WAL mode. Every change is one transaction, so
/// that a crash or power cut at any moment leaves what was before it or what is after it.
class Store {
public:
    /// Makes the database when there is none. `vfs`: for tests; nullptr: SQLite's own.
    [[nodiscard]] static Result<std::unique_ptr<Store>> open(std::string const& path,
                                                             char const* vfs = nullptr);

    [[nodiscard]] Result<State> load();
    [[nodiscard]] Result<std::vector<OrphanVolume>> orphans();
    /// What is wrong, a sentence each: the file's own structure, references to what is not there,
    /// names and values that nothing may have. Empty: nothing.
    [[nodiscard]] Result<std::vector<std::string>> check();

private:
    friend class Transaction;
    using Database = Handle<sqlite3, sqlite3_close>;
    using Argument = std::variant<std::string_view, std::int64_t, std::monostate>;

    explicit Store(Database database) : database_(std::move(database)) {}
    [[nodiscard]] Result<> prepare_schema();
    [[nodiscard]] Error failure(std::string what) const;
    [[nodiscard]] Result<> run(std::string_view sql,
                               std::initializer_list<Argument> arguments = {});
    /// Calls `row` for each row of the answer.
    template <typename Row> [[nodiscard]] Result<> read(std::string_view sql, Row&& row);

    Database database_;
};

/// One change. Nothing of it is kept unless commit() succeeds. One at a time.
class Transaction {
public:
    explicit Transaction(Store& store);
    ~Transaction();
    Transaction(Transaction const&) = delete;
    Transaction& operator=(Transaction const&) = delete;

    void add_qube(Qube const& qube); ///< with everything it has
    void remove_qube(std::string_view name);
    void set_property(std::string_view qube, std::string_view name,
                      std::optional<std::string_view> value);
    void set_global(std::string_view name, std::optional<std::string_view> value);
    void set_feature(std::string_view qube, std::string_view name,
                     std::optional<std::string_view> value);
    void add_tag(std::string_view qube, std::string_view tag);
    void remove_tag(std::string_view qube, std::string_view tag);
    void set_volume(std::string_view qube, Volume const& volume);
    void set_assignments(std::string_view qube, std::vector<qube::Assignment> const& all);
    void set_firewall(std::string_view qube, std::vector<qube::FirewallRule> const& rules);
    void set_notes(std::string_view qube, std::string_view notes);
    void add_label(qube::Label const& label);
    void remove_label(std::string_view name);
    void set_pool(Pool const& pool);
    void remove_pool(std::string_view name);
    void add_orphan(OrphanVolume const& orphan);
    void remove_orphan(OrphanVolume const& orphan);

    /// Keeps it. The first thing that failed since the beginning is the error.
    [[nodiscard]] Result<> commit();

private:
    void run(std::string_view sql, std::initializer_list<Store::Argument> arguments);

    Store& store_;
    Result<> failed_;
    bool open_ = false;
};

} // namespace vitrail::qubesd
