// A market that can be asked what it looked like at any instant: a recording, or a seeded model.
//
// The simulated gateway replays one. Nothing here is ever ahead of its time: what quote() says of
// an instant was known at that instant, and what was not recorded stays absent.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "calendar/instant.h"
#include "market/contract.h"
#include "market/option_quote.h"

namespace opt_data {

// One side of a quote. Never seen: the gateway sends nothing. Seen without a price: it says -1.
struct MarketSide {
  bool seen = false;
  std::optional<double> price;
  std::optional<double> size;
  friend bool operator==(const MarketSide&, const MarketSide&) = default;
};

struct MarketQuote {
  MarketSide bid, ask;
  std::optional<double> last, last_size;
  std::optional<Instant> last_at;
  std::optional<double> open, high, low;
  std::optional<double> previous_close;
  std::optional<double> volume;
  friend bool operator==(const MarketQuote&, const MarketQuote&) = default;
};

struct MarketUnderlying {
  ContractId id = 0;
  Underlying symbol;
  std::string long_name;
  std::string primary_exchange;
};

class MarketSource {
 public:
  virtual ~MarketSource() = default;

  virtual DataSource source() const = 0;
  virtual std::vector<MarketUnderlying> underlyings() const = 0;
  // Every option of `symbol` that is listed at `at`, in file order. Expired ones are not.
  virtual std::vector<OptionContract> listed(const Underlying& symbol, Instant at) const = 0;
  // As of `at`; of an underlying or an option. An id nobody knows has an empty quote.
  virtual MarketQuote quote(ContractId id, Instant at) const = 0;
  // The first instant after `after` at which quote(id) is another; empty when it stays.
  virtual std::optional<Instant> next_change(ContractId id, Instant after) const = 0;
  // The open interest that is public at `at`; empty when nothing was published.
  virtual std::optional<std::int64_t> open_interest(ContractId id, Instant at) const = 0;
  // The continuously compounded yearly rate that model prices are to use.
  virtual double rate() const = 0;
};

}  // namespace opt_data
