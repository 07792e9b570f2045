#include "pricing/implied_volatility.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "pricing/black_oracle.h"
#include "pricing/normalised_black.h"

namespace opt_data::pricing {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double minute = 1.0 / (365.0 * 1440.0);

double log_uniform(Random& random, double low, double high) {
  return std::exp(random.uniform(std::log(low), std::log(high)));
}

// Which zone of the first guess a volatility belongs to: below the tangent's root, below the point
// of inflexion, below where the tangent meets the bound, above.
std::size_t zone(double x, double s) {
  const double centre = std::sqrt(-2.0 * x);
  const double b = normalised_black(x, centre);
  const double vega = normalised_vega(x, centre);
  if (s < centre) return s < centre - b / vega ? 0 : 1;
  return s < centre + (std::exp(0.5 * x) - b) / vega ? 2 : 3;
}

// Solves prices that are right to half an ulp, so that only the solver can err. Near the bound it
// is the complement that says which volatility it is.
std::array<double, 4> worst_errors_by_zone(Random& random, double x_min, double x_max, int count) {
  std::array<double, 4> worst{};
  for (int i = 0; i < count; ++i) {
    const double x = -log_uniform(random, x_min, x_max);
    const double centre = std::sqrt(-2.0 * x);
    const double s = i % 3 == 0   ? -x / log_uniform(random, 0.01, 36.0)
                     : i % 3 == 1 ? centre * log_uniform(random, 0.1, 3.0)
                                  : centre + random.uniform(0.0, 12.0);
    const ExactBlack exact = exact_black(x, s);
    if (!(exact.value > 1e-290) || exact.complement < 1e-16 * exact.value) continue;
    const double told = std::min(exact.value, exact.complement) / (s * exact.vega);
    const double solved = normalised_implied_volatility(x, exact.value, exact.complement);
    const double error = std::abs(solved / s - 1.0) / (epsilon * (1.0 + told));
    double& zone_worst = worst[zone(x, s)];
    zone_worst = std::max(zone_worst, error);
    EXPECT_LE(error, x_max > 100.0 ? 16.0 : 6.0) << "x " << x << " s " << s;
  }
  return worst;
}

TEST(NormalisedImpliedVolatility, is_right_to_a_few_ulp_in_every_zone) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << seed);
  Random random(seed);
  const auto worst = worst_errors_by_zone(random, 1e-16, 60.0, 6000);
  for (std::size_t i = 0; i < worst.size(); ++i)
    std::printf("zone %zu: worst relative error %.2f eps (1 + b / (s b'))\n", i + 1, worst[i]);
  worst_errors_by_zone(random, 60.0, 600.0, 1000);
}

TEST(NormalisedImpliedVolatility, at_the_money_is_the_inverse_of_the_error_function) {
  for (const double s : {1e-300, 1e-12, 1e-3, 0.2, 1.0, 4.0, 15.0}) {
    const double b = std::erf(s / std::sqrt(8.0));
    const double complement = std::erfc(s / std::sqrt(8.0));
    EXPECT_NEAR(normalised_implied_volatility(0.0, b, complement) / s, 1.0, 8.0 * epsilon) << s;
  }
}

struct RoundTrip {
  double worst = 0.0;  // In eps (1 + price / (v vega)).
  int solved = 0;
  int silent = 0;
};

// There may be no answer only where the price does not tell: it underflowed, its time value is a
// few roundings of the intrinsic value, or it is that close to its bound.
void try_round_trip(
    const ExpiryTerms& terms, Right right, double strike, double volatility, RoundTrip& result) {
  const double price = black_price(terms, right, strike, volatility).value();
  const auto solved = implied_volatility(terms, right, strike, price);
  const auto greeks = black_sensitivities(terms, right, strike, volatility);
  ASSERT_TRUE(greeks);
  const double forward = terms.forward();
  const double elasticity = volatility * greeks->vega;
  if (!solved) {
    ++result.silent;
    const double x = -std::abs(log_moneyness(forward, strike));
    const double s = volatility * terms.sqrt_years();
    const double root = std::sqrt(forward) * std::sqrt(strike);
    const double information =
        std::min(normalised_black(x, s), normalised_black_complement(x, s)) * root;
    EXPECT_TRUE(price == 0.0 || information <= 8.0 * epsilon * std::max(forward, strike))
        << "no solution for a price of " << price;
    return;
  }
  ++result.solved;
  // An option near its bound counts as one whose rounding is that of the bound.
  const double bound = epsilon * (1.0 + price / elasticity);
  const double error = std::abs(*solved / volatility - 1.0) / bound;
  // Of subnormal prices, or where the rounding could be the whole time value, the linear bound says
  // nothing.
  if (price < 1e-290 || bound > 1e-3) return;
  EXPECT_LE(error, 8.0) << "price " << price << " solved " << *solved;
  result.worst = std::max(result.worst, error);
}

TEST(ImpliedVolatility, round_trip_gives_every_digit_the_price_carries) {
  RoundTrip result;
  for (const double years : {minute, 5.0 * minute, 1.0 / 365.0, 0.1, 1.0, 5.0}) {
    const ExpiryTerms terms = *ExpiryTerms::from_spot(100.0, 0.04, 0.01, years);
    for (const double volatility : {1e-6, 1e-4, 0.01, 0.1, 0.25, 0.8, 2.0, 3.01, 5.0, 10.0, 25.0}) {
      for (const double moneyness :
           {-5.0, -1.0, -0.3, -0.1, -0.02, -1e-3, -1e-6, 0.0, 1e-9, 1e-4, 0.05, 0.4, 2.0, 6.0}) {
        for (const Right right : {Right::call, Right::put}) {
          SCOPED_TRACE(
              testing::Message() << letter(right) << " years " << years << " volatility "
                                 << volatility << " moneyness " << moneyness);
          try_round_trip(terms, right, terms.forward() * std::exp(moneyness), volatility, result);
        }
      }
    }
  }
  std::printf(
      "%d solved, worst %.2f eps (1 + price / (v vega)); %d whose price does not tell\n",
      result.solved, result.worst, result.silent);
  EXPECT_GT(result.solved, 900);
}

TEST(ImpliedVolatility, random_round_trip_gives_every_digit_the_price_carries) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << seed);
  Random random(seed);
  RoundTrip result;
  for (int i = 0; i < 200'000; ++i) {
    const double spot = log_uniform(random, 0.01, 1e5);
    const double years = log_uniform(random, minute, 10.0);
    const ExpiryTerms terms =
        *ExpiryTerms::from_spot(spot, random.uniform(-0.02, 0.15), random.uniform(0.0, 0.1), years);
    const double volatility = log_uniform(random, 1e-3, 10.0);
    const double deviations = random.uniform(-12.0, 12.0);
    const double strike = terms.forward() * std::exp(deviations * volatility * terms.sqrt_years());
    if (std::abs(log_moneyness(terms.forward(), strike)) > 30.0) continue;
    const Right right = random.below(2) == 0 ? Right::call : Right::put;
    SCOPED_TRACE(
        testing::Message() << letter(right) << " spot " << spot << " years " << years
                           << " volatility " << volatility << " strike " << strike);
    try_round_trip(terms, right, strike, volatility, result);
    if (HasFailure()) return;
  }
  std::printf(
      "seed %llu: %d solved, worst %.2f eps (1 + price / (v vega)); %d whose price does not tell\n",
      static_cast<unsigned long long>(seed), result.solved, result.worst, result.silent);
  EXPECT_GT(result.solved, 100'000);
}

// Every cent between nothing and the bound has a volatility, whose price is that cent again.
TEST(ImpliedVolatility, explains_any_price_between_its_bounds) {
  const ExpiryTerms terms = *ExpiryTerms::from_forward(100.0, 0.99, 0.1);
  for (int cents = 1; cents < 9900; ++cents) {
    const double price = cents / 100.0;
    const auto solved = implied_volatility(terms, Right::call, 130.0, price);
    ASSERT_TRUE(solved) << price;
    EXPECT_NEAR(*black_price(terms, Right::call, 130.0, *solved), price, 32.0 * epsilon * price);
  }
}

class NoSolution : public testing::Test {
 protected:
  const ExpiryTerms terms = *ExpiryTerms::from_forward(100.0, 0.99, 0.25);

  void expect_none(Right right, double strike, double price) const {
    EXPECT_FALSE(implied_volatility(terms, right, strike, price))
        << letter(right) << " strike " << strike << " price " << price;
  }
};

TEST_F(NoSolution, for_a_price_at_or_below_intrinsic_value) {
  expect_none(Right::call, 90.0, 9.9);
  expect_none(Right::call, 90.0, 9.89);
  expect_none(Right::call, 90.0, 1.0);
  expect_none(Right::put, 120.0, 19.8);
  expect_none(Right::put, 120.0, 19.0);
  for (const double strike : {90.0, 100.0, 110.0}) {
    expect_none(Right::call, strike, 0.0);
    expect_none(Right::put, strike, -0.01);
  }
  EXPECT_TRUE(implied_volatility(terms, Right::call, 90.0, 9.91));
}

TEST_F(NoSolution, for_a_price_at_or_above_the_bound) {
  expect_none(Right::call, 90.0, 99.0);
  expect_none(Right::call, 110.0, 99.0);
  expect_none(Right::call, 110.0, 1e9);
  expect_none(Right::put, 90.0, 90.0 * 0.99);
  expect_none(Right::put, 120.0, 119.0);
  EXPECT_TRUE(implied_volatility(terms, Right::call, 110.0, 98.9));
  EXPECT_TRUE(implied_volatility(terms, Right::put, 90.0, 89.0));
}

TEST_F(NoSolution, for_numbers_that_are_none) {
  for (const double bad : {nan, infinity, -infinity}) {
    expect_none(Right::call, 100.0, bad);
    expect_none(Right::put, bad, 5.0);
  }
  expect_none(Right::call, 0.0, 5.0);
  expect_none(Right::call, -100.0, 5.0);
  expect_none(Right::call, 1e-310, 99.0);
}

// 1e-14 of time value on 99 of intrinsic value is how 9900 cents / 0.99 happens to round.
TEST_F(NoSolution, for_time_value_below_what_rounding_alone_produces) {
  const double intrinsic = 0.99 * (100.0 - 1e-3);
  const double strike = 1e-3;
  double price = intrinsic;
  for (int i = 0; i < 2; ++i) {
    expect_none(Right::call, strike, price);
    price = std::nextafter(price, 1000.0);
  }
  for (const double volatility : {1e-6, 0.05, 0.2}) {
    const auto deep = black_price(terms, Right::call, 20.0, volatility);
    expect_none(Right::call, 20.0, *deep);
  }
}

// Out of the money there is no intrinsic value to hide behind: any positive price tells.
TEST(ImpliedVolatility, of_the_smallest_prices_is_still_theirs) {
  const ExpiryTerms terms = *ExpiryTerms::from_forward(100.0, 1.0, 1.0);
  for (const double price : {1e-10, 1e-50, 1e-150, 1e-290}) {
    const auto solved = implied_volatility(terms, Right::call, 200.0, price);
    ASSERT_TRUE(solved) << price;
    const double x = log_moneyness(100.0, 200.0);
    const double h_squared = (x / *solved) * (x / *solved);
    EXPECT_NEAR(
        *black_price(terms, Right::call, 200.0, *solved) / price, 1.0,
        8.0 * epsilon * (1.0 + h_squared))
        << price;
  }
}

}  // namespace
}  // namespace opt_data::pricing
