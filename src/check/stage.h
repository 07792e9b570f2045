// Stages: how the universe and the limits grow, what a day must have reached before they do, and
// when they shrink again.
//
// A stage is in force from a trade date on, never from the middle of a day. Before the next one is
// entered, its `days_before` latest consecutive trading days must each have a stored final verdict
// that meets the gate. Its first `watched_days` are watched: a day that falls below the roll-back
// rule ends the stage. Everything here is a pure function of stored reports and of the state file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "check/gates.h"
#include "store/disk.h"

namespace opt_data::check {

struct Stage {
  std::string name;
  std::vector<Underlying> symbols;  // Or, when empty, of `universe_file` the first `top`.
  std::string universe_file;
  int top = 0;  // 0: all of it.
  int per_minute = 0;
  int in_flight = 0;
  int days_before = 0;  // Trading days of the stage before that must have passed.
};

struct StageGate {
  double slot_coverage_min = 0.90;
  double rollup_fallback_max = 0.05;
  double delayed_below = 0.10;
  double oi_enrichment_min = 0.95;
  std::int64_t errors_max = 0;         // In the error log.
  std::int64_t pacing_events_max = 0;  // "pacing_violation", whatever its level.
};

struct RollbackRule {
  int watched_days = 3;
  double slot_coverage_below = 0.88;
  std::int64_t pacing_events_above = 2;
  bool automatic = true;  // Else it is proposed, by an event.
};

struct StagePlan {
  std::vector<Stage> stages;  // Never empty.
  StageGate gate;
  RollbackRule rollback;
};

// What the stored selfcheck of a day says.
struct DayMetrics {
  TradeDate date;
  Phase phase = Phase::final;
  bool passed = false;
  std::map<std::string, std::optional<double>> values;  // By gate; empty: not measured.
  std::int64_t errors = 0;
  std::int64_t pacing_events = 0;
  std::vector<Underlying> symbols;
  std::filesystem::path file;

  std::optional<double> value(const std::string& gate) const;
};

// Empty: there is no report of that day. Errors: corrupt, with the path.
Result<std::optional<DayMetrics>> read_day_metrics(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date);

struct StageChange {
  int from = 0, to = 0;
  std::string effective;  // The first trade date of it, YYYY-MM-DD.
  std::string at;         // When it was decided, UTC.
  std::string reason;
  bool automatic = false;
};

struct WatchedDay {
  std::string date;
  int stage = 0;
  Phase phase = Phase::eod;
  std::optional<double> coverage, fallback, delayed;
  std::int64_t pacing_events = 0;
  std::int64_t errors = 0;
  std::vector<std::string> breaches;  // Sentences; empty: it went well.
};

struct StageState {
  std::vector<StageChange> changes;  // In order; none: stage 0 since ever.
  std::vector<WatchedDay> watched;   // One for each date.

  int on(TradeDate date) const;
  int latest() const;  // In force, or decided to be.
  // Of the advance that `date` is one of the first `rule.watched_days` trading days of.
  const StageChange* watching(
      TradeDate date, const RollbackRule& rule, const Calendar& calendar) const;
};

std::string to_json(const StageState& state);
Result<StageState> parse_stage_state(const std::string& json);  // Errors: corrupt.

struct Condition {
  bool met = false;
  std::string text;    // "2025-11-21 slot_coverage_min 0.9912 >= 0.9"
  std::string report;  // The file it was read from; empty: there is none.
};

// What must hold before `to` is entered, with the days that end at `last`.
Result<std::vector<Condition>> conditions_to_enter(
    const StagePlan& plan, const StageState& state, int to, TradeDate last,
    const Calendar& calendar, store::Disk& disk, const std::filesystem::path& run_logs);

WatchedDay watch_day(int stage, const DayMetrics& day, const RollbackRule& rule);

}  // namespace opt_data::check
