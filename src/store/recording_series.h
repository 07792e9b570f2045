// What is kept of a recording in memory. Not for use outside recording_market.cc and
// recording_loader.cc.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <optional>
#include <unordered_map>
#include <vector>

#include "calendar/calendar.h"
#include "market/market_source.h"
#include "store/database.h"

namespace opt_data::store {

// ---- what is kept of a contract: changes, ascending, at most one an instant

struct SidePoint {
  Instant at;
  double price;  // NaN: the gateway said that there is none.
  float size;    // NaN: not recorded.
};

struct TradePoint {
  Instant at;
  Instant last_at;
  double last, open, high, low, volume;  // The day's; NaN where not recorded.
  bool is_dated;                         // Whether last_at was recorded.
};

struct InterestPoint {
  Instant at;
  std::int64_t contracts;
};

struct Series {
  std::vector<SidePoint> bid, ask;
  std::vector<TradePoint> trades;
  std::vector<InterestPoint> interest;
};

struct ListedOption {
  OptionContract contract;
  Instant from, to;
};

struct Stock {
  MarketUnderlying named;
  std::vector<TradePoint> trades;
  std::map<std::chrono::year_month_day, double> closes;  // By session.
};

// New York's days, so that no quote has to ask the zone database.
class Days {
 public:
  struct Day {
    Instant start;
    std::chrono::year_month_day day;
    std::optional<std::chrono::year_month_day> session_before;
  };

  Days(Instant first, Instant last) {
    const Calendar calendar;
    const std::chrono::sys_days begin{in_new_york(first).day};
    const std::chrono::sys_days end{in_new_york(last).day};
    std::optional<std::chrono::year_month_day> before;
    for (std::chrono::sys_days day = begin - std::chrono::days{7};
         day <= end + std::chrono::days{7}; day += std::chrono::days{1}) {
      all_.push_back(
          {new_york(std::chrono::year_month_day{day}, {}), std::chrono::year_month_day{day},
           before});
      if (calendar.trade_date(std::chrono::year_month_day{day}))
        before = std::chrono::year_month_day{day};
    }
  }

  // Null before and after the days around the recording, when nothing was recorded either.
  const Day* of(Instant at) const {
    const auto later = std::ranges::upper_bound(all_, at, {}, &Day::start);
    return later == all_.begin() || later == all_.end() ? nullptr : &*std::prev(later);
  }
  std::optional<Instant> next_midnight(Instant after) const {
    const auto later = std::ranges::upper_bound(all_, after, {}, &Day::start);
    return later == all_.end() ? std::nullopt : std::optional(later->start);
  }
  bool same_day(Instant a, Instant b) const { return of(a) == of(b); }

 private:
  std::vector<Day> all_;
};

struct Recorded {
  Days days;
  std::vector<ListedOption> options;  // In file order.
  std::unordered_map<ContractId, Series> series;
  std::map<Underlying, Stock> stocks;
};

// Errors: not_found (no recording there), corrupt (a file that cannot be read, with its path).
Result<Recorded> read_recording(Database& database, const std::filesystem::path& path);

}  // namespace opt_data::store
