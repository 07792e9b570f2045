#include "pricing/rational_cubic.h"

#include <gtest/gtest.h>

#include <cmath>

namespace opt_data::pricing {
namespace {

TEST(RationalCubic, passes_through_its_knots_with_their_slopes) {
  const Knot left{.x = 1.0, .y = 2.0, .slope = 0.5};
  const Knot right{.x = 3.0, .y = 5.0, .slope = 3.0};
  constexpr double step = 1e-6;
  for (const double control : {-0.5, 0.0, 3.0, 40.0}) {
    EXPECT_DOUBLE_EQ(interpolate(left, right, control, 1.0), 2.0);
    EXPECT_DOUBLE_EQ(interpolate(left, right, control, 3.0), 5.0);
    EXPECT_NEAR((interpolate(left, right, control, 1.0 + step) - 2.0) / step, 0.5, 1e-3);
    EXPECT_NEAR((5.0 - interpolate(left, right, control, 3.0 - step)) / step, 3.0, 1e-3);
  }
}

TEST(RationalCubic, with_control_three_is_the_cubic) {
  const auto cubic = [](double x) { return x * x * x - 2.0 * x; };
  const auto slope = [](double x) { return 3.0 * x * x - 2.0; };
  const Knot left{.x = 1.0, .y = cubic(1.0), .slope = slope(1.0)};
  const Knot right{.x = 2.0, .y = cubic(2.0), .slope = slope(2.0)};
  for (int i = 0; i <= 8; ++i) {
    const double x = 1.0 + i / 8.0;
    EXPECT_NEAR(interpolate(left, right, 3.0, x), cubic(x), 1e-14);
  }
}

TEST(RationalCubic, meets_the_second_derivative_that_was_asked_for) {
  const Knot left{.x = 0.0, .y = 1.0, .slope = 1.0};
  const Knot right{.x = 1.0, .y = std::exp(1.0), .slope = std::exp(1.0)};
  constexpr double step = 1e-4;
  const auto bend = [&](double control, double x) {
    return (interpolate(left, right, control, x + step) -
            2.0 * interpolate(left, right, control, x) +
            interpolate(left, right, control, x - step)) /
           (step * step);
  };
  EXPECT_NEAR(bend(control_for_left_bend(left, right, 1.0), step), 1.0, 1e-3);
  EXPECT_NEAR(
      bend(control_for_right_bend(left, right, std::exp(1.0)), 1.0 - step), std::exp(1.0), 1e-2);
}

TEST(RationalCubic, keeps_rising_data_rising_whatever_bend_is_asked_for) {
  const Knot left{.x = 0.0, .y = 0.0, .slope = 0.01};
  const Knot right{.x = 1.0, .y = 1.0, .slope = 30.0};
  for (const double bend : {-1e6, -1.0, 0.0, 1.0, 1e6}) {
    const double control = control_for_right_bend(left, right, bend);
    double before = 0.0;
    for (int i = 1; i <= 100; ++i) {
      const double x = i / 100.0;
      const double y = interpolate(left, right, control, x);
      EXPECT_GT(y, before) << "bend " << bend << " x " << x;
      before = y;
    }
  }
}

}  // namespace
}  // namespace opt_data::pricing
