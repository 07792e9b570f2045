// A feed that stands still while the market goes on. Judged per underlying: one unchanged contract
// is an honest market, a whole chain is not.
//
// Two signs, either is enough:
//   - the underlying moved or traded since the slot before, and (nearly) no contract changed;
//   - k contracts with live data traded since the slot before, yet none for a time in which, were
//   trades spread
//     evenly over the interval, some would have: (1 - gap/interval)^k below `chance_max`, and the
//     gap is longer than `gap_min`. It sees a feed that froze within the interval.
#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "market/option_quote.h"

namespace opt_data::collect {

struct StaleOptions {
  int contracts_min = 5;        // Fewer are not a chain.
  double unchanged_min = 0.98;  // Share of contracts that did not change.
  std::chrono::seconds gap_min{600};
  double chance_max = 1e-6;
};

// The underlyings whose rows of this slot are stale, each with the reason in words. `before` are
// the rows of the slot before; empty where it has none (then only the second sign can speak).
std::map<Underlying, std::string> stale_underlyings(
    std::span<const OptionQuote> before, Instant slot_before, std::span<const OptionQuote> rows,
    Instant slot, const StaleOptions& options);

}  // namespace opt_data::collect
