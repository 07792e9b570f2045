#include "pricing/black.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace opt_data::pricing {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double epsilon = std::numeric_limits<double>::epsilon();

struct Case {
  double spot = 100.0;
  double rate = 0.04;
  double dividend_yield = 0.015;
  double years = 0.25;
  double strike = 105.0;
  double volatility = 0.3;

  ExpiryTerms terms() const { return *ExpiryTerms::from_spot(spot, rate, dividend_yield, years); }
  double price(Right right) const { return *black_price(terms(), right, strike, volatility); }
};

// J. Hull, "Options, Futures, and Other Derivatives", the example of the Black-Scholes chapter.
TEST(BlackPrice, is_the_textbook_s) {
  const Case hull{
      .spot = 42.0,
      .rate = 0.1,
      .dividend_yield = 0.0,
      .years = 0.5,
      .strike = 40.0,
      .volatility = 0.2};
  EXPECT_NEAR(hull.price(Right::call), 4.76, 0.005);
  EXPECT_NEAR(hull.price(Right::put), 0.81, 0.005);
}

TEST(BlackPrice, of_call_and_put_are_in_parity) {
  for (const double strike : {20.0, 70.0, 99.0, 100.0, 104.0, 160.0, 900.0}) {
    for (const double volatility : {0.0, 1e-4, 0.05, 0.4, 3.5, 9.0}) {
      for (const double years : {5.0 / (365.0 * 1440.0), 0.02, 1.0, 4.0}) {
        const Case at{.years = years, .strike = strike, .volatility = volatility};
        const ExpiryTerms terms = at.terms();
        EXPECT_NEAR(
            at.price(Right::call) - at.price(Right::put),
            terms.discount() * (terms.forward() - strike),
            4.0 * epsilon * (terms.forward() + strike));
      }
    }
  }
}

TEST(BlackPrice, from_a_forward_is_the_price_from_its_spot) {
  const Case at;
  const ExpiryTerms terms = at.terms();
  const auto forward = ExpiryTerms::from_forward(terms.forward(), terms.discount(), at.years);
  ASSERT_TRUE(forward);
  EXPECT_DOUBLE_EQ(*black_price(*forward, Right::put, 105.0, 0.3), at.price(Right::put));
  const auto by_spot = black_sensitivities(terms, Right::put, 105.0, 0.3);
  const auto by_forward = black_sensitivities(*forward, Right::put, 105.0, 0.3);
  const double per_spot = terms.forward_per_underlying();
  EXPECT_DOUBLE_EQ(by_forward->delta * per_spot, by_spot->delta);
  EXPECT_DOUBLE_EQ(by_forward->gamma * per_spot * per_spot, by_spot->gamma);
  EXPECT_DOUBLE_EQ(by_forward->vega, by_spot->vega);
}

TEST(BlackPrice, without_volatility_is_the_discounted_intrinsic_value) {
  const Case itm{.strike = 90.0, .volatility = 0.0};
  EXPECT_DOUBLE_EQ(itm.price(Right::call), itm.terms().discount() * (itm.terms().forward() - 90.0));
  EXPECT_EQ(itm.price(Right::put), 0.0);
}

TEST(BlackPrice, never_exceeds_its_bound) {
  const Case hopeful{.volatility = 1e4};
  const ExpiryTerms terms = hopeful.terms();
  EXPECT_LE(hopeful.price(Right::call), terms.discount() * terms.forward());
  EXPECT_LE(hopeful.price(Right::put), terms.discount() * 105.0 * (1.0 + epsilon));
}

TEST(BlackPrice, is_absent_for_what_is_no_option) {
  const ExpiryTerms terms = Case{}.terms();
  for (const double bad : {-1.0, 0.0, nan, infinity, 1e-320})
    EXPECT_FALSE(black_price(terms, Right::call, bad, 0.2)) << "strike " << bad;
  for (const double bad : {-0.1, nan, infinity})
    EXPECT_FALSE(black_price(terms, Right::call, 100.0, bad)) << "volatility " << bad;
  EXPECT_FALSE(black_sensitivities(terms, Right::call, 100.0, 0.0));
  EXPECT_FALSE(black_sensitivities(terms, Right::call, nan, 0.2));
}

TEST(ExpiryTerms, are_absent_for_an_expiry_that_is_not_ahead) {
  for (const double years : {0.0, -1.0, nan, infinity}) {
    EXPECT_FALSE(ExpiryTerms::from_spot(100.0, 0.04, 0.0, years)) << years;
    EXPECT_FALSE(ExpiryTerms::from_forward(100.0, 0.99, years)) << years;
  }
}

TEST(ExpiryTerms, are_absent_for_prices_and_rates_that_are_none) {
  for (const double bad : {0.0, -5.0, nan, infinity}) {
    EXPECT_FALSE(ExpiryTerms::from_spot(bad, 0.04, 0.0, 0.5)) << bad;
    EXPECT_FALSE(ExpiryTerms::from_forward(bad, 0.99, 0.5)) << bad;
    EXPECT_FALSE(ExpiryTerms::from_forward(100.0, bad, 0.5)) << bad;
  }
  EXPECT_FALSE(ExpiryTerms::from_spot(100.0, nan, 0.0, 0.5));
  EXPECT_FALSE(ExpiryTerms::from_spot(100.0, 0.04, infinity, 0.5));
  EXPECT_FALSE(ExpiryTerms::from_spot(100.0, 1e6, 0.0, 0.5));
}

TEST(ExpiryTerms, keep_the_forward_and_discount_they_were_given) {
  const auto terms = ExpiryTerms::from_forward(101.37, 0.985, 0.4);
  EXPECT_EQ(terms->forward(), 101.37);
  EXPECT_EQ(terms->discount(), 0.985);
  EXPECT_EQ(terms->rate(), terms->dividend_yield());
}

// Central differences of fourth order: (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12 h.
template <typename Function>
double derivative(Function f, double at, double step) {
  return (f(at - 2.0 * step) - 8.0 * f(at - step) + 8.0 * f(at + step) - f(at + 2.0 * step)) /
         (12.0 * step);
}

TEST(BlackSensitivities, are_the_derivatives_of_the_price) {
  for (const double strike : {60.0, 95.0, 100.0, 105.0, 170.0}) {
    for (const double volatility : {0.1, 0.3, 1.2, 3.5}) {
      for (const double years : {0.02, 0.25, 2.0}) {
        for (const Right right : {Right::call, Right::put}) {
          SCOPED_TRACE(
              testing::Message() << letter(right) << " strike " << strike << " volatility "
                                 << volatility << " years " << years);
          const Case at{.years = years, .strike = strike, .volatility = volatility};
          const auto greeks = black_sensitivities(at.terms(), right, strike, volatility);
          ASSERT_TRUE(greeks);
          const auto moved = [&](double Case::*what) {
            return [&, what](double value) {
              Case there = at;
              there.*what = value;
              return there.price(right);
            };
          };
          const double spot_step = 2e-2 * at.spot * volatility * std::sqrt(years);
          EXPECT_NEAR(greeks->delta, derivative(moved(&Case::spot), at.spot, spot_step), 1e-6);
          const auto delta_at = [&](double spot) {
            Case there = at;
            there.spot = spot;
            return black_sensitivities(there.terms(), right, strike, volatility)->delta;
          };
          EXPECT_NEAR(greeks->gamma, derivative(delta_at, at.spot, spot_step), 1e-6);
          EXPECT_NEAR(
              greeks->vega, derivative(moved(&Case::volatility), volatility, 1e-3 * volatility),
              1e-6 * (1.0 + greeks->vega));
          EXPECT_NEAR(
              greeks->theta, -derivative(moved(&Case::years), years, 1e-3 * years),
              1e-6 * (1.0 + std::abs(greeks->theta)));
        }
      }
    }
  }
}

TEST(BlackSensitivities, are_quoted_per_calendar_day_and_per_volatility_point) {
  EXPECT_DOUBLE_EQ(theta_per_calendar_day(-36.5), -0.1);
  EXPECT_DOUBLE_EQ(vega_per_volatility_point(20.0), 0.2);
}

TEST(LogMoneyness, has_every_digit_where_forward_and_strike_nearly_agree) {
  const double strike = 100.0;
  const double forward = std::nextafter(strike, 200.0);
  EXPECT_DOUBLE_EQ(log_moneyness(forward, strike), (forward - strike) / strike);
  EXPECT_EQ(log_moneyness(100.0, 100.0), 0.0);
  EXPECT_DOUBLE_EQ(log_moneyness(300.0, 100.0), std::log(3.0));
}

}  // namespace
}  // namespace opt_data::pricing
