#include "check/reports.h"

#include <nlohmann/json.hpp>

namespace opt_data::check {
namespace {

using nlohmann::ordered_json;

ordered_json optional_number(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json day_json(const DayReport& report) {
  ordered_json metrics = ordered_json::array();
  for (const GateResult& gate : report.gates)
    metrics.push_back(
        {{"name", gate.name},
         {"value", optional_number(gate.value)},
         {"threshold", gate.threshold},
         {"comparator", gate.comparator},
         {"passed", gate.verdict == Verdict::pass},
         {"verdict", to_text(gate.verdict)},
         {"details",
          {{"met", gate.measured.met},
           {"of", gate.measured.of},
           {"symbol", gate.symbol},
           {"causes", gate.causes}}}});
  ordered_json slots = ordered_json::array();
  for (const SlotCell& cell : report.cells)
    slots.push_back(
        {{"symbol", cell.symbol},
         {"slot", cell.slot},
         {"label", cell.label},
         {"expected", cell.expected},
         {"rows", cell.rows},
         {"usable", cell.usable},
         {"two_sided", cell.two_sided},
         {"delayed", cell.delayed},
         {"stale", cell.stale},
         {"filled", cell.filled},
         {"cause", cell.cause}});
  return {
      {"schema_version", report_schema_version},
      {"trade_date", report.trade_date},
      {"phase", to_text(report.phase)},
      {"status", report.passed() ? "PASS" : "FAIL"},
      {"breaches", report.breaches()},
      {"metrics", std::move(metrics)},
      {"intraday_rows", report.intraday_rows},
      {"daily_rows", report.daily_rows},
      {"filled_rows", report.filled_rows},
      {"quote_lag_p50_s", optional_number(report.quote_lag_p50_s)},
      {"quote_lag_p95_s", optional_number(report.quote_lag_p95_s)},
      {"slots", std::move(slots)}};
}

ordered_json log_json(const LogSummary& summary) {
  return {
      {"schema_version", report_schema_version},
      {"trade_date", summary.trade_date},
      {"status", summary.passed() ? "PASS" : "FAIL"},
      {"files_scanned", summary.files},
      {"errors", summary.errors},
      {"errors_max", summary.errors_max},
      {"warnings", summary.warnings},
      {"warnings_max", summary.warnings_max},
      {"by_code", summary.by_code},
      {"by_keyword", summary.by_keyword},
      {"first_errors", summary.first_errors}};
}

Result<std::filesystem::path> write(
    store::Disk& disk, std::filesystem::path folder, const std::string& name,
    const std::string& text) {
  OPT_TRY_VOID(disk.make_directories(folder));
  std::filesystem::path file = folder / name;
  OPT_TRY_VOID(store::write_atomically(disk, file, text + "\n"));
  return file;
}

}  // namespace

std::vector<std::string> SelfcheckReport::reasons() const {
  std::vector<std::string> reasons;
  for (const std::string& breach : day.breaches()) reasons.push_back("qa:" + breach);
  if (day.gates.empty()) reasons.push_back("qa:not_measured");
  if (log.errors > log.errors_max) reasons.push_back(fmt::format("logs:errors>{}", log.errors_max));
  if (log.warnings > log.warnings_max)
    reasons.push_back(fmt::format("logs:warnings>{}", log.warnings_max));
  return reasons;
}

std::string to_json(const DayReport& report) { return day_json(report).dump(2); }
std::string to_json(const LogSummary& summary) { return log_json(summary).dump(2); }

std::string to_json(const SelfcheckReport& report) {
  const ordered_json json = {
      {"schema_version", report_schema_version},
      {"trade_date", report.day.trade_date},
      {"phase", to_text(report.day.phase)},
      {"status", report.passed() ? "PASS" : "FAIL"},
      {"reasons", report.reasons()},
      {"qa", day_json(report.day)},
      {"logs", log_json(report.log)}};
  return json.dump(2);
}

Result<std::filesystem::path> write_metrics(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date,
    const DayReport& report) {
  return write(
      disk, run_logs / "metrics", fmt::format("metrics_{}.json", date.compact_text()),
      to_json(report));
}

Result<std::filesystem::path> write_summary(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date,
    const LogSummary& summary) {
  return write(
      disk, run_logs / "errors", fmt::format("summary_{}.json", date.compact_text()),
      to_json(summary));
}

Result<std::filesystem::path> write_selfcheck(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date,
    const SelfcheckReport& report) {
  return write(
      disk, run_logs / "selfcheck", fmt::format("selfcheck_{}.json", date.compact_text()),
      to_json(report));
}

}  // namespace opt_data::check
