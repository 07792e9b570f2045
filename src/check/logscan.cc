#include "check/logscan.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "observe/error_file.h"
#include "observe/event_line.h"

namespace opt_data::check {
namespace {

constexpr std::size_t first_errors_max = 5;

std::string describe(const observe::LoggedEvent& logged) {
  const observe::Event& event = logged.event;
  std::string where;
  for (const std::string& part : {event.symbol, event.slot, logged.run.job})
    if (!part.empty()) where += (where.empty() ? "" : " ") + part;
  return fmt::format("{}: {} ({})", event.code, event.message, where);
}

}  // namespace

Result<LogSummary> scan_log(
    const std::filesystem::path& run_logs, TradeDate date, const LogBudget& budget,
    std::int64_t rows) {
  LogSummary summary;
  summary.trade_date = date.text();
  summary.errors_max = budget.errors_max;
  summary.warnings_max = std::max<std::int64_t>(
      budget.warnings_max,
      std::llround(std::ceil(budget.warnings_ratio * static_cast<double>(rows))));
  const auto file = observe::errors_path(run_logs, date.day());
  auto events = observe::read_errors_file(file);
  if (!events && events.error().kind == ErrorKind::not_found) return summary;
  if (!events) return fail(std::move(events).error());
  summary.files.push_back(file.string());
  for (const observe::LoggedEvent& logged : *events) {
    const observe::Event& event = logged.event;
    const bool is_error = event.level >= observe::Level::error;
    if (is_error) {
      ++summary.errors;
      if (summary.first_errors.size() < first_errors_max)
        summary.first_errors.push_back(describe(logged));
    } else if (event.level == observe::Level::warning) {
      ++summary.warnings;
    }
    ++summary.by_code[fmt::format("{}:{}", observe::to_text(event.level), event.code)];
    for (const std::string& keyword : budget.keywords)
      if (upper(event.message).find(upper(keyword)) != std::string::npos)
        ++summary.by_keyword[keyword];
  }
  return summary;
}

}  // namespace opt_data::check
