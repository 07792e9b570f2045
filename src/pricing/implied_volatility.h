// The volatility with which Black's formula gives an observed price.
//
// Method: P. Jaeckel, "Let's Be Rational", Wilmott (2015). The price is made one of an option out
// of the money without units (see normalised_black.h); a rational cubic, inverted on one of four
// zones, gives a first guess; two Householder steps of fourth order bring it to the last digits
// (a third follows only where forward and strike are many orders of magnitude apart). No search.
//
//   const auto terms = ExpiryTerms::from_spot(spot, rate, dividend_yield, years);
//   if (const auto iv = implied_volatility(*terms, Right::put, strike, mid)) ...
//
// Precision. Half an ulp of the price moves the volatility v by (price / (v vega)) half ulps, and
// the answer is as good as that: |error| <= 8 eps v (1 + price / (v vega)) for strikes up to a
// factor exp(30) from the forward (beyond, ln(F/K) / 2 times as much). An option out of the money
// carries its volatility in every digit (the quotient is below 1 unless the price is close to its
// bound); deep in the money the price is nearly all intrinsic value and the quotient is huge.
//
// No answer, rather than a number: for a price that is not above the discounted intrinsic value or
// not below the largest one Black's formula can give; for NaN; and in the money also for a time
// value below what the roundings of price and forward alone can produce (2 eps max(F, K)), because
// any volatility read out of that would be invented.
#pragma once

#include <optional>

#include "market/contract.h"
#include "pricing/black.h"

namespace opt_data::pricing {

// `price` is per share and paid now.
std::optional<double> implied_volatility(
    const ExpiryTerms& terms, Right right, double strike, double price);

// s with normalised_black(x, s) = beta. `complement` is exp(x/2) - beta, handed in because who has
// the price knows it without cancellation. Requires: x <= 0, beta > 0, complement > 0.
double normalised_implied_volatility(double x, double beta, double complement);

}  // namespace opt_data::pricing
