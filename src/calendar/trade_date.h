// A New York day on which options trade. Made only by Calendar, so it is never a holiday.
#pragma once

#include <chrono>
#include <compare>
#include <string>

#include "calendar/instant.h"

namespace opt_data {

class TradeDate {
 public:
  std::chrono::year_month_day day() const { return day_; }
  std::string text() const { return iso(day_); }              // 2025-10-06
  std::string compact_text() const { return compact(day_); }  // 20251006

  friend auto operator<=>(const TradeDate&, const TradeDate&) = default;
  friend bool operator==(const TradeDate&, const TradeDate&) = default;

 private:
  friend class Calendar;
  explicit TradeDate(std::chrono::year_month_day day) : day_(day) {}

  std::chrono::year_month_day day_;
};

struct TradingSession {
  TradeDate date;
  Instant open;
  Instant close;  // open < close; a half day closes early, it is not a flag
};

}  // namespace opt_data
