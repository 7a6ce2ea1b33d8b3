#include "services/qubesd/store.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace vitrail::qubesd {
namespace {

using Statement = Handle<sqlite3_stmt, sqlite3_finalize>;

constexpr std::int64_t schema_version = 1;

constexpr char const* schema = R"(
CREATE TABLE label (idx INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, rgb INTEGER NOT NULL) STRICT;
CREATE TABLE pool (name TEXT PRIMARY KEY, driver TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE pool_option (pool TEXT NOT NULL REFERENCES pool ON DELETE CASCADE, name TEXT NOT NULL,
    value TEXT NOT NULL, PRIMARY KEY (pool, name)) STRICT, WITHOUT ROWID;
CREATE TABLE global (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE qube (name TEXT PRIMARY KEY, qid INTEGER NOT NULL UNIQUE, uuid TEXT NOT NULL UNIQUE,
    class TEXT NOT NULL, firewall TEXT NOT NULL, notes TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE property (qube TEXT NOT NULL REFERENCES qube ON DELETE CASCADE, name TEXT NOT NULL,
    value TEXT NOT NULL, PRIMARY KEY (qube, name)) STRICT, WITHOUT ROWID;
CREATE TABLE feature (qube TEXT NOT NULL REFERENCES qube ON DELETE CASCADE, name TEXT NOT NULL,
    value TEXT NOT NULL, PRIMARY KEY (qube, name)) STRICT, WITHOUT ROWID;
CREATE TABLE tag (qube TEXT NOT NULL REFERENCES qube ON DELETE CASCADE, name TEXT NOT NULL,
    PRIMARY KEY (qube, name)) STRICT, WITHOUT ROWID;
CREATE TABLE volume (qube TEXT NOT NULL REFERENCES qube ON DELETE CASCADE, name TEXT NOT NULL,
    pool TEXT NOT NULL REFERENCES pool, vid TEXT NOT NULL, source TEXT NOT NULL, use INTEGER NOT NULL,
    size INTEGER NOT NULL, rw INTEGER NOT NULL, ephemeral INTEGER NOT NULL, revisions INTEGER,
    PRIMARY KEY (qube, name)) STRICT, WITHOUT ROWID;
CREATE TABLE assignment (qube TEXT NOT NULL REFERENCES qube ON DELETE CASCADE, class TEXT NOT NULL,
    backend TEXT NOT NULL, port TEXT NOT NULL, device TEXT NOT NULL, mode TEXT NOT NULL,
    options TEXT NOT NULL, PRIMARY KEY (qube, class, backend, port, device)) STRICT, WITHOUT ROWID;
CREATE TABLE orphan (pool TEXT NOT NULL, vid TEXT NOT NULL, PRIMARY KEY (pool, vid)) STRICT, WITHOUT ROWID;
)";

std::string column(sqlite3_stmt* row, int index)
{
    auto const* const text = static_cast<char const*>(sqlite3_column_blob(row, index));
    return text ? std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(row, index)))
                : std::string();
}

qube::Assignment assignment_of(sqlite3_stmt* row)
{
    qube::Assignment assignment{
        .device = {column(row, 1), column(row, 2), column(row, 3), column(row, 4)},
        .mode = qube::parse_mode(column(row, 5)).value_or(qube::AssignmentMode::manual),
        .options = {}};
    if (auto const options = qube::parse_fields(column(row, 6)))
        for (auto const& [name, value] : *options)
            assignment.options[name] = value;
    return assignment;
}

Volume volume_of(sqlite3_stmt* row)
{
    Volume volume{.name = column(row, 1),
                  .pool = column(row, 2),
                  .vid = column(row, 3),
                  .source = column(row, 4),
                  .use = static_cast<VolumeUse>(sqlite3_column_int(row, 5) & 3),
                  .size = static_cast<std::uint64_t>(sqlite3_column_int64(row, 6)),
                  .rw = sqlite3_column_int(row, 7) != 0,
                  .ephemeral = sqlite3_column_int(row, 8) != 0,
                  .revisions_to_keep = {}};
    if (sqlite3_column_type(row, 9) != SQLITE_NULL)
        volume.revisions_to_keep = sqlite3_column_int64(row, 9);
    return volume;
}

} // namespace

Error Store::failure(std::string what) const
{
    int const code = sqlite3_errcode(database_.get());
    return {code == SQLITE_FULL ? ENOSPC : 0,
            std::move(what) + " (" + sqlite3_errmsg(database_.get()) + ")"};
}

Result<std::unique_ptr<Store>> Store::open(std::string const& path, char const* vfs)
{
    sqlite3* raw = nullptr;
    mode_t const before = umask(077);
    int const opened =
        sqlite3_open_v2(path.c_str(), &raw,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXRESCODE, vfs);
    umask(before);
    Database database(raw);
    if (opened != SQLITE_OK)
        return error("the store " + path + ": " + sqlite3_errstr(opened));
    std::unique_ptr<Store> store(new Store(std::move(database)));
    sqlite3_busy_timeout(store->database_.get(), 5000);
    // FULL: what was answered as done is still there after a power cut.
    for (char const* const pragma :
         {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA foreign_keys = ON"})
        TRY_VOID(store->run(pragma));
    TRY_VOID(store->prepare_schema());
    return store;
}

Result<> Store::prepare_schema()
{
    std::int64_t version = 0;
    TRY_VOID(read("PRAGMA user_version",
                  [&](sqlite3_stmt* row) { version = sqlite3_column_int64(row, 0); }));
    if (version == schema_version)
        return {};
    if (version != 0)
        return error("the store is of version " + std::to_string(version) +
                     ", this program knows version 1: update Vitrail");
    std::string const all =
        "BEGIN IMMEDIATE;" + std::string(schema) + "PRAGMA user_version = 1; COMMIT;";
    if (sqlite3_exec(database_.get(), all.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
        Error made = failure("making the store");
        sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
        return std::unexpected(std::move(made));
    }
    return {};
}

Result<> Store::run(std::string_view sql, std::initializer_list<Argument> arguments)
{
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
    Statement const statement(raw);
    if (!statement)
        return std::unexpected(failure("the store"));
    int index = 0;
    for (Argument const& argument : arguments) {
        ++index;
        if (auto const* const text = std::get_if<std::string_view>(&argument))
            sqlite3_bind_text(raw, index, text->data() ? text->data() : "", // no data means NULL
                              static_cast<int>(text->size()), SQLITE_STATIC);
        else if (auto const* const number = std::get_if<std::int64_t>(&argument))
            sqlite3_bind_int64(raw, index, *number);
        else
            sqlite3_bind_null(raw, index);
    }
    int step = SQLITE_ROW;
    while (step == SQLITE_ROW)
        step = sqlite3_step(raw);
    if (step != SQLITE_DONE)
        return std::unexpected(failure("the store"));
    return {};
}

template <typename Row> Result<> Store::read(std::string_view sql, Row&& row)
{
    sqlite3_stmt* raw = nullptr;
    sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
    Statement const statement(raw);
    if (!statement)
        return std::unexpected(failure("the store"));
    int step = sqlite3_step(raw);
    for (; step == SQLITE_ROW; step = sqlite3_step(raw))
        row(raw);
    if (step != SQLITE_DONE)
        return std::unexpected(failure("reading the store"));
    return {};
}

Result<State> Store::load()
{
    State state;
    TRY_VOID(read("SELECT idx, name, rgb FROM label ORDER BY idx", [&](sqlite3_stmt* row) {
        state.labels.push_back({static_cast<unsigned>(sqlite3_column_int(row, 0)), column(row, 1),
                                static_cast<std::uint32_t>(sqlite3_column_int64(row, 2))});
    }));
    TRY_VOID(read("SELECT name, driver FROM pool", [&](sqlite3_stmt* row) {
        state.pools[column(row, 0)] = {column(row, 0), column(row, 1), {}};
    }));
    TRY_VOID(read("SELECT pool, name, value FROM pool_option", [&](sqlite3_stmt* row) {
        state.pools[column(row, 0)].options[column(row, 1)] = column(row, 2);
    }));
    TRY_VOID(read("SELECT name, value FROM global",
                  [&](sqlite3_stmt* row) { state.globals[column(row, 0)] = column(row, 1); }));
    TRY_VOID(
        read("SELECT name, qid, uuid, class, firewall, notes FROM qube", [&](sqlite3_stmt* row) {
            Qube& one = state.qubes[column(row, 0)];
            one.name = column(row, 0);
            one.qid = static_cast<unsigned>(sqlite3_column_int(row, 1));
            one.uuid = column(row, 2);
            one.qube_class = qube::parse_class(column(row, 3)).value_or(qube::QubeClass::app);
            one.firewall =
                qube::parse_rules(column(row, 4)).value_or(std::vector<qube::FirewallRule>{});
            one.notes = column(row, 5);
            if (one.is(qube::QubeClass::admin))
                one.now.power = qube::Power::running;
            if (one.is(qube::QubeClass::remote))
                one.now.power = qube::Power::unknown;
        }));
    TRY_VOID(read("SELECT qube, name, value FROM property", [&](sqlite3_stmt* row) {
        state.qubes[column(row, 0)].properties[column(row, 1)] = column(row, 2);
    }));
    TRY_VOID(read("SELECT qube, name, value FROM feature", [&](sqlite3_stmt* row) {
        state.qubes[column(row, 0)].features[column(row, 1)] = column(row, 2);
    }));
    TRY_VOID(read("SELECT qube, name FROM tag", [&](sqlite3_stmt* row) {
        state.qubes[column(row, 0)].tags.insert(column(row, 1));
    }));
    TRY_VOID(read(
        "SELECT qube, name, pool, vid, source, use, size, rw, ephemeral, revisions FROM volume",
        [&](sqlite3_stmt* row) {
            state.qubes[column(row, 0)].volumes[column(row, 1)] = volume_of(row);
        }));
    TRY_VOID(read("SELECT qube, class, backend, port, device, mode, options FROM assignment",
                  [&](sqlite3_stmt* row) {
                      state.qubes[column(row, 0)].assignments.push_back(assignment_of(row));
                  }));
    return state;
}

Result<std::vector<OrphanVolume>> Store::orphans()
{
    std::vector<OrphanVolume> all;
    TRY_VOID(read("SELECT pool, vid FROM orphan",
                  [&](sqlite3_stmt* row) { all.push_back({column(row, 0), column(row, 1)}); }));
    return all;
}

Result<std::vector<std::string>> Store::check()
{
    std::vector<std::string> problems;
    TRY_VOID(read("PRAGMA integrity_check", [&](sqlite3_stmt* row) {
        if (column(row, 0) != "ok")
            problems.push_back("database: " + column(row, 0));
    }));
    TRY_VOID(read("PRAGMA foreign_key_check", [&](sqlite3_stmt* row) {
        problems.push_back("a row of " + column(row, 0) + " refers to nothing in " +
                           column(row, 2));
    }));
    State const state = TRY(load());
    auto const complain = [&](std::string_view qube, std::string_view what) {
        problems.push_back("qube " + std::string(qube) + ": " + std::string(what));
    };
    for (auto const& [name, one] : state.qubes) {
        if (name != qube::dom0 && !qube::is_qube_name(name))
            complain(name, "no qube may have this name");
        if (!qube::is_uuid(one.uuid))
            complain(name, "its UUID is none");
        for (auto const& [property, value] : one.properties) {
            auto const* const known = qube::find_property(one.qube_class, property);
            if (!known || qube::check_value(*known, value) != value)
                complain(name, "it may not have the property " + property + " = " + value);
            else if (known->type == qube::PropertyType::qube && !value.empty() &&
                     !state.find(value))
                complain(name, "its " + property + " " + value + " is not there");
            else if (known->type == qube::PropertyType::label && !state.find_label(value))
                complain(name, "its label " + value + " is not there");
        }
        for (auto const& [volume_name, volume] : one.volumes)
            if (!state.pools.contains(volume.pool))
                complain(name, "its volume " + volume_name + " is in no pool");
        if (makes_loop(state, one, property_text(state, one, "netvm")))
            complain(name, "its netvm leads back to itself");
    }
    for (auto const& [property, value] : state.globals) {
        auto const* const known = qube::find_global(property);
        if (!known || qube::check_value(*known, value) != value)
            problems.push_back("the global property " + property + " may not be " + value);
        else if (known->type == qube::PropertyType::qube && !value.empty() && !state.find(value))
            problems.push_back("the global property " + property + " names " + value +
                               ", which is not there");
    }
    return problems;
}

Transaction::Transaction(Store& store) : store_(store)
{
    failed_ = store_.run("BEGIN IMMEDIATE");
    open_ = failed_.has_value();
}

Transaction::~Transaction()
{
    if (open_)
        (void)store_.run("ROLLBACK");
}

void Transaction::run(std::string_view sql, std::initializer_list<Store::Argument> arguments)
{
    if (failed_)
        failed_ = store_.run(sql, arguments);
}

Result<> Transaction::commit()
{
    run("COMMIT", {});
    if (!failed_ && open_)
        (void)store_.run("ROLLBACK"); // SQLite has done so already after some failures
    open_ = false;
    return failed_;
}

void Transaction::add_qube(Qube const& one)
{
    std::string const rules = qube::rules_text(one.firewall);
    run("INSERT INTO qube VALUES (?, ?, ?, ?, ?, ?)",
        {one.name, std::int64_t{one.qid}, one.uuid, qube::class_name(one.qube_class), rules,
         one.notes});
    for (auto const& [name, value] : one.properties)
        set_property(one.name, name, value);
    for (auto const& [name, value] : one.features)
        set_feature(one.name, name, value);
    for (auto const& tag : one.tags)
        add_tag(one.name, tag);
    for (auto const& [name, volume] : one.volumes)
        set_volume(one.name, volume);
    set_assignments(one.name, one.assignments);
}

void Transaction::remove_qube(std::string_view name)
{
    run("DELETE FROM qube WHERE name = ?", {name});
}

void Transaction::set_property(std::string_view one, std::string_view name,
                               std::optional<std::string_view> value)
{
    if (value)
        run("INSERT OR REPLACE INTO property VALUES (?, ?, ?)", {one, name, *value});
    else
        run("DELETE FROM property WHERE qube = ? AND name = ?", {one, name});
}

void Transaction::set_global(std::string_view name, std::optional<std::string_view> value)
{
    if (value)
        run("INSERT OR REPLACE INTO global VALUES (?, ?)", {name, *value});
    else
        run("DELETE FROM global WHERE name = ?", {name});
}

void Transaction::set_feature(std::string_view one, std::string_view name,
                              std::optional<std::string_view> value)
{
    if (value)
        run("INSERT OR REPLACE INTO feature VALUES (?, ?, ?)", {one, name, *value});
    else
        run("DELETE FROM feature WHERE qube = ? AND name = ?", {one, name});
}

void Transaction::add_tag(std::string_view one, std::string_view tag)
{
    run("INSERT OR REPLACE INTO tag VALUES (?, ?)", {one, tag});
}
void Transaction::remove_tag(std::string_view one, std::string_view tag)
{
    run("DELETE FROM tag WHERE qube = ? AND name = ?", {one, tag});
}

void Transaction::set_volume(std::string_view one, Volume const& volume)
{
    Store::Argument revisions = std::monostate();
    if (volume.revisions_to_keep)
        revisions = *volume.revisions_to_keep;
    run("INSERT OR REPLACE INTO volume VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {one, volume.name, volume.pool, volume.vid, volume.source,
         std::int64_t{static_cast<std::uint8_t>(volume.use)},
         static_cast<std::int64_t>(volume.size), std::int64_t{volume.rw},
         std::int64_t{volume.ephemeral}, revisions});
}

void Transaction::set_assignments(std::string_view one, std::vector<qube::Assignment> const& all)
{
    run("DELETE FROM assignment WHERE qube = ?", {one});
    for (qube::Assignment const& assignment : all) {
        std::string const options = qube::serialize(
            qube::DeviceFields(assignment.options.begin(), assignment.options.end()));
        run("INSERT INTO assignment VALUES (?, ?, ?, ?, ?, ?, ?)",
            {one, assignment.device.device_class, assignment.device.backend, assignment.device.port,
             assignment.device.id, qube::mode_name(assignment.mode), options});
    }
}

void Transaction::set_firewall(std::string_view one, std::vector<qube::FirewallRule> const& rules)
{
    std::string const text = qube::rules_text(rules);
    run("UPDATE qube SET firewall = ? WHERE name = ?", {text, one});
}
void Transaction::set_notes(std::string_view one, std::string_view notes)
{
    run("UPDATE qube SET notes = ? WHERE name = ?", {notes, one});
}
void Transaction::add_label(qube::Label const& label)
{
    run("INSERT INTO label VALUES (?, ?, ?)",
        {std::int64_t{label.index}, label.name, std::int64_t{label.rgb}});
}
void Transaction::remove_label(std::string_view name)
{
    run("DELETE FROM label WHERE name = ?", {name});
}

void Transaction::set_pool(Pool const& pool)
{
    run("INSERT INTO pool VALUES (?, ?) ON CONFLICT (name) DO NOTHING", {pool.name, pool.driver});
    run("DELETE FROM pool_option WHERE pool = ?", {pool.name});
    for (auto const& [name, value] : pool.options)
        run("INSERT INTO pool_option VALUES (?, ?, ?)", {pool.name, name, value});
}

void Transaction::remove_pool(std::string_view name)
{
    run("DELETE FROM pool WHERE name = ?", {name});
}
void Transaction::add_orphan(OrphanVolume const& orphan)
{
    run("INSERT OR REPLACE INTO orphan VALUES (?, ?)", {orphan.pool, orphan.vid});
}
void Transaction::remove_orphan(OrphanVolume const& orphan)
{
    run("DELETE FROM orphan WHERE pool = ? AND vid = ?", {orphan.pool, orphan.vid});
}

} // namespace vitrail::qubesd
