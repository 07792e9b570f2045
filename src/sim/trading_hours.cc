#include "sim/trading_hours.h"

#include <fmt/format.h>

#include <vector>

#include "base/text.h"

namespace opt_data::sim {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::sys_days;
using std::chrono::year_month_day;

std::string clock_digits(std::chrono::microseconds time_of_day) {
  const auto minutes = std::chrono::floor<std::chrono::minutes>(time_of_day).count();
  return fmt::format("{:02}{:02}", minutes / 60, minutes % 60);
}

std::string week(const Calendar& calendar, Instant at, bool extended) {
  const year_month_day today = in_new_york(at).day;
  std::vector<std::string> parts;
  for (int i = 0; i < 7; ++i) {
    const year_month_day day{sys_days{today} + days{i}};
    if (static_cast<int>(day.year()) > Calendar::year_last) break;
    const std::string digits = compact(day);
    const auto date = calendar.trade_date(day);
    if (!date) {
      parts.push_back(digits + ":CLOSED");
      continue;
    }
    const TradingSession session = calendar.session(*date);
    const auto open = extended ? hours{4} : in_new_york(session.open).time_of_day;
    const auto close = in_new_york(session.close).time_of_day + (extended ? hours{4} : hours{0});
    parts.push_back(
        fmt::format("{}:{}-{}:{}", digits, clock_digits(open), digits, clock_digits(close)));
  }
  return join(parts, ";");
}

}  // namespace

std::string liquid_hours(const Calendar& calendar, Instant at) { return week(calendar, at, false); }

std::string extended_hours(const Calendar& calendar, Instant at) {
  return week(calendar, at, true);
}

}  // namespace opt_data::sim
