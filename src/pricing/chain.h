// Implied volatilities and sensitivities of all options of one expiry, column by column.
//
//   const std::size_t solved = solve_chain(
//       terms, {.strikes = strikes, .rights = rights, .prices = mids},
//       {.iv = iv, .delta = delta, .gamma = gamma, .theta = theta, .vega = vega});
//
// Columns are the caller's memory, so that a simulator solves a chain again at every step without
// allocating. A row without a solution (see implied_volatility.h) is empty in every column. Units
// are those of Sensitivities; nothing is shared, so expiries may be solved on separate threads.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "market/contract.h"
#include "pricing/black.h"

namespace opt_data::pricing {

// Row i of every column is one option. A price that is not known is NaN.
struct ChainPrices {
  std::span<const double> strikes;
  std::span<const Right> rights;
  std::span<const double> prices;
};

struct ChainGreeks {
  std::span<std::optional<double>> iv;
  std::span<std::optional<double>> delta;
  std::span<std::optional<double>> gamma;
  std::span<std::optional<double>> theta;
  std::span<std::optional<double>> vega;
};

// Returns how many rows have a solution. Requires: all columns have the same length.
std::size_t solve_chain(const ExpiryTerms& terms, const ChainPrices& in, const ChainGreeks& out);

}  // namespace opt_data::pricing
