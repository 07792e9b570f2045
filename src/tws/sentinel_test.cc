// What the gateway sends for "there is none", field by field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tws/codec.h"
#include "tws/wire_lines.h"

namespace opt_data::tws {
namespace {

template <typename Message>
Message read(const std::string& payload) {
  const auto message = decode_server(payload, version_max);
  EXPECT_TRUE(message) << message.error().message;
  if (!message || !std::holds_alternative<Message>(*message)) return {};
  return std::get<Message>(*message);
}

std::optional<double> price(int tick, std::string_view text) {
  const std::string payload = wire(fmt::format("1|6|104|{}|{}|0|0|", tick, text));
  return read<TickPrice>(payload).price;
}

std::optional<double> size(std::string_view text) {
  const std::string payload = wire(fmt::format("2|6|104|8|{}|", text));
  return read<TickSize>(payload).size;
}

TEST(Sentinel, a_bid_of_zero_is_a_price_and_minus_one_is_none) {
  for (const int tick : {1, 2, 66, 67}) {
    EXPECT_EQ(price(tick, "0"), 0.0);
    EXPECT_EQ(price(tick, "-1"), std::nullopt);
    EXPECT_EQ(price(tick, "-1.0"), std::nullopt);
    EXPECT_EQ(price(tick, "-0.5"), -0.5);
  }
}

TEST(Sentinel, a_traded_price_is_above_zero_or_none) {
  for (const int tick : {4, 6, 7, 9, 14, 68, 72, 73, 75, 76}) {
    EXPECT_EQ(price(tick, "0"), std::nullopt);
    EXPECT_EQ(price(tick, "0.0"), std::nullopt);
    EXPECT_EQ(price(tick, "-1"), std::nullopt);
    EXPECT_EQ(price(tick, "0.01"), 0.01);
  }
}

TEST(Sentinel, no_number_is_none_in_every_spelling) {
  for (const char* text :
       {"", "1.7976931348623157E308", "1e300", "-1e300", "Infinity", "-Infinity", "Infinite",
        "-Infinite", "NaN", "nan", "inf", "1e999"}) {
    EXPECT_EQ(price(1, text), std::nullopt) << text;
    EXPECT_EQ(size(text), std::nullopt) << text;
  }
}

TEST(Sentinel, exponents_are_numbers) {
  EXPECT_EQ(price(1, "1.2E-5"), 1.2e-5);
  EXPECT_EQ(price(1, "1.2e3"), 1200.0);
  EXPECT_EQ(size("9E2"), 900.0);
}

TEST(Sentinel, a_size_of_zero_is_a_size_and_below_is_none) {
  EXPECT_EQ(size("0"), 0.0);
  EXPECT_EQ(size("0.5"), 0.5);
  EXPECT_EQ(size("-1"), std::nullopt);
}

TEST(Sentinel, greeks_are_absent_at_minus_two_and_volatility_below_zero) {
  const auto none = read<TickOptionComputation>(wire("21|104|13|0|-1|-2|-1|-1|-2|-2|-2|-1|"));
  EXPECT_EQ(
      none, (TickOptionComputation{104, Tick::model_option, 0, {}, {}, {}, {}, {}, {}, {}, {}}));
  const auto some = read<TickOptionComputation>(wire("21|104|13|0|0|-1|0|0|-1|-1|-1|0|"));
  EXPECT_EQ(some, (TickOptionComputation{104, Tick::model_option, 0, 0, -1, 0, 0, -1, -1, -1, 0}));
  const auto other = read<TickOptionComputation>(wire("21|104|13|1|-0.3|||1e308|NaN||||"));
  EXPECT_EQ(
      other, (TickOptionComputation{104, Tick::model_option, 1, {}, {}, {}, {}, {}, {}, {}, {}}));
}

TEST(Sentinel, an_unknown_halt_is_none) {
  EXPECT_EQ(read<TickGeneric>(wire("45|6|104|49|-1|")).value, std::nullopt);
  EXPECT_EQ(read<TickGeneric>(wire("45|6|104|49|0|")).value, 0.0);
  EXPECT_EQ(read<TickGeneric>(wire("45|6|104|31|-1|")).value, -1.0);  // A premium may be one.
}

TEST(Sentinel, bars_of_quotes_have_no_volume) {
  const auto history = wire("17|7|a|b|1|20261001|1.5|2|1|1.75|-1|-1|-1|");
  const auto data = read<HistoricalData>(history);
  ASSERT_EQ(data.bars.size(), 1u);
  EXPECT_EQ(data.bars[0], (HistoricalBar{"20261001", 1.5, 2.0, 1.0, 1.75, {}, {}, {}}));
}

TEST(Sentinel, written_values_are_those_the_gateway_writes) {
  const auto written = [](const ServerMessage& message) {
    std::string frame;
    encode(frame, message, version_max);
    std::replace(frame.begin(), frame.end(), '\0', '|');
    return frame.substr(4);
  };
  EXPECT_EQ(written(TickPrice{104, Tick::bid, {}, 0, 0}), "1|6|104|1|-1|0|0|");
  EXPECT_EQ(written(TickPrice{104, Tick::last, {}, {}, 0}), "1|6|104|4|0||0|");
  EXPECT_EQ(written(TickSize{104, Tick::volume, {}}), "2|6|104|8||");
  EXPECT_EQ(
      written(TickOptionComputation{104, Tick::model_option, 0, {}, {}, {}, {}, {}, {}, {}, {}}),
      "21|104|13|0|-1|-2|-1|-1|-2|-2|-2|-1|");
  EXPECT_EQ(written(HistoricalDataUpdate{7, {}}), "90|7|-1||-1|-1|-1|-1|-1|-1|");
}

TEST(Number, is_written_as_the_shortest_text_that_reads_back) {
  const auto written = [](double value) {
    std::string frame;
    encode(frame, TickSize{1, Tick::volume, value}, version_max);
    return frame.substr(4 + 8, frame.size() - 4 - 9);
  };
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(300), "300");
  EXPECT_EQ(written(100000), "100000");
  EXPECT_EQ(written(0.00001), "0.00001");
  EXPECT_EQ(written(12.3721), "12.3721");
  EXPECT_EQ(written(1.0 / 3.0), "0.3333333333333333");
  EXPECT_EQ(written(2e-7), "2e-07");
}

TEST(ContractData, last_trade_is_one_field_of_three_parts) {
  const auto parts = [](std::string_view text) {
    const std::string payload = wire(
        fmt::format("10|1|X|OPT|{}|0|Put|||||||||||||||||||||||||||0|2147483647|||||||||", text));
    // Copies, because the views end with the payload.
    const auto row = read<ContractData>(payload);
    EXPECT_EQ(row.right, "P");
    EXPECT_EQ(row.strike, std::nullopt);
    EXPECT_EQ(row.agg_group, std::nullopt);
    return fmt::format("{}/{}/{}", row.last_trade_date, row.last_trade_time, row.last_trade_zone);
  };
  EXPECT_EQ(parts(""), "//");
  EXPECT_EQ(parts("20261218"), "20261218//");
  EXPECT_EQ(parts("20261218 16:00:00 US/Eastern"), "20261218/16:00:00/US/Eastern");
  EXPECT_EQ(parts("20240402-17:10:00"), "20240402/17:10:00/");
  EXPECT_EQ(parts("20240402-17:10:00-UTC"), "20240402/17:10:00/UTC");
  EXPECT_EQ(parts("20261218 16:00:00 Etc/GMT-5"), "20261218/16:00:00/Etc/GMT-5");
  EXPECT_EQ(parts("20261218 15:00 Central Standard Time"), "20261218/15:00/Central Standard Time");
}

ClientMessage asked(const std::string& payload) {
  const auto message = decode_client(payload, version_max);
  EXPECT_TRUE(message) << message.error().message;
  return message.value_or(UnknownMessage{});
}

TEST(ClientMessage, other_clients_spell_the_same_request_differently) {
  for (const char* text : {"2|1|104|", "2|2|104|"})
    EXPECT_EQ(asked(wire(text)), ClientMessage(CancelMarketData{104}));
  const Contract call{0,     "AAPL",  "OPT", "20261218", 300, "C",
                      "100", "SMART", "",    "USD",      "",  "AAPL"};
  for (const char* text :
       {"9|8|103|0|AAPL|OPT|20261218|300|C|100|SMART||USD||AAPL|0||||",
        "9|8|103||AAPL|OPT|20261218|300.0|CALL|100|SMART||USD||AAPL|||||",
        "9|8|103|0|AAPL|OPT|20261218|3E2|C|100|SMART||USD||AAPL|false||||"}) {
    const std::string payload = wire(text);
    EXPECT_EQ(asked(payload), ClientMessage(RequestContractData{103, call, false, "", "", ""}));
  }
  const Contract any{0, "SPX", "OPT", "202612", {}, "", "", "SMART", "", "USD", "", ""};
  for (const char* strike : {"0", "0.0", "", "1.7976931348623157E308"})
    for (const char* right : {"", "0", "?"}) {
      const std::string payload =
          wire(fmt::format("9|8|1|0|SPX|OPT|202612|{}|{}||SMART||USD|||1||||", strike, right));
      EXPECT_EQ(asked(payload), ClientMessage(RequestContractData{1, any, true, "", "", ""}));
    }
}

TEST(ClientMessage, legs_and_hedges_of_a_combination_are_skipped) {
  const std::string payload =
      wire("1|11|5|0|X|BAG||0|||SMART||USD|||2|11|1|BUY|CBOE|12|1|SELL|CBOE|1|9|0.5|10|100|0|0||");
  const Contract bag{0, "X", "BAG", "", {}, "", "", "SMART", "", "USD", "", ""};
  EXPECT_EQ(asked(payload), ClientMessage(RequestMarketData{5, bag, "100", false, false}));
}

}  // namespace
}  // namespace opt_data::tws
