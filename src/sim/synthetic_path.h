// One day of an underlying's price: an opening gap, then a Brownian bridge in the logarithm from
// the open to the close, on a fixed grid; closes of successive days are a mean-reverting random
// walk around the base price, so that a symbol is worth about the same in every year.
//
// From (seed, symbol, day) alone: any day can be grown without the days before it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

#include "calendar/trade_date.h"

namespace opt_data::sim {

// What is fixed for a symbol under one seed.
struct SyntheticStock {
  SyntheticStock(std::uint64_t seed, std::string_view symbol);

  std::uint64_t seed;
  std::uint64_t key;        // Of the symbol.
  double base;              // USD
  double daily_volatility;  // Of the logarithm; 0.015 is 1.5 % a day.
  double implied;           // At the money, far out: 0.25 is 25 %.
  double volume;            // Shares a day.

  double close(std::chrono::year_month_day day) const;  // USD, in cents. Requires: a trade date.
};

// The number of weekdays since 1970: a clock that does not stop for holidays, only for weekends.
std::int64_t weekday_number(std::chrono::year_month_day day);

class SyntheticPath {
 public:
  static constexpr std::int64_t steps = 4096;

  // `before`: the trade date before that of `session`.
  SyntheticPath(
      const SyntheticStock& stock, const TradingSession& session,
      std::chrono::year_month_day before);

  // Of the last point at or before `at`. Requires: not before the open; after the close: the last.
  std::int64_t index(Instant at) const;
  Instant instant(std::int64_t index) const;
  double price(std::int64_t index) const { return prices_[static_cast<std::size_t>(index)]; }
  double price_at(Instant at) const { return price(index(at)); }
  double high(std::int64_t index) const;  // Of the points up to this one.
  double low(std::int64_t index) const;
  const TradingSession& session() const { return session_; }

 private:
  static constexpr std::size_t block = 64;

  TradingSession session_;
  std::vector<double> prices_;      // steps + 1
  std::vector<double> block_high_;  // Of all points up to the end of each block.
  std::vector<double> block_low_;
};

}  // namespace opt_data::sim
