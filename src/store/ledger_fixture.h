// What the tests of the ledger have in common: a folder that goes away, days, and rows of any
// shape.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "base/random.h"
#include "calendar/calendar.h"
#include "market/option_quote.h"

namespace opt_data::store {

inline std::uint64_t test_seed() {
  const char* const given = std::getenv("OPT_DATA_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20251006;
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "opt-data-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  std::filesystem::path operator/(const char* name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

inline TradeDate trade_date(int year, unsigned month, unsigned day) {
  return Calendar{}
      .trade_date(std::chrono::year{year} / std::chrono::month{month} / std::chrono::day{day})
      .value();
}

// Values of every kind: some absent, some odd, each bit of a double possible (but NaN, which no
// comparison would find equal).
class AnyRow {
 public:
  explicit AnyRow(Random& random) : random_(random) {}

  OptionQuote operator()() {
    const auto day = std::chrono::sys_days{std::chrono::year{1998} / 1 / 1} +
                     std::chrono::days{random_.below(13'000)};
    const TradeDate date = Calendar{}.on_or_after(std::chrono::year_month_day{day}).value();
    OptionQuote row{
        contract(),
        {date, word<std::uint8_t>(256), instant()},
        quote(),
        {word<OpenInterestState>(4), whole()},
        {},
        {},
        {},
        {text(), text()},
        word<DataSource>(4),
        text()};
    fill(row.underlying.bid, row.underlying.ask, row.underlying.last);
    fill(row.underlying.as_of);
    if (random_.below(2) == 0) row.reference = {text(), number(), text(), instant()};
    row.flags = QualityFlags(word<std::uint32_t>(1U << flag_count));
    return row;
  }

 private:
  template <typename T>
  T word(std::uint64_t bound) {
    return static_cast<T>(random_.below(bound));
  }
  // Of any magnitude, with its ends.
  std::int64_t whole() { return std::bit_cast<std::int64_t>(random_.next()) >> random_.below(64); }
  Instant instant() { return from_micros(whole()); }
  double number() {
    if (random_.below(2) == 0) return static_cast<double>(random_.below(100'000)) / 100;
    const double any = std::bit_cast<double>(random_.next());
    return std::isnan(any) ? -0.0 : any;
  }
  std::string text() {
    std::string text(random_.below(4) == 0 ? random_.below(400) : random_.below(8), ' ');
    for (char& c : text) c = static_cast<char>(random_.below(256));
    return text;
  }
  void fill_one(std::optional<double>& value) {
    if (random_.below(3) != 0) value = number();
  }
  void fill_one(std::optional<Instant>& value) {
    if (random_.below(3) != 0) value = instant();
  }
  template <typename... T>
  void fill(T&... values) {
    (fill_one(values), ...);
  }

  OptionContract contract() {
    const std::chrono::year_month_day expiry{
        std::chrono::sys_days{std::chrono::days{random_.below(40'000)}}};
    return {whole(), text(), expiry, word<Right>(2), {whole()}, number(), text(), text(), text()};
  }
  Quote quote() {
    Quote q;
    fill(q.bid, q.ask, q.last, q.open, q.high, q.low, q.close, q.bid_size, q.ask_size, q.last_size);
    fill(q.volume, q.bid_iv, q.ask_iv, q.last_iv, q.model_underlying);
    fill(q.greeks.iv, q.greeks.delta, q.greeks.gamma, q.greeks.theta, q.greeks.vega);
    q.type = word<MarketDataType>(5);
    fill(q.as_of, q.received, q.last_trade_at);
    return q;
  }

  Random& random_;
};

}  // namespace opt_data::store
