// A day on one screen: its verdict and why, coverage by underlying and slot, what is missing, what
// happened, and when everything was published.
//
// It measures nothing again: verdict, gates and coverage are those of the day's stored selfcheck,
// jobs and publications those of the ledger. Only which contracts are missing, and how busy the
// busiest minute was, is read from the dataset.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "check/day_notes.h"
#include "check/gates.h"

namespace opt_data::check {

// Contracts of one underlying that have no usable row in one slot, for one reason.
struct SlotGap {
  std::string symbol;
  int slot = 0;
  std::string label;
  std::string cause;
  std::int64_t missing = 0;
  std::vector<std::string> contracts;  // The first twenty: "2025-12-19 150C".
};

struct DaySummary {
  std::string trade_date;
  bool judged = false;  // Without a stored selfcheck there is no verdict, and no gates or cells.
  std::string phase, status;
  std::vector<std::string> reasons;
  std::vector<DayNote> notes;
  std::vector<GateResult> gates;
  std::vector<SlotCell> cells;
  std::vector<std::string> slots;  // Labels of the session, in order.
  std::int64_t intraday_rows = 0, daily_rows = 0, filled_rows = 0;
  std::optional<double> quote_lag_p50_s, quote_lag_p95_s;
  std::int64_t errors = 0, warnings = 0;
  std::map<std::string, std::int64_t> events;  // "error:gateway_lost" to how often.
  std::vector<std::string> first_errors;
  std::vector<SlotGap> gaps;
  std::int64_t busiest_minute = 0;  // Answers.
  int answers_limit = 0;            // Subscriptions a minute that were allowed.
  std::vector<store::JobRecord> jobs;
  std::vector<store::PublishedRecord> published;

  bool passed() const { return judged && status == "PASS"; }
  std::int64_t pacing_events() const;
  std::vector<std::string> symbols() const;  // Of the cells, in order.
  const SlotCell* cell(const std::string& symbol, std::size_t slot) const;
};

// Errors: corrupt for a report or a dataset that cannot be read; not_found where nothing of the day
// is on record.
Result<DaySummary> summarize_day(
    TradeDate date, const SlotGrid& grid, const std::filesystem::path& run_logs,
    int subscriptions_per_minute, const store::Ledger& ledger, const store::DatasetReader& reader,
    store::Disk& disk);

std::string to_text(const DaySummary& day);  // At most 24 lines of 100 characters.
std::string to_json(const DaySummary& day);
std::string to_html(const DaySummary& day);  // Complete in itself; asks nobody for anything.

}  // namespace opt_data::check
