// The day's error file, counted by level and code.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "calendar/trade_date.h"

namespace opt_data::check {

struct LogBudget {
  std::int64_t errors_max = 0;  // Levels error and critical.
  std::int64_t warnings_max = 10;
  double warnings_ratio = 0.01;       // Of the day's rows; the larger of the two counts.
  std::vector<std::string> keywords;  // Optional: also counts lines whose message has the word.
};

struct LogSummary {
  std::string trade_date;
  std::vector<std::string> files;  // Scanned; none when nothing went wrong.
  std::int64_t errors = 0;
  std::int64_t warnings = 0;
  std::map<std::string, std::int64_t> by_code;  // "error:gateway_lost" -> 1
  std::map<std::string, std::int64_t> by_keyword;
  std::vector<std::string> first_errors;  // A few, as a person reads them.
  std::int64_t errors_max = 0;
  std::int64_t warnings_max = 0;  // After the ratio.

  bool passed() const { return errors <= errors_max && warnings <= warnings_max; }
};

Result<LogSummary> scan_log(
    const std::filesystem::path& run_logs, TradeDate date, const LogBudget& budget,
    std::int64_t rows);

}  // namespace opt_data::check
