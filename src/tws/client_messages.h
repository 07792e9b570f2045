// What a client says to the gateway; see messages.h.
#pragma once

#include <cstdint>
#include <variant>

#include "tws/message_parts.h"

namespace opt_data::tws {

struct StartApi {
  std::int32_t client_id = 0;
  Text capabilities;
  bool operator==(const StartApi&) const = default;
};
struct RequestIds {
  bool operator==(const RequestIds&) const = default;
};
struct RequestManagedAccounts {
  bool operator==(const RequestManagedAccounts&) const = default;
};
struct SetServerLogLevel {
  std::int32_t level = 2;
  bool operator==(const SetServerLogLevel&) const = default;
};
struct RequestCurrentTime {
  bool operator==(const RequestCurrentTime&) const = default;
};
struct RequestMarketDataType {
  std::int32_t type = 1;  // 1 live, 2 frozen, 3 delayed, 4 delayed-frozen
  bool operator==(const RequestMarketDataType&) const = default;
};
struct RequestContractData {
  RequestId request = 0;
  Contract contract;
  bool include_expired = false;
  Text sec_id_type;
  Text sec_id;
  Text issuer_id;
  bool operator==(const RequestContractData&) const = default;
};
struct RequestSecDefOptParams {
  RequestId request = 0;
  Text symbol;
  Text fut_fop_exchange;
  Text sec_type;
  std::int64_t con_id = 0;
  bool operator==(const RequestSecDefOptParams&) const = default;
};
struct RequestMarketData {
  RequestId request = 0;
  Contract contract;
  Text generic_ticks;  // "100,101,106"
  bool snapshot = false;
  bool regulatory_snapshot = false;
  bool operator==(const RequestMarketData&) const = default;
};
struct CancelMarketData {
  RequestId request = 0;
  bool operator==(const CancelMarketData&) const = default;
};
struct RequestHistoricalData {
  RequestId request = 0;
  Contract contract;
  bool include_expired = false;
  Text end;       // empty is now
  Text bar_size;  // "30 mins"
  Text duration;  // "1 D"
  bool regular_hours = true;
  Text what_to_show;  // TRADES, BID_ASK, ...
  std::int32_t format_date = 2;
  bool keep_up_to_date = false;
  bool operator==(const RequestHistoricalData&) const = default;
};
struct CancelHistoricalData {
  RequestId request = 0;
  bool operator==(const CancelHistoricalData&) const = default;
};
struct RequestRealTimeBars {
  RequestId request = 0;
  Contract contract;
  std::int32_t bar_seconds = 5;
  Text what_to_show;
  bool regular_hours = true;
  bool operator==(const RequestRealTimeBars&) const = default;
};
struct CancelRealTimeBars {
  RequestId request = 0;
  bool operator==(const CancelRealTimeBars&) const = default;
};
struct RequestHeadTimestamp {
  RequestId request = 0;
  Contract contract;
  bool include_expired = false;
  bool regular_hours = true;
  Text what_to_show;
  std::int32_t format_date = 2;
  bool operator==(const RequestHeadTimestamp&) const = default;
};
struct CancelHeadTimestamp {
  RequestId request = 0;
  bool operator==(const CancelHeadTimestamp&) const = default;
};
struct RequestMarketRule {
  std::int32_t rule = 0;
  bool operator==(const RequestMarketRule&) const = default;
};
struct RequestSmartComponents {
  RequestId request = 0;
  Text bbo_exchange;
  bool operator==(const RequestSmartComponents&) const = default;
};
struct RequestMatchingSymbols {
  RequestId request = 0;
  Text pattern;
  bool operator==(const RequestMatchingSymbols&) const = default;
};
using ClientMessage = std::variant<
    StartApi, RequestIds, RequestManagedAccounts, SetServerLogLevel, RequestCurrentTime,
    RequestMarketDataType, RequestContractData, RequestSecDefOptParams, RequestMarketData,
    CancelMarketData, RequestHistoricalData, CancelHistoricalData, RequestRealTimeBars,
    CancelRealTimeBars, RequestHeadTimestamp, CancelHeadTimestamp, RequestMarketRule,
    RequestSmartComponents, RequestMatchingSymbols, UnknownMessage>;

}  // namespace opt_data::tws
