// make_row: what an answer means for its row.
#include "collect/capture.h"
#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

class Row : public testing::Test {
 protected:
  OptionQuote row() {
    return make_row(
        option(7, 100), half_hours(monday).slots()[2], answer_, underlying_, reference_,
        at(monday, 16h), options_);
  }
  std::vector<std::string_view> flags() { return row().flags.words(); }

  gateway::QuoteAnswer answer_ = [] {
    gateway::QuoteAnswer answer = quoted().answer;
    answer.asked_at = at(monday, 10h + 30min);
    answer.answered_at = at(monday, 10h + 30min + 2s);
    answer.quote.received = answer.quote.as_of = answer.answered_at;
    return answer;
  }();
  UnderlyingQuote underlying_{99.9, 100.1, 100.0, at(monday, 10h + 30min)};
  ReferencePrice reference_{"AAPL", 98, "previous_close", at(monday, 0h)};
  CaptureOptions options_;
};

using Words = std::vector<std::string_view>;

TEST_F(Row, of_a_whole_answer_has_everything_and_no_flag) {
  options_.source = DataSource::recording;
  options_.ingest_id = "0123";
  const OptionQuote row = this->row();
  EXPECT_EQ(row.contract, option(7, 100));
  EXPECT_EQ(row.slot, half_hours(monday).slots()[2]);
  EXPECT_EQ(row.quote, answer_.quote);
  EXPECT_EQ(row.open_interest, (OpenInterest{OpenInterestState::value, 40}));
  EXPECT_EQ(row.underlying, underlying_);
  EXPECT_EQ(row.reference, reference_);
  EXPECT_EQ(row.flags.words(), Words{});
  EXPECT_EQ(row.error, RowError{});
  EXPECT_EQ(row.source, DataSource::recording);
  EXPECT_EQ(row.ingest_id, "0123");
  EXPECT_TRUE(row.usable());
}

TEST_F(Row, delayed_data_is_flagged) {
  answer_.quote.type = MarketDataType::delayed;
  EXPECT_EQ(flags(), Words{"delayed_fallback"});
}

TEST_F(Row, frozen_is_not_delayed) {
  answer_.quote.type = MarketDataType::frozen;
  EXPECT_EQ(flags(), Words{"frozen_quote"});
  answer_.quote.type = MarketDataType::delayed_frozen;
  EXPECT_EQ(flags(), (Words{"delayed_fallback", "frozen_quote"}));
}

TEST_F(Row, open_interest_of_zero_is_a_value) {
  answer_.open_interest = 0;
  EXPECT_EQ(row().open_interest, (OpenInterest{OpenInterestState::value, 0}));
  EXPECT_EQ(flags(), Words{});
  answer_.open_interest.reset();
  EXPECT_EQ(row().open_interest.state, OpenInterestState::missing);
  EXPECT_EQ(flags(), Words{"missing_oi"});
}

TEST_F(Row, without_any_price_is_flagged_and_not_usable_yet_no_error) {
  answer_.quote.bid = answer_.quote.ask = answer_.quote.last = std::nullopt;
  EXPECT_EQ(flags(), Words{"missing_price"});
  EXPECT_EQ(row().error, RowError{});
  EXPECT_FALSE(row().usable());
}

TEST_F(Row, one_side_or_a_last_trade_is_a_price) {
  for (const auto only : {&Quote::bid, &Quote::ask, &Quote::last}) {
    answer_.quote.bid = answer_.quote.ask = answer_.quote.last = std::nullopt;
    answer_.quote.*only = 0;
    EXPECT_EQ(flags(), Words{}) << "zero is a price";
    EXPECT_TRUE(row().usable());
  }
}

TEST_F(Row, without_greeks_is_flagged_and_stays_usable) {
  answer_.quote.greeks.vega.reset();
  EXPECT_EQ(flags(), Words{"missing_greeks"});
  EXPECT_TRUE(row().usable());
  options_.require_greeks = false;
  EXPECT_EQ(flags(), Words{}) << "nobody waited for them";
}

TEST_F(Row, an_answer_that_is_not_complete_in_time_is_flagged) {
  answer_.complete = false;
  EXPECT_EQ(flags(), Words{"snapshot_timeout"});
}

TEST_F(Row, a_crossed_market_is_flagged_and_a_locked_one_is_not) {
  answer_.quote.ask = *answer_.quote.bid;
  EXPECT_EQ(flags(), Words{});
  answer_.quote.ask = *answer_.quote.bid - 0.05;
  EXPECT_EQ(flags(), Words{"crossed_market"});
}

TEST_F(Row, implausible_model_values_are_flagged_beyond_their_bounds) {
  answer_.quote.greeks.iv = 5;
  answer_.quote.greeks.delta = -1.05;
  EXPECT_EQ(flags(), Words{});
  answer_.quote.greeks.iv = 5.01;
  answer_.quote.greeks.delta = -1.06;
  EXPECT_EQ(flags(), (Words{"extreme_iv", "invalid_delta"}));
}

TEST_F(Row, answered_after_the_close_is_flagged) {
  answer_.answered_at = at(monday, 16h);
  EXPECT_EQ(flags(), Words{});
  answer_.answered_at = at(monday, 16h) + 1us;
  EXPECT_EQ(flags(), Words{"after_close"});
}

TEST_F(Row, of_silence_is_a_timeout) {
  answer_.quote = {};
  answer_.open_interest.reset();
  answer_.complete = false;
  const OptionQuote row = this->row();
  EXPECT_EQ(row.error.type, "timeout");
  EXPECT_EQ(row.error.message, "no answer within 2 s");
  EXPECT_EQ(flags(), (Words{"missing_oi", "missing_price", "missing_greeks", "snapshot_timeout"}));
  EXPECT_FALSE(row.usable());
}

TEST_F(Row, an_unknown_type_is_not_live) {
  answer_.quote.type = MarketDataType::unknown;
  EXPECT_FALSE(row().usable());
}

}  // namespace
}  // namespace opt_data::collect
