#include "pricing/erfcx.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "pricing/black_oracle.h"

namespace opt_data::pricing {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

TEST(Erfcx, agrees_with_sixty_digits_to_four_epsilon) {
  double worst = 0.0;
  for (int i = 0; i < 2000; ++i) {
    const double x = -1.0 + 0.00671 * i;
    const double exact = exact_erfcx(x);
    const double error = std::abs(erfcx(x) / exact - 1.0) / epsilon;
    EXPECT_LE(error, 4.0) << "x " << x;
    worst = std::max(worst, error);
  }
  std::printf("worst relative error %.2f eps\n", worst);
}

TEST(Erfcx, approximations_meet_at_their_borders) {
  for (const double border : {-0.46875, 0.46875, 4.0}) {
    const double above = std::nextafter(border, 10.0);
    EXPECT_NEAR(erfcx(above) / erfcx(border), 1.0, 8.0 * epsilon) << "border " << border;
  }
}

TEST(Erfcx, falls_like_one_over_x_where_erfc_is_zero) {
  for (const double x : {1e3, 1e8, 1e200})
    EXPECT_DOUBLE_EQ(
        erfcx(x), std::numbers::inv_sqrtpi / x * (1.0 - 0.5 / x / x * (1.0 - 1.5 / x / x)));
  EXPECT_EQ(erfcx(std::numeric_limits<double>::infinity()), 0.0);
  EXPECT_EQ(erfcx(0.0), 1.0);
}

TEST(Erfcx, of_a_large_negative_number_is_infinite) {
  EXPECT_EQ(erfcx(-30.0), std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace opt_data::pricing
