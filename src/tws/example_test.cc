// One whole session at server version 178, frame by frame, written down by hand and independent of
// the layouts: what each message means, and the bytes that say it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "tws/codec.h"
#include "tws/wire_lines.h"

namespace opt_data::tws {
namespace {

const Contract apple_stock{0, "AAPL", "STK", "", {}, "", "", "SMART", "", "USD", "", ""};

Contract apple_call(double strike) {
  return {0, "AAPL", "OPT", "20261218", strike, "C", "100", "SMART", "", "USD", "", "AAPL"};
}

Contract listed_call(std::int64_t con_id, double strike, Text local_symbol) {
  Contract call = apple_call(strike);
  call.con_id = con_id;
  call.local_symbol = local_symbol;
  return call;
}

std::vector<Line<ClientMessage>> client_lines() {
  return {
      {9, "71|2|17||", StartApi{17, ""}},
      {7, "59|1|1|", RequestMarketDataType{1}},
      {42, "9|8|101|0|AAPL|STK||0|||SMART||USD|||0||||",
       RequestContractData{101, apple_stock, false, "", "", ""}},
      {24, "78|102|AAPL||STK|265598|", RequestSecDefOptParams{102, "AAPL", "", "STK", 265598}},
      {60, "9|8|103|0|AAPL|OPT|20261218|300|C|100|SMART||USD||AAPL|0||||",
       RequestContractData{103, apple_call(300), false, "", "", ""}},
      {104,
       "1|11|104|800000001|AAPL|OPT|20261218|300|C|100|SMART||USD|AAPL  261218C00300000|AAPL|0|"
       "100,101,106|0|0||",
       RequestMarketData{
           104, listed_call(800000001, 300, "AAPL  261218C00300000"), "100,101,106", false, false}},
      {8, "2|2|104|", CancelMarketData{104}},
      {62, "9|8|105|0|AAPL|OPT|20261218|297.5|C|100|SMART||USD||AAPL|0||||",
       RequestContractData{105, apple_call(297.5), false, "", "", ""}},
      {104,
       "1|11|206|800000002|AAPL|OPT|20261218|305|C|100|SMART||USD|AAPL  261218C00305000|AAPL|0|"
       "100,101,106|0|0||",
       RequestMarketData{
           206, listed_call(800000002, 305, "AAPL  261218C00305000"), "100,101,106", false, false}},
  };
}

ContractData stock_row() {
  ContractData row{};
  row.request = 101;
  row.symbol = row.local_symbol = "AAPL";
  row.sec_type = "STK";
  row.exchange = "SMART";
  row.currency = "USD";
  row.market_name = row.trading_class = "NMS";
  row.con_id = 265598;
  row.min_tick = 0.01;
  row.order_types = "ACTIVETIM,LMT,MKT";
  row.valid_exchanges = "SMART,AMEX,NYSE,NASDAQ";
  row.long_name = "APPLE INC";
  row.primary_exchange = "NASDAQ";
  row.industry = "Technology";
  row.category = row.subcategory = "Computers";
  row.time_zone_id = "US/Eastern";
  row.trading_hours = "20261001:0400-20261001:2000;20261002:0400-20261002:2000;20261003:CLOSED";
  row.liquid_hours = "20261001:0930-20261001:1600;20261002:0930-20261002:1600;20261003:CLOSED";
  row.sec_ids = {{"ISIN", "US0378331005"}};
  row.agg_group = 1;
  row.market_rule_ids = "4563,4563,4563,4563";
  row.stock_type = "COMMON";
  row.min_size = row.size_increment = 0.0001;
  row.suggested_size_increment = 40;
  return row;
}

ContractData option_row() {
  ContractData row{};
  row.request = 103;
  row.symbol = row.market_name = row.trading_class = row.under_symbol = "AAPL";
  row.sec_type = "OPT";
  row.last_trade_date = row.real_expiration_date = "20261218";
  row.last_trade_time = "16:00:00";
  row.last_trade_zone = row.time_zone_id = "US/Eastern";
  row.strike = 300;
  row.right = "C";
  row.exchange = "SMART";
  row.currency = "USD";
  row.local_symbol = "AAPL  261218C00300000";
  row.con_id = 800000001;
  row.min_tick = 0.01;
  row.multiplier = "100";
  row.order_types = "ACTIVETIM,LMT,MKT";
  row.valid_exchanges = "SMART,AMEX,CBOE";
  row.under_con_id = 265598;
  row.long_name = "APPLE INC";
  row.contract_month = "202612";
  row.trading_hours = row.liquid_hours = "20261001:0930-20261001:1600;20261002:0930-20261002:1600";
  row.agg_group = 2;
  row.under_sec_type = "STK";
  row.market_rule_ids = "32,109,109";
  row.min_size = row.size_increment = row.suggested_size_increment = 1;
  return row;
}

std::vector<Line<ServerMessage>> session_lines() {
  return {
      {15, "15|1|DU1234567|", ManagedAccounts{"DU1234567"}},
      {6, "9|1|1|", NextValidId{1}},
      {54, "4|2|-1|2104|Market data farm connection is OK:usfarm||",
       ErrorNotice{-1, 2104, "Market data farm connection is OK:usfarm", ""}},
      {52, "4|2|-1|2106|HMDS data farm connection is OK:ushmds||",
       ErrorNotice{-1, 2106, "HMDS data farm connection is OK:ushmds", ""}},
      {57, "4|2|-1|2158|Sec-def data farm connection is OK:secdefil||",
       ErrorNotice{-1, 2158, "Sec-def data farm connection is OK:secdefil", ""}},
      {376,
       "10|101|AAPL|STK||0||SMART|USD|AAPL|NMS|NMS|265598|0.01||ACTIVETIM,LMT,MKT|"
       "SMART,AMEX,NYSE,NASDAQ|1|0|APPLE INC|NASDAQ||Technology|Computers|Computers|US/Eastern|"
       "20261001:0400-20261001:2000;20261002:0400-20261002:2000;20261003:CLOSED|"
       "20261001:0930-20261001:1600;20261002:0930-20261002:1600;20261003:CLOSED|||1|ISIN|"
       "US0378331005|1|||4563,4563,4563,4563||COMMON|0.0001|0.0001|40|",
       stock_row()},
      {9, "52|1|101|", ContractDataEnd{101}},
      {74, "75|102|CBOE|265598|AAPL|100|2|20261016|20261218|4|295.0|297.5|300.0|305.0|",
       SecDefOptParam{
           102, "CBOE", 265598, "AAPL", "100", {"20261016", "20261218"}, {295, 297.5, 300, 305}}},
      {75, "75|102|SMART|265598|AAPL|100|2|20261218|20261016|4|295.0|297.5|300.0|305.0|",
       SecDefOptParam{
           102, "SMART", 265598, "AAPL", "100", {"20261218", "20261016"}, {295, 297.5, 300, 305}}},
      {49, "75|102|SMART|265598|2AAPL|100|1|20261016|1|291.0|",
       SecDefOptParam{102, "SMART", 265598, "2AAPL", "100", {"20261016"}, {291}}},
      {7, "76|102|", SecDefOptParamEnd{102}},
      {341,
       "10|103|AAPL|OPT|20261218 16:00:00 US/Eastern|300|C|SMART|USD|AAPL  261218C00300000|AAPL|"
       "AAPL|800000001|0.01|100|ACTIVETIM,LMT,MKT|SMART,AMEX,CBOE|1|265598|APPLE INC||202612||||"
       "US/Eastern|20261001:0930-20261001:1600;20261002:0930-20261002:1600|"
       "20261001:0930-20261001:1600;20261002:0930-20261002:1600|||0|2|AAPL|STK|32,109,109|"
       "20261218||1|1|1|",
       option_row()},
      {9, "52|1|103|", ContractDataEnd{103}},
      {67, "4|2|105|200|No security definition has been found for the request||",
       ErrorNotice{105, 200, "No security definition has been found for the request", ""}},
      {52, "4|2|206|101|Max number of tickers has been reached||",
       ErrorNotice{206, 101, "Max number of tickers has been reached", ""}},
  };
}

std::vector<Line<ServerMessage>> tick_lines() {
  using enum Tick;
  return {
      {11, "58|1|104|1|", MarketDataTypeNotice{104, 1}},
      {21, "81|104|0.01|9c0001|3|", TickReqParams{104, 0.01, "9c0001", 3}},
      {23, "46|6|104|45|1790864100|", TickString{104, last_timestamp, "1790864100"}},
      {20, "1|6|104|4|12.35|2|0|", TickPrice{104, last, 12.35, 2, 0}},
      {12, "2|6|104|5|2|", TickSize{104, last_size, 2}},
      {14, "45|6|104|49|0|", TickGeneric{104, halted, 0}},
      {15, "2|6|104|8|1204|", TickSize{104, volume, 1204}},
      {20, "1|6|104|6|12.90|0|0|", TickPrice{104, high, 12.9, 0, 0}, "1|6|104|6|12.9|0|0|"},
      {20, "1|6|104|7|11.80|0|0|", TickPrice{104, low, 11.8, 0, 0}, "1|6|104|7|11.8|0|0|"},
      {20, "1|6|104|9|12.05|0|0|", TickPrice{104, close, 12.05, 0, 0}},
      {21, "1|6|104|14|12.00|0|0|", TickPrice{104, open, 12, 0, 0}, "1|6|104|14|12|0|0|"},
      {21, "1|6|104|1|12.30|41|1|", TickPrice{104, bid, 12.3, 41, 1}, "1|6|104|1|12.3|41|1|"},
      {21, "1|6|104|2|12.45|37|1|", TickPrice{104, ask, 12.45, 37, 1}},
      {13, "2|6|104|0|41|", TickSize{104, bid_size, 41}},
      {13, "2|6|104|3|37|", TickSize{104, ask_size, 37}},
      {16, "2|6|104|29|1204|", TickSize{104, call_volume, 1204}},
      {13, "2|6|104|30|0|", TickSize{104, put_volume, 0}},
      {17, "2|6|104|27|18230|", TickSize{104, call_open_interest, 18230}},
      {13, "2|6|104|28|0|", TickSize{104, put_open_interest, 0}},
      {16, "46|6|104|32|CWZ|", TickString{104, bid_exchange, "CWZ"}},
      {36, "21|104|13|0|-1|-2|-1|-1|-2|-2|-2|-1|",
       TickOptionComputation{104, model_option, 0, {}, {}, {}, {}, {}, {}, {}, {}}},
      {65, "21|104|10|0|0.2841|0.3388|12.3|0.41|0.00897|0.4052|-0.0712|281.4|",
       TickOptionComputation{
           104, bid_option, 0, 0.2841, 0.3388, 12.3, 0.41, 0.00897, 0.4052, -0.0712, 281.4}},
      {66, "21|104|11|0|0.2869|0.3401|12.45|0.41|0.00889|0.4058|-0.0719|281.4|",
       TickOptionComputation{
           104, ask_option, 0, 0.2869, 0.3401, 12.45, 0.41, 0.00889, 0.4058, -0.0719, 281.4}},
      {65, "21|104|12|0|0.285|0.3392|12.35|0.41|0.00894|0.4054|-0.0714|281.4|",
       TickOptionComputation{
           104, last_option, 0, 0.285, 0.3392, 12.35, 0.41, 0.00894, 0.4054, -0.0714, 281.4}},
      {68, "21|104|13|0|0.2855|0.3394|12.3721|0.41|0.00893|0.4055|-0.0715|281.4|",
       TickOptionComputation{
           104, model_option, 0, 0.2855, 0.3394, 12.3721, 0.41, 0.00893, 0.4055, -0.0715, 281.4}},
      {17, "1|6|104|1|-1|0|0|", TickPrice{104, bid, {}, 0, 0}},
      {13, "2|6|104|3|36|", TickSize{104, ask_size, 36}},
  };
}

// What the same session may meet instead.
std::vector<Line<ServerMessage>> variant_lines() {
  using enum Tick;
  constexpr Text ambiguous = "The contract description specified for AAPL is ambiguous";
  constexpr Text in_use =
      "Unable to connect as the client id is already in use. Retry with a unique client id.";
  constexpr Text generic =
      "Error validating request.-'bQ' : cause - Incorrect generic tick list of 10.  Legal ones for "
      "(OPT) are: 100(Option Volume),101(Option Open Interest)";
  constexpr Text delayed =
      "Requested market data is not subscribed. Displaying delayed market data...";
  return {
      {0, "4|2|105|200|The contract description specified for AAPL is ambiguous||",
       ErrorNotice{105, 200, ambiguous, ""}},
      {0,
       "4|2|-1|326|Unable to connect as the client id is already in use. Retry with a unique "
       "client id.||",
       ErrorNotice{-1, 326, in_use, ""}},
      {0,
       "4|2|104|321|Error validating request.-'bQ' : cause - Incorrect generic tick list of 10.  "
       "Legal ones for (OPT) are: 100(Option Volume),101(Option Open Interest)||",
       ErrorNotice{104, 321, generic, ""}},
      {0, "58|1|104|3|", MarketDataTypeNotice{104, 3}},
      {0,
       "4|2|104|10167|Requested market data is not subscribed. Displaying delayed market data...||",
       ErrorNotice{104, 10167, delayed, ""}},
      {0, "1|6|104|66|12.25|30|0|", TickPrice{104, delayed_bid, 12.25, 30, 0}},
      {0, "1|6|104|67|12.50|28|0|", TickPrice{104, delayed_ask, 12.5, 28, 0},
       "1|6|104|67|12.5|28|0|"},
      {0, "46|6|104|88|1790863200|", TickString{104, delayed_last_timestamp, "1790863200"}},
      {0, "21|104|83|0|0.2855|0.3394|12.3721|0.41|0.00893|0.4055|-0.0715|281.4|",
       TickOptionComputation{
           104, delayed_model_option, 0, 0.2855, 0.3394, 12.3721, 0.41, 0.00893, 0.4055, -0.0715,
           281.4}},
      {0, "4|2|104|300|Can't find EId with tickerId:104||",
       ErrorNotice{104, 300, "Can't find EId with tickerId:104", ""}},
      {0, "57|1|104|", TickSnapshotEnd{104}},
      {0, "1|6|104|1|-1|0|0|", TickPrice{104, bid, {}, 0, 0}},
      {0, "1|6|104|2|-1|0|0|", TickPrice{104, ask, {}, 0, 0}},
  };
}

TEST(WorkedExample, the_clients_frames_are_these) { expect_lines(client_lines(), decode_client); }
TEST(WorkedExample, the_session_frames_are_these) { expect_lines(session_lines(), decode_server); }
TEST(WorkedExample, the_tick_frames_are_these) { expect_lines(tick_lines(), decode_server); }
TEST(WorkedExample, the_variants_are_these) { expect_lines(variant_lines(), decode_server); }

std::string bytes(std::initializer_list<int> values) {
  std::string out;
  for (const int value : values) out += static_cast<char>(value);
  return out;
}

TEST(WorkedExample, selected_frames_are_these_bytes) {
  EXPECT_EQ(
      encode_hello(ClientHello{176, 178, ""}),
      bytes(
          {0x41, 0x50, 0x49, 0x00, 0x00, 0x00, 0x00, 0x09, 0x76, 0x31, 0x37, 0x36, 0x2e, 0x2e, 0x31,
           0x37, 0x38}));
  const std::string hello = bytes({0x00, 0x00, 0x00, 0x1a, 0x31, 0x37, 0x38, 0x00, 0x32, 0x30,
                                   0x32, 0x36, 0x31, 0x30, 0x30, 0x31, 0x20, 0x31, 0x30, 0x3a,
                                   0x31, 0x35, 0x3a, 0x30, 0x30, 0x20, 0x45, 0x53, 0x54, 0x00});
  EXPECT_EQ(encode_hello(ServerHello{178, "20261001 10:15:00 EST"}), hello);
  const auto read = decode_server_hello(std::string_view(hello).substr(4));
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, (ServerHello{178, "20261001 10:15:00 EST"}));

  std::string frame;
  encode(frame, ClientMessage(StartApi{17, ""}), version_max);
  EXPECT_EQ(frame, bytes({0, 0, 0, 0x09, 0x37, 0x31, 0, 0x32, 0, 0x31, 0x37, 0, 0}));
  frame.clear();
  encode(frame, ServerMessage(ManagedAccounts{"DU1234567"}), version_max);
  EXPECT_EQ(
      frame, bytes(
                 {0, 0, 0, 0x0f, 0x31, 0x35, 0, 0x31, 0, 0x44, 0x55, 0x31, 0x32, 0x33, 0x34, 0x35,
                  0x36, 0x37, 0x00}));
  frame.clear();
  encode(frame, ServerMessage(NextValidId{1}), version_max);
  EXPECT_EQ(frame, bytes({0, 0, 0, 6, 0x39, 0, 0x31, 0, 0x31, 0}));
  frame.clear();
  encode(frame, ServerMessage(TickPrice{104, Tick::last, 12.35, 2, 0}), version_max);
  EXPECT_EQ(frame, bytes({0,    0, 0,    0x14, 0x31, 0,    0x36, 0, 0x31, 0x30, 0x34, 0,
                          0x34, 0, 0x31, 0x32, 0x2e, 0x33, 0x35, 0, 0x32, 0,    0x30, 0}));
}

// The whole session as one stream, read in chunks of every size up to a large one.
TEST(WorkedExample, reads_the_same_through_any_chunks) {
  std::string stream;
  std::vector<std::string> payloads;
  for (const auto& lines : {session_lines(), tick_lines(), variant_lines()})
    for (const auto& line : lines) {
      payloads.push_back(wire(line.text));
      append_frame(stream, payloads.back());
    }
  for (std::size_t chunk = 1; chunk <= 700; ++chunk) {
    FrameBuffer buffer;
    std::size_t next = 0;
    for (std::size_t at = 0; at < stream.size(); at += chunk) {
      const std::size_t size = std::min(chunk, stream.size() - at);
      const auto room = buffer.prepare(size);
      std::memcpy(room.data(), stream.data() + at, size);
      buffer.commit(size);
      for (auto frame = buffer.next(); frame && *frame; frame = buffer.next()) {
        ASSERT_LT(next, payloads.size());
        ASSERT_EQ(**frame, payloads[next++]) << "chunks of " << chunk;
      }
    }
    ASSERT_EQ(next, payloads.size()) << "chunks of " << chunk;
  }
}

}  // namespace
}  // namespace opt_data::tws
