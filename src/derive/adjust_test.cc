// daily_adjusted: rows dated before a split, on the basis after it.
#include "derive/derive_fixture.h"

namespace opt_data::derive {
namespace {

class Adjusted : public RollupTest {
 protected:
  using Day = std::chrono::year_month_day;
  static constexpr Day today = std::chrono::year{2025} / 10 / 6;
  static constexpr Day tomorrow = std::chrono::year{2025} / 10 / 7;

  void roll_with(std::vector<CorporateAction> actions) {
    actions_ = std::move(actions);
    publish(13, {quote(1, 13, 7.0, 14.0), quote(2, 13, 7.0, 14.0)});
    enrich({{1, "value", 10, today}, {2, "value", 0, today}}, 700.0, slot(13).at);
    summary_ = roll();
  }
  // The numbers of contract 1.
  std::vector<double> numbers(std::string_view columns) {
    std::vector<double> found;
    const Table rows = adjusted(columns);
    for (const Value& cell : rows.at(0)) found.push_back(std::get<double>(cell));
    return found;
  }
  void expect(std::string_view columns, const std::vector<double>& expected) {
    const auto found = numbers(columns);
    ASSERT_EQ(found.size(), expected.size());
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_DOUBLE_EQ(found[i], expected[i]) << columns << " [" << i << "]";
  }

  RollupSummary summary_;
};

TEST_F(Adjusted, seven_new_shares_for_one_divide_prices_and_multiply_counts) {
  roll_with({{"AAPL", tomorrow, 7}});
  EXPECT_EQ(summary_.adjusted, 2);
  expect("bid_adj, ask_adj, mid_adj, last_adj", {1.0, 2.0, 1.5, 1.5});
  expect("strike_adj, underlying_close_adj", {91.0 / 7, 100.0});
  expect("bid_size_adj, ask_size_adj, volume_adj, open_interest_adj", {21, 28, 35, 70});
  expect("gamma_adj, theta_adj, vega_adj", {0.07, -0.02 / 7, 0.1 / 7});
  expect("moneyness_pct_adj", {700.0 / 91 - 1});
  expect("adj_factor", {1.0 / 7});
  EXPECT_EQ(
      adjusted("adj_action_id, data_quality_flag")[0],
      (std::vector<Value>{word("AAPL-2025-10-07-split-7"), flags({"oi_enriched"})}));
}

TEST_F(Adjusted, keeps_the_columns_as_they_were_traded) {
  roll_with({{"AAPL", tomorrow, 7}});
  std::string names;
  for (const store::Column& column : store::columns(store::View::daily_clean))
    names += (names.empty() ? "" : ", ") + store::sql_identifier(column.name);
  EXPECT_EQ(adjusted(names), daily(names));
  EXPECT_EQ(
      adjusted("strike, delta, open_interest")[0],
      (std::vector<Value>{91.0, 0.5, std::int64_t{10}}));
}

TEST_F(Adjusted, the_adjusted_strike_is_not_rounded) {
  roll_with({{"AAPL", tomorrow, 7}});
  EXPECT_EQ(adjusted("strike_adj")[1], (std::vector<Value>{92.0 / 7}));
}

TEST_F(Adjusted, a_split_that_was_effective_by_then_changes_nothing) {
  roll_with({{"AAPL", today, 7}, {"AAPL", std::chrono::year{2020} / 8 / 31, 4}});
  EXPECT_EQ(summary_.adjusted, 0);
  expect("bid_adj, strike_adj, open_interest_adj, adj_factor", {7.0, 91.0, 10.0, 1.0});
  EXPECT_EQ(adjusted("adj_action_id")[0], std::vector<Value>{null});
}

TEST_F(Adjusted, another_companys_split_changes_nothing) {
  roll_with({{"MSFT", tomorrow, 2}});
  EXPECT_EQ(summary_.adjusted, 0);
  expect("bid_adj, adj_factor", {7.0, 1.0});
}

TEST_F(Adjusted, later_splits_multiply) {
  roll_with({{"AAPL", tomorrow, 7}, {"AAPL", std::chrono::year{2026} / 8 / 31, 4}});
  expect("adj_factor, bid_adj, open_interest_adj", {1.0 / 28, 0.25, 280});
  EXPECT_EQ(
      adjusted("adj_action_id")[0],
      std::vector<Value>{word("AAPL-2025-10-07-split-7+AAPL-2026-08-31-split-4")});
}

TEST_F(Adjusted, a_reverse_split_goes_the_other_way) {
  roll_with({{"AAPL", tomorrow, 0.1}});
  expect("bid_adj, strike_adj, open_interest_adj, adj_factor", {70.0, 910.0, 1.0, 10.0});
}

TEST_F(Adjusted, absent_values_stay_absent) {
  actions_ = {{"AAPL", tomorrow, 7}};
  publish(13, {timed_out(1, 13)});
  roll();
  EXPECT_EQ(
      adjusted("bid_adj, mid_adj, volume_adj, open_interest_adj, gamma_adj")[0],
      (std::vector<Value>{null, null, null, null, null}));
}

TEST_F(Adjusted, a_new_action_derives_the_day_again) {
  roll_with({});
  EXPECT_EQ(summary_.adjusted, 0);
  actions_ = {{"AAPL", tomorrow, 7}};
  const RollupSummary again = roll();
  EXPECT_FALSE(again.already);
  EXPECT_EQ(again.adjusted, 2);
  EXPECT_TRUE(roll().already);
}

}  // namespace
}  // namespace opt_data::derive
