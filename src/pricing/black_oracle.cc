#include "pricing/black_oracle.h"

#include <boost/math/constants/constants.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <cstdlib>

namespace opt_data::pricing {
namespace {

using Exact = boost::multiprecision::number<
    boost::multiprecision::cpp_bin_float<60>, boost::multiprecision::et_off>;

Exact twice_normal_cdf(const Exact& z) { return boost::math::erfc(Exact(-z / sqrt(Exact(2)))); }

}  // namespace

double exact_erfcx(double x) {
  const Exact exact(x);
  return static_cast<double>(Exact(exp(exact * exact) * boost::math::erfc(exact)));
}

ExactBlack exact_black(double x, double s) {
  const Exact h = Exact(x) / Exact(s);
  const Exact t = Exact(s) / 2;
  const Exact root = exp(Exact(x) / 2);
  const Exact value = (root * twice_normal_cdf(h + t) - twice_normal_cdf(h - t) / root) / 2;
  const Exact complement = (root * twice_normal_cdf(-h - t) + twice_normal_cdf(h - t) / root) / 2;
  const Exact vega = exp(-(h * h + t * t) / 2) / boost::math::constants::root_two_pi<Exact>();
  return {
      .value = static_cast<double>(value),
      .complement = static_cast<double>(complement),
      .vega = static_cast<double>(vega),
      .over_vega = static_cast<double>(Exact(value / vega))};
}

std::uint64_t test_seed() {
  const char* const given = std::getenv("OPT_DATA_TEST_SEED");
  return given == nullptr ? 20251006 : std::strtoull(given, nullptr, 10);
}

}  // namespace opt_data::pricing
