// For tests: the same formulas with sixty digits, straight from their definitions, each result
// rounded once. What differs from these by an ulp or two is as good as doubles can be.
#pragma once

#include <cstdint>

namespace opt_data::pricing {

double exact_erfcx(double x);

struct ExactBlack {
  double value;       // b(x, s)
  double complement;  // exp(x/2) - b
  double vega;        // db/ds
  double over_vega;   // b / (db/ds)
};

ExactBlack exact_black(double x, double s);

// The seed of a random test: OPT_DATA_TEST_SEED if it is set. Tests print it.
std::uint64_t test_seed();

}  // namespace opt_data::pricing
