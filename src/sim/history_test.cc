#include "sim/gateway_fixture.h"

namespace opt_data::sim {
namespace {

using tws::HistoricalData;

// The stub's call 1 on the session's day, quoted from the open on.
class SimGatewayHistory : public GatewayTest {
 protected:
  SimGatewayHistory() {
    stub_.quotes[1][at_clock(9h + 30min)] = StubMarket::two_sided(2.0, 2.4);
    options.latency.history = {200ms, 200ms};
  }

  void quote(std::chrono::microseconds time, double bid, double ask) {
    stub_.quotes[1][at_clock(time)] = StubMarket::two_sided(bid, ask);
  }
  void trade(std::chrono::microseconds time, double last, double volume) {
    MarketQuote now = stub_.quote(1, at_clock(time));
    now.last = last;
    now.volume = volume;
    now.last_at = at_clock(time);
    now.open = now.open.value_or(last);
    now.high = std::max(now.high.value_or(last), last);
    now.low = std::min(now.low.value_or(last), last);
    stub_.quotes[1][at_clock(time)] = now;
  }

  tws::RequestHistoricalData request(
      tws::RequestId id, std::string_view what, std::string_view end = "20251121-15:30:00",
      std::string_view duration = "1800 S") {
    tws::RequestHistoricalData message;
    message.request = id;
    message.contract = by_id(call_);
    message.end = end;
    message.bar_size = "30 mins";
    message.duration = duration;
    message.what_to_show = what;
    return message;
  }
  // The answer to one request, once it is there.
  HistoricalData answer(const tws::RequestHistoricalData& asked) {
    client().send(asked);
    pass(1s);
    const auto all = client().all<HistoricalData>(asked.request);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? HistoricalData{} : all.front();
  }
  std::vector<std::int32_t> codes(const tws::RequestHistoricalData& asked) {
    client().send(asked);
    pass(1s);
    return client().codes(asked.request);
  }

  StubMarket& stub_ = stub_market();
  const OptionContract call_ = StubMarket::option(1, Right::call);
};

TEST_F(SimGatewayHistory, a_bar_of_bid_and_ask_holds_time_averages_and_extremes) {
  quote(10h + 10min, 2.3, 2.7);  // For 15 of the 30 minutes
  quote(10h + 25min, 2.0, 2.4);
  clock.run_until(at_clock(12h));
  const HistoricalData data = answer(request(31, "BID_ASK"));
  ASSERT_EQ(data.bars.size(), 1u);
  EXPECT_EQ(data.bars[0].date, "1763737200");  // 10:00 EST
  EXPECT_DOUBLE_EQ(*data.bars[0].open, 2.15);
  EXPECT_DOUBLE_EQ(*data.bars[0].close, 2.55);
  EXPECT_EQ(data.bars[0].low, 2.0);
  EXPECT_EQ(data.bars[0].high, 2.7);
  EXPECT_EQ(data.bars[0].volume, std::nullopt);
  EXPECT_EQ(data.bars[0].count, std::nullopt);
}

TEST_F(SimGatewayHistory, a_side_without_a_price_has_no_average) {
  MarketQuote quote;
  quote.bid = {true, std::nullopt, 0};
  quote.ask = {true, 0.05, 10};
  stub_.quotes[1][at_clock(9h + 30min)] = quote;
  clock.run_until(at_clock(12h));
  const HistoricalData data = answer(request(31, "BID_ASK"));
  ASSERT_EQ(data.bars.size(), 1u);
  EXPECT_EQ(data.bars[0].open, std::nullopt);
  EXPECT_EQ(data.bars[0].low, std::nullopt);
  EXPECT_EQ(data.bars[0].close, 0.05);
}

TEST_F(SimGatewayHistory, bars_of_trades_add_up_to_the_volume_of_the_session) {
  trade(9h + 40min, 2.1, 5);
  trade(10h + 1min, 2.2, 8);
  trade(10h + 15min, 2.0, 9);
  trade(10h + 30min, 2.3, 12);  // Known when the bar ends, so it was traded in it.
  trade(10h + 40min, 2.6, 20);
  clock.run_until(at_clock(12h));
  const HistoricalData data = answer(request(31, "TRADES", "20251121-15:30:00", "3600 S"));
  ASSERT_EQ(data.bars.size(), 2u);
  EXPECT_EQ(data.bars[0].volume, 5);
  const tws::HistoricalBar& bar = data.bars[1];
  EXPECT_EQ(bar.open, 2.2);
  EXPECT_EQ(bar.high, 2.3);
  EXPECT_EQ(bar.low, 2.0);
  EXPECT_EQ(bar.close, 2.3);
  EXPECT_EQ(bar.volume, 7);
  EXPECT_EQ(bar.count, 3);
  EXPECT_DOUBLE_EQ(*bar.wap, (3 * 2.2 + 2.0 + 3 * 2.3) / 7);
}

// A recorded bar of trades is told by its open, which is dated, and then by its close and volume.
TEST_F(SimGatewayHistory, a_trade_that_opens_a_bar_is_not_the_one_befores) {
  trade(10h + 10min, 2.1, 5);
  trade(10h + 30min, 2.2, 5);
  trade(10h + 31min, 2.3, 9);
  clock.run_until(at_clock(12h));
  const HistoricalData data = answer(request(31, "TRADES", "20251121-16:00:00", "3600 S"));
  ASSERT_EQ(data.bars.size(), 2u);
  EXPECT_EQ(data.bars[0].close, 2.1);
  EXPECT_EQ(data.bars[0].volume, 5);
  EXPECT_EQ(data.bars[1].open, 2.2);
  EXPECT_EQ(data.bars[1].close, 2.3);
  EXPECT_EQ(data.bars[1].volume, 4);
}

TEST_F(SimGatewayHistory, knows_nothing_of_the_future_and_nothing_outside_sessions) {
  const HistoricalData data = answer(request(31, "BID_ASK", "20251121 16:00:00 US/Eastern", "1 D"));
  ASSERT_EQ(data.bars.size(), 2u) << "09:30, and what there is of 10:00";
  EXPECT_EQ(
      codes(request(32, "BID_ASK", "20251121 09:30:00 US/Eastern")),
      (std::vector<std::int32_t>{162}));
  EXPECT_NE(client().error_text(32, 162).find("returned no data"), std::string::npos);
}

TEST_F(SimGatewayHistory, dates_can_be_text_and_a_missing_zone_is_warned_of) {
  clock.run_until(at_clock(12h));
  auto asked = request(31, "MIDPOINT", "20251121 10:30:00");
  asked.format_date = 1;
  const HistoricalData data = answer(asked);
  ASSERT_EQ(data.bars.size(), 1u);
  EXPECT_EQ(data.bars[0].date, "20251121 10:00:00 US/Eastern");
  EXPECT_DOUBLE_EQ(*data.bars[0].close, 2.2);
  EXPECT_EQ(client().codes(31), (std::vector<std::int32_t>{2174}));
}

TEST_F(SimGatewayHistory, refuses_what_it_cannot_read) {
  EXPECT_EQ(codes(request(31, "BID_ASK", "yesterday")), (std::vector<std::int32_t>{10314}));
  EXPECT_EQ(codes(request(32, "GREEKS")), (std::vector<std::int32_t>{321}));
  EXPECT_EQ(codes(request(33, "TRADES", "", "2 months")), (std::vector<std::int32_t>{321}));
  auto odd = request(34, "TRADES");
  odd.bar_size = "7 mins";
  EXPECT_EQ(codes(odd), (std::vector<std::int32_t>{321}));
  auto zero = request(35, "TRADES");
  zero.format_date = 0;
  EXPECT_EQ(codes(zero), (std::vector<std::int32_t>{321}));
  auto unknown = request(36, "TRADES");
  unknown.contract.con_id = 77;
  EXPECT_EQ(codes(unknown), (std::vector<std::int32_t>{200}));
}

TEST_F(SimGatewayHistory, an_expired_option_has_no_history) {
  clock.run_until(at_clock(12h));
  stub_.contracts.clear();
  EXPECT_EQ(codes(request(31, "BID_ASK")), (std::vector<std::int32_t>{200}));
}

TEST_F(SimGatewayHistory, an_account_without_live_data_has_no_history_either) {
  options.entitlement = Entitlement::delayed;
  EXPECT_EQ(codes(request(31, "BID_ASK")), (std::vector<std::int32_t>{162}));
  EXPECT_NE(client().error_text(31, 162).find("No market data permissions"), std::string::npos);
}

TEST_F(SimGatewayHistory, the_service_can_refuse_and_be_silent) {
  options.faults.history_refusals.push_back({{1, "", {Instant::min(), at_clock(10h + 10s)}}});
  options.faults.silent_history.push_back({1, "", {at_clock(10h + 10s), at_clock(10h + 20s)}});
  EXPECT_EQ(codes(request(31, "BID_ASK", "")), (std::vector<std::int32_t>{162}));
  clock.run_until(at_clock(10h + 15s));
  EXPECT_TRUE(codes(request(32, "TRADES", "")).empty());
  client().send(tws::CancelHistoricalData{32});
  EXPECT_EQ(client().codes(32), (std::vector<std::int32_t>{162}));
  EXPECT_NE(client().error_text(32, 162).find("cancelled"), std::string::npos);
  client().send(tws::CancelHistoricalData{32});
  EXPECT_EQ(client().codes(32).back(), 366);
}

TEST_F(SimGatewayHistory, the_sixty_first_of_ten_minutes_is_a_pacing_violation) {
  options.history.burst_max = 1000;
  clock.run_until(at_clock(12h));
  std::vector<std::string> ends;
  const auto end = [&](int i) -> std::string_view {
    return ends.emplace_back(fmt::format("20251121-15:{:02}:00", i));
  };
  ends.reserve(100);
  for (int i = 0; i < 29; ++i) {
    client().send(request(100 + i, "BID_ASK", end(i)));
    pass(1s);
  }
  client().send(request(200, "TRADES", end(0)));
  client().send(request(201, "TRADES", end(1)));
  pass(1s);
  EXPECT_EQ(gateway().counters().history_units_high, 60u);
  EXPECT_EQ(gateway().counters().history_paced, 0u);
  EXPECT_EQ(codes(request(202, "TRADES", end(2))), (std::vector<std::int32_t>{162}));
  EXPECT_NE(client().error_text(202, 162).find("pacing violation"), std::string::npos);
  pass(10min);
  EXPECT_EQ(answer(request(203, "BID_ASK", end(3))).bars.size(), 2u);
}

TEST_F(SimGatewayHistory, the_same_again_and_six_of_a_kind_at_once_are_pacing_violations) {
  clock.run_until(at_clock(12h));
  EXPECT_EQ(answer(request(31, "BID_ASK")).bars.size(), 1u);
  EXPECT_EQ(codes(request(32, "BID_ASK")), (std::vector<std::int32_t>{162})) << "15 s must pass";
  pass(15s);
  EXPECT_EQ(answer(request(33, "BID_ASK")).bars.size(), 1u);
  const std::vector<std::string> ends{"20251121-15:01:00", "20251121-15:02:00",
                                      "20251121-15:03:00", "20251121-15:04:00",
                                      "20251121-15:05:00", "20251121-15:06:00"};
  pass(2s);
  for (int i = 0; i < 6; ++i)
    client().send(request(40 + i, "BID_ASK", ends[static_cast<std::size_t>(i)]));
  pass(1s);
  EXPECT_TRUE(client().codes(44).empty());
  EXPECT_EQ(client().codes(45), (std::vector<std::int32_t>{162}));
  EXPECT_EQ(gateway().counters().history_paced, 2u);
}

TEST_F(SimGatewayHistory, bars_of_a_minute_and_more_can_be_left_alone) {
  options.history.small_bars_only = true;
  options.history.requests_max = 2;
  clock.run_until(at_clock(12h));
  for (int i = 0; i < 8; ++i) client().send(request(31 + i, "BID_ASK"));
  pass(1s);
  EXPECT_EQ(client().all<HistoricalData>().size(), 8u);
  auto small = request(50, "BID_ASK", "20251121-15:00:30", "30 S");
  small.bar_size = "30 secs";
  EXPECT_EQ(answer(small).bars.size(), 1u);
  small.request = 51;
  EXPECT_EQ(codes(small), (std::vector<std::int32_t>{162}));
}

TEST_F(SimGatewayHistory, no_more_than_fifty_are_open_at_once) {
  options.history.small_bars_only = true;
  options.messages_per_second = 100;
  client();
  for (int i = 0; i < 51; ++i) client().send(request(100 + i, "BID_ASK", ""));
  pass(1s);
  EXPECT_EQ(gateway().counters().history_open_high, 50u);
  EXPECT_EQ(client().codes(150), (std::vector<std::int32_t>{162}));
  EXPECT_EQ(answer(request(151, "BID_ASK", "")).bars.size(), 2u);
}

}  // namespace
}  // namespace opt_data::sim
