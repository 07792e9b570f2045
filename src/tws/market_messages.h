// What the gateway says about prices: ticks and bars; see messages.h.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tws/message_parts.h"
#include "tws/tick.h"

namespace opt_data::tws {

struct MarketDataTypeNotice {
  RequestId request = 0;
  std::int32_t type = 0;
  bool operator==(const MarketDataTypeNotice&) const = default;
};
struct TickPrice {
  RequestId request = 0;
  Tick tick{};
  std::optional<double> price;  // Empty: the gateway said that there is none.
  std::optional<double> size;   // Of the implied size tick (1 -> 0, 2 -> 3, 4 -> 5, 66.. -> 69..).
  std::int32_t attributes = 0;
  bool operator==(const TickPrice&) const = default;
};
struct TickSize {
  RequestId request = 0;
  Tick tick{};
  std::optional<double> size;
  bool operator==(const TickSize&) const = default;
};
struct TickGeneric {
  RequestId request = 0;
  Tick tick{};
  std::optional<double> value;
  bool operator==(const TickGeneric&) const = default;
};
struct TickString {
  RequestId request = 0;
  Tick tick{};
  Text value;
  bool operator==(const TickString&) const = default;
};
struct TickOptionComputation {
  RequestId request = 0;
  Tick tick{};
  std::int32_t attribute = 0;  // 0 return-based, 1 price-based volatility
  std::optional<double> implied_vol;
  std::optional<double> delta;
  std::optional<double> price;
  std::optional<double> pv_dividend;
  std::optional<double> gamma;
  std::optional<double> vega;   // per 1 volatility point
  std::optional<double> theta;  // per day
  std::optional<double> under_price;
  bool operator==(const TickOptionComputation&) const = default;
};
struct TickEfp {
  RequestId request = 0;
  Tick tick{};
  std::optional<double> basis_points;
  Text formatted_basis_points;
  std::optional<double> implied_future;
  std::int32_t hold_days = 0;
  Text future_last_trade_date;
  std::optional<double> dividend_impact;
  std::optional<double> dividends_to_expiry;
  bool operator==(const TickEfp&) const = default;
};
struct TickSnapshotEnd {
  RequestId request = 0;
  bool operator==(const TickSnapshotEnd&) const = default;
};
struct TickReqParams {
  RequestId request = 0;
  std::optional<double> min_tick;
  Text bbo_exchange;
  std::int32_t snapshot_permissions = 0;
  bool operator==(const TickReqParams&) const = default;
};
struct RerouteMarketData {
  RequestId request = 0;
  std::int64_t con_id = 0;
  Text exchange;
  bool depth = false;  // message 92 instead of 91
  bool operator==(const RerouteMarketData&) const = default;
};
struct HistoricalBar {
  Text date;
  std::optional<double> open;
  std::optional<double> high;
  std::optional<double> low;
  std::optional<double> close;
  std::optional<double> volume;
  std::optional<double> wap;
  std::optional<std::int64_t> count;
  bool operator==(const HistoricalBar&) const = default;
};
struct HistoricalData {
  RequestId request = 0;
  Text start;
  Text end;
  std::vector<HistoricalBar> bars;
  bool operator==(const HistoricalData&) const = default;
};
struct HistoricalDataUpdate {
  RequestId request = 0;
  HistoricalBar bar;
  bool operator==(const HistoricalDataUpdate&) const = default;
};
struct HistoricalScheduleSession {
  Text start;
  Text end;
  Text ref_date;
  bool operator==(const HistoricalScheduleSession&) const = default;
};
struct HistoricalSchedule {
  RequestId request = 0;
  Text start;
  Text end;
  Text time_zone;
  std::vector<HistoricalScheduleSession> sessions;
  bool operator==(const HistoricalSchedule&) const = default;
};
struct RealTimeBar {
  RequestId request = 0;
  std::int64_t epoch_seconds = 0;
  std::optional<double> open;
  std::optional<double> high;
  std::optional<double> low;
  std::optional<double> close;
  std::optional<double> volume;
  std::optional<double> wap;
  std::optional<std::int64_t> count;
  bool operator==(const RealTimeBar&) const = default;
};
struct HeadTimestamp {
  RequestId request = 0;
  Text at;
  bool operator==(const HeadTimestamp&) const = default;
};

}  // namespace opt_data::tws
