// What one market-data line has said so far: ticks in, a Quote out. No clock, no session.
//
// The order in which ticks come differs from day to day, so nothing here depends on it.
#pragma once

#include <cstdint>
#include <optional>

#include "calendar/instant.h"
#include "market/contract.h"
#include "market/quote.h"
#include "tws/messages.h"

namespace opt_data::gateway {

class QuoteLine {
 public:
  // `right` of an option tells which open interest is its own; empty for an underlying.
  explicit QuoteLine(std::optional<Right> right) : right_(right) {}

  // Each returns true when the message was about this line's market.
  bool on(const tws::MarketDataTypeNotice& notice);
  bool on(const tws::TickPrice& tick, Instant now);
  bool on(const tws::TickSize& tick, Instant now);
  bool on(const tws::TickGeneric& tick, Instant now);
  bool on(const tws::TickString& tick, Instant now);
  bool on(const tws::TickOptionComputation& tick, Instant now);

  const Quote& quote() const { return quote_; }
  std::optional<std::int64_t> open_interest() const { return open_interest_; }
  bool alive() const { return quote_.received.has_value(); }  // At least one tick arrived.

 private:
  void price(tws::Tick kind, std::optional<double> value, Instant now);
  void size(tws::Tick kind, std::optional<double> value, Instant now);

  std::optional<Right> right_;
  Quote quote_;
  std::optional<std::int64_t> open_interest_;
};

}  // namespace opt_data::gateway
