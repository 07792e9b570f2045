// QuantLib has the last word on prices, greeks and volatilities.
//
// Its Black formula takes the difference of two terms of the size of forward and strike, so it can
// vouch for prices to a few roundings of those, and no better. Inside that, every case must agree.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ql/pricingengines/blackcalculator.hpp>
#include <ql/pricingengines/blackformula.hpp>
#include <vector>

#include "base/random.h"
#include "pricing/black.h"
#include "pricing/black_oracle.h"
#include "pricing/implied_volatility.h"

namespace opt_data::pricing {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();
constexpr double minute = 1.0 / (365.0 * 1440.0);
constexpr double spot = 100.0;

QuantLib::Option::Type type_of(Right right) {
  return right == Right::call ? QuantLib::Option::Call : QuantLib::Option::Put;
}

struct Case {
  ExpiryTerms terms;
  Right right;
  double strike;
  double volatility;

  double deviation() const { return volatility * terms.sqrt_years(); }
  double rounding() const { return epsilon * terms.discount() * std::max(terms.forward(), strike); }
  double quantlib_price() const {
    return QuantLib::blackFormula(
        type_of(right), strike, terms.forward(), deviation(), terms.discount());
  }
};

std::ostream& operator<<(std::ostream& out, const Case& at) {
  return out << letter(at.right) << " strike " << at.strike << " volatility " << at.volatility
             << " years " << at.terms.years();
}

// Deep in and out of the money, minutes to years, 0.01 % to 1000 %.
std::vector<Case> grid() {
  std::vector<Case> cases;
  for (const double years : {minute, 5.0 * minute, 30.0 * minute, 1.0 / 365.0, 0.1, 1.0, 5.0}) {
    const ExpiryTerms terms = *ExpiryTerms::from_spot(spot, 0.045, 0.012, years);
    for (const double volatility : {1e-4, 1e-3, 0.05, 0.2, 0.6, 1.5, 3.01, 4.5, 10.0})
      for (const double strike :
           {1.0, 20.0, 50.0, 80.0, 95.0, 99.5, 100.0, 100.5, 105.0, 130.0, 200.0, 500.0, 5000.0})
        for (const Right right : {Right::call, Right::put})
          cases.push_back({terms, right, strike, volatility});
  }
  return cases;
}

TEST(QuantLibReferee, agrees_on_prices_to_rounding) {
  double worst = 0.0;
  for (const Case& at : grid()) {
    const double price = *black_price(at.terms, at.right, at.strike, at.volatility);
    const double error = std::abs(price - at.quantlib_price()) / at.rounding();
    EXPECT_LE(error, 4.0) << at;
    worst = std::max(worst, error);
  }
  std::printf("%zu prices, worst difference %.2f eps max(forward, strike)\n", grid().size(), worst);
}

struct Worst {
  double delta = 0.0, gamma = 0.0, theta = 0.0, vega = 0.0;
};

// Relative to the largest value each can have for such an option at any strike.
void compare_greeks(const Case& at, Worst& worst) {
  const auto ours = black_sensitivities(at.terms, at.right, at.strike, at.volatility);
  ASSERT_TRUE(ours) << at;
  const QuantLib::BlackCalculator theirs(
      type_of(at.right), at.strike, at.terms.forward(), at.deviation(), at.terms.discount());
  const double years = at.terms.years();
  const double peak_gamma = 1.0 / (spot * at.deviation());
  const double peak_vega = spot * at.terms.sqrt_years();
  const double peak_theta = 0.5 * peak_vega * at.volatility / years + 0.05 * (spot + at.strike);
  const double delta = std::abs(ours->delta - theirs.delta(spot));
  const double gamma = std::abs(ours->gamma - theirs.gamma(spot)) / peak_gamma;
  const double theta = std::abs(ours->theta - theirs.theta(spot, years)) / peak_theta;
  const double vega = std::abs(ours->vega - theirs.vega(years)) / peak_vega;
  // QuantLib takes d1 from the logarithm of a rounded quotient, an error of eps divided by s; and
  // theta from logarithms of discount and growth that are close to zero, divided by the years.
  const double allowed = 8.0 * epsilon * (1.0 + 1.0 / at.deviation());
  const double theta_allowed = allowed + 8.0 * epsilon * (spot + at.strike) / years / peak_theta;
  EXPECT_LE(delta, allowed) << at;
  EXPECT_LE(gamma, allowed) << at;
  EXPECT_LE(theta, theta_allowed) << at;
  EXPECT_LE(vega, allowed) << at;
  worst.delta = std::max(worst.delta, delta / allowed);
  worst.gamma = std::max(worst.gamma, gamma / allowed);
  worst.theta = std::max(worst.theta, theta / theta_allowed);
  worst.vega = std::max(worst.vega, vega / allowed);
}

TEST(QuantLibReferee, agrees_on_greeks_to_rounding) {
  Worst worst;
  for (const Case& at : grid()) compare_greeks(at, worst);
  std::printf(
      "worst share of the allowance: delta %.3f gamma %.3f theta %.3f vega %.3f\n", worst.delta,
      worst.gamma, worst.theta, worst.vega);
}

// The volatility of QuantLib's price, as far as the rounding of that price leaves one.
TEST(QuantLibReferee, its_prices_give_back_their_volatility) {
  double worst = 0.0;
  int solved = 0;
  for (const Case& at : grid()) {
    const auto greeks = black_sensitivities(at.terms, at.right, at.strike, at.volatility);
    const double doubt = at.rounding() / (at.volatility * greeks->vega);
    if (!(doubt < 1e-4)) continue;  // The price says nothing about its volatility.
    const auto iv = implied_volatility(at.terms, at.right, at.strike, at.quantlib_price());
    ASSERT_TRUE(iv) << at;
    const double error = std::abs(*iv / at.volatility - 1.0) / (epsilon + doubt);
    EXPECT_LE(error, 4.0) << at;
    worst = std::max(worst, error);
    ++solved;
  }
  std::printf("%d volatilities, worst difference %.2f roundings of the price\n", solved, worst);
  EXPECT_GT(solved, 400);
}

TEST(QuantLibReferee, its_solver_finds_the_same_volatility_in_our_prices) {
  int compared = 0;
  for (const Case& at : grid()) {
    const auto greeks = black_sensitivities(at.terms, at.right, at.strike, at.volatility);
    const double doubt = at.rounding() / (at.volatility * greeks->vega);
    // QuantLib's solver looks for standard deviations below 24.
    if (!(doubt < 1e-9) || at.deviation() > 20.0) continue;
    const double price = *black_price(at.terms, at.right, at.strike, at.volatility);
    const auto iv = implied_volatility(at.terms, at.right, at.strike, price);
    ASSERT_TRUE(iv) << at;
    const double theirs = QuantLib::blackFormulaImpliedStdDev(
        type_of(at.right), at.strike, at.terms.forward(), price, at.terms.discount(), 0.0,
        at.deviation() * 1.1, 1e-14, 1000);
    EXPECT_NEAR(*iv * at.terms.sqrt_years() / theirs, 1.0, 1e-13 / at.deviation() + 64.0 * doubt)
        << at;
    ++compared;
  }
  std::printf("%d volatilities compared with QuantLib's own solver\n", compared);
  EXPECT_GT(compared, 200);
}

TEST(QuantLibReferee, agrees_on_random_prices) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << seed);
  Random random(seed);
  double worst = 0.0;
  for (int i = 0; i < 100'000; ++i) {
    const ExpiryTerms terms = *ExpiryTerms::from_spot(
        random.uniform(1.0, 1000.0), random.uniform(-0.02, 0.12), random.uniform(0.0, 0.1),
        std::exp(random.uniform(std::log(minute), std::log(10.0))));
    const Case at{
        .terms = terms,
        .right = random.below(2) == 0 ? Right::call : Right::put,
        .strike = terms.forward() * std::exp(random.uniform(-3.0, 3.0)),
        .volatility = std::exp(random.uniform(std::log(1e-4), std::log(8.0)))};
    const double price = *black_price(at.terms, at.right, at.strike, at.volatility);
    ASSERT_NEAR(price, at.quantlib_price(), 16.0 * at.rounding()) << at;
    worst = std::max(worst, std::abs(price - at.quantlib_price()) / at.rounding());
  }
  std::printf("random prices: worst difference %.2f eps max(forward, strike)\n", worst);
}

}  // namespace
}  // namespace opt_data::pricing
