#include "collect/answer_times.h"

#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

using std::chrono::milliseconds;

OptionQuote answered(ContractId id) {
  OptionQuote row{option(id, 100), half_hours(monday).open(), {}, {}, {}, {}, {}, {}, {}, {}};
  row.quote.bid = 1.0;
  row.quote.type = MarketDataType::live;
  return row;
}

TEST(AnswerTimes, what_used_up_its_time_is_slow_next_time) {
  std::vector<OptionQuote> rows;
  for (ContractId id = 1; id <= 6; ++id) rows.push_back(answered(id));
  rows[1].flags.set(QualityFlag::snapshot_timeout);  // Waited in vain for greeks.
  rows[2].quote.bid.reset();                         // No price on any exchange.
  rows[3].flags.set(QualityFlag::exchange_fallback);
  rows[4].error = RowError{"refused", "No security definition (code 200)"};
  rows[5].error = RowError{"not_asked", "the slot's window was over"};
  const AttemptLimits limits{12s, 5s, 3};
  const AnswerTimes times = learn("slot 10:30", rows, {300ms, 900ms, 2'100ms}, limits);
  EXPECT_EQ(times.from, "slot 10:30");
  EXPECT_EQ(times.slow(1), nullptr);
  ASSERT_NE(times.slow(2), nullptr);
  EXPECT_EQ(times.slow(2)->last, 12s);
  EXPECT_EQ(times.slow(2)->attempts, 1);
  EXPECT_TRUE(times.slow(2)->usable);
  ASSERT_NE(times.slow(3), nullptr);
  EXPECT_EQ(times.slow(3)->time, 5s);
  EXPECT_EQ(times.slow(3)->attempts, 3);
  EXPECT_FALSE(times.slow(3)->usable);
  ASSERT_NE(times.slow(4), nullptr);
  EXPECT_EQ(times.slow(4)->attempts, 2);
  EXPECT_EQ(times.slow(5), nullptr) << "a refusal is quick";
  EXPECT_FALSE(times.known.at(5).usable);
  EXPECT_FALSE(times.known.contains(6)) << "what was not asked says nothing";
}

TEST(AnswerTimes, a_spread_is_read_between_its_points) {
  AnswerTimes times;
  times.spread = {300ms, 500ms, 1'300ms};
  EXPECT_EQ(times.at(0), 300ms);
  EXPECT_EQ(times.at(0.25), 400ms);
  EXPECT_EQ(times.at(0.75), 900ms);
  EXPECT_EQ(times.at(1), 1'300ms);
  EXPECT_EQ(times.mean(), 650ms);
  times.spread = {700ms};
  EXPECT_EQ(times.at(0.5), 700ms);
  EXPECT_EQ(times.mean(), 700ms);
}

TEST(AnswerTimes, a_spread_is_the_least_the_deciles_and_the_most) {
  std::vector<milliseconds> times;
  for (int i = 100; i >= 0; --i) times.emplace_back(i);
  const auto spread = spread_of(times);
  ASSERT_EQ(spread.size(), 11U);
  EXPECT_EQ(spread.front(), 0ms);
  EXPECT_EQ(spread[3], 30ms);
  EXPECT_EQ(spread.back(), 100ms);
  EXPECT_TRUE(spread_of({}).empty());
  EXPECT_EQ(learn("", {}, {}, {}).spread, AnswerTimes{}.spread) << "what is assumed";
}

}  // namespace
}  // namespace opt_data::collect
