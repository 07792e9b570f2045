#include "store/ledger_jobs.h"

#include <algorithm>
#include <array>

#include "calendar/calendar.h"

namespace opt_data::store {
namespace {

constexpr std::array<std::string_view, 12> kind_words = {
    "discovery", "snapshot", "rollup",    "enrichment", "qa",        "selfcheck",
    "logscan",   "fill",     "preflight", "compaction", "retention", "backup"};
constexpr std::array<std::string_view, 5> outcome_words = {
    "running", "done", "part", "failed", "missed"};

template <typename Enum, std::size_t size>
Result<Enum> parse_word(const std::array<std::string_view, size>& words, std::string_view text) {
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end())
    return fail(ErrorKind::corrupt, "'{}' is not a word of this version", text);
  return static_cast<Enum>(found - words.begin());
}

}  // namespace

Result<TradeDate> read_date(const std::string& text) {
  const auto day = parse_day(text);
  const auto date = day ? Calendar{}.trade_date(*day) : Result<TradeDate>(fail(day.error()));
  if (!date) return fail(ErrorKind::corrupt, "{}", date.error().message);
  return *date;
}

Result<JobRecord> read_job(const SqliteQuery& row) {
  OPT_TRY(const JobKind kind, parse_word<JobKind>(kind_words, row.text(0)));
  OPT_TRY(const TradeDate date, read_date(row.text(1)));
  OPT_TRY(const JobOutcome outcome, parse_word<JobOutcome>(outcome_words, row.text(6)));
  const JobKey key{kind, date, static_cast<int>(row.integer(2))};
  const Instant started_at = from_micros(row.integer(4));
  const auto ended_at = row.is_null(5) ? std::nullopt : std::optional(from_micros(row.integer(5)));
  const int starts = static_cast<int>(row.integer(7));
  return JobRecord{key, row.text(3), started_at, ended_at, outcome, starts, row.text(8)};
}

std::string_view to_text(JobKind kind) { return kind_words[static_cast<std::size_t>(kind)]; }

std::string_view to_text(JobOutcome outcome) {
  return outcome_words[static_cast<std::size_t>(outcome)];
}

}  // namespace opt_data::store
