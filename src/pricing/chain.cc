#include "pricing/chain.h"

#include "base/check.h"
#include "pricing/implied_volatility.h"

namespace opt_data::pricing {

std::size_t solve_chain(const ExpiryTerms& terms, const ChainPrices& in, const ChainGreeks& out) {
  const std::size_t rows = in.strikes.size();
  OPT_CHECK(in.rights.size() == rows && in.prices.size() == rows);
  OPT_CHECK(out.iv.size() == rows && out.delta.size() == rows && out.gamma.size() == rows);
  OPT_CHECK(out.theta.size() == rows && out.vega.size() == rows);
  std::size_t solved = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    std::optional<double> iv = implied_volatility(terms, in.rights[i], in.strikes[i], in.prices[i]);
    std::optional<Sensitivities> greeks;
    if (iv) greeks = black_sensitivities(terms, in.rights[i], in.strikes[i], *iv);
    if (!greeks) {
      out.iv[i] = out.delta[i] = out.gamma[i] = out.theta[i] = out.vega[i] = std::nullopt;
      continue;
    }
    out.iv[i] = iv;
    out.delta[i] = greeks->delta;
    out.gamma[i] = greeks->gamma;
    out.theta[i] = greeks->theta;
    out.vega[i] = greeks->vega;
    ++solved;
  }
  return solved;
}

}  // namespace opt_data::pricing
