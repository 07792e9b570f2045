#include "pricing/implied_volatility.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <numbers>

#include "pricing/erfcx.h"
#include "pricing/normalised_black.h"
#include "pricing/numbers.h"
#include "pricing/rational_cubic.h"

namespace opt_data::pricing {
namespace {

// In double throughout, and no exceptions: arguments outside the domain do not get this far.
using NoPromotion = boost::math::policies::policy<
    boost::math::policies::promote_double<false>,
    boost::math::policies::domain_error<boost::math::policies::ignore_error>,
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>>;

constexpr double pi = std::numbers::pi;
constexpr double sqrt_three = std::numbers::sqrt3;
constexpr double sqrt_two_over_pi = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
constexpr double sqrt_two_pi = 2.5066282746310005024;

double inverse_normal_cdf(double p) {
  return -std::numbers::sqrt2 * boost::math::erfc_inv(2.0 * p, NoPromotion{});
}

// A root of g by the ratios of its derivatives: newton = -g/g', halley = g''/g', third = g'''/g'.
struct Householder {
  double newton;
  double halley;
  double third;

  double step() const {
    return newton * (1.0 + 0.5 * halley * newton) /
           (1.0 + newton * (halley + third * newton / 6.0));
  }
};

// b''/b' and b'''/b'.
struct VegaRatios {
  double second;
  double third;

  VegaRatios(double x, double s) {
    const double h_over_s = x / (s * s);
    second = x * h_over_s / s - 0.25 * s;
    third = second * second - 3.0 * h_over_s * h_over_s - 0.25;
  }
};

// g = 1 / ln b - 1 / ln beta, nearly straight where b dies like exp(-x^2 / (2 s^2)).
//
// ln beta - ln b is taken from beta / (b / b'), whose logarithm is of the size of (x/s)^2 that the
// slope divides out again; the two logarithms apart would lose digits for tiny x.
Householder near_zero(double x, double s, double beta, double log_beta) {
  const double over_vega = black_over_vega(x, s);
  const double h = x / s;
  const double log_ratio = std::log(beta * sqrt_two_pi / over_vega) + 0.5 * (h * h + 0.25 * s * s);
  const double log_b = log_beta - log_ratio;
  const double slope = 1.0 / over_vega;  // (ln b)'
  const VegaRatios vega(x, s);
  const double bend = 1.0 + 2.0 / log_b;
  const double halley = vega.second - slope * bend;
  return {
      .newton = log_ratio * (log_b / log_beta) * over_vega,
      .halley = halley,
      .third = halley * halley + (vega.third - vega.second * vega.second) -
               slope * (vega.second - slope) * bend + 2.0 * slope * slope / (log_b * log_b)};
}

// g = b - beta.
Householder in_the_middle(double x, double s, double beta) {
  const VegaRatios vega(x, s);
  return {
      .newton = beta / normalised_vega(x, s) - black_over_vega(x, s),
      .halley = vega.second,
      .third = vega.third};
}

// g = ln(b_max - beta) - ln(b_max - b), for prices close to their bound.
Householder near_bound(double x, double s, double complement) {
  const double h = x / s;
  const double t = 0.5 * s;
  const double scaled = erfcx((h + t) * inv_sqrt_two) + erfcx((t - h) * inv_sqrt_two);
  const double slope = sqrt_two_over_pi / scaled;  // b' / (b_max - b)
  const double log_ratio = std::log(0.5 * scaled / complement) - 0.5 * (h * h + t * t);
  const VegaRatios vega(x, s);
  const double halley = vega.second + slope;
  return {
      .newton = log_ratio / slope,
      .halley = halley,
      .third = halley * halley + (vega.third - vega.second * vega.second) +
               slope * (vega.second + slope)};
}

enum class Objective { near_zero, in_the_middle, near_bound };

// The point of inflexion of b(s), and where the tangent there meets b = 0 and b = b_max.
struct Landmarks {
  double s_centre;
  double s_low;
  double s_high;
  double b_centre;
  double vega_centre;

  explicit Landmarks(double x) {
    const double root = std::sqrt(-x);
    const double scaled = erfcx(root);
    const double peak = std::exp(0.5 * x);  // exp(-(h^2 + t^2) / 2) at the point of inflexion
    s_centre = std::numbers::sqrt2 * root;
    // Below 1e-8 the difference of the two is all rounding; its series is not.
    s_low = root > 1e-4 ? s_centre - sqrt_half_pi * (1.0 - scaled)
                        : sqrt_half_pi * -x * (1.0 - 4.0 / 3.0 * std::numbers::inv_sqrtpi * root);
    s_high = s_centre + sqrt_half_pi * (1.0 + scaled);
    b_centre = 0.5 * peak * (1.0 - scaled);
    vega_centre = peak * 0.5 * sqrt_two_over_pi;
  }
};

// A step this small relative to s leaves an error of about its fourth power.
constexpr double settled = 1e-4;

struct Guess {
  double s;
  Objective objective;
};

// Interpolates (2 pi |x| / sqrt(27)) N(z)^3 with z = -|x| / (sqrt(3) s), which behaves like b at
// zero, and inverts it.
double guess_near_zero(double x, double beta, double s_low, double b_low) {
  const double abs_x = -x;
  const double z = abs_x / (sqrt_three * s_low);
  const double scaled = 0.5 * erfcx(z * inv_sqrt_two);  // N(-z) exp(z^2 / 2)
  const double cdf = scaled * std::exp(-0.5 * z * z);
  const double slope = 2.0 * pi * z * z * scaled * scaled * std::exp(0.125 * s_low * s_low);
  const double log_slope =  // d ln(slope) / ds
      (-2.0 + sqrt_two_over_pi * z / scaled - 2.0 * z * z) / s_low + 0.25 * s_low;
  const Knot left{.x = 0.0, .y = 0.0, .slope = 1.0};
  const Knot right{
      .x = b_low, .y = 2.0 * pi * abs_x / (3.0 * sqrt_three) * cdf * cdf * cdf, .slope = slope};
  const double control =
      control_for_right_bend(left, right, slope * log_slope / normalised_vega(x, s_low));
  double f = interpolate(left, right, control, beta);
  if (!(f > 0.0)) f = beta * right.y / b_low;
  return abs_x / (sqrt_three * -inverse_normal_cdf(sqrt_three * std::cbrt(f / (2.0 * pi * abs_x))));
}

// Interpolates N(-s/2), which behaves like the complement of b near its bound.
double guess_near_bound(double x, double complement, double s_high) {
  const double h = x / s_high;
  const double growth = std::exp(0.5 * h * h);
  // In the distance to the bound, so that nothing cancels where there is little of it.
  const double complement_high = normalised_black_complement(x, s_high);
  const Knot left{.x = 0.0, .y = 0.0, .slope = 0.5};
  const Knot right{
      .x = complement_high,
      .y = 0.5 * std::erfc(0.5 * s_high * inv_sqrt_two),
      .slope = 0.5 * growth};
  const double bend =
      sqrt_half_pi * growth * growth * (h * h / s_high) * std::exp(0.125 * s_high * s_high);
  double f = interpolate(left, right, control_for_right_bend(left, right, bend), complement);
  if (!(f > 0.0)) f = 0.5 * complement;
  return -2.0 * inverse_normal_cdf(f);
}

Guess first_guess(double x, double beta, double complement) {
  const Landmarks at(x);
  const Knot centre{.x = at.b_centre, .y = at.s_centre, .slope = 1.0 / at.vega_centre};
  if (beta < at.b_centre) {
    const double b_low = normalised_black(x, at.s_low);
    if (beta < b_low) return {guess_near_zero(x, beta, at.s_low, b_low), Objective::near_zero};
    const Knot low{.x = b_low, .y = at.s_low, .slope = 1.0 / normalised_vega(x, at.s_low)};
    const double control = control_for_right_bend(low, centre, 0.0);
    return {interpolate(low, centre, control, beta), Objective::in_the_middle};
  }
  const Objective objective = complement < beta ? Objective::near_bound : Objective::in_the_middle;
  const double b_high = normalised_black(x, at.s_high);
  if (beta > b_high) return {guess_near_bound(x, complement, at.s_high), Objective::near_bound};
  const Knot high{.x = b_high, .y = at.s_high, .slope = 1.0 / normalised_vega(x, at.s_high)};
  const double control = control_for_left_bend(centre, high, 0.0);
  return {interpolate(centre, high, control, beta), objective};
}

}  // namespace

double normalised_implied_volatility(double x, double beta, double complement) {
  if (x == 0.0) {  // b = erf(s / sqrt(8)) has an inverse of its own.
    const double inverse = beta < 0.5 ? boost::math::erf_inv(beta, NoPromotion{})
                                      : boost::math::erfc_inv(complement, NoPromotion{});
    return 2.0 * std::numbers::sqrt2 * inverse;
  }
  auto [s, objective] = first_guess(x, beta, complement);
  const double log_beta = std::log(beta);
  // Two steps are enough up to forward : strike = exp(100) : 1, a third serves what lies beyond.
  double step = s;
  for (int i = 0; i < 2 || (i < 4 && std::abs(step) > settled * s); ++i) {
    const Householder at = objective == Objective::near_zero    ? near_zero(x, s, beta, log_beta)
                           : objective == Objective::near_bound ? near_bound(x, s, complement)
                                                                : in_the_middle(x, s, beta);
    step = at.step();
    s += step;
  }
  return s;
}

std::optional<double> implied_volatility(
    const ExpiryTerms& terms, Right right, double strike, double price) {
  const double forward = terms.forward();
  if (!is_priceable(forward, strike) || !(price > 0.0)) return std::nullopt;
  constexpr double epsilon = std::numeric_limits<double>::epsilon();
  const double intrinsic = right == Right::call ? forward - strike : strike - forward;
  const bool in_the_money = intrinsic > 0.0;
  const double bound = std::min(forward, strike);
  const double resolution = 2.0 * epsilon * (in_the_money ? std::max(forward, strike) : bound);
  const double undiscounted = price / terms.discount();
  const double time_value = in_the_money ? undiscounted - intrinsic : undiscounted;
  const double to_bound = bound - time_value;
  if (!(time_value > (in_the_money ? resolution : 0.0)) || !(to_bound > resolution))
    return std::nullopt;

  const double scale = std::sqrt(forward) * std::sqrt(strike);
  const double x = -std::abs(log_moneyness(forward, strike));
  const double s = normalised_implied_volatility(x, time_value / scale, to_bound / scale);
  const double volatility = s / terms.sqrt_years();
  if (!(volatility > 0.0) || !std::isfinite(volatility)) return std::nullopt;
  return volatility;
}

}  // namespace opt_data::pricing
