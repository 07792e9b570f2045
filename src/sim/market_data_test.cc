#include <algorithm>
#include <cmath>
#include <string>

#include "pricing/implied_volatility.h"
#include "sim/gateway_fixture.h"

namespace opt_data::sim {
namespace {

using tws::Tick;

class SimGatewayMarketData : public GatewayTest {
 protected:
  void ask(tws::RequestId request, const tws::Contract& contract, std::string_view generics = "") {
    client().send(stream(request, contract, generics));
  }
  std::optional<double> price(tws::RequestId request, Tick tick) {
    std::optional<double> last;
    for (const auto& it : client().all<tws::TickPrice>(request))
      if (it.tick == tick) last = it.price;
    return last;
  }
  std::size_t sizes(tws::RequestId request, Tick tick, double value) {
    const auto all = client().all<tws::TickSize>(request);
    return static_cast<std::size_t>(std::ranges::count_if(
        all, [&](const auto& it) { return it.tick == tick && it.size == value; }));
  }
  std::vector<tws::TickOptionComputation> models(tws::RequestId request, Tick tick) {
    auto all = client().all<tws::TickOptionComputation>(request);
    std::erase_if(all, [tick](const auto& it) { return it.tick != tick; });
    return all;
  }
  std::vector<std::int32_t> codes(tws::RequestId request) { return client().codes(request); }
  using Codes = std::vector<std::int32_t>;
};

TEST_F(SimGatewayMarketData, a_first_set_comes_in_the_recorded_order) {
  StubMarket& stub = stub_market();
  MarketQuote quote = StubMarket::two_sided(12.30, 12.45);
  quote.last = 12.35;
  quote.last_size = 2;
  quote.last_at = at_clock(9h + 55min);
  quote.volume = 1204;
  quote.high = 12.90;
  quote.low = 11.80;
  quote.previous_close = 12.05;
  quote.open = 12.00;
  stub.quotes[1][at_clock(9h + 30min)] = quote;
  stub.interest[1] = 18230;
  ask(104, by_id(stub.contracts[0]), "100,101,106");
  pass(500ms);
  EXPECT_TRUE(client().order(104).starts_with("type1 params 45 4 5 49 8 6 7 9 14 1 2 0 3"))
      << client().order(104);
  pass(5s);
  EXPECT_EQ(sizes(104, Tick::call_volume, 1204), 1u);
  EXPECT_EQ(sizes(104, Tick::put_volume, 0), 1u);
  EXPECT_EQ(sizes(104, Tick::call_open_interest, 18230), 1u);
  EXPECT_EQ(sizes(104, Tick::put_open_interest, 0), 1u);
}

TEST_F(SimGatewayMarketData, what_was_never_seen_is_not_sent_and_no_price_is_minus_one) {
  StubMarket& stub = stub_market();
  MarketQuote quote;
  quote.ask = {true, std::nullopt, std::nullopt};
  stub.quotes[1][at_clock(9h + 30min)] = quote;
  ask(1, by_id(stub.contracts[0]));
  pass(5s);
  EXPECT_EQ(client().order(1), "type1 params 49 2 13");
  for (const Heard& it : client().heard())
    if (it.payload.starts_with(std::string("1\0", 2))) {
      EXPECT_EQ(
          it.payload, std::string(
                          "1\0"
                          "6\0"
                          "1\0"
                          "2\0"
                          "-1\0"
                          "0\0"
                          "0\0",
                          15));
    }
}

TEST_F(SimGatewayMarketData, a_bid_of_zero_is_a_price) {
  StubMarket& stub = stub_market();
  stub.quotes[1][at_clock(9h + 30min)] = StubMarket::two_sided(0.0, 0.05);
  ask(1, by_id(stub.contracts[0]));
  pass(1s);
  EXPECT_EQ(price(1, Tick::bid), 0.0);
}

TEST_F(SimGatewayMarketData, only_what_changes_is_sent_when_it_changes) {
  StubMarket& stub = stub_market();
  MarketQuote quote = StubMarket::two_sided(1.0, 1.2);
  stub.quotes[1][at_clock(9h + 30min)] = quote;
  quote.ask.size = 33;
  stub.quotes[1][at_clock(10h + 10s)] = quote;
  quote.bid.price = 1.1;
  stub.quotes[1][at_clock(10h + 20s)] = quote;
  quote.bid = {true, std::nullopt, std::nullopt};
  stub.quotes[1][at_clock(10h + 30s)] = quote;
  ask(1, by_id(stub.contracts[0]));
  pass(40s);
  const std::string order = client().order(1);
  EXPECT_TRUE(order.starts_with("type1 params 49 1 2 0 3")) << order;
  std::string later;
  for (const Heard& it : client().heard())
    if (it.at >= at_clock(10h + 5s)) later += it.payload[0];
  EXPECT_EQ(later, "2121") << "a size; a price and its size again; a withdrawn price";
}

TEST_F(SimGatewayMarketData, a_stream_follows_its_market) {
  const OptionContract& option = near_the_money();
  ask(1, by_fields(option));
  ask(2, stock());
  pass(3min);
  const MarketQuote now = market->quote(option.id, clock.now());
  EXPECT_EQ(price(1, Tick::bid), now.bid.price);
  EXPECT_EQ(price(1, Tick::ask), now.ask.price);
  EXPECT_EQ(price(2, Tick::last), market->quote(market->underlyings()[0].id, clock.now()).last);
  EXPECT_GT(client().all<tws::TickSize>(1).size(), 10u);
}

TEST_F(SimGatewayMarketData, the_model_comes_after_the_prices_and_first_without_values) {
  const OptionContract& option = near_the_money();
  ask(1, by_id(option));
  pass(3s);
  const auto model = models(1, Tick::model_option);
  ASSERT_GE(model.size(), 2u);
  EXPECT_EQ(model[0].implied_vol, std::nullopt);
  EXPECT_EQ(model[0].delta, std::nullopt);
  const std::string order = client().order(1);
  EXPECT_LT(order.find(" 2 "), order.find(" 13")) << order;
  EXPECT_TRUE(model[1].implied_vol && model[1].delta && model[1].under_price);
  EXPECT_FALSE(models(1, Tick::bid_option).empty() || models(1, Tick::ask_option).empty());
  pass(2min);
  EXPECT_GT(models(1, Tick::model_option).size(), model.size()) << "it follows changes";
}

TEST_F(SimGatewayMarketData, the_model_solves_the_middle_of_the_quote) {
  StubMarket& stub = stub_market();
  stub.quotes[1][at_clock(9h + 30min)] = StubMarket::two_sided(2.9, 3.1);
  MarketQuote spot;
  spot.last = 101;
  stub.quotes[StubMarket::stock_id][at_clock(9h + 30min)] = spot;
  ask(1, by_id(stub.contracts[0]));
  pass(4s);
  const auto model = models(1, Tick::model_option);
  ASSERT_EQ(model.size(), 2u);
  const auto& got = model[1];
  EXPECT_DOUBLE_EQ(got.price.value(), 3.0);
  EXPECT_EQ(got.under_price, 101);
  const double minutes =
      28 * 24 * 60 + 6 * 60;  // To 2025-12-19 16:00, from 10:00 and some seconds.
  const auto terms =
      pricing::ExpiryTerms::from_spot(101, stub.rate(), 0, minutes / (365.0 * 24 * 60)).value();
  const double iv = pricing::implied_volatility(terms, Right::call, 100, 3.0).value();
  const auto by = pricing::black_sensitivities(terms, Right::call, 100, iv).value();
  EXPECT_NEAR(got.implied_vol.value(), iv, 1e-9);
  EXPECT_NEAR(got.delta.value(), by.delta, 1e-9);
  EXPECT_NEAR(got.theta.value(), by.theta / 365, 1e-9);
  EXPECT_NEAR(got.vega.value(), by.vega / 100, 1e-9);
}

TEST_F(SimGatewayMarketData, parity_gives_the_forward_where_the_underlying_has_no_price) {
  StubMarket& stub = stub_market();
  stub.quotes[1][at_clock(9h + 30min)] = StubMarket::two_sided(4.9, 5.1);
  stub.quotes[2][at_clock(9h + 30min)] = StubMarket::two_sided(2.9, 3.1);
  ask(1, by_id(stub.contracts[0]));
  ask(2, by_id(stub.contracts[1]));
  pass(4s);
  const auto call = models(1, Tick::model_option);
  const auto put = models(2, Tick::model_option);
  ASSERT_EQ(call.size(), 2u);
  ASSERT_EQ(put.size(), 2u);
  EXPECT_EQ(call[1].under_price, std::nullopt);
  EXPECT_NEAR(call[1].implied_vol.value(), put[1].implied_vol.value(), 1e-6);
  EXPECT_GT(call[1].delta.value(), 0.5) << "the forward lies above the strike";
}

TEST_F(SimGatewayMarketData, without_two_sides_or_a_solution_there_are_no_greeks) {
  StubMarket& stub = stub_market();
  MarketQuote spot;
  spot.last = 150;
  stub.quotes[StubMarket::stock_id][at_clock(9h + 30min)] = spot;
  stub.quotes[1][at_clock(9h + 30min)] = StubMarket::two_sided(1.0, 1.2);  // Far below intrinsic.
  MarketQuote one_sided;
  one_sided.ask = {true, 0.05, 10};
  stub.quotes[2][at_clock(9h + 30min)] = one_sided;
  ask(1, by_id(stub.contracts[0]));
  ask(2, by_id(stub.contracts[1]));
  pass(5s);
  for (const tws::RequestId request : {1, 2}) {
    const auto all = client().all<tws::TickOptionComputation>(request);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].implied_vol, std::nullopt);
  }
}

TEST_F(SimGatewayMarketData, open_interest_needs_generic_101_and_a_published_value) {
  StubMarket& stub = stub_market();
  stub.interest[2] = 77;
  ask(1, by_id(stub.contracts[1]), "100,106");
  ask(2, by_id(stub.contracts[1]), "101");
  ask(3, by_id(stub.contracts[0]), "101");
  pass(5s);
  EXPECT_EQ(sizes(1, Tick::put_open_interest, 77), 0u);
  EXPECT_EQ(sizes(2, Tick::put_open_interest, 77), 1u);
  EXPECT_EQ(sizes(2, Tick::call_open_interest, 0), 1u);
  EXPECT_TRUE(client().all<tws::TickSize>(3).empty()) << "nothing was published";
}

TEST_F(SimGatewayMarketData, an_illegal_generic_tick_rejects_the_whole_request) {
  tws::RequestMarketData request = stream(1, by_id(near_the_money()), "100,104");
  client().send(request);
  pass(2s);
  EXPECT_EQ(codes(1), (Codes{321}));
  EXPECT_EQ(
      client().error_text(1, 321),
      "Error validating request.-'bW' : cause - Incorrect generic tick list of 100,104.  Legal "
      "ones for (OPT) are: 100(Option Volume),101(Option Open Interest),105(Average Opt "
      "Volume),106(impvolat),165(Misc. Stats),221/220(Creditman Mark "
      "Price),225(Auction),232/221(Pl "
      "Price),233(RTVolume),236(inventory),258/47(Fundamentals),293(TradeCount),294(TradeRate),295("
      "VolumeRate),318(LastRTHTrade),375(RTTrdVolume),411(rthistvol),456/59(IBDividends),460(Bond "
      "Factor Multiplier),577(EtfNavLast(navlast)),586(IPOHLMPRC),587(Pl Price "
      "Delayed),588(Futures Open Interest),595(Short-Term Volume X Mins),614(EtfNavMisc(high/low)),"
      "619(Creditman Slow Mark Price),623(EtfFrozenNavLast(fznavlast))");
  EXPECT_EQ(gateway().counters().lines, 0u);
  client().send(tws::CancelMarketData{1});
  EXPECT_EQ(codes(1), (Codes{321, 300}));
}

TEST_F(SimGatewayMarketData, impossible_requests_are_refused_each_with_its_code) {
  tws::Contract nowhere = by_id(near_the_money());
  nowhere.exchange = "";
  tws::Contract open = by_fields(near_the_money());
  open.strike.reset();
  tws::Contract unlisted = by_fields(near_the_money());
  unlisted.strike = 1.25;
  tws::RequestMarketData snapshot = stream(4, by_id(near_the_money()), "101");
  snapshot.snapshot = true;
  ask(1, nowhere);
  ask(2, open);
  ask(3, unlisted);
  client().send(snapshot);
  ask(5, by_id(near_the_money()));
  ask(5, by_id(near_the_money(Right::put)));
  client().send(tws::CancelMarketData{99});
  EXPECT_EQ(codes(1), (Codes{321}));
  EXPECT_NE(client().error_text(1, 321).find("Please enter exchange"), std::string::npos);
  EXPECT_EQ(codes(2), (Codes{200}));
  EXPECT_NE(client().error_text(2, 200).find("ambiguous"), std::string::npos);
  EXPECT_EQ(codes(3), (Codes{200}));
  EXPECT_EQ(codes(4), (Codes{321}));
  EXPECT_EQ(codes(5), (Codes{322}));
  EXPECT_EQ(codes(99), (Codes{300}));
  EXPECT_EQ(client().error_text(99, 300), "Can't find EId with tickerId:99");
  EXPECT_EQ(gateway().counters().lines, 1u);
}

TEST_F(SimGatewayMarketData, a_snapshot_ends_by_itself_and_frees_its_line) {
  tws::RequestMarketData request = stream(1, by_id(near_the_money()));
  request.snapshot = true;
  client().send(request);
  EXPECT_EQ(gateway().counters().lines, 1u);
  pass(11s);
  EXPECT_TRUE(client().order(1).ends_with(" end")) << client().order(1);
  EXPECT_EQ(gateway().counters().lines, 0u);
  client().send(tws::CancelMarketData{1});
  EXPECT_EQ(codes(1), (Codes{300}));
}

TEST_F(SimGatewayMarketData, lines_are_counted_by_contract_over_all_connections) {
  options.lines_max = 2;
  const auto second = connect();
  second->start(18);
  ask(1, by_id(near_the_money()));
  ask(2, by_id(near_the_money()));  // The same contract: the same line.
  second->send(stream(1, by_id(near_the_money(Right::put))));
  ask(3, stock());
  EXPECT_EQ(codes(3), (Codes{101}));
  client().send(tws::CancelMarketData{1});
  ask(4, stock());
  EXPECT_EQ(codes(4), (Codes{101})) << "the other request still holds the line";
  client().send(tws::CancelMarketData{2});
  ask(5, stock());
  EXPECT_EQ(codes(5), Codes{});
  EXPECT_EQ(gateway().counters().lines_high, 2u);
}

TEST_F(SimGatewayMarketData, a_line_may_take_its_time_to_become_free) {
  options.lines_max = 1;
  options.line_release = 200ms;
  ask(1, by_id(near_the_money()));
  client().send(tws::CancelMarketData{1});
  ask(2, stock());
  EXPECT_EQ(codes(2), (Codes{101}));
  pass(200ms);
  ask(3, stock());
  EXPECT_EQ(codes(3), Codes{});
}

TEST_F(SimGatewayMarketData, a_tick_may_come_late_and_then_no_more) {
  options.late_ticks_per_thousand = 1000;
  ask(1, by_id(near_the_money()));
  pass(1s);
  client().send(tws::CancelMarketData{1});
  const std::size_t before = client().heard().size();
  pass(100ms);
  EXPECT_EQ(client().heard().size(), before + 1);
  pass(1min);
  EXPECT_EQ(client().heard().size(), before + 1);
  EXPECT_EQ(gateway().counters().late_ticks, 1u);
}

TEST_F(SimGatewayMarketData, a_delayed_account_gets_delayed_ticks_of_the_market_before) {
  options.entitlement = Entitlement::delayed;
  client().send(tws::RequestMarketDataType{3});
  ask(1, by_id(near_the_money()), "101");
  pass(5s);
  const std::string order = client().order(1);
  EXPECT_TRUE(order.starts_with("type3 e10167 params ")) << order;
  EXPECT_NE(order.find(" 66 67 69 70"), std::string::npos) << order;
  EXPECT_NE(order.find(" 83"), std::string::npos) << order;
  EXPECT_NE(order.find(" 27 28"), std::string::npos) << "generic ticks keep their numbers";
  pass(1min);
  EXPECT_EQ(
      price(1, Tick::delayed_ask),
      market->quote(near_the_money().id, clock.now() - 15min).ask.price);
}

TEST_F(SimGatewayMarketData, each_entitlement_has_its_refusal) {
  struct Case {
    Entitlement entitlement;
    std::int32_t type;
    const char* start;
  };
  for (const Case& it : std::vector<Case>{
           {Entitlement::live, 3, "type1 params"},
           {Entitlement::live, 4, "type1 params"},
           {Entitlement::live, 2, "type1 params"},
           {Entitlement::delayed, 1, "e10168"},
           {Entitlement::delayed_after_refusal, 1, "e354"},
           {Entitlement::delayed_after_refusal, 3, "e354 type3 e10167 params"},
           {Entitlement::not_for_api, 1, "e10089"},
           {Entitlement::not_for_api, 3, "type3 e10089 params"},
           {Entitlement::none, 3, "e354"}}) {
    gateway();
    options.entitlement = it.entitlement;
    SimGateway own(*market, clock, options, seed());
    TestClient told(io, clock, own);
    told.start();
    told.send(tws::RequestMarketDataType{it.type});
    told.send(stream(1, by_id(near_the_money())));
    pass(5s);
    const std::string order = told.order(1);
    EXPECT_TRUE(order.starts_with(it.start)) << order;
    EXPECT_EQ(order.find(' ') == order.npos, own.counters().lines == 0) << order;
  }
}

TEST_F(SimGatewayMarketData, frozen_data_turns_live_when_the_market_opens) {
  const OptionContract frozen = near_the_money();
  clock.run_until(new_york(next_session_day, 9h));
  client().send(tws::RequestMarketDataType{2});
  ask(1, by_id(frozen));
  pass(5s);
  EXPECT_TRUE(client().order(1).starts_with("type2 params ")) << client().order(1);
  EXPECT_EQ(price(1, Tick::ask), market->quote(frozen.id, at_clock(16h)).ask.price);
  pass(31min);
  ASSERT_EQ(client().all<tws::MarketDataTypeNotice>(1).size(), 2u);
  EXPECT_EQ(client().all<tws::MarketDataTypeNotice>(1)[1].type, 1);
}

TEST_F(SimGatewayMarketData, the_same_question_at_the_same_instant_has_the_same_answer) {
  // Another gateway, other questions before: what counts is the seed, the contract and the instant.
  std::vector<std::string> told;
  for (int run = 0; run < 2; ++run) {
    asio::io_context own_io;
    SimClock own_clock(own_io, at_clock(10h));
    const ContractId id = near_the_money().id;
    SimGateway own(*market, own_clock, options, seed());
    TestClient it(own_io, own_clock, own);
    it.start();
    if (run == 1)
      for (tws::RequestId request = 100; request < 120; ++request)
        it.send(stream(request, by_id(listed()[static_cast<std::size_t>(request)]), "101"));
    own_clock.run_until(at_clock(10h + 7s));
    tws::Contract contract;
    contract.con_id = id;
    contract.exchange = "SMART";
    it.send(stream(1, contract, "100,101,106"));
    own_clock.run_until(at_clock(10h + 20s));
    std::string answer;
    for (const Heard& heard : it.heard()) {
      const auto about_one = [](const auto& message) {
        if constexpr (requires { message.request; }) return message.request == 1;
        return false;
      };
      if (heard.message && std::visit(about_one, *heard.message))
        answer += std::to_string(micros(heard.at)) + heard.payload;
    }
    told.push_back(answer);
  }
  EXPECT_GT(told[0].size(), 500u);
  EXPECT_EQ(told[0], told[1]);
}

}  // namespace
}  // namespace opt_data::sim
