#include "collect/capacity.h"

#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

class CapacityTest : public CollectTest {
 protected:
  CapacityTest() { settings_.contracts_cache = cache(); }

  void list(TradeDate date, int contracts, const Underlying& symbol = "AAPL", int first = 1) {
    // Five cents apart, above and below the reference.
    std::vector<OptionContract> all;
    for (int i = 0; i < contracts; ++i)
      all.push_back(option(
          first + i, 100 + 0.5 * (i % 2 == 0 ? i / 2 : -(i / 2)) / 10, Right::call,
          i % 2 == 0 ? november : december, symbol));
    ASSERT_TRUE(write_book(disk_, cache(), book_of(date, all)));
  }
  Capacity measure(bool fit = false, std::vector<Underlying> symbols = {"AAPL"}) {
    const SlotGrid grid = half_hours(monday);
    auto measured = measure_capacity(
        {grid.slots()[1], grid.slots()[2]}, symbols, fit, settings_, calendar_, disk_, *reader_,
        ledger_.get());
    EXPECT_TRUE(measured) << measured.error().message;
    return *std::move(measured);
  }
  SnapshotSettings settings_;
};

TEST_F(CapacityTest, a_small_universe_fits) {
  list(monday, 300);
  const Capacity capacity = measure();
  EXPECT_TRUE(capacity.fits());
  EXPECT_FALSE(capacity.moneyness);
  EXPECT_TRUE(advice(capacity, settings_.limits).empty());
  ASSERT_EQ(capacity.slots.size(), 2U);
  EXPECT_EQ(capacity.slots[0].plan.cost.usable, 300U);
  EXPECT_EQ(capacity.slots[0].window, 25min);
  EXPECT_EQ(capacity.slots[0].times.from, "") << "nothing was published yet";
}

TEST_F(CapacityTest, without_the_days_list_the_latest_earlier_one_is_named) {
  const TradeDate friday = store::trade_date(2025, 10, 3);
  list(friday, 50);
  const Capacity capacity = measure();
  ASSERT_EQ(capacity.chains.size(), 1U);
  EXPECT_EQ(capacity.chains[0].list_of, friday);
  EXPECT_EQ(capacity.chains[0].contracts, 50U);
}

TEST_F(CapacityTest, an_underlying_without_a_list_does_not_fit) {
  list(monday, 50);
  const Capacity capacity = measure(false, {"AAPL", "MSFT"});
  EXPECT_FALSE(capacity.fits());
  ASSERT_EQ(capacity.missing.size(), 1U);
  EXPECT_NE(capacity.missing[0].find("MSFT"), std::string::npos);
}

TEST_F(CapacityTest, what_does_not_fit_is_said_with_what_to_change) {
  list(monday, 2'000);
  settings_.window.window = 30s;
  const Capacity capacity = measure();
  EXPECT_FALSE(capacity.fits());
  EXPECT_EQ(capacity.slots[0].plan.ask.size(), 2'000U);
  EXPECT_EQ(capacity.chains[0].left_out, 0U) << "nothing is left out unless asked for";
  ASSERT_TRUE(capacity.moneyness);
  const auto sentences = advice(capacity, settings_.limits);
  ASSERT_EQ(sentences.size(), 3U);
  EXPECT_NE(sentences[0].find("of 2000 contracts"), std::string::npos) << sentences[0];
  EXPECT_NE(sentences[1].find("22.5 questions a second"), std::string::npos) << sentences[1];
  EXPECT_NE(sentences[2].find("filters.moneyness = 0."), std::string::npos) << sentences[2];
}

TEST_F(CapacityTest, a_limit_that_is_set_too_low_is_named_with_what_would_do) {
  list(monday, 2'000);
  settings_.limits.subscriptions_per_minute = 30;
  settings_.limits.in_flight_max = 1;
  const Capacity capacity = measure();
  EXPECT_FALSE(capacity.fits());
  const auto sentences = advice(capacity, settings_.limits);
  ASSERT_EQ(sentences.size(), 4U);
  EXPECT_EQ(sentences[1], "pacing.per_minute is 30; 88 would do");
  EXPECT_EQ(sentences[2], "pacing.in_flight is 1; 2 would do");
}

TEST_F(CapacityTest, fitting_leaves_out_what_is_farthest_from_the_money) {
  list(monday, 2'000);
  settings_.window.window = 30s;
  const Capacity capacity = measure(true);
  EXPECT_TRUE(capacity.fits());
  ASSERT_TRUE(capacity.moneyness);
  const auto& ask = capacity.slots[0].plan.ask;
  EXPECT_EQ(ask.size() + capacity.chains[0].left_out, 2'000U);
  EXPECT_GT(ask.size(), 600U);
  for (const OptionContract& contract : ask)
    EXPECT_LE(std::abs(contract.strike.usd() / 100 - 1), *capacity.moneyness + 1e-9);
}

}  // namespace
}  // namespace opt_data::collect
