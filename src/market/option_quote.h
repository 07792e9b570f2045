// The row that is kept, one for every question; and the settings' words for where it came from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "calendar/slot.h"
#include "market/contract.h"
#include "market/quote.h"

namespace opt_data {

// Nobody can mistake one for another.
enum class DataSource : std::uint8_t { ibkr, ibkr_historical, recording, simulated };
std::string_view to_text(DataSource source);  // IBKR, IBKR_HISTORICAL, RECORDING, SIMULATED
Result<DataSource> parse_data_source(std::string_view text);

// A price of the underlying that was observed; a guess is not one.
struct ReferencePrice {
  Underlying underlying;
  double usd = 0;
  std::string source;  // previous_close, last_trade
  Instant at{};
  friend bool operator==(const ReferencePrice&, const ReferencePrice&) = default;
};

// The underlying's own quote, taken with the option's.
struct UnderlyingQuote {
  std::optional<double> bid, ask, last;
  std::optional<Instant> as_of;
  friend bool operator==(const UnderlyingQuote&, const UnderlyingQuote&) = default;
};

// Why a row has no answer. Empty type: there was no error.
struct RowError {
  std::string type;     // refused, timeout, disconnected, not_asked, slot_missed
  std::string message;  // With the broker's code where there is one.
  friend bool operator==(const RowError&, const RowError&) = default;
};

struct OptionQuote {
  OptionContract contract;
  Slot slot;
  Quote quote;
  OpenInterest open_interest;
  UnderlyingQuote underlying;
  std::optional<ReferencePrice> reference;
  QualityFlags flags;
  RowError error;
  DataSource source = DataSource::ibkr;
  std::string ingest_id;

  // Market-data type known, no error, at least one of bid, ask or last sent by this subscription.
  bool usable() const {
    return quote.type != MarketDataType::unknown && error.type.empty() && quote.has_price();
  }
  friend bool operator==(const OptionQuote&, const OptionQuote&) = default;
};

}  // namespace opt_data
