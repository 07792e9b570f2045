#include "sim/model_greeks.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "pricing/implied_volatility.h"

namespace opt_data::sim {
namespace {

using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr double minutes_per_year = 365.0 * 24 * 60;

std::optional<double> positive(const std::optional<double>& price) {
  return price && *price > 0 ? price : std::nullopt;
}

std::optional<double> mid(const MarketQuote& quote) {
  if (!quote.bid.price || !quote.ask.price) return std::nullopt;
  return (*quote.bid.price + *quote.ask.price) / 2;
}

std::optional<ModelValues> solve(
    const pricing::ExpiryTerms& terms, const OptionContract& option, std::optional<double> price,
    std::optional<double> underlying) {
  if (!price) return std::nullopt;
  const double strike = option.strike.usd();
  const auto iv = pricing::implied_volatility(terms, option.right, strike, *price);
  if (!iv) return std::nullopt;
  const auto by = pricing::black_sensitivities(terms, option.right, strike, *iv);
  if (!by) return std::nullopt;
  return ModelValues{
      *iv,
      by->delta,
      by->gamma,
      pricing::theta_per_calendar_day(by->theta),
      pricing::vega_per_volatility_point(by->vega),
      *price,
      underlying};
}

}  // namespace

Instant ModelGreeks::last_trade(year_month_day expiry) {
  const auto [known, is_new] = last_trades_.try_emplace(expiry);
  if (is_new) {
    // A Saturday's or a holiday's expiry traded last in the session before it.
    known->second = new_york(expiry, std::chrono::hours{16});
    for (int back = 0; back < 7; ++back) {
      const year_month_day day{sys_days{expiry} - std::chrono::days{back}};
      const auto date = calendar_.trade_date(day);
      if (!date) continue;
      known->second = calendar_.session(*date).close;
      break;
    }
  }
  return known->second;
}

std::optional<double> ModelGreeks::underlying_price(const Underlying& symbol, Instant at) const {
  const MarketUnderlying* underlying = chains_.underlying(symbol);
  if (underlying == nullptr) return std::nullopt;
  const MarketQuote quote = market_.quote(underlying->id, at);
  if (positive(quote.bid.price) && positive(quote.ask.price)) return mid(quote);
  return positive(quote.last);
}

std::optional<double> ModelGreeks::parity_forward(const OptionContract& option, Instant at) {
  // Once a second is as often as a gateway would move it, and lets a chain share the work.
  const Instant second = std::chrono::floor<std::chrono::seconds>(at);
  Forward& known = forwards_[{option.underlying, option.expiry}];
  if (known.second != second) known = {second, solve_parity(option, second)};
  return known.value;
}

std::optional<double> ModelGreeks::solve_parity(const OptionContract& option, Instant second) {
  const auto chain = chains_.chain(option.underlying, second);
  const double years =
      std::chrono::duration<double, std::ratio<60>>(last_trade(option.expiry) - second).count() /
      minutes_per_year;
  const double growth = std::exp(market_.rate() * std::max(years, 0.0));
  // Pairs of a call and a put of one class, by how close they are in price: there the spread and
  // the smile matter least.
  std::vector<std::pair<double, double>> forwards;
  using Key = std::pair<Strike, std::string>;
  std::map<Key, double> calls;
  const auto first = std::ranges::lower_bound(
      chain->options, option.expiry, {}, [](const OptionContract& it) { return it.expiry; });
  for (auto it = first; it != chain->options.end() && it->expiry == option.expiry; ++it) {
    const auto price = mid(market_.quote(it->id, second));
    if (!price) continue;
    const Key key{it->strike, it->trading_class};
    if (it->right == Right::call) {
      calls[key] = *price;
    } else if (const auto call = calls.find(key); call != calls.end()) {
      const double apart = call->second - *price;
      forwards.emplace_back(std::abs(apart), it->strike.usd() + apart * growth);
    }
  }
  if (forwards.empty()) return std::nullopt;
  std::ranges::sort(forwards);
  forwards.resize(std::min<std::size_t>(forwards.size(), 3));
  std::ranges::sort(forwards, {}, &std::pair<double, double>::second);
  return positive(forwards[forwards.size() / 2].second);
}

const ModelAnswer& ModelGreeks::at(
    const OptionContract& option, const MarketQuote& quote, Instant at) {
  State state{quote.bid.price, quote.ask.price, quote.last, {}, {}, 0};
  if (state.bid && state.ask) {
    state.underlying = underlying_price(option.underlying, at);
    if (!state.underlying) state.forward = parity_forward(option, at);
    state.minutes = std::chrono::ceil<minutes>(last_trade(option.expiry) - at).count();
  }
  const auto [known, is_new] = known_.try_emplace(option.id);
  if (is_new || known->second.state != state) {
    known->second = {state, compute(option, state)};
    ++computed_;
  }
  return known->second.answer;
}

ModelAnswer ModelGreeks::compute(const OptionContract& option, const State& state) const {
  ModelAnswer answer;
  if (!state.bid || !state.ask) return answer;
  const double years = static_cast<double>(state.minutes) / minutes_per_year;
  const double rate = market_.rate();
  std::optional<pricing::ExpiryTerms> terms;
  if (state.underlying)
    terms = pricing::ExpiryTerms::from_spot(*state.underlying, rate, 0.0, years);
  else if (state.forward)
    terms = pricing::ExpiryTerms::from_forward(*state.forward, std::exp(-rate * years), years);
  if (!terms) return answer;
  answer.bid = solve(*terms, option, positive(state.bid), state.underlying);
  answer.ask = solve(*terms, option, positive(state.ask), state.underlying);
  answer.last = solve(*terms, option, positive(state.last), state.underlying);
  answer.model = solve(*terms, option, (*state.bid + *state.ask) / 2, state.underlying);
  return answer;
}

}  // namespace opt_data::sim
