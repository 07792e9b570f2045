// Option chains as large as a whole market's, and what a collector would have seen of them: for
// what is measured at a scale that no recording has.
//
//   const Universe all({.contracts = 1'500'000, .underlyings = 5'500});
//   const std::vector<OptionQuote> rows = all.slot(slots[3]);  // in the order of their answers
//
// Chains are as unequal as the market's: the k-th largest is in proportion to 1 / (k + 20), which
// gives the largest some thousand contracts and the smallest some dozen. Prices stand on ticks, and
// bid, ask and size are those of a market maker around a fair value; model values are full doubles,
// as the broker sends them. Every contract is answered at a random moment of its slot.
//
// The fair value is that of a return with Student's t distribution, two degrees of freedom: price,
// delta and gamma are closed forms in square roots. So nothing here calls a library for
// mathematics, and the same seed gives the same bits on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "calendar/slot.h"
#include "market/option_quote.h"

namespace opt_data::bench {

struct UniverseOptions {
  std::size_t contracts = 500'000;
  std::size_t underlyings = 500;
  std::uint64_t seed = 1;
};

class Universe {
 public:
  // Requires: at least twelve contracts for each underlying.
  explicit Universe(const UniverseOptions& options);

  std::size_t size() const { return contracts_.size(); }
  const std::vector<OptionContract>& contracts() const { return contracts_; }  // In file order.
  std::vector<std::string> symbols() const;
  std::vector<OptionQuote> slot(const Slot& slot) const;

  // Bits of a row's cells that nothing else in the row foretells: no lossless file is smaller. They
  // are those of the mantissas of model values, of the moments of its ticks, and of its sizes.
  static double bits_without_pattern(const OptionQuote& row);

 private:
  struct Stock {
    std::string symbol;
    double spot = 0, volatility = 0;
    std::size_t first = 0, end = 0;  // Of its contracts.
  };
  void list_chain(Stock& stock, std::size_t contracts);
  double spot_at(const Stock& stock, int slot) const;
  OptionQuote row(const Stock& stock, std::size_t contract, const Slot& slot, double spot) const;

  std::uint64_t seed_;
  std::int64_t listings_ = 0;
  std::vector<Stock> stocks_;
  std::vector<OptionContract> contracts_;
};

// Bytes a row of this universe may take; docs/performance.md derives them.
constexpr double slot_bytes_goal = 76;
constexpr double compacted_bytes_goal = 68;

// The day that everything is measured on.
TradeDate bench_date();
SlotGrid bench_slots();

}  // namespace opt_data::bench
