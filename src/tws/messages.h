// The words of IBKR's API that opt-data speaks, both directions, free of any encoding.
//
// Text fields are views into the frame they were read from (zero-copy): copy what has to live
// longer. A value the sender did not have is empty; the broker's sentinels (-1, -2, 0,
// 2147483647, 1.7976931348623157E308) die in the decoder, field by field, and nowhere else.
// There is no order message, and there will be none. Field layouts: docs/wire.md.
#pragma once

#include <cstdint>
#include <variant>

#include "tws/client_messages.h"
#include "tws/contract_messages.h"
#include "tws/market_messages.h"
#include "tws/message_parts.h"

namespace opt_data::tws {

// ---- the gateway about the session

struct ManagedAccounts {
  Text accounts;  // comma separated; never logged
  bool operator==(const ManagedAccounts&) const = default;
};
struct NextValidId {
  std::int32_t id = 0;
  bool operator==(const NextValidId&) const = default;
};
struct CurrentTime {
  std::int64_t epoch_seconds = 0;
  bool operator==(const CurrentTime&) const = default;
};
struct ErrorNotice {
  RequestId request = -1;  // -1: about the session
  std::int32_t code = 0;
  Text text;      // may be translated; classify by code
  Text advanced;  // JSON, empty for data requests
  bool operator==(const ErrorNotice&) const = default;
};

// ---- everything the gateway says

using ServerMessage = std::variant<
    ManagedAccounts, NextValidId, CurrentTime, ErrorNotice, ContractData, ContractDataEnd,
    SecDefOptParam, SecDefOptParamEnd, MarketDataTypeNotice, TickPrice, TickSize, TickGeneric,
    TickString, TickOptionComputation, TickEfp, TickSnapshotEnd, TickReqParams, RerouteMarketData,
    HistoricalData, HistoricalDataUpdate, HistoricalSchedule, RealTimeBar, HeadTimestamp,
    MarketRule, SmartComponents, SymbolSamples, UnknownMessage>;

}  // namespace opt_data::tws
