// What was planned, asked, answered and published, in one SQLite file (WAL, synchronous=FULL).
//
// The expected set of a slot is written before the first question is asked. Every attempt's answer
// goes into the journal when it arrives and is "answered" once its commit has returned; commits are
// grouped (64 answers or 100 ms of the clock, whichever is first). After a crash at any instruction
// the ledger tells what need not be asked again.
//
// One process writes at a time: open() takes the lock. Times are the caller's clock.
//
// A ledger of an earlier version is brought to ours when it is opened for writing, in one
// transaction; <file>.v1 keeps what it was.
//
// Errors: storage for what the disk refuses; corrupt for a file that is not a ledger; invalid_input
// for one of a newer schema_version; unavailable when another process holds the lock (names its
// pid, host and since when).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "calendar/slot.h"
#include "market/option_quote.h"

namespace opt_data::store {

enum class JobKind : std::uint8_t {
  discovery,
  snapshot,
  rollup,
  enrichment,
  qa,
  selfcheck,
  logscan,
  fill,  // Of a slot, from historical bars.
  preflight,
  compaction,
  retention,
  backup
};
std::string_view to_text(JobKind kind);

// Missed: it was too late to begin. That is over, like the others, and nobody tried.
enum class JobOutcome : std::uint8_t { running, done, part, failed, missed };
std::string_view to_text(JobOutcome outcome);

struct JobKey {
  JobKind kind = JobKind::snapshot;
  TradeDate date;
  int slot = -1;  // -1 where a day has one such job; passes of enrichment count from 0.

  std::string text() const;  // "snapshot/2025-10-06/03"
  friend auto operator<=>(const JobKey&, const JobKey&) = default;
};

struct JobRecord {
  JobKey key;
  std::string ingest_id;
  Instant started_at{};  // Of the first start: a resumed job keeps it.
  std::optional<Instant> ended_at;
  JobOutcome outcome = JobOutcome::running;
  int starts = 1;
  std::string counts;  // JSON: what the job printed.
};

struct ExpectedContract {
  ContractId id = 0;
  Underlying underlying;
  friend bool operator==(const ExpectedContract&, const ExpectedContract&) = default;
};

// One attempt of one question. `row` is the whole row as answered by this attempt.
struct JournalEntry {
  ContractId id = 0;
  int attempt = 0;  // From 0.
  Instant asked_at{};
  Instant answered_at{};
  OptionQuote row;
};

struct PublishedRecord {
  std::string partition;  // Partition::text()
  std::int64_t rows = 0;
  std::string checksum;
  Instant at{};
};

// What was published once, and by whose doing is not any more.
struct RemovedRecord {
  PublishedRecord was;
  std::string why;  // `retention`, `quarantine`, `compaction`
  Instant at{};
};

// Slots of a day that expect the same contracts.
struct ExpectedList {
  int list = 0;            // Its name, which is one of `slots`.
  std::vector<int> slots;  // Ascending.
};

// What a commit survives. A simulated day squeezes hours of commits into a second, where waiting
// for the disk each time would be most of the day, and nobody's data is at stake.
enum class Durability : std::uint8_t { power_loss, process_crash };

class Ledger {
 public:
  static Result<std::unique_ptr<Ledger>> open(
      const std::filesystem::path& file, Durability durability = Durability::power_loss);
  // Without the lock, for readers beside a live collector; writing through it is a bug.
  static Result<std::unique_ptr<Ledger>> open_read_only(const std::filesystem::path& file);
  virtual ~Ledger() = default;

  // The record as it stands after this start: a job that was running keeps started_at and
  // ingest_id, and `starts` grows. A job that is done starts anew.
  virtual Result<JobRecord> start_job(
      const JobKey& key, std::string_view ingest_id, Instant now) = 0;
  virtual Result<void> end_job(
      const JobKey& key, JobOutcome outcome, std::string_view counts, Instant now) = 0;
  virtual Result<std::optional<JobRecord>> job(const JobKey& key) const = 0;
  virtual Result<std::vector<JobRecord>> jobs(TradeDate date) const = 0;
  virtual Result<std::vector<JobRecord>> recent_jobs(int count_max) const = 0;

  // Replaces the expected set of a slot. Durable when it returns. A set comes back by contract id.
  virtual Result<void> expect(const Slot& slot, const std::vector<ExpectedContract>& contracts) = 0;
  virtual Result<std::vector<ExpectedContract>> expected(TradeDate date, int slot) const = 0;
  // For each slot with an expected set, by slot index.
  virtual Result<std::map<int, std::vector<ExpectedContract>>> expected(TradeDate date) const = 0;
  // The same, a list at a time and one contract after the other, for a day that need not fit in
  // memory. `take` must not use the ledger; the text is gone when it returns. A list that a
  // collector replaces between the two calls may be gone, or another.
  using TakeExpected = std::function<void(ContractId id, std::string_view underlying)>;
  virtual Result<std::vector<ExpectedList>> expected_lists(TradeDate date) const = 0;
  virtual Result<void> each_expected(TradeDate date, int list, const TakeExpected& take) const = 0;

  // Buffered: commits by itself after 64 answers, or when `now` is 100 ms past the first buffered
  // one; durable after that or after commit().
  virtual Result<void> journal(const JobKey& job, const JournalEntry& entry, Instant now) = 0;
  virtual Result<void> commit() = 0;
  virtual Result<std::vector<JournalEntry>> journal_of(const JobKey& job) const = 0;
  virtual Result<void> forget_journal(const JobKey& job) = 0;  // After its rows are published.

  virtual Result<void> record_published(const PublishedRecord& record) = 0;
  virtual Result<std::vector<PublishedRecord>> published(TradeDate date) const = 0;
  virtual Result<std::vector<TradeDate>> published_dates() const = 0;  // Ascending.
  // Of those that are on record as published, in one commit.
  virtual Result<void> record_removed(
      const std::vector<std::string>& partitions, std::string_view why, Instant now) = 0;
  virtual Result<std::vector<RemovedRecord>> removed(TradeDate date) const = 0;

  virtual std::int64_t commits() const = 0;  // How many commits this process made.
};

}  // namespace opt_data::store
