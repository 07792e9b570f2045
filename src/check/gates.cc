#include "check/gates.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string_view>
#include <unordered_map>

#include "cells.embedded.h"

namespace opt_data::check {
namespace {

using store::Table;
using store::Value;

constexpr std::size_t causes_max = 50;  // A report is read by a person.

std::int64_t number(const Value& cell) {
  const auto* value = std::get_if<std::int64_t>(&cell);
  return value != nullptr ? *value : 0;
}

std::string text(const Value& cell) {
  const auto* value = std::get_if<std::string>(&cell);
  return value != nullptr ? *value : std::string();
}

struct TextHash {  // Of a view as of the text itself, so that looking one up makes none.
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

// Expected contracts per underlying and slot. A slot that never started has no expected set of its
// own: what the other slots of the day asked for was expected there too.
struct Expected {
  std::map<std::string, std::map<int, std::int64_t>, std::less<>> by_symbol;
  std::map<std::string, std::int64_t, std::less<>> contracts;  // Of any slot, each once.
};

Result<Expected> load_expected(
    TradeDate date, const SlotGrid& grid, const std::vector<std::string>& universe,
    const store::Ledger& ledger) {
  Expected expected;
  for (const std::string& symbol : universe) expected.by_symbol[symbol];
  // Many contracts come by, and few symbols: they are looked up by hash, and what the lists have in
  // common is thrown out at the end of each.
  struct OfSymbol {
    std::vector<ContractId> ids;
    std::map<int, std::int64_t> by_slot;
    std::int64_t in_list = 0;
  };
  std::unordered_map<std::string, OfSymbol, TextHash, std::equal_to<>> symbols;
  OPT_TRY(const auto lists, ledger.expected_lists(date));
  for (const store::ExpectedList& list : lists) {
    OPT_TRY_VOID(
        ledger.each_expected(date, list.list, [&](ContractId id, std::string_view underlying) {
          auto found = symbols.find(underlying);
          if (found == symbols.end()) found = symbols.try_emplace(std::string(underlying)).first;
          found->second.ids.push_back(id);
          ++found->second.in_list;
        }));
    for (auto& [symbol, its] : symbols) {
      if (its.in_list > 0)
        for (const int slot : list.slots) its.by_slot[slot] = its.in_list;
      its.in_list = 0;
      std::ranges::sort(its.ids);
      its.ids.erase(std::unique(its.ids.begin(), its.ids.end()), its.ids.end());
    }
  }
  for (auto& [symbol, its] : symbols) {
    expected.by_symbol[symbol] = std::move(its.by_slot);
    expected.contracts[symbol] = static_cast<std::int64_t>(its.ids.size());
  }
  for (auto& [symbol, by_slot] : expected.by_symbol) {
    const std::int64_t all = expected.contracts[symbol];
    for (const Slot& slot : grid.slots()) by_slot.try_emplace(slot.index, all);
  }
  return expected;
}

// The expected cells, and what is stored of all, also of what nobody expected.
Result<void> load_cells(
    DayReport& report, const SlotGrid& grid, const Expected& expected,
    const store::DatasetReader& reader) {
  OPT_TRY(const Table table, reader.database().query(embedded::cells));
  std::map<std::pair<std::string, int>, SlotCell> stored;
  for (const auto& row : table.rows) {
    SlotCell cell;
    cell.symbol = text(row[0]);
    cell.slot = static_cast<int>(number(row[1]));
    cell.rows = number(row[2]);
    cell.usable = number(row[3]);
    cell.two_sided = number(row[4]);
    cell.delayed = number(row[5]);
    cell.stale = number(row[6]);
    cell.filled = number(row[7]);
    cell.asked = number(row[8]);
    cell.cause = text(row[9]);
    report.intraday_rows += cell.rows;
    report.filled_rows += cell.filled;
    const auto key = std::pair(cell.symbol, cell.slot);
    stored.emplace(key, std::move(cell));
  }
  for (const auto& [symbol, by_slot] : expected.by_symbol) {
    for (const Slot& slot : grid.slots()) {
      const auto found = stored.find({symbol, slot.index});
      SlotCell cell = found != stored.end() ? found->second : SlotCell{};
      cell.symbol = symbol;
      cell.slot = slot.index;
      cell.label = slot.label();
      cell.expected = by_slot.at(slot.index);
      if (found == stored.end()) cell.cause = "no file";
      report.cells.push_back(std::move(cell));
    }
  }
  return {};
}

std::string describe(const SlotCell& cell) {
  return fmt::format(
      "{} {}: {} of {} contracts usable ({})", cell.symbol, cell.label, cell.usable, cell.expected,
      cell.cause.empty() ? "rows are missing" : cell.cause);
}

void judge(GateResult& gate) {
  if (!gate.value) {
    gate.verdict = Verdict::not_measured;
    return;
  }
  const double value = *gate.value;
  const bool pass = gate.comparator == ">="  ? value >= gate.threshold
                    : gate.comparator == "<" ? value < gate.threshold
                                             : value <= gate.threshold;
  gate.verdict = pass ? Verdict::pass : Verdict::fail;
}

void add_cause(GateResult& gate, std::string cause) {
  if (gate.causes.size() < causes_max) gate.causes.push_back(std::move(cause));
}

using Cells = std::vector<SlotCell>;

// The minimum (or maximum) over underlyings of a share of each one's cells.
template <typename Share>
GateResult by_symbol(
    std::string name, std::string comparator, double threshold, const Cells& cells, Share share) {
  GateResult gate;
  gate.name = std::move(name);
  gate.comparator = std::move(comparator);
  gate.threshold = threshold;
  std::map<std::string, Measurement> measured;
  for (const SlotCell& cell : cells) {
    const Measurement part = share(cell);
    measured[cell.symbol].met += part.met;
    measured[cell.symbol].of += part.of;
  }
  const bool lowest = gate.comparator == ">=";
  for (const auto& [symbol, all] : measured) {
    const double value = all.of > 0 ? all.met / all.of : 0;
    if (gate.value && (lowest ? value >= *gate.value : value <= *gate.value)) continue;
    gate.value = value;
    gate.measured = all;
    gate.symbol = symbol;
  }
  // Nothing was planned for any underlying.
  if (std::all_of(measured.begin(), measured.end(), [](const auto& m) { return m.second.of == 0; }))
    gate.value.reset();
  judge(gate);
  return gate;
}

GateResult slot_coverage(const Cells& cells, const GateThresholds& thresholds) {
  GateResult gate = by_symbol(
      "slot_coverage_min", ">=", thresholds.slot_coverage, cells, [](const SlotCell& cell) {
        return Measurement{static_cast<double>(cell.usable), static_cast<double>(cell.expected)};
      });
  for (const SlotCell& cell : cells)
    if (static_cast<double>(cell.usable) <
        thresholds.slot_coverage * static_cast<double>(std::max<std::int64_t>(cell.expected, 1)))
      add_cause(gate, describe(cell));
  return gate;
}

GateResult slot_presence(const Cells& cells, const GateThresholds& thresholds) {
  GateResult gate = by_symbol(
      "slot_presence_min", ">=", thresholds.slot_presence, cells, [](const SlotCell& cell) {
        return Measurement{cell.usable > 0 ? 1.0 : 0.0, 1.0};
      });
  for (const SlotCell& cell : cells)
    if (cell.usable == 0) add_cause(gate, describe(cell));
  return gate;
}

GateResult delayed(const Cells& cells, const GateThresholds& thresholds) {
  GateResult gate;
  gate.name = "delayed_ratio";
  gate.comparator = "<";
  gate.threshold = thresholds.delayed;
  std::map<std::string, Measurement> by_symbol;
  for (const SlotCell& cell : cells) {
    gate.measured.met += static_cast<double>(cell.delayed);
    gate.measured.of += static_cast<double>(cell.asked);
    by_symbol[cell.symbol].met += static_cast<double>(cell.delayed);
    by_symbol[cell.symbol].of += static_cast<double>(cell.asked);
  }
  if (gate.measured.of > 0) gate.value = gate.measured.met / gate.measured.of;
  for (const auto& [symbol, share] : by_symbol)
    if (share.met > 0)
      add_cause(gate, fmt::format("{}: {} of {} rows are delayed", symbol, share.met, share.of));
  judge(gate);
  return gate;
}

GateResult stale_slots(const Cells& cells, const GateThresholds& thresholds) {
  GateResult gate =
      by_symbol("stale_slot_ratio", "<=", thresholds.stale_slots, cells, [](const SlotCell& cell) {
        return Measurement{cell.stale > 0 ? 1.0 : 0.0, 1.0};
      });
  const bool any_row =
      std::any_of(cells.begin(), cells.end(), [](const SlotCell& cell) { return cell.asked > 0; });
  if (!any_row) {
    gate.value.reset();
    judge(gate);
  }
  for (const SlotCell& cell : cells)
    if (cell.stale > 0)
      add_cause(
          gate, fmt::format(
                    "{} {}: {} of {} rows come from a feed that stood still", cell.symbol,
                    cell.label, cell.stale, cell.rows));
  return gate;
}

Result<GateResult> rollup_fallback(
    const Expected& expected, const GateThresholds& thresholds,
    const store::DatasetReader& reader) {
  GateResult gate;
  gate.name = "rollup_fallback_ratio";
  gate.comparator = "<=";
  gate.threshold = thresholds.rollup_fallback;
  OPT_TRY(
      const Table table,
      reader.database().query(
          "SELECT underlying, rollup_strategy, coalesce(rollup_reason, ''), count(*) "
          "FROM daily_clean GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"));
  std::map<std::string, std::int64_t> from_close;
  for (const auto& row : table.rows) {
    if (text(row[1]) == "close") {
      from_close[text(row[0])] += number(row[3]);
    } else {
      add_cause(
          gate, fmt::format(
                    "{} at the close: {} contracts rolled up as {} ({})", text(row[0]),
                    number(row[3]), text(row[1]), text(row[2])));
    }
  }
  // A contract without a daily row fell back as far as one can.
  for (const auto& [symbol, contracts] : expected.contracts) {
    gate.measured.of += static_cast<double>(contracts);
    gate.measured.met +=
        static_cast<double>(std::max<std::int64_t>(contracts - from_close[symbol], 0));
  }
  if (gate.measured.of > 0 && !table.rows.empty())
    gate.value = gate.measured.met / gate.measured.of;
  judge(gate);
  return gate;
}

Result<GateResult> oi_enrichment(
    const Expected& expected, const GateThresholds& thresholds,
    const store::DatasetReader& reader) {
  GateResult gate;
  gate.name = "oi_enrichment_ratio";
  gate.comparator = ">=";
  gate.threshold = thresholds.oi_enrichment;
  OPT_TRY(
      const Table table,
      reader.database().query(
          "SELECT underlying, count(*) FILTER (oi_state = 'value' AND oi_asof_date = trade_date), "
          "count(*) FILTER (oi_state = 'expired'), "
          "count(*) FILTER (oi_state = 'missing'), count(*) FILTER (oi_state = 'not_published' OR "
          "(oi_state = 'value' AND oi_asof_date IS DISTINCT FROM trade_date)) "
          "FROM daily_clean GROUP BY 1 ORDER BY 1"));
  for (const auto& [symbol, contracts] : expected.contracts)
    gate.measured.of += static_cast<double>(contracts);
  for (const auto& row : table.rows) {
    gate.measured.met += static_cast<double>(number(row[1]));
    gate.measured.of -= static_cast<double>(number(row[2]));
    if (const std::int64_t open = number(row[3]) + number(row[4]); open > 0)
      add_cause(
          gate, fmt::format(
                    "{}: {} contracts without open interest of the session ({} missing, {} not "
                    "published)",
                    text(row[0]), open, number(row[3]), number(row[4])));
  }
  if (gate.measured.of > 0 && !table.rows.empty())
    gate.value = gate.measured.met / gate.measured.of;
  judge(gate);
  return gate;
}

// How late after its slot a row was observed. Exact, and in whole microseconds: a quantile keeps
// every lag of the day.
Result<void> measure_lag(DayReport& report, const store::DatasetReader& reader) {
  // A list is dear to read, and most days have no row that was filled.
  const std::string_view of =
      report.filled_rows == 0
          ? ""
          : "WHERE NOT coalesce(list_contains(data_quality_flag, 'historical_fill'), false)";
  OPT_TRY(
      const Table table,
      reader.database().query(fmt::format(
          "SELECT lags[1] / 1e6, lags[2] / 1e6, (SELECT count(*) FROM daily_clean) FROM (SELECT "
          "quantile_cont(epoch_us(asof_ts) - epoch_us(sample_time), [0.5, 0.95]) AS lags "
          "FROM intraday {})",
          of)));
  if (const auto* p50 = std::get_if<double>(&table.rows[0][0])) report.quote_lag_p50_s = *p50;
  if (const auto* p95 = std::get_if<double>(&table.rows[0][1])) report.quote_lag_p95_s = *p95;
  report.daily_rows = number(table.rows[0][2]);
  return {};
}

}  // namespace

std::string_view to_text(Phase phase) {
  return phase == Phase::intraday ? "intraday" : phase == Phase::eod ? "eod" : "final";
}

Result<Phase> parse_phase(std::string_view word) {
  for (const Phase phase : {Phase::intraday, Phase::eod, Phase::final})
    if (word == to_text(phase)) return phase;
  return fail(ErrorKind::invalid_input, "'{}' is not a phase; write intraday, eod or final", word);
}

std::string_view to_text(Verdict verdict) {
  return verdict == Verdict::pass ? "pass" : verdict == Verdict::fail ? "fail" : "not_measured";
}

bool DayReport::passed() const { return breaches().empty() && !gates.empty(); }

std::vector<std::string> DayReport::breaches() const {
  std::vector<std::string> names;
  for (const GateResult& gate : gates)
    if (gate.verdict != Verdict::pass) names.push_back(gate.name);
  return names;
}

Result<DayReport> measure_day(
    TradeDate date, const SlotGrid& grid, const std::vector<std::string>& universe, Phase phase,
    const GateThresholds& thresholds, const store::Ledger& ledger,
    const store::DatasetReader& reader) {
  DayReport report;
  report.trade_date = date.text();
  report.phase = phase;
  OPT_TRY_VOID(reader.open_views(date));
  OPT_TRY(const Expected expected, load_expected(date, grid, universe, ledger));
  OPT_TRY_VOID(load_cells(report, grid, expected, reader));
  OPT_TRY_VOID(measure_lag(report, reader));
  report.gates.push_back(slot_coverage(report.cells, thresholds));
  report.gates.push_back(slot_presence(report.cells, thresholds));
  report.gates.push_back(delayed(report.cells, thresholds));
  report.gates.push_back(stale_slots(report.cells, thresholds));
  if (phase != Phase::intraday) {
    OPT_TRY(GateResult fallback, rollup_fallback(expected, thresholds, reader));
    report.gates.push_back(std::move(fallback));
  }
  if (phase == Phase::final) {
    OPT_TRY(GateResult filled, oi_enrichment(expected, thresholds, reader));
    report.gates.push_back(std::move(filled));
  }
  return report;
}

}  // namespace opt_data::check
