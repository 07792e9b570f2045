// How many contracts per second the pricing of a chain takes on one core.
//
// items_per_second is contracts per second. The chain has calls and puts from deep in to deep out
// of the money over a smile, priced by Black's formula, so that every row has a solution. Beside it
// QuantLib's two solvers that reach full precision, where QuantLib is installed.
#include <benchmark/benchmark.h>

#include <cmath>
#include <optional>
#include <vector>

#ifdef OPT_DATA_QUANTLIB
#include <ql/pricingengines/blackformula.hpp>
#endif

#include "pricing/black.h"
#include "pricing/chain.h"
#include "pricing/implied_volatility.h"

namespace opt_data::pricing {
namespace {

struct Chain {
  ExpiryTerms terms;
  std::vector<double> strikes{};
  std::vector<Right> rights{};
  std::vector<double> volatilities{};
  std::vector<double> prices{};
};

Chain smile(std::size_t contracts) {
  Chain chain{.terms = *ExpiryTerms::from_spot(100.0, 0.04, 0.01, 45.0 / 365.0)};
  for (std::size_t i = 0; i < contracts; ++i) {
    // A call and a put at each strike.
    const double part = static_cast<double>(i - i % 2) / static_cast<double>(contracts);
    const double strike = 60.0 + 90.0 * part;
    const double x = std::log(strike / 100.0);
    chain.strikes.push_back(strike);
    chain.rights.push_back(i % 2 == 0 ? Right::call : Right::put);
    chain.volatilities.push_back(0.3 - 0.2 * x + 0.5 * x * x);
    chain.prices.push_back(
        *black_price(chain.terms, chain.rights.back(), strike, chain.volatilities.back()));
  }
  return chain;
}

void count_contracts(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void solve_chain_with_greeks(benchmark::State& state) {
  const Chain chain = smile(static_cast<std::size_t>(state.range(0)));
  using Column = std::vector<std::optional<double>>;
  const std::size_t rows = chain.strikes.size();
  Column iv(rows), delta(rows), gamma(rows), theta(rows), vega(rows);
  std::size_t solved = 0;
  while (state.KeepRunning()) {
    solved = solve_chain(
        chain.terms, {.strikes = chain.strikes, .rights = chain.rights, .prices = chain.prices},
        {.iv = iv, .delta = delta, .gamma = gamma, .theta = theta, .vega = vega});
    benchmark::DoNotOptimize(iv.data());
    benchmark::ClobberMemory();
  }
  if (solved != rows) state.SkipWithError("a row of the chain has no solution");
  count_contracts(state);
}
BENCHMARK(solve_chain_with_greeks)->Arg(200)->Arg(4000);

// Each strike's option that is out of the money: QuantLib's solvers lose the others' last digits.
Chain out_of_the_money(std::size_t contracts) {
  Chain chain = smile(contracts);
  for (std::size_t i = 0; i < contracts; ++i) {
    chain.rights[i] = chain.strikes[i] < chain.terms.forward() ? Right::put : Right::call;
    chain.prices[i] =
        *black_price(chain.terms, chain.rights[i], chain.strikes[i], chain.volatilities[i]);
  }
  return chain;
}

void implied_volatility_alone(benchmark::State& state) {
  const Chain chain = out_of_the_money(static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunning())
    for (std::size_t i = 0; i < chain.strikes.size(); ++i)
      benchmark::DoNotOptimize(
          implied_volatility(chain.terms, chain.rights[i], chain.strikes[i], chain.prices[i]));
  count_contracts(state);
}
BENCHMARK(implied_volatility_alone)->Arg(4000);

void price_alone(benchmark::State& state) {
  const Chain chain = smile(static_cast<std::size_t>(state.range(0)));
  while (state.KeepRunning())
    for (std::size_t i = 0; i < chain.strikes.size(); ++i)
      benchmark::DoNotOptimize(
          black_price(chain.terms, chain.rights[i], chain.strikes[i], chain.volatilities[i]));
  count_contracts(state);
}
BENCHMARK(price_alone)->Arg(4000);

#ifdef OPT_DATA_QUANTLIB

// Volatilities times the root of time, by `solve`; an error above 1e-9 is none that counts as full
// precision, and a solver that gives up throws.
template <typename Solve>
void quantlib(benchmark::State& state, Solve solve) {
  const Chain chain = out_of_the_money(static_cast<std::size_t>(state.range(0)));
  const double root = chain.terms.sqrt_years();
  double worst = 0;
  while (state.KeepRunning()) try {
      for (std::size_t i = 0; i < chain.strikes.size(); ++i) {
        const auto type =
            chain.rights[i] == Right::call ? QuantLib::Option::Call : QuantLib::Option::Put;
        const double found = solve(type, chain.strikes[i], chain.terms, chain.prices[i]);
        worst = std::max(worst, std::abs(found / (chain.volatilities[i] * root) - 1));
      }
    } catch (const std::exception& error) {
      state.SkipWithError(error.what());
    }
  state.counters["worst"] = worst;
  if (worst > 1e-9) state.SkipWithError("not to full precision");
  count_contracts(state);
}

void quantlib_newton(benchmark::State& state) {
  quantlib(state, [](auto type, double strike, const ExpiryTerms& terms, double price) {
    return QuantLib::blackFormulaImpliedStdDev(
        type, strike, terms.forward(), price, terms.discount(), 0.0, QuantLib::Null<double>(),
        1e-14, 1000);
  });
}
BENCHMARK(quantlib_newton)->Arg(4000);

void quantlib_over_relaxation(benchmark::State& state) {
  quantlib(state, [](auto type, double strike, const ExpiryTerms& terms, double price) {
    return QuantLib::blackFormulaImpliedStdDevLiRS(
        type, strike, terms.forward(), price, terms.discount(), 0.0, QuantLib::Null<double>(), 1.0,
        1e-12, 1000);
  });
}
BENCHMARK(quantlib_over_relaxation)->Arg(4000);

#endif

}  // namespace
}  // namespace opt_data::pricing

BENCHMARK_MAIN();
