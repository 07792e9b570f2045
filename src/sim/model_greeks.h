// The volatilities and sensitivities a gateway sends beside an option's prices.
//
// Black's formula on the forward: spot * exp(rate * years), or, where the underlying has no price,
// the forward that put-call parity of the expiry's own quotes implies. Then no underlying price is
// reported, as a gateway does not report one it does not have. Without a quote on both sides, or
// without a volatility that gives the price, there is no answer. European, no dividends; time runs
// in whole minutes of a year of 365 days to the close of the last session before expiry ends.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <unordered_map>

#include "calendar/calendar.h"
#include "market/market_source.h"
#include "pricing/black.h"
#include "sim/chain_directory.h"

namespace opt_data::sim {

struct ModelValues {
  double iv = 0;     // 0.25 is 25 %
  double delta = 0;  // Per share, as the others; theta per day, vega per volatility point.
  double gamma = 0;
  double theta = 0;
  double vega = 0;
  double price = 0;
  std::optional<double> underlying;
  friend bool operator==(const ModelValues&, const ModelValues&) = default;
};

struct ModelAnswer {
  std::optional<ModelValues> bid, ask, last, model;
  friend bool operator==(const ModelAnswer&, const ModelAnswer&) = default;
};

class ModelGreeks {
 public:
  ModelGreeks(const MarketSource& market, const Calendar& calendar, ChainDirectory& chains)
      : market_(market), calendar_(calendar), chains_(chains) {}

  // `quote` is the option's at `at`. Kept per contract until its prices, the underlying's, or the
  // minute are others.
  const ModelAnswer& at(const OptionContract& option, const MarketQuote& quote, Instant at);
  std::uint64_t computed() const { return computed_; }

 private:
  struct State {
    std::optional<double> bid, ask, last, underlying, forward;
    std::int64_t minutes = 0;  // To expiry.
    friend bool operator==(const State&, const State&) = default;
  };
  struct Known {
    State state;
    ModelAnswer answer;
  };
  struct Forward {
    Instant second{};
    std::optional<double> value;
  };

  Instant last_trade(std::chrono::year_month_day expiry);
  std::optional<double> underlying_price(const Underlying& symbol, Instant at) const;
  std::optional<double> parity_forward(const OptionContract& option, Instant at);
  std::optional<double> solve_parity(const OptionContract& option, Instant second);
  ModelAnswer compute(const OptionContract& option, const State& state) const;

  const MarketSource& market_;
  const Calendar& calendar_;
  ChainDirectory& chains_;
  std::unordered_map<ContractId, Known> known_;
  std::map<std::chrono::year_month_day, Instant> last_trades_;
  std::map<std::pair<Underlying, std::chrono::year_month_day>, Forward> forwards_;
  std::uint64_t computed_ = 0;
};

}  // namespace opt_data::sim
