// Numbers that the formulas have in common.
#pragma once

#include <cmath>
#include <numbers>

namespace opt_data::pricing {

inline constexpr double sqrt_half_pi = 1.2533141373155002512;
inline constexpr double inv_sqrt_two = 1.0 / std::numbers::sqrt2;
inline constexpr double inv_sqrt_two_pi = std::numbers::inv_sqrtpi * inv_sqrt_two;

inline bool positive(double value) { return value > 0.0 && std::isfinite(value); }

}  // namespace opt_data::pricing
