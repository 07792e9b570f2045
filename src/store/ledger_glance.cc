#include "store/ledger_glance.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/text.h"
#include "store/ledger_expected.h"
#include "store/ledger_jobs.h"
#include "store/ledger_schema.h"

namespace opt_data::store {

LedgerGlance::LedgerGlance(std::unique_ptr<SqliteFile> file) : file_(std::move(file)) {}
LedgerGlance::~LedgerGlance() = default;

Result<std::unique_ptr<LedgerGlance>> LedgerGlance::open(const std::filesystem::path& ledger) {
  OPT_TRY(auto file, SqliteFile::open(ledger, SqliteFile::Access::read));
  OPT_TRY_VOID(check_ledger(*file));
  return std::unique_ptr<LedgerGlance>(new LedgerGlance(std::move(file)));
}

Result<std::int64_t> LedgerGlance::version() const {
  SqliteQuery query(*file_, "PRAGMA data_version");
  OPT_TRY_VOID(query.step());
  return query.integer(0);
}

Result<std::map<int, SlotProgress>> LedgerGlance::progress(TradeDate date) const {
  OPT_TRY(const auto expected, count_expected(*file_, date));
  std::map<int, SlotProgress> slots;
  for (const auto& [slot, contracts] : expected) slots[slot].expected = contracts;
  for (auto& [slot, progress] : slots) {
    const std::string job = JobKey{JobKind::snapshot, date, slot}.text();
    SqliteQuery query(*file_, "SELECT count(DISTINCT conid) FROM journal WHERE job = ?");
    query.bind(job);
    OPT_TRY_VOID(query.step());
    progress.answered = query.integer(0);
  }
  return slots;
}

Result<std::map<int, std::int64_t>> LedgerGlance::slot_rows(TradeDate date) const {
  const std::string prefix = fmt::format("clean view=intraday/date={}/slot-", date.text());
  const std::string text = date.text();
  SqliteQuery query(*file_, "SELECT partition, row_count FROM published WHERE date = ?");
  query.bind(text);
  std::map<int, std::int64_t> rows;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return rows;
    const std::string partition = query.text(0);
    if (!partition.starts_with(prefix)) continue;
    const auto slot = parse_int(partition.substr(prefix.size()));
    if (slot) rows[static_cast<int>(*slot)] = query.integer(1);
  }
}

Result<std::map<std::string, DayRows>> LedgerGlance::rows_by_date() const {
  SqliteQuery query(
      *file_,
      "SELECT date, sum(row_count), sum(iif(partition LIKE 'clean view=intraday/%', row_count, 0)) "
      "FROM published GROUP BY date");
  std::map<std::string, DayRows> days;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return days;
    days[query.text(0)] = {query.integer(2), query.integer(1)};
  }
}

Result<std::map<std::string, std::int64_t>> LedgerGlance::rows_by_view() const {
  SqliteQuery query(
      *file_,
      "SELECT substr(partition, 1, instr(partition, '/') - 1), sum(row_count) FROM published "
      "GROUP BY 1");
  std::map<std::string, std::int64_t> views;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return views;
    views[query.text(0)] = query.integer(1);
  }
}

Result<std::vector<JobRecord>> LedgerGlance::jobs_before(
    std::optional<Instant> before, int count_max) const {
  SqliteQuery query(
      *file_, OPT_JOB_COLUMNS
      "WHERE started_us < ? ORDER BY started_us DESC, date DESC, kind, slot DESC LIMIT ?");
  query.bind(before ? micros(*before) : std::numeric_limits<std::int64_t>::max());
  query.bind(std::int64_t{std::max(count_max, 0)});
  std::vector<JobRecord> records;
  for (;;) {
    OPT_TRY(const bool more, query.step());
    if (!more) return records;
    OPT_TRY(JobRecord record, read_job(query));
    records.push_back(std::move(record));
  }
}

}  // namespace opt_data::store
