#include "pricing/normalised_black.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "pricing/black_oracle.h"

namespace opt_data::pricing {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

double log_uniform(Random& random, double low, double high) {
  return std::exp(random.uniform(std::log(low), std::log(high)));
}

struct Point {
  double x;
  double s;
};

// Drawn in h = x/s and t = s/2, in which the regions are cut.
Point random_point(Random& random) {
  const double s = 2.0 * log_uniform(random, 1e-8, 12.0);
  return {.x = -s * log_uniform(random, 1e-6, 37.0), .s = s};
}

constexpr std::array<const char*, 4> regions{"asymptotic", "small t", "cdf", "erfcx"};

std::size_t region(const Point& at) {
  const double h = at.x / at.s;
  const double t = 0.5 * at.s;
  if (h < -10.0 && h + t < -10.0 + 0.21022410381342865) return 0;
  if (t < 0.21022410381342865) return 1;
  return h + t > 0.85 ? 2 : 3;
}

TEST(NormalisedBlack, has_every_digit_its_arguments_carry_in_each_region) {
  const std::uint64_t seed = test_seed();
  SCOPED_TRACE(testing::Message() << "OPT_DATA_TEST_SEED=" << seed);
  Random random(seed);
  std::array<double, 4> worst{};
  std::array<int, 4> points{};
  for (int i = 0; i < 6000; ++i) {
    const Point at = random_point(random);
    const ExactBlack exact = exact_black(at.x, at.s);
    if (!(exact.value > 1e-290)) continue;
    const double h = at.x / at.s;
    const double allowance = epsilon * (1.0 + h * h);
    const double error = std::abs(normalised_black(at.x, at.s) / exact.value - 1.0) / allowance;
    EXPECT_LE(error, 8.0) << "x " << at.x << " s " << at.s;
    // Vega has half an exponent of (s/2)^2 more to round.
    const double ratio_error = std::abs(black_over_vega(at.x, at.s) / exact.over_vega - 1.0) /
                               (allowance + 0.25 * epsilon * at.s * at.s);
    EXPECT_LE(ratio_error, 8.0) << "x " << at.x << " s " << at.s;
    worst[region(at)] = std::max(worst[region(at)], error);
    ++points[region(at)];
  }
  for (std::size_t i = 0; i < regions.size(); ++i) {
    EXPECT_GT(points[i], 200) << regions[i];
    std::printf(
        "%-10s %4d points, worst relative error %.2f eps (1 + (x/s)^2)\n", regions[i], points[i],
        worst[i]);
  }
}

TEST(NormalisedBlack, complement_has_every_digit_where_the_price_has_reached_its_bound) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) {
    const double x = -log_uniform(random, 1e-9, 20.0);
    const double s = std::sqrt(-2.0 * x) + random.uniform(0.0, 30.0);
    const ExactBlack exact = exact_black(x, s);
    const double h = x / s;
    const double t = 0.5 * s;
    EXPECT_NEAR(
        normalised_black_complement(x, s) / exact.complement, 1.0,
        4.0 * epsilon * (1.0 + (t - h) * (t - h)))
        << "x " << x << " s " << s;
  }
}

TEST(NormalisedBlack, rises_with_volatility_across_every_border_of_regions) {
  for (const double x : {-1e-12, -1e-3, -0.3, -2.0, -4.0, -30.0}) {
    double before = 0.0;
    for (double s = -x / 36.0; s < 12.0 && before < 0.999 * std::exp(0.5 * x); s *= 1.001) {
      const double b = normalised_black(x, s);
      EXPECT_GT(b, before) << "x " << x << " s " << s;
      before = b;
    }
  }
}

TEST(NormalisedBlack, without_volatility_is_worth_nothing) {
  EXPECT_EQ(normalised_black(-0.1, 0.0), 0.0);
  EXPECT_EQ(normalised_black(0.0, 0.0), 0.0);
  EXPECT_EQ(normalised_vega(-0.1, 0.0), 0.0);
  EXPECT_DOUBLE_EQ(normalised_black_complement(-0.1, 0.0), std::exp(-0.05));
}

TEST(NormalisedBlack, vanishes_without_a_nan_where_doubles_end) {
  EXPECT_EQ(normalised_black(-1.0, 1e-3), 0.0);
  EXPECT_EQ(normalised_black(-1.0, 1e-200), 0.0);
  EXPECT_EQ(normalised_black(-600.0, 1e-300), 0.0);
  EXPECT_EQ(normalised_black(-1.0, 1e6), std::exp(-0.5));
  EXPECT_EQ(normalised_vega(-1.0, 1e6), 0.0);
}

}  // namespace
}  // namespace opt_data::pricing
