// How often Black's formula is evaluated for one implied volatility.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/random.h"
#include "pricing/black.h"
#include "pricing/implied_volatility.h"

namespace {

// Whole formulas, and parts of one: its derivative, or one of its two terms. What a formula is made
// of is not counted again.
struct {
  int formulas = 0, derivatives = 0, terms = 0;
  bool within = false;
} counted;

template <typename Formula>
double within(Formula formula) {
  const bool outer = std::exchange(counted.within, true);
  if (!outer) ++counted.formulas;
  const double value = formula();
  counted.within = outer;
  return value;
}

double part(int& count, double value) {
  if (!counted.within) ++count;
  return value;
}

}  // namespace

extern "C" {
double real_black(double, double) __asm__("__real__ZN8opt_data7pricing16normalised_blackEdd");
double real_complement(double, double) __asm__(
    "__real__ZN8opt_data7pricing27normalised_black_complementEdd");
double real_over_vega(double, double) __asm__("__real__ZN8opt_data7pricing15black_over_vegaEdd");
double real_vega(double, double) __asm__("__real__ZN8opt_data7pricing15normalised_vegaEdd");
double real_erfcx(double) __asm__("__real__ZN8opt_data7pricing5erfcxEd");

double wrap_black(double x, double s) __asm__("__wrap__ZN8opt_data7pricing16normalised_blackEdd");
double wrap_complement(double x, double s) __asm__(
    "__wrap__ZN8opt_data7pricing27normalised_black_complementEdd");
double wrap_over_vega(double x, double s) __asm__(
    "__wrap__ZN8opt_data7pricing15black_over_vegaEdd");
double wrap_vega(double x, double s) __asm__("__wrap__ZN8opt_data7pricing15normalised_vegaEdd");
double wrap_erfcx(double x) __asm__("__wrap__ZN8opt_data7pricing5erfcxEd");

double wrap_black(double x, double s) {
  return within([&] { return real_black(x, s); });
}
double wrap_complement(double x, double s) {
  return within([&] { return real_complement(x, s); });
}
double wrap_over_vega(double x, double s) {
  return within([&] { return real_over_vega(x, s); });
}
double wrap_vega(double x, double s) { return part(counted.derivatives, real_vega(x, s)); }
double wrap_erfcx(double x) { return part(counted.terms, real_erfcx(x)); }
}

namespace opt_data::pricing {
namespace {

constexpr int evaluations_max = 10;

// A derivative counts as a whole evaluation, and so do two terms.
int evaluations() { return counted.formulas + counted.derivatives + (counted.terms + 1) / 2; }

TEST(PricingLimits, a_volatility_takes_few_evaluations) {
  Random random(20261001);
  int most = 0, solved = 0;
  double sum = 0;
  for (int i = 0; i < 200'000; ++i) {
    const auto terms = ExpiryTerms::from_spot(
        100.0, random.uniform(-0.01, 0.08), random.uniform(0, 0.04),
        std::exp(random.uniform(std::log(0.001), std::log(3.0))));
    const double strike = terms->forward() * std::exp(random.uniform(-2, 2));
    const Right right = random.below(2) == 0 ? Right::call : Right::put;
    const auto price = black_price(*terms, right, strike, random.uniform(0.03, 3.0));
    if (!price) continue;
    counted = {};
    if (!implied_volatility(*terms, right, strike, *price)) continue;
    ++solved;
    sum += evaluations();
    most = std::max(most, evaluations());
  }
  std::printf("%d volatilities: %.2f evaluations, at most %d\n", solved, sum / solved, most);
  EXPECT_GT(solved, 100'000);
  EXPECT_GT(sum / solved, 2.0) << "calls are not counted any more";
  EXPECT_LE(most, evaluations_max);
}

}  // namespace
}  // namespace opt_data::pricing
