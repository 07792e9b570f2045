#include "gateway/quote_line.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "base/random.h"

namespace opt_data::gateway {
namespace {

using tws::Tick;

const Instant now = from_micros(1'400'000'000'000'000);

tws::TickPrice price(Tick tick, std::optional<double> value, std::optional<double> size = {}) {
  return {1, tick, value, size, 0};
}
tws::TickOptionComputation model(std::optional<double> iv) {
  tws::TickOptionComputation tick;
  tick.tick = Tick::model_option;
  tick.implied_vol = iv;
  tick.delta = iv ? std::optional(0.5) : std::nullopt;
  tick.gamma = tick.vega = tick.theta = tick.delta;
  return tick;
}

TEST(QuoteLine, starts_with_nothing_known) {
  const QuoteLine line(Right::call);
  EXPECT_FALSE(line.alive());
  EXPECT_FALSE(line.quote().has_price());
  EXPECT_EQ(line.quote().type, MarketDataType::unknown);
}

TEST(QuoteLine, delayed_ticks_fill_the_same_fields) {
  QuoteLine line(Right::call);
  line.on(tws::MarketDataTypeNotice{1, 3});
  line.on(price(Tick::delayed_bid, 1.25, 7.0), now);
  EXPECT_EQ(line.quote().bid, 1.25);
  EXPECT_EQ(line.quote().bid_size, 7.0);
  EXPECT_EQ(line.quote().type, MarketDataType::delayed);
}

TEST(QuoteLine, a_withdrawn_side_takes_its_size_along) {
  QuoteLine line(Right::call);
  line.on(price(Tick::bid, 1.25, 7.0), now);
  line.on(price(Tick::bid, std::nullopt, 0.0), now);
  EXPECT_FALSE(line.quote().bid);
  EXPECT_FALSE(line.quote().bid_size);
  line.on(tws::TickSize{1, Tick::bid_size, 0.0}, now);  // The duplicate that follows.
  EXPECT_FALSE(line.quote().bid_size);
}

TEST(QuoteLine, open_interest_is_of_its_own_right) {
  QuoteLine line(Right::put);
  line.on(tws::TickSize{1, Tick::call_open_interest, 18230.0}, now);
  EXPECT_FALSE(line.open_interest());
  line.on(tws::TickSize{1, Tick::put_open_interest, 0.0}, now);
  EXPECT_EQ(line.open_interest(), 0);  // Zero is a value.
}

TEST(QuoteLine, a_model_without_values_does_not_void_an_earlier_one) {
  QuoteLine line(Right::call);
  line.on(model(std::nullopt), now);
  EXPECT_FALSE(line.quote().greeks.complete());
  line.on(model(0.25), now);
  EXPECT_TRUE(line.quote().greeks.complete());
  line.on(model(std::nullopt), now);
  EXPECT_TRUE(line.quote().greeks.complete());
  EXPECT_EQ(line.quote().greeks.iv, 0.25);
}

TEST(QuoteLine, previous_close_alone_is_no_price) {
  QuoteLine line(Right::call);
  line.on(price(Tick::close, 12.05), now);
  EXPECT_FALSE(line.quote().has_price());
  EXPECT_FALSE(line.quote().as_of);
}

TEST(QuoteLine, quote_time_is_that_of_bid_ask_and_last_only) {
  QuoteLine line(Right::call);
  line.on(price(Tick::ask, 1.0, 1.0), now);
  line.on(tws::TickSize{1, Tick::volume, 12.0}, now + std::chrono::seconds{1});
  EXPECT_EQ(line.quote().as_of, now);
  EXPECT_EQ(line.quote().received, now + std::chrono::seconds{1});
}

// The order in which ticks come differs from day to day; what they add up to does not.
TEST(QuoteLine, order_of_the_first_ticks_does_not_matter) {
  const std::vector<std::function<void(QuoteLine&)>> ticks = {
      [](QuoteLine& line) {
        line.on(tws::MarketDataTypeNotice{1, 1});
      },
      [](QuoteLine& line) { line.on(price(Tick::bid, 1.0, 10.0), now); },
      [](QuoteLine& line) { line.on(price(Tick::ask, 1.1, 20.0), now); },
      [](QuoteLine& line) { line.on(price(Tick::last, 1.05, 3.0), now); },
      [](QuoteLine& line) { line.on(price(Tick::close, 1.2), now); },
      [](QuoteLine& line) {
        line.on(tws::TickSize{1, Tick::volume, 99.0}, now);
      },
      [](QuoteLine& line) {
        line.on(tws::TickSize{1, Tick::call_open_interest, 5.0}, now);
      },
      [](QuoteLine& line) {
        line.on(tws::TickString{1, Tick::last_timestamp, "1400000000"}, now);
      },
      [](QuoteLine& line) { line.on(model(0.3), now); }};
  QuoteLine expected(Right::call);
  for (const auto& tick : ticks) tick(expected);
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    auto shuffled = ticks;
    Random random(seed);
    for (std::size_t i = shuffled.size(); i > 1; --i)
      std::swap(shuffled[i - 1], shuffled[random.below(i)]);
    QuoteLine line(Right::call);
    for (const auto& tick : shuffled) tick(line);
    EXPECT_EQ(line.quote(), expected.quote());
    EXPECT_EQ(line.open_interest(), expected.open_interest());
  }
}

}  // namespace
}  // namespace opt_data::gateway
