// What the gateway says about contracts; see messages.h.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "tws/message_parts.h"

namespace opt_data::tws {

struct ContractData {
  RequestId request = 0;
  Text symbol;
  Text sec_type;
  Text last_trade_date;  // yyyymmdd
  Text last_trade_time;  // hh:mm:ss, where given
  Text last_trade_zone;
  std::optional<double> strike;
  Text right;
  Text exchange;
  Text currency;
  Text local_symbol;
  Text market_name;
  Text trading_class;
  std::int64_t con_id = 0;
  std::optional<double> min_tick;
  Text multiplier;
  Text order_types;
  Text valid_exchanges;
  std::int32_t price_magnifier = 1;
  std::int64_t under_con_id = 0;
  Text long_name;
  Text primary_exchange;
  Text contract_month;
  Text industry;
  Text category;
  Text subcategory;
  Text time_zone_id;
  Text trading_hours;
  Text liquid_hours;
  Text ev_rule;
  Text ev_multiplier;
  std::vector<std::pair<Text, Text>> sec_ids;
  std::optional<std::int32_t> agg_group;
  Text under_symbol;
  Text under_sec_type;
  Text market_rule_ids;
  Text real_expiration_date;
  Text stock_type;
  std::optional<double> min_size;
  std::optional<double> size_increment;
  std::optional<double> suggested_size_increment;
  bool operator==(const ContractData&) const = default;
};
struct ContractDataEnd {
  RequestId request = 0;
  bool operator==(const ContractDataEnd&) const = default;
};
struct SecDefOptParam {
  RequestId request = 0;
  Text exchange;
  std::int64_t under_con_id = 0;
  Text trading_class;
  Text multiplier;
  std::vector<Text> expirations;  // yyyymmdd, in the order sent
  std::vector<double> strikes;    // the union over the expirations
  bool operator==(const SecDefOptParam&) const = default;
};
struct SecDefOptParamEnd {
  RequestId request = 0;
  bool operator==(const SecDefOptParamEnd&) const = default;
};
struct MarketRule {
  std::int32_t rule = 0;
  std::vector<std::pair<double, double>> increments;  // low edge, increment
  bool operator==(const MarketRule&) const = default;
};
struct SmartComponent {
  std::int32_t bit = 0;
  Text exchange;
  Text letter;
  bool operator==(const SmartComponent&) const = default;
};
struct SmartComponents {
  RequestId request = 0;
  std::vector<SmartComponent> components;
  bool operator==(const SmartComponents&) const = default;
};
struct SymbolSample {
  std::int64_t con_id = 0;
  Text symbol;
  Text sec_type;
  Text primary_exchange;
  Text currency;
  std::vector<Text> derivatives;
  Text description;
  Text issuer_id;
  bool operator==(const SymbolSample&) const = default;
};
struct SymbolSamples {
  RequestId request = 0;
  std::vector<SymbolSample> samples;
  bool operator==(const SymbolSamples&) const = default;
};

}  // namespace opt_data::tws
