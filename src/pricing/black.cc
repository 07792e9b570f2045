#include "pricing/black.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "pricing/normalised_black.h"
#include "pricing/numbers.h"

namespace opt_data::pricing {
namespace {

double normal_cdf(double z) { return 0.5 * std::erfc(-z * inv_sqrt_two); }

}  // namespace

ExpiryTerms::ExpiryTerms(double underlying, double rate, double dividend_yield, double years)
    : forward_(underlying * std::exp((rate - dividend_yield) * years)),
      discount_(std::exp(-rate * years)),
      years_(years),
      sqrt_years_(std::sqrt(years)),
      rate_(rate),
      dividend_yield_(dividend_yield),
      forward_per_underlying_(forward_ / underlying) {}

bool ExpiryTerms::valid() const {
  return positive(forward_) && positive(discount_) && positive(years_) &&
         positive(forward_per_underlying_);
}

std::optional<ExpiryTerms> ExpiryTerms::from_spot(
    double spot, double rate, double dividend_yield, double years) {
  if (!positive(spot) || !positive(years)) return std::nullopt;
  const ExpiryTerms terms(spot, rate, dividend_yield, years);
  return terms.valid() ? std::optional(terms) : std::nullopt;
}

std::optional<ExpiryTerms> ExpiryTerms::from_forward(
    double forward, double discount, double years) {
  if (!positive(forward) || !positive(discount) || !positive(years)) return std::nullopt;
  const double rate = -std::log(discount) / years;
  ExpiryTerms terms(forward, rate, rate, years);
  terms.discount_ = discount;  // exp(log(x)) is not quite x.
  return terms.valid() ? std::optional(terms) : std::nullopt;
}

double log_moneyness(double forward, double strike) {
  // The difference of near neighbours is exact, their quotient is not.
  if (forward > 0.5 * strike && forward < 2.0 * strike)
    return std::log1p((forward - strike) / strike);
  return std::log(forward / strike);
}

bool is_priceable(double forward, double strike) {
  if (!positive(forward) || !positive(strike)) return false;
  const double ratio = forward / strike;
  return ratio > 1e-300 && ratio < 1e300;
}

std::optional<double> black_price(
    const ExpiryTerms& terms, Right right, double strike, double volatility) {
  const double forward = terms.forward();
  if (!is_priceable(forward, strike) || !(volatility >= 0.0)) return std::nullopt;
  const double s = volatility * terms.sqrt_years();
  if (!std::isfinite(s)) return std::nullopt;
  const double x = -std::abs(log_moneyness(forward, strike));
  const double scale = std::sqrt(forward) * std::sqrt(strike);
  // Rounding may lift the value a hair above its bound, which no volatility could explain.
  const double time_value = std::min(scale * normalised_black(x, s), std::min(forward, strike));
  const double intrinsic =
      std::max(right == Right::call ? forward - strike : strike - forward, 0.0);
  return terms.discount() * (intrinsic + time_value);
}

std::optional<Sensitivities> black_sensitivities(
    const ExpiryTerms& terms, Right right, double strike, double volatility) {
  const double forward = terms.forward();
  if (!is_priceable(forward, strike) || !(volatility > 0.0)) return std::nullopt;
  const double s = volatility * terms.sqrt_years();
  if (!(s > 0.0) || !std::isfinite(s)) return std::nullopt;
  const double sign = right == Right::call ? 1.0 : -1.0;
  const double x = log_moneyness(forward, strike);
  const double d1 = x / s + 0.5 * s;
  const double d2 = x / s - 0.5 * s;
  const double asset = terms.discount() * forward;
  const double density = inv_sqrt_two_pi * std::exp(-0.5 * d1 * d1);
  const double asset_side = sign * asset * normal_cdf(sign * d1);
  const double cash_side = sign * terms.discount() * strike * normal_cdf(sign * d2);
  const double per_underlying = terms.forward_per_underlying();
  return Sensitivities{
      .delta = sign * terms.discount() * per_underlying * normal_cdf(sign * d1),
      .gamma = terms.discount() * per_underlying * per_underlying * density / (forward * s),
      .theta = terms.dividend_yield() * asset_side - terms.rate() * cash_side -
               0.5 * asset * density * volatility / terms.sqrt_years(),
      .vega = asset * density * terms.sqrt_years()};
}

}  // namespace opt_data::pricing
