// A market that never was, grown from one seed: spots, smiles, listings, trades, open interest.
//
//   OPT_TRY(const auto market, SyntheticMarket::make({{"AAPL", "MSFT"}, first, last}, seed));
//
// Options are worth Black-Scholes on the path of their underlying, with a volatility that depends
// on moneyness and time (one smile for calls and puts, so that parity holds); around that a spread
// on the exchange's grid of prices. Far out of the money the bid is withdrawn. Each contract quotes
// again every few seconds, in its own rhythm, and trades a few times a day. Before its first quote
// of a session nothing is seen; after the close the last quotes stand until midnight in New York.
//
// Open interest is published at 06:30 New York as of the session before, for what was listed then.
//
// quote() and open_interest() are functions of (seed, id, instant). Immutable, safe to share
// between threads. Outside the days it was made for it knows previous closes only.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "calendar/calendar.h"
#include "market/market_source.h"
#include "sim/synthetic_listing.h"
#include "sim/synthetic_path.h"

namespace opt_data::sim {

struct SyntheticOptions {
  std::vector<Underlying> symbols;
  std::chrono::year_month_day first{};  // The days it can be asked about: trade dates.
  std::chrono::year_month_day last{};
};

class SyntheticMarket : public MarketSource {
 public:
  // Errors: invalid_input (no symbol, too many, days in the wrong order, years the calendar does
  // not know), not_found (a day without a session).
  static Result<std::unique_ptr<SyntheticMarket>> make(
      const SyntheticOptions& options, std::uint64_t seed);

  DataSource source() const override { return DataSource::simulated; }
  std::vector<MarketUnderlying> underlyings() const override;
  std::vector<OptionContract> listed(const Underlying& symbol, Instant at) const override;
  MarketQuote quote(ContractId id, Instant at) const override;
  std::optional<Instant> next_change(ContractId id, Instant after) const override;
  std::optional<std::int64_t> open_interest(ContractId id, Instant at) const override;
  double rate() const override { return 0.04; }

 private:
  struct Previous {  // The session before.
    std::chrono::year_month_day day;
    Instant closed;
    double close;
  };
  struct Day {
    Previous before;
    SyntheticPath path;
  };
  struct Symbol {
    ListingRule rule;
    SyntheticStock stock;
    std::vector<Day> days;  // One for each session, ascending.
  };
  struct Option {
    std::uint32_t symbol;
    std::chrono::year_month_day since;  // Listed; of those we were made for, the first day.
    std::chrono::year_month_day expiry;
    Instant last_trade;
    double strike;
    Right right;
    double distance;  // |ln(strike / base)|
    std::chrono::microseconds period, phase;
  };
  struct Price {
    MarketSide bid, ask;
    double fair;
  };
  struct Trade {
    Instant at;
    double price, size;
  };

  explicit SyntheticMarket(std::uint64_t seed) : seed_(seed) {}
  void add_symbol(const ListingRule& rule, const std::vector<TradingSession>& sessions);
  void add_options(std::uint32_t symbol, std::chrono::year_month_day day);

  const Symbol* stock_of(ContractId id) const;
  // The session of the New York day of `at`, once it has opened; none otherwise.
  const Day* running(const Symbol& symbol, Instant at) const;
  const Day* next_session(const Symbol& symbol, Instant after) const;
  MarketQuote stock_quote(const Symbol& symbol, Instant at) const;
  MarketQuote option_quote(ContractId id, const Option& option, Instant at) const;
  static Previous previous(const Symbol& symbol, Instant at);
  std::chrono::year_month_day session_before(Instant at) const;

  double fair_price(const Option& option, double spot, Instant at) const;
  std::optional<Instant> last_update(const Option& option, const Day& day, Instant at) const;
  Price price_at(ContractId id, const Option& option, const Day& day, Instant update) const;
  std::vector<Trade> trades(ContractId id, const Option& option, const Day& day, Instant at) const;
  std::vector<Instant> trade_instants(ContractId id, const Option& option, const Day& day) const;
  std::optional<Instant> next_candidate(ContractId id, Instant after) const;

  std::uint64_t seed_;
  Calendar calendar_;
  std::vector<Symbol> symbols_;
  std::unordered_map<ContractId, Option> options_;
  std::unordered_map<ContractId, std::uint32_t> stocks_;
};

}  // namespace opt_data::sim
