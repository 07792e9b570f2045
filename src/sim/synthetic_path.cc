#include "sim/synthetic_path.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/random.h"

namespace opt_data::sim {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr double reversion = 0.98;  // Of yesterday's distance from the base, per day.
constexpr int memory = 400;         // Days after which nothing of it is left (0.98^400 = 0.0003).
constexpr double gap_share = 0.4;   // Of a day's volatility, overnight.

enum class PathPurpose : std::uint64_t { stock = 101, day, gap, bridge };

Random draw(const SyntheticStock& stock, PathPurpose purpose, std::int64_t which) {
  return Random::keyed(
      stock.seed,
      {static_cast<std::uint64_t>(purpose), stock.key, static_cast<std::uint64_t>(which)});
}

double cents(double usd) { return std::max(1.0, std::round(usd * 100.0)) / 100.0; }

// The logarithm of the close over the base.
double log_level(const SyntheticStock& stock, std::int64_t number) {
  double level = 0;
  for (std::int64_t k = memory - 1; k >= 0; --k)
    level = reversion * level +
            stock.daily_volatility * draw(stock, PathPurpose::day, number - k).normal();
  return level;
}

}  // namespace

std::int64_t weekday_number(year_month_day day) {
  const std::int64_t serial = sys_days{day}.time_since_epoch().count() + 3;  // 0: a Monday.
  const std::int64_t week = serial >= 0 ? serial / 7 : (serial - 6) / 7;
  return week * 5 + std::min<std::int64_t>(serial - week * 7, 4);
}

SyntheticStock::SyntheticStock(std::uint64_t chance, std::string_view symbol)
    : seed(chance), key(key_of(symbol)) {
  Random random = Random::keyed(seed, {static_cast<std::uint64_t>(PathPurpose::stock), key});
  base = cents(20.0 * std::exp(random.uniform(0.0, 3.2)));
  daily_volatility = random.uniform(0.009, 0.022);
  implied = daily_volatility * std::sqrt(252.0) * random.uniform(0.95, 1.25);
  volume = std::round(1e6 * std::exp(random.uniform(0.0, 4.0)));
}

double SyntheticStock::close(year_month_day day) const {
  return cents(base * std::exp(log_level(*this, weekday_number(day))));
}

SyntheticPath::SyntheticPath(
    const SyntheticStock& stock, const TradingSession& session, year_month_day before)
    : session_(session) {
  const year_month_day day = session.date.day();
  const std::int64_t number = weekday_number(day);
  std::vector<double> log_price(steps + 1);
  log_price.front() =
      std::log(stock.close(before)) +
      gap_share * stock.daily_volatility * draw(stock, PathPurpose::gap, number).normal();
  log_price.back() = std::log(stock.close(day));
  Random random = draw(stock, PathPurpose::bridge, number);
  for (std::size_t step = steps; step > 1; step /= 2) {
    const double spread = stock.daily_volatility * std::sqrt(static_cast<double>(step) / steps) / 2;
    for (std::size_t i = 0; i < steps; i += step)
      log_price[i + step / 2] = (log_price[i] + log_price[i + step]) / 2 + spread * random.normal();
  }
  prices_.reserve(steps + 1);
  for (const double level : log_price) prices_.push_back(cents(std::exp(level)));
  double high = prices_.front(), low = prices_.front();
  for (std::size_t i = 0; i < prices_.size(); ++i) {
    high = std::max(high, prices_[i]);
    low = std::min(low, prices_[i]);
    if (i % block != block - 1) continue;
    block_high_.push_back(high);
    block_low_.push_back(low);
  }
}

std::int64_t SyntheticPath::index(Instant at) const {
  OPT_CHECK(at >= session_.open);
  const std::int64_t length = (session_.close - session_.open).count();
  return std::min(steps, (at - session_.open).count() * steps / length);
}

Instant SyntheticPath::instant(std::int64_t index) const {
  const std::int64_t length = (session_.close - session_.open).count();
  return session_.open + std::chrono::microseconds((index * length + steps - 1) / steps);
}

double SyntheticPath::high(std::int64_t index) const {
  const auto whole = static_cast<std::size_t>(index + 1) / block;
  const auto begin = prices_.begin() + static_cast<std::ptrdiff_t>(whole * block);
  double high = whole > 0 ? block_high_[whole - 1] : prices_.front();
  for (auto it = begin; it != prices_.begin() + index + 1; ++it) high = std::max(high, *it);
  return high;
}

double SyntheticPath::low(std::int64_t index) const {
  const auto whole = static_cast<std::size_t>(index + 1) / block;
  const auto begin = prices_.begin() + static_cast<std::ptrdiff_t>(whole * block);
  double low = whole > 0 ? block_low_[whole - 1] : prices_.front();
  for (auto it = begin; it != prices_.begin() + index + 1; ++it) low = std::min(low, *it);
  return low;
}

}  // namespace opt_data::sim
