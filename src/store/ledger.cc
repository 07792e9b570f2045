#include "store/ledger.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "calendar/calendar.h"
#include "store/ledger_expected.h"
#include "store/ledger_jobs.h"
#include "store/ledger_lock.h"
#include "store/ledger_row.h"
#include "store/ledger_schema.h"
#include "store/ledger_sqlite.h"

namespace opt_data::store {
namespace {

constexpr std::size_t group_size = 64;
constexpr std::chrono::milliseconds group_age{100};

// The date of "clean view=intraday/date=2025-10-06/slot-03".
std::string date_of(const std::string& partition) {
  constexpr std::string_view mark = "/date=";
  const std::size_t at = partition.find(mark);
  const std::string text =
      at == std::string::npos ? std::string() : partition.substr(at + mark.size(), 10);
  return parse_day(text) ? text : std::string();
}

class SqliteLedger : public Ledger {
 public:
  SqliteLedger(std::optional<LedgerLock> lock, std::unique_ptr<SqliteFile> file)
      : lock_(std::move(lock)), file_(std::move(file)) {}

  Result<JobRecord> start_job(const JobKey& key, std::string_view ingest_id, Instant now) override;
  Result<void> end_job(
      const JobKey& key, JobOutcome outcome, std::string_view counts, Instant now) override;
  Result<std::optional<JobRecord>> job(const JobKey& key) const override;
  Result<std::vector<JobRecord>> jobs(TradeDate date) const override;
  Result<std::vector<JobRecord>> recent_jobs(int count_max) const override;

  Result<void> expect(const Slot& slot, const std::vector<ExpectedContract>& contracts) override;
  Result<std::vector<ExpectedContract>> expected(TradeDate date, int slot) const override;
  Result<std::map<int, std::vector<ExpectedContract>>> expected(TradeDate date) const override;
  Result<std::vector<ExpectedList>> expected_lists(TradeDate date) const override;
  Result<void> each_expected(TradeDate date, int list, const TakeExpected& take) const override;

  Result<void> journal(const JobKey& job, const JournalEntry& entry, Instant now) override;
  Result<void> commit() override;
  Result<std::vector<JournalEntry>> journal_of(const JobKey& job) const override;
  Result<void> forget_journal(const JobKey& job) override;

  Result<void> record_published(const PublishedRecord& record) override;
  Result<std::vector<PublishedRecord>> published(TradeDate date) const override;
  Result<std::vector<TradeDate>> published_dates() const override;
  Result<void> record_removed(
      const std::vector<std::string>& partitions, std::string_view why, Instant now) override;
  Result<std::vector<RemovedRecord>> removed(TradeDate date) const override;

  std::int64_t commits() const override { return commits_; }

 private:
  struct Pending {
    std::string job;
    ContractId id;
    int attempt;
    Instant asked_at, answered_at;
    std::string answer;
  };

  Result<void> write_pending();
  template <typename Body>
  Result<void> transaction(Body body);
  Result<std::vector<JobRecord>> read_jobs(SqliteQuery& query) const;
  Error damaged(Error error) const;

  std::optional<LedgerLock> lock_;  // Before the file, so that it is let go after it. Empty: reads.
  std::unique_ptr<SqliteFile> file_;
  std::vector<Pending> pending_;
  Instant pending_since_{};
  std::int64_t commits_ = 0;
};

// A row that cannot be understood does not know which file it came from.
Error SqliteLedger::damaged(Error error) const {
  error.message = fmt::format("{}: {}", file_->path().string(), error.message);
  return error;
}

// Everything that writes goes through here, and takes the buffered answers with it: one sync, and
// nothing overtakes an answer that came before it. After a failure they are still buffered.
template <typename Body>
Result<void> SqliteLedger::transaction(Body body) {
  OPT_CHECK(lock_.has_value());
  Result<void> done = SqliteQuery(*file_, "BEGIN IMMEDIATE").done();
  if (done) done = write_pending();
  if (done) done = body();
  if (done) done = SqliteQuery(*file_, "COMMIT").done();
  if (!done) {
    // SQLite has already rolled back after some failures, and says so with another one.
    static_cast<void>(SqliteQuery(*file_, "ROLLBACK").done());
    return done;
  }
  pending_.clear();
  ++commits_;
  return {};
}

Result<void> SqliteLedger::write_pending() {
  for (const Pending& entry : pending_) {
    SqliteQuery insert(
        *file_,
        "INSERT INTO journal (job, conid, attempt, asked_us, answered_us, answer) "
        "VALUES (?, ?, ?, ?, ?, ?)");
    insert.bind(entry.job).bind(entry.id).bind(std::int64_t{entry.attempt});
    insert.bind(micros(entry.asked_at)).bind(micros(entry.answered_at)).bind_bytes(entry.answer);
    OPT_TRY_VOID(insert.done());
  }
  return {};
}

Result<JobRecord> SqliteLedger::start_job(
    const JobKey& key, std::string_view ingest_id, Instant now) {
  const std::string date = key.date.text();
  std::optional<JobRecord> record;
  OPT_TRY_VOID(transaction([&]() -> Result<void> {
    {
      SqliteQuery upsert(
          *file_,
          "INSERT INTO jobs VALUES (?, ?, ?, ?, ?, NULL, 'running', 1, '') ON CONFLICT DO UPDATE "
          "SET ingest_id = iif(outcome = 'running', ingest_id, excluded.ingest_id), "
          "started_us = iif(outcome = 'running', started_us, excluded.started_us), "
          "starts = iif(outcome = 'running', starts + 1, 1), "
          "ended_us = NULL, outcome = 'running', counts = ''");
      upsert.bind(to_text(key.kind)).bind(date).bind(std::int64_t{key.slot});
      upsert.bind(ingest_id).bind(micros(now));
      OPT_TRY_VOID(upsert.done());
    }
    OPT_TRY(record, job(key));
    return {};
  }));
  return *std::move(record);
}

Result<void> SqliteLedger::end_job(
    const JobKey& key, JobOutcome outcome, std::string_view counts, Instant now) {
  const std::string date = key.date.text();
  return transaction([&]() -> Result<void> {
    SqliteQuery update(
        *file_,
        "UPDATE jobs SET outcome = ?, counts = ?, ended_us = ? "
        "WHERE kind = ? AND date = ? AND slot = ? RETURNING starts");
    update.bind(to_text(outcome)).bind(counts).bind(micros(now));
    update.bind(to_text(key.kind)).bind(date).bind(std::int64_t{key.slot});
    OPT_TRY(const bool known, update.step());
    if (!known)
      return fail(ErrorKind::not_found, "job {} cannot end: it was never started", key.text());
    return update.done();
  });
}

Result<std::vector<JobRecord>> SqliteLedger::read_jobs(SqliteQuery& query) const {
  std::vector<JobRecord> records;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return records;
    auto record = read_job(query);
    if (!record) return fail(damaged(std::move(record).error()));
    records.push_back(*std::move(record));
  }
}

Result<std::optional<JobRecord>> SqliteLedger::job(const JobKey& key) const {
  const std::string date = key.date.text();
  SqliteQuery query(*file_, OPT_JOB_COLUMNS "WHERE kind = ? AND date = ? AND slot = ?");
  query.bind(to_text(key.kind)).bind(date).bind(std::int64_t{key.slot});
  OPT_TRY(std::vector<JobRecord> found, read_jobs(query));
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Result<std::vector<JobRecord>> SqliteLedger::jobs(TradeDate date) const {
  const std::string text = date.text();
  SqliteQuery query(*file_, OPT_JOB_COLUMNS "WHERE date = ? ORDER BY started_us, kind, slot");
  query.bind(text);
  return read_jobs(query);
}

Result<std::vector<JobRecord>> SqliteLedger::recent_jobs(int count_max) const {
  SqliteQuery query(
      *file_, OPT_JOB_COLUMNS "ORDER BY started_us DESC, date DESC, kind, slot DESC LIMIT ?");
  query.bind(std::int64_t{std::max(count_max, 0)});
  return read_jobs(query);
}

Result<void> SqliteLedger::expect(
    const Slot& slot, const std::vector<ExpectedContract>& contracts) {
  // A set: the order in which a slot asks is another one every time.
  std::vector<ExpectedContract> sorted = contracts;
  std::ranges::sort(sorted, {}, &ExpectedContract::id);
  const auto twice = std::ranges::adjacent_find(sorted, {}, &ExpectedContract::id);
  if (twice != sorted.end())
    return fail(
        ErrorKind::invalid_input, "contract {} is expected twice in the {} slot of {}", twice->id,
        slot.label(), slot.date.text());
  return transaction([&] { return put_expected(*file_, slot, sorted); });
}

Result<std::vector<ExpectedContract>> SqliteLedger::expected(TradeDate date, int slot) const {
  return read_expected(*file_, date, slot);
}

Result<std::map<int, std::vector<ExpectedContract>>> SqliteLedger::expected(TradeDate date) const {
  OPT_TRY(const std::vector<ExpectedList> lists, read_expected_lists(*file_, date));
  std::map<int, std::vector<ExpectedContract>> by_slot;
  for (const ExpectedList& list : lists) {
    std::vector<ExpectedContract> contracts;
    OPT_TRY_VOID(
        each_of_list(*file_, date, list.list, [&](ContractId id, std::string_view underlying) {
          contracts.push_back({id, std::string(underlying)});
        }));
    for (const int slot : list.slots) by_slot[slot] = contracts;
  }
  return by_slot;
}

Result<std::vector<ExpectedList>> SqliteLedger::expected_lists(TradeDate date) const {
  return read_expected_lists(*file_, date);
}

Result<void> SqliteLedger::each_expected(TradeDate date, int list, const TakeExpected& take) const {
  return each_of_list(*file_, date, list, take);
}

Result<void> SqliteLedger::journal(const JobKey& job, const JournalEntry& entry, Instant now) {
  OPT_CHECK(lock_.has_value());
  if (pending_.empty()) pending_since_ = now;
  pending_.push_back(
      {job.text(), entry.id, entry.attempt, entry.asked_at, entry.answered_at,
       encode_row(entry.row)});
  // A clock that was set back must not keep answers waiting.
  const bool due = now - pending_since_ >= group_age || now < pending_since_;
  if (pending_.size() >= group_size || due) return commit();
  return {};
}

Result<void> SqliteLedger::commit() {
  if (pending_.empty()) return {};
  return transaction([]() -> Result<void> { return {}; });
}

Result<std::vector<JournalEntry>> SqliteLedger::journal_of(const JobKey& job) const {
  const std::string text = job.text();
  SqliteQuery query(
      *file_,
      "SELECT conid, attempt, asked_us, answered_us, answer FROM journal WHERE job = ? "
      "ORDER BY arrival");
  query.bind(text);
  std::vector<JournalEntry> entries;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return entries;
    auto row = decode_row(query.bytes(4));
    if (!row)
      return fail(damaged(
          {row.error().kind,
           fmt::format("{}, contract {}: {}", text, query.integer(0), row.error().message)}));
    entries.push_back(
        {query.integer(0), static_cast<int>(query.integer(1)), from_micros(query.integer(2)),
         from_micros(query.integer(3)), *std::move(row)});
  }
}

Result<void> SqliteLedger::forget_journal(const JobKey& job) {
  const std::string text = job.text();
  return transaction([&]() -> Result<void> {
    return SqliteQuery(*file_, "DELETE FROM journal WHERE job = ?").bind(text).done();
  });
}

Result<void> SqliteLedger::record_published(const PublishedRecord& record) {
  const std::string date = date_of(record.partition);
  if (date.empty())
    return fail(
        ErrorKind::invalid_input, "partition '{}' names no /date=YYYY-MM-DD", record.partition);
  return transaction([&]() -> Result<void> {
    SqliteQuery insert(*file_, "INSERT OR REPLACE INTO published VALUES (?, ?, ?, ?, ?)");
    insert.bind(record.partition).bind(date).bind(record.rows).bind(record.checksum);
    return insert.bind(micros(record.at)).done();
  });
}

Result<std::vector<PublishedRecord>> SqliteLedger::published(TradeDate date) const {
  const std::string text = date.text();
  SqliteQuery query(
      *file_,
      "SELECT partition, row_count, checksum, at_us FROM published WHERE date = ? ORDER BY "
      "partition");
  query.bind(text);
  std::vector<PublishedRecord> records;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return records;
    records.push_back(
        {query.text(0), query.integer(1), query.text(2), from_micros(query.integer(3))});
  }
}

Result<std::vector<TradeDate>> SqliteLedger::published_dates() const {
  SqliteQuery query(*file_, "SELECT DISTINCT date FROM published ORDER BY date");
  std::vector<TradeDate> dates;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return dates;
    auto date = read_date(query.text(0));
    if (!date) return fail(damaged(std::move(date).error()));
    dates.push_back(*date);
  }
}

Result<void> SqliteLedger::record_removed(
    const std::vector<std::string>& partitions, std::string_view why, Instant now) {
  return transaction([&]() -> Result<void> {
    for (const std::string& partition : partitions) {
      OPT_TRY_VOID(SqliteQuery(
                       *file_,
                       "INSERT INTO removed SELECT partition, date, row_count, checksum, at_us, ?, "
                       "? FROM published WHERE partition = ?")
                       .bind(why)
                       .bind(micros(now))
                       .bind(partition)
                       .done());
      OPT_TRY_VOID(
          SqliteQuery(*file_, "DELETE FROM published WHERE partition = ?").bind(partition).done());
    }
    return {};
  });
}

Result<std::vector<RemovedRecord>> SqliteLedger::removed(TradeDate date) const {
  std::vector<RemovedRecord> records;
  // A reader does not bring a ledger of version 1 to ours, and that one knows of nothing removed.
  SqliteQuery known(*file_, "SELECT 1 FROM sqlite_schema WHERE name = 'removed'");
  OPT_TRY(const bool has_table, known.step());
  if (!has_table) return records;
  const std::string text = date.text();
  SqliteQuery query(
      *file_,
      "SELECT partition, row_count, checksum, published_us, why, at_us FROM removed WHERE date = ? "
      "ORDER BY at_us, partition");
  query.bind(text);
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return records;
    PublishedRecord was{
        query.text(0), query.integer(1), query.text(2), from_micros(query.integer(3))};
    records.push_back({std::move(was), query.text(4), from_micros(query.integer(5))});
  }
}

}  // namespace

std::string JobKey::text() const {
  const std::string day = fmt::format("{}/{}", to_text(kind), date.text());
  return slot < 0 ? day : fmt::format("{}/{:02}", day, slot);
}

Result<std::unique_ptr<Ledger>> Ledger::open(
    const std::filesystem::path& path, Durability durability) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error && !path.parent_path().empty())
    return fail(
        ErrorKind::storage, "cannot make the folder {} of the ledger: {}",
        path.parent_path().string(), error.message());
  // The caller's clock may be a simulated one; who looks at the lock wants to know by his own.
  OPT_TRY(
      LedgerLock lock,
      LedgerLock::take(
          path, std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now())));
  OPT_TRY(auto file, SqliteFile::open(path, SqliteFile::Access::write));
  OPT_TRY_VOID(prepare_ledger(*file, durability));
  return std::make_unique<SqliteLedger>(std::move(lock), std::move(file));
}

Result<std::unique_ptr<Ledger>> Ledger::open_read_only(const std::filesystem::path& path) {
  OPT_TRY(auto file, SqliteFile::open(path, SqliteFile::Access::read));
  OPT_TRY_VOID(check_ledger(*file));
  return std::make_unique<SqliteLedger>(std::nullopt, std::move(file));
}

}  // namespace opt_data::store
