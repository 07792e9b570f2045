// Layouts of the gateway's messages. In the comments '|' is the NUL that ends a field and (...)*n
// a group that comes n times. Which layout belongs to which version: docs/wire.md.
#include "tws/absent.h"
#include "tws/bar_layouts.h"
#include "tws/codec.h"
#include "tws/contract_fields.h"
#include "tws/layout.h"

namespace opt_data::tws {

// ---- session

// 15|1|accounts|
template <>
struct Layout<ManagedAccounts> {
  static constexpr Kind kind{15, "managedAccts"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.text("accountsList", m.accounts);
  }
};

// 9|1|orderId|
template <>
struct Layout<NextValidId> {
  static constexpr Kind kind{9, "nextValidId"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.whole("orderId", m.id);
  }
};

// 49|1|time|
template <>
struct Layout<CurrentTime> {
  static constexpr Kind kind{49, "currentTime"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.moment("time", m.epoch_seconds);
  }
};

// 4|2|id|code|text|advancedOrderRejectJson|
template <>
struct Layout<ErrorNotice> {
  static constexpr Kind kind{4, "errMsg"};
  static void fields(auto& f, auto& m) {
    f.version(2);
    f.whole("id", m.request, -1);
    f.whole("errorCode", m.code);
    f.text("errorMsg", m.text);
    f.text("advancedOrderRejectJson", m.advanced);
  }
};

// ---- contracts

// 10|reqId|...|secIdListCount|(tag|value|)*n...|suggestedSizeIncrement|
template <>
struct Layout<ContractData> {
  static constexpr Kind kind{10, "contractData"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.text("symbol", m.symbol);
    f.text("secType", m.sec_type);
    last_trade_fields(f, m.last_trade_date, m.last_trade_time, m.last_trade_zone);
    f.decimal("strike", m.strike, Absent::zero);
    right_field(f, m.right);
    f.text("exchange", m.exchange);
    f.text("currency", m.currency);
    f.text("localSymbol", m.local_symbol);
    f.text("marketName", m.market_name);
    f.text("tradingClass", m.trading_class);
    f.whole("conId", m.con_id);
    f.decimal("minTick", m.min_tick, Absent::empty);
    f.text("multiplier", m.multiplier);
    f.text("orderTypes", m.order_types);
    f.text("validExchanges", m.valid_exchanges);
    f.whole("priceMagnifier", m.price_magnifier, 1);
    f.whole("underConId", m.under_con_id);
    f.text("longName", m.long_name);
    f.text("primaryExch", m.primary_exchange);
    f.text("contractMonth", m.contract_month);
    f.text("industry", m.industry);
    f.text("category", m.category);
    f.text("subcategory", m.subcategory);
    f.text("timeZoneId", m.time_zone_id);
    f.text("tradingHours", m.trading_hours);
    f.text("liquidHours", m.liquid_hours);
    f.text("evRule", m.ev_rule);
    f.text("evMultiplier", m.ev_multiplier);
    f.list("secIdListCount", m.sec_ids, 2, [&f](auto& id) {
      f.text("secIdTag", id.first);
      f.text("secIdValue", id.second);
    });
    f.group("aggGroup", m.agg_group);
    f.text("underSymbol", m.under_symbol);
    f.text("underSecType", m.under_sec_type);
    f.text("marketRuleIds", m.market_rule_ids);
    f.text("realExpirationDate", m.real_expiration_date);
    f.text("stockType", m.stock_type);
    f.decimal("minSize", m.min_size, Absent::size);
    f.decimal("sizeIncrement", m.size_increment, Absent::size);
    f.decimal("suggestedSizeIncrement", m.suggested_size_increment, Absent::size);
  }
};

// 52|1|reqId|
template <>
struct Layout<ContractDataEnd> {
  static constexpr Kind kind{52, "contractDataEnd"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.whole("reqId", m.request);
  }
};

// 75|reqId|exchange|underConId|tradingClass|multiplier|n|(expiration|)*n|(strike|)*n
template <>
struct Layout<SecDefOptParam> {
  static constexpr Kind kind{75, "securityDefinitionOptionParameter"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.text("exchange", m.exchange);
    f.whole("underlyingConId", m.under_con_id);
    f.text("tradingClass", m.trading_class);
    f.text("multiplier", m.multiplier);
    f.list("expirationsCount", m.expirations, 1, [&f](auto& date) { f.text("expiration", date); });
    f.list("strikesCount", m.strikes, 1, [&f](auto& strike) { f.strike("strike", strike); });
  }
};

// 76|reqId|
template <>
struct Layout<SecDefOptParamEnd> {
  static constexpr Kind kind{76, "securityDefinitionOptionParameterEnd"};
  static void fields(auto& f, auto& m) { f.whole("reqId", m.request); }
};

// 93|marketRuleId|n|(lowEdge|increment|)*n
template <>
struct Layout<MarketRule> {
  static constexpr Kind kind{93, "marketRule"};
  static void fields(auto& f, auto& m) {
    f.whole("marketRuleId", m.rule);
    f.list("priceIncrementsCount", m.increments, 2, [&f](auto& step) {
      f.decimal("lowEdge", step.first);
      f.decimal("increment", step.second);
    });
  }
};

// 82|reqId|n|(bitNumber|exchange|letter|)*n
template <>
struct Layout<SmartComponents> {
  static constexpr Kind kind{82, "smartComponents"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.list("smartComponentsCount", m.components, 3, [&f](auto& component) {
      f.whole("bitNumber", component.bit);
      f.text("exchange", component.exchange);
      f.text("exchangeLetter", component.letter);
    });
  }
};

// 79|reqId|n|(conId|symbol|secType|primaryExch|currency|k|(type|)*k|description|issuerId|)*n
template <>
struct Layout<SymbolSamples> {
  static constexpr Kind kind{79, "symbolSamples"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.list("contractDescriptionsCount", m.samples, 8, [&f](auto& sample) {
      f.whole("conId", sample.con_id);
      f.text("symbol", sample.symbol);
      f.text("secType", sample.sec_type);
      f.text("primaryExch", sample.primary_exchange);
      f.text("currency", sample.currency);
      f.list("derivativeSecTypesCount", sample.derivatives, 1, [&f](auto& type) {
        f.text("derivativeSecType", type);
      });
      f.text("description", sample.description);
      f.text("issuerId", sample.issuer_id);
    });
  }
};

// ---- market data

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

// ---- in and out

void encode_as(std::string& out, const RerouteMarketData& message) {
  using Reroute = Layout<RerouteMarketData>;
  FieldWriter writer(out, (message.depth ? Reroute::depth_kind : Reroute::kind).id);
  Reroute::fields(writer, message);
  writer.finish();
}

void encode(std::string& out, const ServerMessage& message, std::int32_t version) {
  require_spoken(version);
  std::visit([&out](const auto& m) { encode_as(out, m); }, message);
}

Result<ServerMessage> decode_server(
    std::string_view payload, std::int32_t version, std::size_t* surplus) {
  static constexpr auto decoders = [] {
    auto table = DecoderTable<ServerMessage>::make();
    constexpr auto depth = Layout<RerouteMarketData>::depth_kind.id;
    table[depth] = table[Layout<RerouteMarketData>::kind.id];
    return table;
  }();
  return decode_by(decoders, payload, version, surplus);
}

}  // namespace opt_data::tws
