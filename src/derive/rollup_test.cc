#include "derive/rollup.h"

#include "derive/derive_fixture.h"

namespace opt_data::derive {
namespace {

TEST_F(RollupTest, takes_the_close_where_it_is_usable) {
  publish(12, {quote(1, 12, 1.0, 1.2)});
  publish(13, {quote(1, 13, 2.0, 2.2)});
  const RollupSummary summary = roll();
  EXPECT_EQ(summary.rows, 1);
  EXPECT_EQ(summary.strategies, (std::map<std::string, std::int64_t>{{"close", 1}}));
  EXPECT_EQ(summary.without_row, 0);
  EXPECT_FALSE(summary.already);
  EXPECT_EQ(
      daily("conid, rollup_strategy, rollup_source_slot, rollup_source_time, rollup_rejected_slot, "
            "rollup_reason, bid, ask, mid, last, ingest_run_type"),
      (Table{
          {one, word("close"), std::int64_t{13}, slot(13).at, null, null, 2.0, 2.2, 2.1, 2.1,
           word("eod_rollup")}}));
}

TEST_F(RollupTest, falls_back_slot_by_slot_and_says_how_far) {
  for (const int index : {5, 12, 13}) {
    std::vector<OptionQuote> rows;
    for (ContractId id = 1; id <= 3; ++id) rows.push_back(quote(id, index, index, index + 1));
    if (index > 5) rows[2] = timed_out(3, index);
    if (index > 12) rows[1] = timed_out(2, index);
    publish(index, rows);
  }
  EXPECT_EQ(
      roll().strategies,
      (std::map<std::string, std::int64_t>{{"close", 1}, {"last_good", 1}, {"slot_1530", 1}}));
  const Value close(std::int64_t{13});
  EXPECT_EQ(
      daily("rollup_strategy, rollup_source_slot, bid, rollup_rejected_slot, rollup_reason"),
      (Table{
          {word("close"), std::int64_t{13}, 13.0, null, null},
          {word("slot_1530"), std::int64_t{12}, 12.0, close, word("timeout")},
          {word("last_good"), std::int64_t{5}, 5.0, close, word("timeout")}}));
  const auto told = events_of("rollup_fallback");
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].level, observe::Level::info);
  EXPECT_NE(told[0].message.find("1 of 3 contracts"), std::string::npos) << told[0].message;
}

TEST_F(RollupTest, the_slot_before_a_half_days_close_has_the_same_name) {
  use_date(store::trade_date(2025, 11, 28));
  ASSERT_EQ(grid_.close().index, 7);
  publish(6, {quote(1, 6, 1.0, 1.2)});
  publish(7, {timed_out(1, 7)});
  roll();
  EXPECT_EQ(
      daily("rollup_strategy, rollup_rejected_slot"),
      (Table{{word("slot_1530"), std::int64_t{7}}}));
}

// snapshot.step_minutes may be as little as 5.
TEST_F(RollupTest, a_day_of_five_minutes_has_79_slots) {
  use_date(store::trade_date(2025, 10, 6), std::chrono::minutes{5});
  ASSERT_EQ(grid_.close().index, 78);
  publish(14, {quote(1, 14, 1.0, 1.2), quote(2, 14, 1.0, 1.2), quote(3, 14, 1.0, 1.2)});
  publish(70, {quote(1, 70, 2.0, 2.2), quote(2, 70, 2.0, 2.2), timed_out(3, 70)});
  publish(78, {quote(1, 78, 3.0, 3.2), timed_out(2, 78), timed_out(3, 78)});
  roll();
  EXPECT_EQ(
      daily("rollup_strategy, rollup_source_slot, bid"),
      (Table{
          {word("close"), std::int64_t{78}, 3.0},
          {word("last_good"), std::int64_t{70}, 2.0},
          {word("last_good"), std::int64_t{14}, 1.0}}));
}

// Whatever happened to a contract that was expected, the day has a row for it.
TEST_F(RollupTest, a_contract_without_a_usable_slot_has_a_row_without_prices) {
  OptionQuote unknown = quote(2, 13, 1.0, 1.2);
  unknown.quote.type = MarketDataType::unknown;
  OptionQuote unpriced = quote(3, 13, 1.0, 1.2);
  unpriced.quote.bid = unpriced.quote.ask = unpriced.quote.last = std::nullopt;
  unpriced.flags.set(QualityFlag::missing_price);
  publish(13, {timed_out(1, 13), unknown, unpriced});
  EXPECT_EQ(roll().strategies, (std::map<std::string, std::int64_t>{{"none", 3}}));
  const Value close(std::int64_t{13});
  EXPECT_EQ(
      daily("rollup_strategy, rollup_source_slot, rollup_source_time, rollup_rejected_slot, "
            "rollup_reason, bid, ask, mid, last"),
      (Table{
          {word("none"), null, null, close, word("timeout"), null, null, null, null},
          {word("none"), null, null, close, word("unusable"), null, null, null, null},
          {word("none"), null, null, close, word("missing_price"), null, null, null, null}}));
}

// Prices of historical bars have no market-data type, and so they are no observation of the slot.
TEST_F(RollupTest, takes_nothing_from_history) {
  const auto filled = [this](ContractId id, int index) {
    OptionQuote row = quote(id, index, 5.0, 5.2);
    row.quote.type = MarketDataType::unknown;
    row.error = {"timeout", "no answer within 12 s"};
    row.source = DataSource::ibkr_historical;
    row.flags.set(QualityFlag::historical_fill);
    return row;
  };
  publish(12, {quote(1, 12, 1.0, 1.2), timed_out(2, 12), filled(3, 12)});
  publish(13, {filled(1, 13), filled(2, 13), filled(3, 13)});
  roll();
  EXPECT_EQ(
      daily("rollup_strategy, rollup_source_slot, rollup_reason, bid, source, data_quality_flag"),
      (Table{
          {word("slot_1530"), std::int64_t{12}, word("timeout"), 1.0, word("SIMULATED"),
           flags({"missing_oi"})},
          {word("none"), null, word("timeout"), null, word("SIMULATED"),
           flags({"missing_price", "missing_oi"})},
          {word("none"), null, word("timeout"), null, word("IBKR_HISTORICAL"),
           flags({"missing_oi"})}}));
}

TEST_F(RollupTest, a_contract_that_the_closing_slot_did_not_ask_has_no_row_there) {
  publish(0, {quote(1, 0, 1.0, 1.2), quote(2, 0, 1.0, 1.2)});
  publish(13, {quote(1, 13, 2.0, 2.2)});
  roll();
  EXPECT_EQ(
      daily("conid, rollup_strategy, rollup_reason"),
      (Table{{one, word("close"), null}, {std::int64_t{2}, word("last_good"), word("no_row")}}));
}

TEST_F(RollupTest, counts_what_was_expected_and_is_in_no_file) {
  publish(13, {quote(1, 13, 2.0, 2.2)});
  ASSERT_TRUE(ledger_->expect(slot(3), {{1, "AAPL"}, {7, "AAPL"}}));
  EXPECT_EQ(roll().without_row, 1);
}

TEST_F(RollupTest, takes_the_whole_row_of_one_slot) {
  OptionQuote early = quote(1, 12, 1.0, 1.2);
  early.quote.volume = 50;
  OptionQuote late = quote(1, 13, 2.0, 2.2);
  late.quote.volume = std::nullopt;
  late.quote.greeks = {};
  publish(12, {early});
  publish(13, {late});
  roll();
  EXPECT_EQ(daily("bid, volume, delta"), (Table{{2.0, null, null}})) << "slots are not mixed";
}

TEST_F(RollupTest, takes_open_interest_only_from_the_enrichment) {
  publish(13, {quote(1, 13, 2.0, 2.2)});  // Its open interest is the session's before.
  roll();
  EXPECT_EQ(
      daily("open_interest, oi_asof_date, oi_state, data_quality_flag"),
      (Table{{null, null, word("not_published"), flags({"missing_oi"})}}));
}

TEST_F(RollupTest, open_interest_of_the_session_is_joined_and_flagged) {
  OptionQuote row = quote(1, 13, 2.0, 2.2);
  row.flags.set(QualityFlag::missing_oi);
  row.flags.set(QualityFlag::crossed_market);
  publish(13, {row, quote(2, 13, 2.0, 2.2)});
  enrich({{1, "value", 17, date_.day()}, {2, "value", 0, date_.day()}});
  roll();
  EXPECT_EQ(
      daily("open_interest, oi_asof_date, oi_state, data_quality_flag"),
      (Table{
          {std::int64_t{17}, date_.day(), word("value"), flags({"crossed_market", "oi_enriched"})},
          {std::int64_t{0}, date_.day(), word("value"), flags({"oi_enriched"})}}));
}

TEST_F(RollupTest, open_interest_of_another_session_keeps_its_date_and_the_gap) {
  publish(13, {quote(1, 13, 2.0, 2.2), quote(2, 13, 2.0, 2.2), quote(3, 13, 2.0, 2.2)});
  const auto friday = std::chrono::year{2025} / 10 / 3;
  enrich({{1, "value", 17, friday}, {2, "expired", {}, {}}, {3, "missing", {}, {}}});
  roll();
  EXPECT_EQ(
      daily("open_interest, oi_asof_date, oi_state, data_quality_flag"),
      (Table{
          {std::int64_t{17}, friday, word("value"), flags({"missing_oi"})},
          {null, null, word("expired"), flags({})},
          {null, null, word("missing"), flags({"missing_oi"})}}));
}

TEST_F(RollupTest, a_second_rollup_keeps_open_interest_and_publishes_nothing) {
  publish(13, {quote(1, 13, 2.0, 2.2)});
  EXPECT_FALSE(roll().already);
  EXPECT_TRUE(roll().already) << "nothing has changed";
  enrich({{1, "value", 17, date_.day()}});
  EXPECT_FALSE(roll().already);
  const auto rows = daily("*");
  const auto told = events_.size();
  const RollupSummary again = roll("run-4");
  EXPECT_TRUE(again.already);
  EXPECT_EQ(again.rows, 1);
  EXPECT_EQ(again.strategies, (std::map<std::string, std::int64_t>{{"close", 1}}));
  EXPECT_EQ(daily("*"), rows);
  EXPECT_EQ(events_.size(), told);
}

TEST_F(RollupTest, the_underlyings_close_is_the_official_one) {
  publish(13, {quote(1, 13, 2.0, 2.2)});
  const Instant closed = slot(13).at;
  enrich({}, 101.5, closed);
  roll();
  EXPECT_EQ(
      daily("underlying_close, underlying_close_source, underlying_close_asof, moneyness_pct"),
      (Table{{101.5, word("official_close"), closed, 101.5 / 91 - 1}}));
}

TEST_F(RollupTest, else_the_last_trade_seen_beside_the_latest_slot) {
  OptionQuote late = quote(1, 13, 2.0, 2.2);
  late.underlying = {};
  OptionQuote early = quote(1, 12, 1.0, 1.2);
  early.underlying.last = 104;
  early.underlying.as_of = slot(12).at;
  publish(12, {early});
  publish(13, {late});
  roll();
  EXPECT_EQ(
      daily("underlying_close, underlying_close_source, underlying_close_asof"),
      (Table{{104.0, word("slot_last"), slot(12).at}}));
}

TEST_F(RollupTest, else_the_reference_price) {
  OptionQuote row = quote(1, 13, 2.0, 2.2);
  row.underlying = {};
  publish(13, {row});
  roll();
  EXPECT_EQ(
      daily("underlying_close, underlying_close_source"), (Table{{99.5, word("reference_price")}}));
}

TEST_F(RollupTest, of_a_day_without_rows_is_not_found) {
  const auto summary = try_roll();
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind, ErrorKind::not_found);
  EXPECT_NE(summary.error().message.find("2025-10-06"), std::string::npos);
}

TEST_F(RollupTest, of_a_day_with_a_truncated_file_names_it) {
  publish(12, {quote(1, 12, 1.0, 1.2)});
  publish(13, {quote(1, 13, 2.0, 2.2)});
  const auto file = reader_->path(where(12));
  const std::string bytes = real_.read(file).value();
  ASSERT_TRUE(real_.write(file, bytes.substr(0, bytes.size() / 2)));
  const auto summary = try_roll();
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind, ErrorKind::corrupt);
  EXPECT_NE(summary.error().message.find(file.string()), std::string::npos);
}

TEST_F(RollupTest, records_what_it_published) {
  publish(13, {quote(1, 13, 2.0, 2.2)});
  roll();
  const auto records = ledger_->published(date_).value();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].partition, "clean view=daily_adjusted/date=2025-10-06/part-0");
  EXPECT_EQ(records[1].partition, "clean view=daily_clean/date=2025-10-06/part-0");
}

}  // namespace
}  // namespace opt_data::derive
