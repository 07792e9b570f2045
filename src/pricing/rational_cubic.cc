#include "pricing/rational_cubic.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace opt_data::pricing {
namespace {

constexpr double control_min = -1.0 + 1e-8;  // At -1 the denominator reaches zero.
constexpr double control_max = 1e300;        // In effect a straight line.

double secant(const Knot& left, const Knot& right) {
  return (right.y - left.y) / (right.x - left.x);
}

double bounded_ratio(double numerator, double denominator) {
  if (numerator == 0.0) return 0.0;
  const double ratio = numerator / denominator;
  return std::isfinite(ratio) ? std::clamp(ratio, -control_max, control_max)
                              : (numerator > 0.0 ? control_max : -control_max);
}

// The smallest r that keeps the data's shape. Data without shape allow any r.
double shape_preserving_control(const Knot& left, const Knot& right) {
  const double slope = secant(left, right);
  const double rise_left = slope - left.slope;
  const double rise_right = right.slope - slope;
  double control = control_min;
  if (left.slope * slope >= 0.0 && right.slope * slope >= 0.0 && slope != 0.0)
    control = std::max(control, bounded_ratio(left.slope + right.slope, slope));
  if (rise_left * rise_right > 0.0)
    control = std::max(
        control,
        1.0 + std::max(bounded_ratio(rise_right, rise_left), bounded_ratio(rise_left, rise_right)));
  return control;
}

}  // namespace

double control_for_left_bend(const Knot& left, const Knot& right, double bend) {
  const double wanted = bounded_ratio(
      0.5 * (right.x - left.x) * bend + (right.slope - left.slope),
      secant(left, right) - left.slope);
  return std::max(wanted, shape_preserving_control(left, right));
}

double control_for_right_bend(const Knot& left, const Knot& right, double bend) {
  const double wanted = bounded_ratio(
      0.5 * (right.x - left.x) * bend + (right.slope - left.slope),
      right.slope - secant(left, right));
  return std::max(wanted, shape_preserving_control(left, right));
}

double interpolate(const Knot& left, const Knot& right, double control, double x) {
  const double width = right.x - left.x;
  if (!(std::abs(width) > 0.0)) return 0.5 * (left.y + right.y);
  const double t = (x - left.x) / width;
  const double rest = 1.0 - t;
  if (control >= control_max) return left.y * rest + right.y * t;
  const double numerator =
      right.y * t * t * t + (control * right.y - width * right.slope) * t * t * rest +
      (control * left.y + width * left.slope) * t * rest * rest + left.y * rest * rest * rest;
  return numerator / (1.0 + (control - 3.0) * t * rest);
}

}  // namespace opt_data::pricing
