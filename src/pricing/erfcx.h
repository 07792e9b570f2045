// The scaled complementary error function, erfcx(x) = exp(x^2) erfc(x).
//
// Far out in the tail erfc underflows long before the ratios made of it lose their meaning; erfcx
// keeps them. Rational Chebyshev approximations of W. J. Cody, "Rational Chebyshev approximations
// for the error function", Math. Comp. 23 (1969), with a relative error of about one ulp for
// x >= -1. Below -26 the result overflows to infinity.
#pragma once

namespace opt_data::pricing {

double erfcx(double x);

}  // namespace opt_data::pricing
