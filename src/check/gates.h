// What a day has to reach, measured against what was planned.
//
//   slot_coverage_min      usable rows / expected rows, the minimum over underlyings       >= 0.90
//   slot_presence_min      slots with a usable row / slots of the session, minimum         >= 1.00
//   delayed_ratio          rows of market data type 3 or 4 / rows                          <  0.10
//   stale_slot_ratio       slots of a stale feed / slots, the maximum over underlyings     <= 0.00
//   rollup_fallback_ratio  daily rows not from the close / contracts expected              <= 0.05
//   oi_enrichment_ratio    open interest of the session itself / expected, not expired     >= 0.95
//
// Rows that were filled from historical bars count for none of them: a day that was filled is
// judged as it was before. An underlying of the universe that delivered nothing is 0 %. Where
// nothing was planned or stored, the gate is not measured, and that fails the run as loudly as a
// low share does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "calendar/slot.h"
#include "store/dataset.h"
#include "store/ledger.h"

namespace opt_data::check {

struct GateThresholds {
  double slot_coverage = 0.90;
  double slot_presence = 1.00;
  double delayed = 0.10;
  double stale_slots = 0.00;
  double rollup_fallback = 0.05;
  double oi_enrichment = 0.95;
};

// Before the rollup only what a slot can tell is judged; open interest only in the final phase.
enum class Phase : std::uint8_t { intraday, eod, final };
std::string_view to_text(Phase phase);
Result<Phase> parse_phase(std::string_view text);

enum class Verdict : std::uint8_t { pass, fail, not_measured };
std::string_view to_text(Verdict verdict);

struct Measurement {
  double met = 0;
  double of = 0;  // What was planned; 0 is not measured.
};

struct GateResult {
  std::string name;
  Verdict verdict = Verdict::not_measured;
  std::optional<double> value;
  double threshold = 0;
  std::string comparator;  // >=, <=, <
  Measurement measured;
  std::string symbol;               // The one that sets the value, where one does.
  std::vector<std::string> causes;  // Each names symbol, slot and cause.
};

// One cell of the day: an underlying in a slot.
struct SlotCell {
  std::string symbol;
  int slot = 0;
  std::string label;
  std::int64_t expected = 0;
  std::int64_t rows = 0;
  std::int64_t usable = 0;
  std::int64_t two_sided = 0;
  std::int64_t delayed = 0;
  std::int64_t stale = 0;
  std::string cause;        // Of what is missing: "no file", "missing_price 137", "timeout 2"
  std::int64_t asked = 0;   // Of the rows: not of a slot that was never asked and filled later.
  std::int64_t filled = 0;  // Of the rows: from historical bars; they count for no gate.
};

struct DayReport {
  std::string trade_date;
  Phase phase = Phase::final;
  std::vector<GateResult> gates;
  std::vector<SlotCell> cells;  // By symbol, then slot.
  std::int64_t intraday_rows = 0;
  std::int64_t daily_rows = 0;
  std::int64_t filled_rows = 0;           // Of the intraday ones.
  std::optional<double> quote_lag_p50_s;  // Quote time minus slot time; negative before the close.
  std::optional<double> quote_lag_p95_s;

  bool passed() const;
  std::vector<std::string> breaches() const;  // Names of the gates that did not pass.
};

// Errors: corrupt, with the path, for a file that cannot be read: that fails the day, loudly.
Result<DayReport> measure_day(
    TradeDate date, const SlotGrid& grid, const std::vector<std::string>& universe, Phase phase,
    const GateThresholds& thresholds, const store::Ledger& ledger,
    const store::DatasetReader& reader);

}  // namespace opt_data::check
