// Layouts of the gateway's ticks. Included by server_layouts.h alone.
#pragma once

#include <type_traits>

#include "tws/layout.h"

namespace opt_data::tws {

// 58|1|reqId|marketDataType|
template <>
struct Layout<MarketDataTypeNotice> {
  static constexpr Kind kind{58, "marketDataType"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.whole("reqId", m.request);
    f.whole("marketDataType", m.type);
  }
};

// 1|6|reqId|tickType|price|size|attrMask|
template <>
struct Layout<TickPrice> {
  static constexpr Kind kind{1, "tickPrice"};
  static void fields(auto& f, auto& m) {
    f.version(6);
    f.whole("reqId", m.request);
    f.whole("tickType", m.tick);
    f.decimal("price", m.price, absent_price(m.tick));
    f.decimal("size", m.size, Absent::size);
    f.whole("attrMask", m.attributes);
  }
};

// 2|6|reqId|tickType|size|
template <>
struct Layout<TickSize> {
  static constexpr Kind kind{2, "tickSize"};
  static void fields(auto& f, auto& m) {
    f.version(6);
    f.whole("reqId", m.request);
    f.whole("tickType", m.tick);
    f.decimal("size", m.size, Absent::size);
  }
};

// 45|6|reqId|tickType|value|
template <>
struct Layout<TickGeneric> {
  static constexpr Kind kind{45, "tickGeneric"};
  static void fields(auto& f, auto& m) {
    f.version(6);
    f.whole("reqId", m.request);
    f.whole("tickType", m.tick);
    f.decimal("value", m.value, absent_generic(m.tick));
  }
};

// 46|6|reqId|tickType|value|
template <>
struct Layout<TickString> {
  static constexpr Kind kind{46, "tickString"};
  static void fields(auto& f, auto& m) {
    f.version(6);
    f.whole("reqId", m.request);
    f.whole("tickType", m.tick);
    f.text("value", m.value);
  }
};

// 21|reqId|tickType|tickAttrib|impliedVol|delta|optPrice|pvDividend|gamma|vega|theta|undPrice|
template <>
struct Layout<TickOptionComputation> {
  static constexpr Kind kind{21, "tickOptionComputation"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.whole("tickType", m.tick);
    f.whole("tickAttrib", m.attribute);
    f.decimal("impliedVol", m.implied_vol, Absent::negative);
    f.decimal("delta", m.delta, Absent::minus_two);
    f.decimal("optPrice", m.price, Absent::minus_one);
    f.decimal("pvDividend", m.pv_dividend, Absent::minus_one);
    f.decimal("gamma", m.gamma, Absent::minus_two);
    f.decimal("vega", m.vega, Absent::minus_two);
    f.decimal("theta", m.theta, Absent::minus_two);
    f.decimal("undPrice", m.under_price, Absent::minus_one);
  }
};

// 47|6|reqId|tickType|basisPoints|formattedBasisPoints|impliedFuturesPrice|holdDays|
// futureLastTradeDate|dividendImpact|dividendsToLastTradeDate|
template <>
struct Layout<TickEfp> {
  static constexpr Kind kind{47, "tickEFP"};
  static void fields(auto& f, auto& m) {
    f.version(6);
    f.whole("reqId", m.request);
    f.whole("tickType", m.tick);
    f.decimal("basisPoints", m.basis_points, Absent::empty);
    f.text("formattedBasisPoints", m.formatted_basis_points);
    f.decimal("impliedFuturesPrice", m.implied_future, Absent::empty);
    f.whole("holdDays", m.hold_days);
    f.text("futureLastTradeDate", m.future_last_trade_date);
    f.decimal("dividendImpact", m.dividend_impact, Absent::empty);
    f.decimal("dividendsToLastTradeDate", m.dividends_to_expiry, Absent::empty);
  }
};

// 57|1|reqId|
template <>
struct Layout<TickSnapshotEnd> {
  static constexpr Kind kind{57, "tickSnapshotEnd"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.whole("reqId", m.request);
  }
};

// 81|reqId|minTick|bboExchange|snapshotPermissions|
template <>
struct Layout<TickReqParams> {
  static constexpr Kind kind{81, "tickReqParams"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.decimal("minTick", m.min_tick, Absent::empty);
    f.text("bboExchange", m.bbo_exchange);
    f.whole("snapshotPermissions", m.snapshot_permissions);
  }
};

// 91|reqId|conId|exchange|, and 92 of the same form for market depth
template <>
struct Layout<RerouteMarketData> {
  static constexpr Kind kind{91, "rerouteMktDataReq"};
  static constexpr Kind depth_kind{92, "rerouteMktDepthReq"};
  static void fields(auto& f, auto& m) {
    if constexpr (std::remove_reference_t<decltype(f)>::reads) m.depth = f.id() == depth_kind.id;
    f.whole("reqId", m.request);
    f.whole("conId", m.con_id);
    f.text("exchange", m.exchange);
  }
};

}  // namespace opt_data::tws
