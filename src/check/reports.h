// The verdict of a day, and the JSON files that keep it (docs/reports.md has their schema):
//
//   <run_logs>/metrics/metrics_YYYYMMDD.json        what was measured
//   <run_logs>/selfcheck/selfcheck_YYYYMMDD.json    the verdict: gates and log together
//   <run_logs>/errors/summary_YYYYMMDD.json         what the error file held
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "check/gates.h"
#include "check/logscan.h"
#include "store/disk.h"

namespace opt_data::check {

constexpr int report_schema_version = 1;

struct SelfcheckReport {
  DayReport day;
  LogSummary log;
  std::vector<std::string> reasons() const;  // "qa:slot_coverage_min", "logs:errors>0"; empty: PASS
  bool passed() const { return reasons().empty(); }
};

std::string to_json(const DayReport& report);
std::string to_json(const LogSummary& summary);
std::string to_json(const SelfcheckReport& report);

// Each returns the path it wrote. Errors: storage.
Result<std::filesystem::path> write_metrics(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date,
    const DayReport& report);
Result<std::filesystem::path> write_summary(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date,
    const LogSummary& summary);
Result<std::filesystem::path> write_selfcheck(
    store::Disk& disk, const std::filesystem::path& run_logs, TradeDate date,
    const SelfcheckReport& report);

}  // namespace opt_data::check
