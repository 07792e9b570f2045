// European option prices and sensitivities: Black-Scholes-Merton with a continuous rate and
// dividend yield, and Black-76 on a forward.
//
//   const auto terms = ExpiryTerms::from_spot(100.0, 0.04, 0.01, 30.0 / 365.0);
//   const auto usd = black_price(*terms, Right::call, 105.0, 0.25);
//
// Sources: F. Black, M. Scholes (1973); R. Merton (1973); F. Black, "The pricing of commodity
// contracts" (1976). Prices are per share in the currency of the strike, volatility is per square
// root of a year (0.25 is 25 %), rates are continuous per year, time is in years.
//
// What cannot be priced is an empty optional, never a number: an expiry that is not in the future,
// a strike, spot or forward that is not a positive number, a volatility below zero.
#pragma once

#include <optional>

#include "market/contract.h"

namespace opt_data::pricing {

// What all options of one expiry have in common. Made only with positive and finite values.
class ExpiryTerms {
 public:
  // Sensitivities are then to the spot.
  static std::optional<ExpiryTerms> from_spot(
      double spot, double rate, double dividend_yield, double years);

  // Black-76, for where the underlying was not seen: sensitivities are then to the forward. The
  // same as from_spot(forward, rate, rate, years) with discount = exp(-rate years).
  static std::optional<ExpiryTerms> from_forward(double forward, double discount, double years);

  double forward() const { return forward_; }
  double discount() const { return discount_; }  // What 1 at expiry is worth now.
  double years() const { return years_; }
  double sqrt_years() const { return sqrt_years_; }
  double rate() const { return rate_; }
  double dividend_yield() const { return dividend_yield_; }
  double forward_per_underlying() const { return forward_per_underlying_; }  // dF/dS

 private:
  ExpiryTerms(double underlying, double rate, double dividend_yield, double years);
  bool valid() const;

  double forward_;
  double discount_;
  double years_;
  double sqrt_years_;
  double rate_;
  double dividend_yield_;
  double forward_per_underlying_;
};

struct Sensitivities {
  double delta;  // USD per 1 USD of the underlying
  double gamma;  // delta per 1 USD of the underlying
  double theta;  // USD per year that passes
  double vega;   // USD per 1.00 of volatility, which is 100 points
};

// As brokers quote them.
constexpr double theta_per_calendar_day(double theta) { return theta / 365.0; }
constexpr double vega_per_volatility_point(double vega) { return vega / 100.0; }

// At volatility 0 the price is the discounted intrinsic value of the forward.
std::optional<double> black_price(
    const ExpiryTerms& terms, Right right, double strike, double volatility);

// Requires more than the price: volatility > 0. Gamma, theta and vega of a hopeless option are 0.
std::optional<Sensitivities> black_sensitivities(
    const ExpiryTerms& terms, Right right, double strike, double volatility);

// ln(forward / strike) to the last digits, also where the two nearly agree. Requires: both > 0.
double log_moneyness(double forward, double strike);

// Whether the logarithm of the ratio and the square root of the product are ordinary numbers.
bool is_priceable(double forward, double strike);

}  // namespace opt_data::pricing
