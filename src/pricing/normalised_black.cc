#include "pricing/normalised_black.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>

#include "pricing/erfcx.h"
#include "pricing/numbers.h"

namespace opt_data::pricing {
namespace {

// The regions are cut in h = x/s and t = s/2. With Y(z) = N(z) / N'(z), b / (db/ds) is
// Y(h + t) - Y(h - t), and each region has its own way to take that difference.
constexpr double asymptotic_below = -10.0;
constexpr double small_t_below = 0.21022410381342865;  // 2 eps^(1/16)
constexpr double cdf_above = 0.85;
constexpr double negligible = std::numeric_limits<double>::epsilon() / 8.0;

// Y(z) = sum of (-1)^k (2k-1)!! w^(2k+1) with w = 1/|z|. The difference of two odd powers is
// u - v times a sum without a minus sign, so nothing cancels but the alternation of the series.
double by_asymptotic_series(double h, double t) {
  const double u = -1.0 / (h + t);
  const double v = -1.0 / (h - t);
  const double u_squared = u * u;
  const double v_squared = v * v;
  double powers = 1.0;        // (u^(2k+1) - v^(2k+1)) / (u - v)
  double tail = v * (u + v);  // v^(2k+1) (u + v)
  double sum = 1.0;
  double factor = 1.0;  // (-1)^k (2k-1)!!
  for (int k = 1; k <= 24; ++k) {
    powers = u_squared * powers + tail;
    tail *= v_squared;
    factor *= -(2.0 * k - 1.0);
    const double term = factor * powers;
    sum += term;
    if (std::abs(term) <= negligible * sum) break;
  }
  return 2.0 * t * (u * v) * sum;  // u - v = 2 t u v
}

constexpr std::array<double, 16> reciprocal = [] {
  std::array<double, 16> table{};
  for (std::size_t n = 1; n < table.size(); ++n) table[n] = 1.0 / static_cast<double>(n);
  return table;
}();

// Taylor in t about h: only odd derivatives of Y remain, and Y' = 1 + h Y gives them all by
// Y^(n+1) = h Y^(n) + n Y^(n-1).
double by_small_t_expansion(double h, double t) {
  const double y = sqrt_half_pi * erfcx(-h * inv_sqrt_two);
  const double ht = h * t;
  const double t_squared = t * t;
  double before = y;                // Y^(n-1) t^(n-1) / (n-1)!
  double term = (1.0 + h * y) * t;  // Y^(n) t^n / n!
  double sum = term;
  for (std::size_t n = 1; n + 2 < reciprocal.size(); n += 2) {
    const double even = (ht * term + t_squared * before) * reciprocal[n + 1];
    const double odd = (ht * even + t_squared * term) * reciprocal[n + 2];
    before = even;
    term = odd;
    sum += odd;
    if (odd <= negligible * sum) break;
  }
  return 2.0 * sum;
}

bool in_asymptotic_region(double h, double t) {
  return h < asymptotic_below && h + t < asymptotic_below + small_t_below;
}

double exponent(double h, double t) { return -0.5 * (h * h + t * t); }

double by_cdf(double x, double h, double t) {
  return 0.5 * (std::exp(0.5 * x) * std::erfc(-(h + t) * inv_sqrt_two) -
                std::exp(-0.5 * x) * std::erfc(-(h - t) * inv_sqrt_two));
}

// The three regions that never reach the large volatilities at which db/ds underflows.
double scaled_difference(double h, double t) {
  if (in_asymptotic_region(h, t)) return by_asymptotic_series(h, t);
  if (t < small_t_below) return by_small_t_expansion(h, t);
  return sqrt_half_pi * (erfcx(-(h + t) * inv_sqrt_two) - erfcx(-(h - t) * inv_sqrt_two));
}

}  // namespace

double normalised_vega(double x, double s) {
  if (s <= 0.0) return x == 0.0 ? inv_sqrt_two_pi : 0.0;
  return inv_sqrt_two_pi * std::exp(exponent(x / s, 0.5 * s));
}

double normalised_black(double x, double s) {
  if (s <= 0.0) return 0.0;
  const double h = x / s;
  const double t = 0.5 * s;
  if (x == 0.0) return std::erf(t * inv_sqrt_two);
  if (t >= small_t_below && h + t > cdf_above) return by_cdf(x, h, t);
  const double vega = normalised_vega(x, s);
  return vega > 0.0 ? vega * scaled_difference(h, t) : 0.0;
}

double normalised_black_complement(double x, double s) {
  if (s <= 0.0) return std::exp(0.5 * x);
  const double h = x / s;
  const double t = 0.5 * s;
  return 0.5 * (std::exp(0.5 * x) * std::erfc((h + t) * inv_sqrt_two) +
                std::exp(-0.5 * x) * std::erfc((t - h) * inv_sqrt_two));
}

double black_over_vega(double x, double s) {
  const double h = x / s;
  const double t = 0.5 * s;
  if (t >= small_t_below && h + t > cdf_above) return by_cdf(x, h, t) / normalised_vega(x, s);
  return scaled_difference(h, t);
}

}  // namespace opt_data::pricing
