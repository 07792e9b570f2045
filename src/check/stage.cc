#include "check/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "base/text.h"

namespace opt_data::check {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view pacing_code = "pacing_violation";

std::optional<double> optional_of(const json& value) {
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

json or_null(const std::optional<double>& value) { return value ? json(*value) : json(); }

Result<DayMetrics> metrics_of(const json& report, TradeDate date) {
  DayMetrics day{date, Phase::final, false, {}, 0, 0, {}, {}};
  OPT_TRY(day.phase, parse_phase(report.at("phase").get<std::string>()));
  day.passed = report.at("status") == "PASS";
  for (const json& gate : report.at("qa").at("metrics"))
    day.values[gate.at("name")] = optional_of(gate.at("value"));
  day.errors = report.at("logs").at("errors");
  for (const auto& [code, count] : report.at("logs").at("by_code").items())
    if (std::string_view(code).ends_with(pacing_code)) day.pacing_events += count.get<int>();
  std::set<Underlying> symbols;
  for (const json& cell : report.at("qa").at("slots")) symbols.insert(cell.at("symbol"));
  day.symbols.assign(symbols.begin(), symbols.end());
  return day;
}

Condition compare(
    const DayMetrics& day, const std::string& gate, std::string_view comparator, double threshold) {
  const std::optional<double> value = day.value(gate);
  const bool met = value && (comparator == ">="   ? *value >= threshold
                             : comparator == "<=" ? *value <= threshold
                                                  : *value < threshold);
  return {
      met,
      fmt::format(
          "{} {} {} {} {}", day.date.text(), gate,
          value ? fmt::format("{:.4f}", *value) : "not measured", comparator, threshold),
      day.file.string()};
}

Condition count(
    const DayMetrics& day, std::string_view what, std::int64_t found, std::int64_t most) {
  return {
      found <= most, fmt::format("{} {} {} <= {}", day.date.text(), what, found, most),
      day.file.string()};
}

std::vector<Condition> conditions_of(
    const DayMetrics& day, const StageGate& gate, const std::vector<Underlying>& universe) {
  std::vector<Condition> all;
  all.push_back(
      {day.passed && day.phase == Phase::final,
       fmt::format(
           "{} final selfcheck {}", day.date.text(),
           day.phase != Phase::final ? "is still to come" : (day.passed ? "PASS" : "FAIL")),
       day.file.string()});
  all.push_back(compare(day, "slot_coverage_min", ">=", gate.slot_coverage_min));
  all.push_back(compare(day, "rollup_fallback_ratio", "<=", gate.rollup_fallback_max));
  all.push_back(compare(day, "delayed_ratio", "<", gate.delayed_below));
  all.push_back(compare(day, "oi_enrichment_ratio", ">=", gate.oi_enrichment_min));
  all.push_back(count(day, "errors", day.errors, gate.errors_max));
  all.push_back(count(day, "pacing_events", day.pacing_events, gate.pacing_events_max));
  std::vector<Underlying> missing;
  for (const Underlying& symbol : universe)
    if (std::ranges::find(day.symbols, symbol) == day.symbols.end()) missing.push_back(symbol);
  all.push_back(
      {missing.empty(),
       fmt::format(
           "{} has the stage's underlyings{}", day.date.text(),
           missing.empty() ? "" : ", but not " + join(missing, ", ")),
       day.file.string()});
  return all;
}

}  // namespace

std::optional<double> DayMetrics::value(const std::string& gate) const {
  const auto found = values.find(gate);
  return found == values.end() ? std::nullopt : found->second;
}

Result<std::optional<DayMetrics>> read_day_metrics(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date) {
  const auto file = run_logs / "selfcheck" / fmt::format("selfcheck_{}.json", date.compact_text());
  if (!disk.exists(file)) return std::optional<DayMetrics>{};
  OPT_TRY(const std::string text, disk.read(file));
  try {
    auto day = metrics_of(json::parse(text), date);
    if (!day) return fail_within(std::move(day).error(), "{}", file.string());
    day->file = file;
    return std::optional<DayMetrics>(*std::move(day));
  } catch (const json::exception& error) {
    return fail(
        ErrorKind::corrupt,
        "{} is no selfcheck report: {}; write it again with `opt-data "
        "selfcheck --date {}`",
        file.string(), error.what(), date.text());
  }
}

int StageState::on(TradeDate date) const {
  int stage = 0;
  for (const StageChange& change : changes)
    if (change.effective <= date.text()) stage = change.to;
  return stage;
}

int StageState::latest() const { return changes.empty() ? 0 : changes.back().to; }

const StageChange* StageState::watching(
    TradeDate date, const RollbackRule& rule, const Calendar& calendar) const {
  const StageChange* current = nullptr;
  for (const StageChange& change : changes)
    if (change.effective <= date.text()) current = &change;
  if (current == nullptr || current->to <= current->from) return nullptr;
  TradeDate day = date;
  for (int i = 0; i < rule.watched_days; ++i) {
    if (day.text() == current->effective) return current;
    const auto before = calendar.previous(day);
    if (!before) break;
    day = *before;
  }
  return nullptr;
}

std::string to_json(const StageState& state) {
  ordered_json changes = ordered_json::array(), watched = ordered_json::array();
  for (const StageChange& change : state.changes)
    changes.push_back(
        {{"from", change.from},
         {"to", change.to},
         {"effective", change.effective},
         {"at", change.at},
         {"reason", change.reason},
         {"automatic", change.automatic}});
  for (const WatchedDay& day : state.watched)
    watched.push_back(
        {{"date", day.date},
         {"stage", day.stage},
         {"phase", to_text(day.phase)},
         {"coverage", or_null(day.coverage)},
         {"fallback", or_null(day.fallback)},
         {"delayed", or_null(day.delayed)},
         {"pacing_events", day.pacing_events},
         {"errors", day.errors},
         {"breaches", day.breaches}});
  return ordered_json{
      {"schema_version", 1}, {"stage", state.latest()}, {"changes", changes}, {"watched", watched}}
      .dump(2);
}

Result<StageState> parse_stage_state(const std::string& text) {
  try {
    const json parsed = json::parse(text);
    StageState state;
    for (const json& each : parsed.at("changes"))
      state.changes.push_back(
          {each.at("from"), each.at("to"), each.at("effective"), each.at("at"), each.at("reason"),
           each.at("automatic")});
    for (const json& each : parsed.at("watched")) {
      WatchedDay day;
      day.date = each.at("date");
      day.stage = each.at("stage");
      OPT_TRY(day.phase, parse_phase(each.at("phase").get<std::string>()));
      day.coverage = optional_of(each.at("coverage"));
      day.fallback = optional_of(each.at("fallback"));
      day.delayed = optional_of(each.at("delayed"));
      day.pacing_events = each.at("pacing_events");
      day.errors = each.at("errors");
      day.breaches = each.at("breaches").get<std::vector<std::string>>();
      state.watched.push_back(std::move(day));
    }
    return state;
  } catch (const json::exception& error) {
    return fail(ErrorKind::corrupt, "not a record of stages: {}", error.what());
  }
}

Result<std::vector<Condition>> conditions_to_enter(
    const StagePlan& plan, const StageState& state, int to, TradeDate last,
    const Calendar& calendar, store::Disk& disk, const std::filesystem::path& run_logs) {
  const Stage& next = plan.stages[static_cast<std::size_t>(to)];
  const Stage& before = plan.stages[static_cast<std::size_t>(to - 1)];
  std::vector<TradeDate> days{last};
  for (int i = 1; i < next.days_before; ++i) {
    OPT_TRY(const TradeDate day, calendar.previous(days.back()));
    days.push_back(day);
  }
  std::ranges::reverse(days);
  std::vector<Condition> all;
  for (const TradeDate& date : days) {
    OPT_TRY(const auto day, read_day_metrics(disk, run_logs, date));
    if (!day) {
      all.push_back({false, date.text() + " has no stored selfcheck", ""});
      continue;
    }
    if (const int stage = state.on(date); stage != to - 1)
      all.push_back(
          {false,
           fmt::format("{} was a day of stage {}, not of stage {}", date.text(), stage, to - 1),
           day->file.string()});
    std::ranges::move(conditions_of(*day, plan.gate, before.symbols), std::back_inserter(all));
  }
  return all;
}

WatchedDay watch_day(int stage, const DayMetrics& day, const RollbackRule& rule) {
  WatchedDay out;
  out.date = day.date.text();
  out.stage = stage;
  out.phase = day.phase;
  out.coverage = day.value("slot_coverage_min");
  out.fallback = day.value("rollup_fallback_ratio");
  out.delayed = day.value("delayed_ratio");
  out.pacing_events = day.pacing_events;
  out.errors = day.errors;
  if (!out.coverage) {
    out.breaches.push_back("slot coverage was not measured");
  } else if (*out.coverage < rule.slot_coverage_below) {
    out.breaches.push_back(
        fmt::format("slot coverage was {:.4f}, below {}", *out.coverage, rule.slot_coverage_below));
  }
  if (out.pacing_events > rule.pacing_events_above)
    out.breaches.push_back(
        fmt::format("{} pacing events, more than {}", out.pacing_events, rule.pacing_events_above));
  return out;
}

}  // namespace opt_data::check
