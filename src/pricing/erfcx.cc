#include "pricing/erfcx.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace opt_data::pricing {
namespace {

// Coefficients by ascending power. Each approximation holds on one range of |x|.
template <std::size_t terms>
using Polynomial = std::array<double, terms>;

template <std::size_t terms>
double evaluate(const Polynomial<terms>& coefficients, double x) {
  double sum = coefficients.back();
  for (std::size_t i = terms - 1; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

// |x| <= 0.46875: erf(x) = x p(x^2) / q(x^2).
constexpr Polynomial<5> near_p{
    3.20937758913846947e03, 3.77485237685302021e02, 1.13864154151050156e02, 3.16112374387056560e00,
    1.85777706184603153e-1};
constexpr Polynomial<5> near_q{
    2.84423683343917062e03, 1.28261652607737228e03, 2.44024637934444173e02, 2.36012909523441209e01,
    1.0};

// 0.46875 <= x <= 4: erfcx(x) = p(x) / q(x).
constexpr Polynomial<9> middle_p{
    1.23033935479799725e03, 2.05107837782607147e03, 1.71204761263407058e03,
    8.81952221241769090e02, 2.98635138197400131e02, 6.61191906371416295e01,
    8.88314979438837594e00, 5.64188496988670089e-1, 2.15311535474403846e-8};
constexpr Polynomial<9> middle_q{
    1.23033935480374942e03, 3.43936767414372164e03, 4.36261909014324716e03,
    3.29079923573345963e03, 1.62138957456669019e03, 5.37181101862009858e02,
    1.17693950891312499e02, 1.57449261107098347e01, 1.0};

// x >= 4: erfcx(x) = (1 / sqrt(pi) - y p(y) / q(y)) / x with y = 1 / x^2.
constexpr Polynomial<6> far_p{6.58749161529837803e-4, 1.60837851487422766e-2,
                              1.25781726111229246e-1, 3.60344899949804439e-1,
                              3.05326634961232344e-1, 1.63153871373020978e-2};
constexpr Polynomial<6> far_q{2.33520497626869185e-3, 6.05183413124413191e-2,
                              5.27905102951428412e-1, 1.87295284992346725e00,
                              2.56852019228982242e00, 1.0};

double erfcx_positive(double x) {
  if (x <= 4.0) return evaluate(middle_p, x) / evaluate(middle_q, x);
  const double y = 1.0 / (x * x);
  return (std::numbers::inv_sqrtpi - y * evaluate(far_p, y) / evaluate(far_q, y)) / x;
}

}  // namespace

double erfcx(double x) {
  const double square = x * x;
  if (std::abs(x) <= 0.46875)
    return std::exp(square) * (1.0 - x * evaluate(near_p, square) / evaluate(near_q, square));
  if (x > 0.0) return erfcx_positive(x);
  return 2.0 * std::exp(square) - erfcx_positive(-x);
}

}  // namespace opt_data::pricing
