#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>

#include "sim/gateway_fixture.h"

namespace opt_data::sim {
namespace {

class SimGatewayContracts : public GatewayTest {
 protected:
  // Asks, and waits for what is not throttled.
  std::vector<tws::ContractData> ask(tws::RequestId request, const tws::Contract& contract) {
    client().send(tws::RequestContractData{request, contract, false, "", "", ""});
    pass(2s);
    return client().all<tws::ContractData>(request);
  }
  bool ended(tws::RequestId request) {
    return !client().all<tws::ContractDataEnd>(request).empty();
  }
  tws::Contract one_expiry() {
    tws::Contract contract = by_fields(near_the_money());
    contract.strike.reset();
    contract.right = "";
    return contract;
  }
};

TEST_F(SimGatewayContracts, a_stock_has_one_row_with_its_hours) {
  const auto rows = ask(1, stock());
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_TRUE(ended(1));
  EXPECT_EQ(rows[0].con_id, market->underlyings()[0].id);
  EXPECT_EQ(rows[0].sec_type, "STK");
  EXPECT_EQ(
      rows[0].liquid_hours,
      "20251121:0930-20251121:1600;20251122:CLOSED;20251123:CLOSED;20251124:0930-20251124:1600;"
      "20251125:0930-20251125:1600;20251126:0930-20251126:1600;20251127:CLOSED");
  EXPECT_TRUE(rows[0].trading_hours.starts_with("20251121:0400-20251121:2000;"));
}

TEST_F(SimGatewayContracts, an_option_is_found_by_its_fields_by_conid_and_by_local_symbol) {
  const OptionContract& option = near_the_money();
  const std::string symbol = occ_symbol(option);
  tws::Contract local;
  local.sec_type = "OPT";
  local.local_symbol = symbol;
  local.exchange = "SMART";
  tws::RequestId request = 0;
  for (const tws::Contract& contract : {by_fields(option), by_id(option), local}) {
    const auto rows = ask(++request, contract);
    ASSERT_EQ(rows.size(), 1u) << request;
    EXPECT_EQ(rows[0].con_id, option.id);
    EXPECT_EQ(rows[0].last_trade_date, compact(option.expiry));
    EXPECT_EQ(rows[0].last_trade_time, "16:00:00");
    EXPECT_EQ(rows[0].strike, option.strike.usd());
    EXPECT_EQ(rows[0].right, "C");
    EXPECT_EQ(rows[0].local_symbol, symbol);
    EXPECT_EQ(rows[0].under_con_id, market->underlyings()[0].id);
    const auto exchanges = std::ranges::count(rows[0].valid_exchanges, ',');
    EXPECT_EQ(std::ranges::count(rows[0].market_rule_ids, ','), exchanges);
  }
  EXPECT_EQ(gateway().counters().wide_requests, 0u);
}

TEST_F(SimGatewayContracts, what_is_not_listed_is_error_200_and_nothing_more) {
  tws::Contract strike = by_fields(near_the_money());
  strike.strike = 1.25;
  tws::Contract expired = by_fields(near_the_money());
  expired.last_trade_date = "20251114";
  tws::Contract id;
  id.con_id = 12345;
  id.exchange = "SMART";
  tws::RequestId request = 0;
  for (const tws::Contract& contract : {strike, expired, id, stock("NOPE")}) {
    EXPECT_TRUE(ask(++request, contract).empty());
    EXPECT_EQ(client().codes(request), (std::vector<std::int32_t>{200}));
    EXPECT_FALSE(ended(request));
  }
  EXPECT_EQ(gateway().counters().error_count(200), 4u);
}

TEST_F(SimGatewayContracts, a_half_strike_of_the_union_may_not_exist_for_an_expiry) {
  const auto all = listed();
  tws::Contract contract = by_fields(all.back());  // The farthest expiry.
  contract.trading_class = "";
  const double half = fine_strike(SyntheticStock(seed(), "AAPL").base).usd();
  const double base = SyntheticStock(seed(), "AAPL").base;
  double odd = std::floor(base / half) * half;
  if (static_cast<std::int64_t>(std::llround(odd / half)) % 2 == 0) odd += half;
  contract.strike = odd;
  EXPECT_TRUE(std::ranges::any_of(all, [odd](const auto& it) { return it.strike.usd() == odd; }));
  EXPECT_TRUE(ask(1, contract).empty());
  EXPECT_EQ(client().codes(1), (std::vector<std::int32_t>{200}));
}

TEST_F(SimGatewayContracts, a_conid_that_contradicts_the_fields_is_refused) {
  tws::Contract contract = by_fields(near_the_money());
  contract.con_id = near_the_money(Right::put).id;
  ask(1, contract);
  EXPECT_EQ(client().codes(1), (std::vector<std::int32_t>{478}));
}

TEST_F(SimGatewayContracts, a_security_type_must_be_given) {
  tws::Contract contract = stock();
  contract.sec_type = "";
  ask(1, contract);
  EXPECT_EQ(client().codes(1), (std::vector<std::int32_t>{321}));
}

TEST_F(SimGatewayContracts, an_open_strike_gives_a_row_for_every_contract_of_the_expiry) {
  const tws::Contract contract = one_expiry();
  std::set<ContractId> expected, told;
  for (const OptionContract& option : listed())
    if (compact(option.expiry) == contract.last_trade_date && option.trading_class == "AAPL")
      expected.insert(option.id);
  for (const tws::ContractData& row : ask(1, contract)) told.insert(row.con_id);
  EXPECT_GT(expected.size(), 20u);
  EXPECT_EQ(told, expected);
  EXPECT_TRUE(ended(1));
  EXPECT_EQ(gateway().counters().wide_requests, 1u);
}

TEST_F(SimGatewayContracts, without_an_exchange_the_rows_of_several_come) {
  tws::Contract contract = by_fields(near_the_money());
  contract.exchange = "";
  std::set<std::string> exchanges;
  for (const tws::ContractData& row : ask(1, contract)) exchanges.emplace(row.exchange);
  EXPECT_GT(exchanges.size(), 1u);
}

TEST_F(SimGatewayContracts, wide_requests_are_held_longer_and_longer_and_exact_ones_are_not) {
  const tws::Contract contract = one_expiry();
  for (tws::RequestId request = 1; request <= 3; ++request)
    client().send(tws::RequestContractData{request, contract, false, "", "", ""});
  client().send(tws::RequestContractData{4, by_fields(near_the_money()), false, "", "", ""});
  const Instant asked = clock.now();
  pass(5min);
  const auto waited = [&](tws::RequestId request) { return *client().first_at(request) - asked; };
  EXPECT_LE(waited(1), 2s);
  EXPECT_GE(waited(2), 60s);
  EXPECT_LE(waited(2), 62s);
  EXPECT_GE(waited(3), 130s);
  EXPECT_LE(waited(3), 132s);
  EXPECT_LE(waited(4), 1s);
  EXPECT_EQ(gateway().counters().wide_requests_held, 2u);
  pass(11min);
  ask(5, contract);
  EXPECT_TRUE(ended(5)) << "after ten quiet minutes the throttle has forgotten";
}

TEST_F(SimGatewayContracts, option_parameters_are_unions_for_every_exchange_and_class) {
  client().send(tws::RequestSecDefOptParams{1, "AAPL", "", "STK", market->underlyings()[0].id});
  pass(1s);
  const auto rows = client().all<tws::SecDefOptParam>(1);
  EXPECT_EQ(client().all<tws::SecDefOptParamEnd>(1).size(), 1u);
  std::map<std::string, std::size_t> exchanges;
  for (const auto& row : rows) ++exchanges[std::string(row.exchange)];
  EXPECT_EQ(exchanges.size(), 20u);
  EXPECT_EQ(exchanges["SMART"], 2u);
  EXPECT_EQ(exchanges["IBUSOPT"], 1u) << "no adjusted class there";
  std::set<std::pair<std::string, double>> listed_pairs;
  for (const OptionContract& option : listed())
    listed_pairs.emplace(compact(option.expiry), option.strike.usd());
  std::size_t combinations = 0, missing = 0;
  for (const auto& row : rows) {
    if (row.exchange != "SMART") continue;
    if (row.trading_class == "2AAPL") {
      EXPECT_EQ(row.expirations.size() * row.strikes.size(), 1u);
    }
    EXPECT_TRUE(std::ranges::is_sorted(row.strikes));
    for (const auto expiry : row.expirations)
      for (const double strike : row.strikes) {
        ++combinations;
        missing += !listed_pairs.contains({std::string(expiry), strike});
      }
  }
  EXPECT_GT(missing, combinations / 10);
}

TEST_F(SimGatewayContracts, option_parameters_need_the_right_conid) {
  client().send(tws::RequestSecDefOptParams{1, "AAPL", "", "STK", 5});
  client().send(
      tws::RequestSecDefOptParams{2, "AAPL", "SMART", "STK", market->underlyings()[0].id});
  pass(1s);
  EXPECT_EQ(client().codes(1), (std::vector<std::int32_t>{200}));
  EXPECT_TRUE(client().all<tws::SecDefOptParam>(2).empty());
  EXPECT_EQ(client().all<tws::SecDefOptParamEnd>(2).size(), 1u);
}

TEST_F(SimGatewayContracts, serves_the_small_tables) {
  client().send(tws::RequestMarketRule{32});
  client().send(tws::RequestSmartComponents{2, "9c0001"});
  client().send(tws::RequestMatchingSymbols{3, "aap"});
  ASSERT_EQ(client().all<tws::MarketRule>().size(), 1u);
  EXPECT_EQ(client().all<tws::MarketRule>()[0].increments.size(), 2u);
  ASSERT_EQ(client().all<tws::SmartComponents>().size(), 1u);
  ASSERT_EQ(client().all<tws::SymbolSamples>().size(), 1u);
  EXPECT_EQ(client().all<tws::SymbolSamples>()[0].samples.at(0).symbol, "AAPL");
}

}  // namespace
}  // namespace opt_data::sim
