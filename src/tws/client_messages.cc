// Layouts of the client's messages. In the comments '|' is the NUL that ends a field and <contract>
// the twelve fields of contract_fields(). Which layout belongs to which version: docs/wire.md.
#include "tws/codec.h"
#include "tws/contract_fields.h"
#include "tws/layout.h"

namespace opt_data::tws {

// ---- session

// 71|2|clientId|optionalCapabilities|
template <>
struct Layout<StartApi> {
  static constexpr Kind kind{71, "startApi"};
  static void fields(auto& f, auto& m) {
    f.version(2);
    f.whole("clientId", m.client_id);
    f.text("optionalCapabilities", m.capabilities);
  }
};

// 8|1|numIds|
template <>
struct Layout<RequestIds> {
  static constexpr Kind kind{8, "reqIds"};
  static void fields(auto& f, auto& /*m*/) {
    f.version(1);
    f.constant("numIds", "1");  // The gateway does not look at it.
  }
};

// 17|1|
template <>
struct Layout<RequestManagedAccounts> {
  static constexpr Kind kind{17, "reqManagedAccts"};
  static void fields(auto& f, auto& /*m*/) { f.version(1); }
};

// 14|1|level|
template <>
struct Layout<SetServerLogLevel> {
  static constexpr Kind kind{14, "setServerLogLevel"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.whole("logLevel", m.level);
  }
};

// 49|1|
template <>
struct Layout<RequestCurrentTime> {
  static constexpr Kind kind{49, "reqCurrentTime"};
  static void fields(auto& f, auto& /*m*/) { f.version(1); }
};

// ---- contracts

// 9|8|reqId|<contract>includeExpired|secIdType|secId|issuerId|
template <>
struct Layout<RequestContractData> {
  static constexpr Kind kind{9, "reqContractData"};
  static void fields(auto& f, auto& m) {
    f.version(8);
    f.whole("reqId", m.request);
    contract_fields(f, m.contract);
    f.flag("includeExpired", m.include_expired);
    f.text("secIdType", m.sec_id_type);
    f.text("secId", m.sec_id);
    f.text("issuerId", m.issuer_id);
  }
};

// 78|reqId|underlyingSymbol|futFopExchange|underlyingSecType|underlyingConId|
template <>
struct Layout<RequestSecDefOptParams> {
  static constexpr Kind kind{78, "reqSecDefOptParams"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.text("underlyingSymbol", m.symbol);
    f.text("futFopExchange", m.fut_fop_exchange);
    f.text("underlyingSecType", m.sec_type);
    f.whole("underlyingConId", m.con_id);
  }
};

// 81|reqId|pattern|
template <>
struct Layout<RequestMatchingSymbols> {
  static constexpr Kind kind{81, "reqMatchingSymbols"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.text("pattern", m.pattern);
  }
};

// 91|marketRuleId|
template <>
struct Layout<RequestMarketRule> {
  static constexpr Kind kind{91, "reqMarketRule"};
  static void fields(auto& f, auto& m) { f.whole("marketRuleId", m.rule); }
};

// 83|reqId|bboExchange|
template <>
struct Layout<RequestSmartComponents> {
  static constexpr Kind kind{83, "reqSmartComponents"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.text("bboExchange", m.bbo_exchange);
  }
};

// ---- market data

// 59|1|marketDataType|
template <>
struct Layout<RequestMarketDataType> {
  static constexpr Kind kind{59, "reqMarketDataType"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.whole("marketDataType", m.type);
  }
};

// Flag 0, or 1 with the contract a combination is hedged by; we ask for none, and skip others'.
void delta_neutral(FieldReader& f) {
  bool hedged = false;
  f.flag("deltaNeutralContract", hedged);
  if (!hedged) return;
  for (const char* field : {"conId", "delta", "price"}) f.constant(field, "");
}
void delta_neutral(FieldWriter& f) { f.flag("deltaNeutralContract", false); }

// 1|11|reqId|<contract>[legs]deltaNeutral|genericTicks|snapshot|regulatorySnapshot|options|
template <>
struct Layout<RequestMarketData> {
  static constexpr Kind kind{1, "reqMktData"};
  static void fields(auto& f, auto& m) {
    f.version(11);
    f.whole("reqId", m.request);
    contract_fields(f, m.contract);
    combo_legs(f, m.contract);
    delta_neutral(f);
    f.text("genericTickList", m.generic_ticks);
    f.flag("snapshot", m.snapshot);
    f.flag("regulatorySnapshot", m.regulatory_snapshot);
    f.constant("mktDataOptions", "");
  }
};

// 2|2|reqId|
template <>
struct Layout<CancelMarketData> {
  static constexpr Kind kind{2, "cancelMktData"};
  static void fields(auto& f, auto& m) {
    f.version(2);
    f.whole("reqId", m.request);
  }
};

// 50|3|reqId|<contract>barSize|whatToShow|useRTH|options|
template <>
struct Layout<RequestRealTimeBars> {
  static constexpr Kind kind{50, "reqRealTimeBars"};
  static void fields(auto& f, auto& m) {
    f.version(3);
    f.whole("reqId", m.request);
    contract_fields(f, m.contract);
    f.whole("barSize", m.bar_seconds);
    f.text("whatToShow", m.what_to_show);
    f.flag("useRTH", m.regular_hours);
    f.constant("realTimeBarsOptions", "");
  }
};

// 51|1|reqId|
template <>
struct Layout<CancelRealTimeBars> {
  static constexpr Kind kind{51, "cancelRealTimeBars"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.whole("reqId", m.request);
  }
};

// ---- history

// 20|reqId|<contract>includeExpired|endDateTime|barSize|duration|useRTH|whatToShow|formatDate|
// [legs]keepUpToDate|chartOptions|
template <>
struct Layout<RequestHistoricalData> {
  static constexpr Kind kind{20, "reqHistoricalData"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    contract_fields(f, m.contract);
    f.flag("includeExpired", m.include_expired);
    f.text("endDateTime", m.end);
    f.text("barSizeSetting", m.bar_size);
    f.text("duration", m.duration);
    f.flag("useRTH", m.regular_hours);
    f.text("whatToShow", m.what_to_show);
    f.whole("formatDate", m.format_date);
    combo_legs(f, m.contract);
    f.flag("keepUpToDate", m.keep_up_to_date);
    f.constant("chartOptions", "");
  }
};

// 25|1|reqId|
template <>
struct Layout<CancelHistoricalData> {
  static constexpr Kind kind{25, "cancelHistoricalData"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.whole("reqId", m.request);
  }
};

// 87|reqId|<contract>includeExpired|useRTH|whatToShow|formatDate|
template <>
struct Layout<RequestHeadTimestamp> {
  static constexpr Kind kind{87, "reqHeadTimestamp"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    contract_fields(f, m.contract);
    f.flag("includeExpired", m.include_expired);
    f.flag("useRTH", m.regular_hours);
    f.text("whatToShow", m.what_to_show);
    f.whole("formatDate", m.format_date);
  }
};

// 90|reqId|
template <>
struct Layout<CancelHeadTimestamp> {
  static constexpr Kind kind{90, "cancelHeadTimestamp"};
  static void fields(auto& f, auto& m) { f.whole("reqId", m.request); }
};

// ---- in and out

void encode(std::string& out, const ClientMessage& message, std::int32_t version) {
  require_spoken(version);
  std::visit([&out](const auto& m) { encode_as(out, m); }, message);
}

Result<ClientMessage> decode_client(
    std::string_view payload, std::int32_t version, std::size_t* surplus) {
  using Keep = KeepIn<ClientMessage>;
  static constexpr auto readers = ReaderTable<ClientMessage, Keep>::make();
  Result<ClientMessage> out;
  Keep keep{*out};
  OPT_TRY_VOID(read_by<Keep>(readers, payload, version, keep, surplus));
  return out;
}

}  // namespace opt_data::tws
