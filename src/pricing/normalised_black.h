// Black's formula without units, for an option that is out of the money.
//
//   b(x, s) = exp(x/2) N(x/s + s/2) - exp(-x/2) N(x/s - s/2),   x = ln(F/K) <= 0,   s = v sqrt(T)
//
// and price = b sqrt(F K). A put is the call with F and K exchanged, and an option in the money is
// its intrinsic value plus the option out of the money at the same strike, so this is all there is.
// b rises from 0 at s = 0 to exp(x/2) at s = infinity.
//
// Source: P. Jaeckel, "Let's Be Rational", Wilmott (2015), section 6: four regions of (x/s, s/2),
// each with the expression that loses nothing there.
//
// Throughout: x <= 0 and finite, s >= 0. The relative error of b is a few ulp times 1 + (x/s)^2,
// which is what half an ulp in s alone would do; no formula in doubles can promise less.
#pragma once

namespace opt_data::pricing {

double normalised_black(double x, double s);

// exp(x/2) - b without cancellation: what is missing to the largest possible price.
double normalised_black_complement(double x, double s);

// db/ds = exp(-((x/s)^2 + (s/2)^2) / 2) / sqrt(2 pi).
double normalised_vega(double x, double s);

// b / (db/ds). Finite and exact to rounding where both underflow. Requires: s > 0.
double black_over_vega(double x, double s);

}  // namespace opt_data::pricing
