// Layouts of what the gateway says about contracts. Included by server_layouts.h alone.
#pragma once

#include "tws/contract_fields.h"
#include "tws/layout.h"

namespace opt_data::tws {

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

}  // namespace opt_data::tws
