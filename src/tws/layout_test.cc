// The kinds of message that the worked example does not show, one payload for each.
#include <gtest/gtest.h>

#include "tws/codec.h"
#include "tws/wire_lines.h"

namespace opt_data::tws {
namespace {

TEST(ClientLayout, payloads_are_these) {
  const Contract spy{756733, "SPY", "STK", "", {}, "", "", "SMART", "ARCA", "USD", "SPY", "SPY"};
  const std::vector<Line<ClientMessage>> lines = {
      {13, "71|2|3|+PACE|", StartApi{3, "+PACE"}},
      {6, "8|1|1|", RequestIds{}},
      {5, "17|1|", RequestManagedAccounts{}},
      {7, "14|1|5|", SetServerLogLevel{5}},
      {5, "49|1|", RequestCurrentTime{}},
      {0, "9|8|-4|0||||0|||SMART|||||1|ISIN|US0378331005|e1|",
       RequestContractData{
           -4,
           {0, "", "", "", {}, "", "", "SMART", "", "", "", ""},
           true,
           "ISIN",
           "US0378331005",
           "e1"}},
      {0, "78|6|ES|CME|FUT|495512563|", RequestSecDefOptParams{6, "ES", "CME", "FUT", 495512563}},
      {0, "1|11|7|756733|SPY|STK||0|||SMART|ARCA|USD|SPY|SPY|0||1|1||",
       RequestMarketData{7, spy, "", true, true}},
      {0,
       "20|8|756733|SPY|STK||0|||SMART|ARCA|USD|SPY|SPY|0|20261001-20:00:00|30 mins|1 D|1|TRADES|"
       "2|0||",
       RequestHistoricalData{
           8, spy, false, "20261001-20:00:00", "30 mins", "1 D", true, "TRADES", 2, false}},
      {0, "20|9|756733|SPY|STK||0|||SMART|ARCA|USD|SPY|SPY|1||5 mins|2 W|0|BID_ASK|1|1||",
       RequestHistoricalData{9, spy, true, "", "5 mins", "2 W", false, "BID_ASK", 1, true}},
      {7, "25|1|8|", CancelHistoricalData{8}},
      {0, "50|3|10|756733|SPY|STK||0|||SMART|ARCA|USD|SPY|SPY|5|MIDPOINT|0||",
       RequestRealTimeBars{10, spy, 5, "MIDPOINT", false}},
      {8, "51|1|10|", CancelRealTimeBars{10}},
      {0, "87|11|756733|SPY|STK||0|||SMART|ARCA|USD|SPY|SPY|0|1|TRADES|2|",
       RequestHeadTimestamp{11, spy, false, true, "TRADES", 2}},
      {6, "90|11|", CancelHeadTimestamp{11}},
      {6, "91|26|", RequestMarketRule{26}},
      {0, "83|12|9c0001|", RequestSmartComponents{12, "9c0001"}},
      {0, "81|13|AAP|", RequestMatchingSymbols{13, "AAP"}},
  };
  expect_lines(lines, decode_client);
}

TEST(ServerLayout, payloads_are_these) {
  const std::vector<Line<ServerMessage>> lines = {
      {16, "49|1|1752606307|", CurrentTime{1752606307}},
      {0, "4|2|7|201|rejected|{\"a\":1}|", ErrorNotice{7, 201, "rejected", "{\"a\":1}"}},
      {0, "47|6|5|38|1.5|+1.5|2500.25|90|20261218|0.5|0.25|",
       TickEfp{5, Tick{38}, 1.5, "+1.5", 2500.25, 90, "20261218", 0.5, 0.25}},
      {0, "47|6|5|38||||0||||", TickEfp{5, Tick{38}, {}, "", {}, 0, "", {}, {}}},
      {0, "91|5|8314|NYSE|", RerouteMarketData{5, 8314, "NYSE", false}},
      {0, "92|5|8314|NYSE|", RerouteMarketData{5, 8314, "NYSE", true}},
      {0,
       "17|8|20261001 09:30:00 US/Eastern|20261001 16:00:00 US/Eastern|2|1790861400|12.5|13|12.25|"
       "12.75|1204|12.6|87|1790863200|12.75|12.75|12.5|12.5|-1|-1|-1|",
       HistoricalData{
           8,
           "20261001 09:30:00 US/Eastern",
           "20261001 16:00:00 US/Eastern",
           {{"1790861400", 12.5, 13, 12.25, 12.75, 1204, 12.6, 87},
            {"1790863200", 12.75, 12.75, 12.5, 12.5, {}, {}, {}}}}},
      {0, "17|8|a|b|0|", HistoricalData{8, "a", "b", {}}},
      {0, "90|9|87|20261001 10:00:00|12.5|12.75|13|12.25|12.6|1204|",
       HistoricalDataUpdate{9, {"20261001 10:00:00", 12.5, 13, 12.25, 12.75, 1204, 12.6, 87}}},
      {0, "106|8|s|e|US/Eastern|1|20261001-09:30:00|20261001-16:00:00|20261001|",
       HistoricalSchedule{
           8, "s", "e", "US/Eastern", {{"20261001-09:30:00", "20261001-16:00:00", "20261001"}}}},
      {0, "50|3|10|1790861400|12.5|13|12.25|12.75|0.5|12.6|87|",
       RealTimeBar{10, 1790861400, 12.5, 13, 12.25, 12.75, 0.5, 12.6, 87}},
      {0, "88|11|19801212-14:30:00|", HeadTimestamp{11, "19801212-14:30:00"}},
      {0, "93|26|2|0|0.01|3|0.05|", MarketRule{26, {{0, 0.01}, {3, 0.05}}}},
      {0, "82|12|2|0|AMEX|A|17|CBOE|C|",
       SmartComponents{12, {{0, "AMEX", "A"}, {17, "CBOE", "C"}}}},
      {0,
       "79|13|2|265598|AAPL|STK|NASDAQ|USD|2|OPT|CFD|APPLE INC||-1|AAPL|BOND|||0|Apple Inc|e123|",
       SymbolSamples{
           13,
           {{265598, "AAPL", "STK", "NASDAQ", "USD", {"OPT", "CFD"}, "APPLE INC", ""},
            {-1, "AAPL", "BOND", "", "", {}, "Apple Inc", "e123"}}}},
      {0, "81|5|||0|", TickReqParams{5, {}, "", 0}},
      {0, "75|5|CBOE|1|SPXW|100|0|0|", SecDefOptParam{5, "CBOE", 1, "SPXW", "100", {}, {}}},
  };
  expect_lines(lines, decode_server);
}

// What one of the two directions alone can show: every kind of message has an id of its own.
TEST(ServerLayout, ids_are_those_of_the_broker) {
  const std::pair<int, const char*> kinds[] = {
      {1, "tickPrice"},
      {2, "tickSize"},
      {4, "errMsg"},
      {9, "nextValidId"},
      {10, "contractData"},
      {15, "managedAccts"},
      {17, "historicalData"},
      {21, "tickOptionComputation"},
      {45, "tickGeneric"},
      {46, "tickString"},
      {47, "tickEFP"},
      {49, "currentTime"},
      {50, "realTimeBars"},
      {52, "contractDataEnd"},
      {57, "tickSnapshotEnd"},
      {58, "marketDataType"},
      {75, "securityDefinitionOptionParameter"},
      {76, "securityDefinitionOptionParameterEnd"},
      {79, "symbolSamples"},
      {81, "tickReqParams"},
      {82, "smartComponents"},
      {88, "headTimestamp"},
      {90, "historicalDataUpdate"},
      {91, "rerouteMktDataReq"},
      {93, "marketRule"},
      {106, "historicalSchedule"}};
  for (const auto& [id, name] : kinds) {
    const auto message = decode_server(wire(fmt::format("{}|", id)), version_max);
    ASSERT_FALSE(message) << name;
    EXPECT_TRUE(message.error().message.starts_with(
        fmt::format("cannot read {} at server version 178: it ends before ", name)))
        << message.error().message;
  }
}

}  // namespace
}  // namespace opt_data::tws
