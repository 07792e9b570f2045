#include "collect/stale.h"

#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

class StaleFeed : public testing::Test {
 protected:
  StaleFeed() {
    for (const OptionContract& contract : calls(50)) {
      OptionQuote row{
          contract,
          grid_.slots()[1],
          quoted().answer.quote,
          {},
          {99, 101, 100, before_},
          {},
          {},
          {},
          DataSource::ibkr,
          ""};
      rows_before_.push_back(row);
      row.slot = grid_.slots()[2];
      rows_.push_back(row);
    }
  }

  std::map<Underlying, std::string> found() {
    return stale_underlyings(rows_before_, before_, rows_, now_, options_);
  }
  void move_underlying() {
    for (OptionQuote& row : rows_) row.underlying.last = 102;
  }
  void change(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) *rows_[i].quote.bid += 0.05;
  }
  // `count` contracts whose last trades are spread evenly until `last`.
  void trade(std::size_t count, Instant last) {
    for (std::size_t i = 0; i < count; ++i) {
      rows_[i].quote.last_trade_at = before_ + (last - before_) * static_cast<std::int64_t>(i + 1) /
                                                   static_cast<std::int64_t>(count);
      rows_[i].quote.volume = 10.0 + static_cast<double>(i);  // So that contracts did change.
    }
  }

  SlotGrid grid_ = half_hours(monday);
  Instant before_ = grid_.slots()[1].at;
  Instant now_ = grid_.slots()[2].at;
  std::vector<OptionQuote> rows_before_, rows_;
  StaleOptions options_;
};

TEST_F(StaleFeed, a_chain_that_stands_still_while_its_underlying_moves) {
  move_underlying();
  const auto stale = found();
  ASSERT_EQ(stale.size(), 1U);
  EXPECT_EQ(
      stale.at("AAPL"),
      "50 of 50 contracts did not change since the slot before, while the underlying did");
}

TEST_F(StaleFeed, a_market_in_which_nothing_moves_is_honest) { EXPECT_TRUE(found().empty()); }

TEST_F(StaleFeed, unchanged_contracts_among_others_are_honest) {
  move_underlying();
  change(1);  // 49 of 50 are 98 %.
  EXPECT_FALSE(found().empty());
  change(2);
  EXPECT_TRUE(found().empty());
}

TEST_F(StaleFeed, a_size_that_changed_is_a_sign_of_life) {
  move_underlying();
  for (std::size_t i = 0; i < 25; ++i) rows_[i].quote.ask_size = 3;
  EXPECT_TRUE(found().empty());
}

TEST_F(StaleFeed, new_greeks_alone_are_not_a_sign_of_life) {
  move_underlying();
  for (OptionQuote& row : rows_) row.quote.greeks.iv = 0.3;
  EXPECT_FALSE(found().empty()) << "the model follows the underlying, whatever the chain does";
}

TEST_F(StaleFeed, a_few_contracts_are_no_chain) {
  move_underlying();
  rows_.erase(rows_.begin() + 4, rows_.end());
  EXPECT_TRUE(found().empty());
}

TEST_F(StaleFeed, what_had_no_answer_is_not_compared) {
  move_underlying();
  for (std::size_t i = 0; i < 46; ++i) rows_before_[i].error = {"timeout", "no answer"};
  EXPECT_TRUE(found().empty());
}

TEST_F(StaleFeed, a_traded_chain_without_a_trade_for_too_long) {
  trade(50, now_ - 15min);
  const auto stale = found();
  ASSERT_EQ(stale.size(), 1U);
  EXPECT_EQ(
      stale.at("AAPL"), "50 contracts traded since the slot before, but none in the last 900 s");
}

TEST_F(StaleFeed, a_traded_chain_whose_last_trade_is_recent_is_honest) {
  trade(50, now_ - 10min);
  EXPECT_TRUE(found().empty()) << "ten minutes can pass without a trade";
}

TEST_F(StaleFeed, delayed_trades_are_old_by_nature) {
  trade(50, now_ - 15min);
  for (OptionQuote& row : rows_) row.quote.type = MarketDataType::delayed;
  EXPECT_TRUE(found().empty());
}

// The last slot of a large universe is asked up to a quarter of an hour before the close.
TEST_F(StaleFeed, a_slot_that_is_asked_early_has_seen_no_later_trades) {
  trade(50, now_ - 11min);
  for (OptionQuote& row : rows_) row.quote.received = now_ - 10min;
  EXPECT_TRUE(found().empty());
}

TEST_F(StaleFeed, few_trades_leave_long_gaps) {
  // (1 - 900/1800)^k is a millionth at 20 trades.
  trade(19, now_ - 15min);
  EXPECT_TRUE(found().empty());
  trade(20, now_ - 15min);
  EXPECT_FALSE(found().empty());
}

TEST_F(StaleFeed, without_a_slot_before_it_the_trades_still_tell) {
  trade(50, now_ - 15min);
  rows_before_.clear();
  EXPECT_EQ(found().size(), 1U);
}

TEST_F(StaleFeed, one_stale_chain_does_not_accuse_another) {
  move_underlying();
  for (const OptionContract& contract : calls(10, "MSFT", 100)) {
    OptionQuote row = rows_before_[0];
    row.contract = contract;
    rows_before_.push_back(row);
    row.underlying.last = 55;
    *row.quote.bid += 0.1;
    rows_.push_back(row);
  }
  const auto stale = found();
  EXPECT_EQ(stale.size(), 1U);
  EXPECT_TRUE(stale.contains("AAPL"));
}

}  // namespace
}  // namespace opt_data::collect
