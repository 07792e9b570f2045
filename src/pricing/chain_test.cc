#include "pricing/chain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "pricing/implied_volatility.h"

namespace opt_data::pricing {
namespace {

using Column = std::vector<std::optional<double>>;

struct Columns {
  Column iv, delta, gamma, theta, vega;

  // Filled with a value that a row without a solution may not keep.
  explicit Columns(std::size_t rows)
      : iv(rows, 7.0), delta(rows, 7.0), gamma(rows, 7.0), theta(rows, 7.0), vega(rows, 7.0) {}
  ChainGreeks spans() {
    return {.iv = iv, .delta = delta, .gamma = gamma, .theta = theta, .vega = vega};
  }
};

struct Prices {
  std::vector<double> strikes;
  std::vector<Right> rights;
  std::vector<double> prices;

  ChainPrices spans() const { return {.strikes = strikes, .rights = rights, .prices = prices}; }
};

const ExpiryTerms terms = *ExpiryTerms::from_spot(100.0, 0.04, 0.01, 0.2);

Prices smile() {
  Prices chain;
  for (int half_usd = 100; half_usd <= 320; ++half_usd) {
    const double strike = half_usd / 2.0;
    for (const Right right : {Right::call, Right::put}) {
      chain.strikes.push_back(strike);
      chain.rights.push_back(right);
      chain.prices.push_back(*black_price(terms, right, strike, 0.2 + 0.001 * strike));
    }
  }
  return chain;
}

TEST(SolveChain, gives_each_row_what_it_would_get_alone) {
  const Prices in = smile();
  Columns out(in.strikes.size());
  EXPECT_EQ(solve_chain(terms, in.spans(), out.spans()), in.strikes.size());
  for (std::size_t i = 0; i < in.strikes.size(); ++i) {
    const auto iv = implied_volatility(terms, in.rights[i], in.strikes[i], in.prices[i]);
    ASSERT_TRUE(iv);
    EXPECT_EQ(out.iv[i], iv);
    const auto greeks = black_sensitivities(terms, in.rights[i], in.strikes[i], *iv);
    EXPECT_EQ(out.delta[i], greeks->delta);
    EXPECT_EQ(out.gamma[i], greeks->gamma);
    EXPECT_EQ(out.theta[i], greeks->theta);
    EXPECT_EQ(out.vega[i], greeks->vega);
  }
}

TEST(SolveChain, leaves_a_row_without_a_solution_empty_in_every_column) {
  Prices in = smile();
  in.prices[0] = 0.0;
  in.prices[7] = std::numeric_limits<double>::quiet_NaN();
  in.prices[20] = 1000.0;
  in.strikes[30] = -5.0;
  Columns out(in.strikes.size());
  EXPECT_EQ(solve_chain(terms, in.spans(), out.spans()), in.strikes.size() - 4);
  for (const std::size_t i : {0u, 7u, 20u, 30u}) {
    EXPECT_FALSE(out.iv[i]);
    EXPECT_FALSE(out.delta[i]);
    EXPECT_FALSE(out.gamma[i]);
    EXPECT_FALSE(out.theta[i]);
    EXPECT_FALSE(out.vega[i]);
  }
  EXPECT_TRUE(out.iv[1]);
}

TEST(SolveChain, of_nothing_solves_nothing) {
  Columns out(0);
  EXPECT_EQ(solve_chain(terms, Prices{}.spans(), out.spans()), 0u);
}

TEST(SolveChainDeathTest, columns_of_different_lengths_are_a_bug) {
  const Prices in = smile();
  Columns out(in.strikes.size() - 1);
  EXPECT_DEATH(solve_chain(terms, in.spans(), out.spans()), "out.iv.size");
}

}  // namespace
}  // namespace opt_data::pricing
