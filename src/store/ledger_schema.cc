#include "store/ledger_schema.h"

#include <cstdint>
#include <optional>

#include "base/text.h"

namespace opt_data::store {
namespace {

// Times are microseconds of UTC; `job` is JobKey::text(). The journal keeps every attempt in the
// order of arrival, so it has no key but that order.
constexpr const char* tables = R"(
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE jobs (
    kind TEXT NOT NULL, date TEXT NOT NULL, slot INTEGER NOT NULL, ingest_id TEXT NOT NULL,
    started_us INTEGER NOT NULL, ended_us INTEGER, outcome TEXT NOT NULL,
    starts INTEGER NOT NULL, counts TEXT NOT NULL,
    PRIMARY KEY (date, kind, slot)) STRICT, WITHOUT ROWID;
  CREATE INDEX jobs_by_start ON jobs (started_us);
  CREATE TABLE expected_slots (
    date TEXT NOT NULL, slot INTEGER NOT NULL, at_us INTEGER NOT NULL,
    PRIMARY KEY (date, slot)) STRICT, WITHOUT ROWID;
  CREATE TABLE expected (
    date TEXT NOT NULL, slot INTEGER NOT NULL, place INTEGER NOT NULL,
    conid INTEGER NOT NULL, underlying TEXT NOT NULL,
    PRIMARY KEY (date, slot, place)) STRICT, WITHOUT ROWID;
  CREATE TABLE journal (
    arrival INTEGER PRIMARY KEY, job TEXT NOT NULL, conid INTEGER NOT NULL,
    attempt INTEGER NOT NULL, asked_us INTEGER NOT NULL, answered_us INTEGER NOT NULL,
    answer BLOB NOT NULL) STRICT;
  CREATE INDEX journal_by_job ON journal (job);
  CREATE TABLE published (
    partition TEXT PRIMARY KEY, date TEXT NOT NULL, row_count INTEGER NOT NULL,
    checksum TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE INDEX published_by_date ON published (date);
)";

// What version 2 has besides.
constexpr const char* tables_of_2 = R"(
  CREATE TABLE removed (
    partition TEXT NOT NULL, date TEXT NOT NULL, row_count INTEGER NOT NULL,
    checksum TEXT NOT NULL, published_us INTEGER NOT NULL, why TEXT NOT NULL,
    at_us INTEGER NOT NULL) STRICT;
  CREATE INDEX removed_by_date ON removed (date);
)";

// What version 3 has besides: the slot that a slot's list stands under in `expected`.
constexpr const char* columns_of_3 = R"(
  ALTER TABLE expected_slots ADD COLUMN list INTEGER;
  UPDATE expected_slots SET list = slot;
)";

// Empty when the file holds nothing at all: it is new, or its maker died before its first commit.
Result<std::optional<std::int64_t>> version_of(SqliteFile& file) {
  SqliteQuery names(file, "SELECT count(*), sum(name = 'meta') FROM sqlite_schema");
  OPT_TRY_VOID(names.step());
  if (names.integer(0) == 0) return std::nullopt;
  const auto alien = fail(
      ErrorKind::corrupt, "{} is an SQLite file, but not a ledger; it was left as it is",
      file.path().string());
  if (names.integer(1) == 0) return alien;
  SqliteQuery query(file, "SELECT value FROM meta WHERE name = 'schema_version'");
  const auto found = query.step();
  if (!found && found.error().kind != ErrorKind::corrupt) return fail(found.error());
  const auto version = found.value_or(false) ? parse_int(query.text(0)) : std::nullopt;
  if (!version || *version < 1) return alien;
  return version;
}

Result<void> check_version(const SqliteFile& file, std::int64_t version) {
  if (version <= ledger_version) return {};
  return fail(
      ErrorKind::invalid_input,
      "ledger {} has schema_version {}, and this opt-data knows {}; use the newer opt-data that "
      "wrote it. Nothing was changed",
      file.path().string(), version, ledger_version);
}

// The copy first: a change that turns out to be wrong must not be all that is left.
Result<void> bring_to_ours(SqliteFile& file, std::int64_t version) {
  if (version == ledger_version) return {};
  std::filesystem::path copy = file.path();
  copy += fmt::format(".v{}", version);
  if (auto copied = file.copy_to(copy); !copied)
    return fail_within(
        std::move(copied).error(),
        "ledger {} has schema_version {} and was left so, for want of a copy before its upgrade",
        file.path().string(), version);
  auto done = file.run(fmt::format(
      "BEGIN IMMEDIATE; {} {} UPDATE meta SET value = '{}' WHERE name = 'schema_version'; COMMIT;",
      version < 2 ? tables_of_2 : "", columns_of_3, ledger_version));
  if (!done) static_cast<void>(file.run("ROLLBACK"));
  return done;
}

// Answered means on the disk: FULL syncs the log at each commit.
Result<void> make_durable(SqliteFile& file, Durability durability) {
  SqliteQuery mode(file, "PRAGMA journal_mode = WAL");
  OPT_TRY(const bool told, mode.step());
  if (!told || mode.text(0) != "wal")
    return fail(
        ErrorKind::storage,
        "{}: the file system does not let SQLite keep a write-ahead log; put it on a local disk",
        file.path().string());
  return file.run(
      durability == Durability::power_loss ? "PRAGMA synchronous = FULL"
                                           : "PRAGMA synchronous = OFF");
}

}  // namespace

Result<void> prepare_ledger(SqliteFile& file, Durability durability) {
  OPT_TRY(const auto version, version_of(file));
  if (version) OPT_TRY_VOID(check_version(file, *version));
  OPT_TRY_VOID(make_durable(file, durability));
  if (version) return bring_to_ours(file, *version);
  return file.run(fmt::format(
      "BEGIN IMMEDIATE; {} {} {} INSERT INTO meta VALUES ('schema_version', '{}'); COMMIT;", tables,
      tables_of_2, columns_of_3, ledger_version));
}

Result<void> check_ledger(SqliteFile& file) {
  OPT_TRY(const auto version, version_of(file));
  if (!version) return fail(ErrorKind::not_found, "{} holds nothing yet", file.path().string());
  return check_version(file, *version);
}

}  // namespace opt_data::store
