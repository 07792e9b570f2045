#include "universe.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "base/random.h"
#include "calendar/calendar.h"

namespace opt_data::bench {
namespace {

using namespace std::chrono;

enum Draw : std::uint64_t { sizes, stock, path, answer, shuffle, tick };

constexpr microseconds window = minutes{25};
constexpr microseconds model_after_max = milliseconds{400};  // From the quote to the model's word.

constexpr std::int64_t runs = 1 << 18, run_length = 1 << 11;  // Of contract ids.

// Weeks from the first Friday, as far as chains go.
constexpr int weeks[] = {0,  1,  2,  3,  4,  5,  6,  7,  10, 14, 19,  23,  27,  32,  36,  40,  45,
                         49, 53, 58, 62, 66, 71, 75, 79, 84, 92, 101, 110, 118, 127, 136, 144, 153};

std::string name_of(std::size_t index) {
  std::string name(4, 'A');
  for (std::size_t place = 4; place-- > 0; index /= 26)
    name[place] = static_cast<char>('A' + index % 26);
  return name;
}

// Contracts of the chain with each rank, the largest first; together exactly `contracts`, each a
// number of pairs of call and put but for the first, which takes what is left.
std::vector<std::size_t> chain_sizes(std::size_t contracts, std::size_t underlyings) {
  double sum = 0;
  for (std::size_t rank = 1; rank <= underlyings; ++rank)
    sum += 1.0 / static_cast<double>(rank + 20);
  std::vector<std::size_t> sizes;
  std::size_t rest = contracts;
  for (std::size_t rank = underlyings; rank > 1; --rank) {
    const double share = 1.0 / static_cast<double>(rank + 20) / sum;
    const auto pairs = static_cast<std::size_t>(share * static_cast<double>(contracts) / 2);
    sizes.push_back(2 * std::max<std::size_t>(pairs, 6));
    OPT_CHECK(rest > sizes.back());
    rest -= sizes.back();
  }
  sizes.push_back(rest);
  return sizes;
}

double to_cents(double usd) { return std::round(usd * 100) / 100; }

// Student's t with four degrees of freedom, in units of its scale.
struct FairValue {
  double price, delta, density, vega;

  explicit FairValue(double distance) {
    const double u = 1 + distance * distance / 4;
    const double root = std::sqrt(u);
    density = 0.375 / (u * u * root);
    delta = 0.5 + 0.375 * (distance / root) * (1 - distance * distance / (12 * u));
    vega = (4 + distance * distance) / 3 * density;
    price = std::max(0.0, distance * delta + vega);
  }
};

double tick_of(double usd, bool pennies) {
  if (pennies) return 0.01;
  return usd < 3 ? 0.05 : 0.10;
}

// Small far more often than large.
double some_size(Random& random, double most) {
  const double u = random.uniform();
  return std::floor(1 + most * u * u * u);
}

}  // namespace

TradeDate bench_date() { return Calendar{}.trade_date(year{2025} / 10 / 6).value(); }
SlotGrid bench_slots() { return {Calendar{}.session(bench_date()), minutes{30}}; }

Universe::Universe(const UniverseOptions& options) : seed_(options.seed) {
  const std::vector<std::size_t> chain = chain_sizes(options.contracts, options.underlyings);
  std::vector<std::size_t> ranks(chain.size());
  std::iota(ranks.begin(), ranks.end(), 0U);
  Random random = Random::keyed(seed_, {sizes});
  for (std::size_t i = ranks.size(); i > 1; --i) std::swap(ranks[i - 1], ranks[random.below(i)]);
  contracts_.reserve(options.contracts);
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    Random drawn = Random::keyed(seed_, {stock, i});
    const double u = drawn.uniform();
    stocks_.push_back({name_of(i), to_cents(6 + 480 * u * u * u), drawn.uniform(0.15, 0.7)});
    list_chain(stocks_.back(), chain[ranks[i]]);
  }
}

void Universe::list_chain(Stock& stock, std::size_t contracts) {
  stock.first = contracts_.size();
  stock.end = stock.first + contracts;
  const std::size_t pairs = (contracts + 1) / 2;
  const std::size_t expiries = std::clamp<std::size_t>(contracts / 80, 3, std::size(weeks));
  for (std::size_t e = 0; e < expiries; ++e) {
    const auto strikes =
        static_cast<std::int64_t>(pairs / expiries + (e < pairs % expiries ? 1 : 0));
    std::int64_t step = 500;
    for (const std::int64_t wider : {1'000, 2'500, 5'000, 10'000})
      if (static_cast<double>(strikes * step) < stock.spot * 1'200) step = wider;
    const auto middle = static_cast<std::int64_t>(stock.spot * 1'000) / step;
    const std::int64_t low = std::max<std::int64_t>(1, middle - strikes / 2);
    // An expiry's calls are listed in one run, its puts in the next, and some strikes later. The
    // runs stand in no order: odd factors permute the numbers below a power of two.
    OPT_CHECK(2 * strikes < run_length && listings_ < runs);
    const ContractId id = 500'000'000 + (listings_++ * 40'503 % runs) * run_length;
    for (std::int64_t i = 0; i < 2 * strikes && contracts_.size() < stock.end; ++i) {
      OptionContract contract;
      const std::int64_t place = i / 2;
      contract.right = i % 2 == 0 ? Right::call : Right::put;
      contract.id = id * 16 + place + (i % 2 == 0 ? 0 : strikes);
      if (place % 10 == 7) contract.id += runs * run_length;
      contract.underlying = contract.trading_class = stock.symbol;
      contract.expiry = sys_days{bench_date().day()} + days{4 + 7 * weeks[e]};
      contract.strike = {(low + place) * step};
      contracts_.push_back(std::move(contract));
    }
  }
}

std::vector<std::string> Universe::symbols() const {
  std::vector<std::string> names;
  for (const Stock& stock : stocks_) names.push_back(stock.symbol);
  return names;
}

double Universe::spot_at(const Stock& stock, int slot) const {
  double spot = stock.spot;
  for (int i = 0; i <= slot; ++i) {
    Random random = Random::keyed(seed_, {path, stock.first, static_cast<std::uint64_t>(i)});
    spot *= 1 + 0.01 * (random.uniform() + random.uniform() - 1);
  }
  return to_cents(spot);
}

OptionQuote Universe::row(
    const Stock& stock, std::size_t contract, const Slot& slot, double spot) const {
  OptionQuote row{contracts_[contract], slot, {}, {}, {}, {}, {}, {}, DataSource::simulated, {}};
  Random random = Random::keyed(seed_, {answer, contract, slot.index});
  Random own = Random::keyed(seed_, {answer, contract});  // The same in every slot.
  row.ingest_id = "0123456789abcdef0123456789abcdef";
  row.reference = {stock.symbol, stock.spot, "previous_close", slot.at - hours{70}};
  const microseconds after{random.below(static_cast<std::uint64_t>(window.count()))};
  Quote& q = row.quote;
  q.as_of = slot.at + after;
  q.received = *q.as_of + microseconds{1 + random.below(model_after_max.count())};

  // The underlying ticks four times a second, whoever is asked.
  const auto ticks = static_cast<std::uint64_t>(after / milliseconds{250});
  Random ticking = Random::keyed(seed_, {tick, stock.first, slot.index, ticks});
  const double at = to_cents(spot * (1 + 0.0004 * (ticking.uniform() - 0.5)));
  row.underlying = {to_cents(at - 0.01), to_cents(at + 0.01), at, {}};
  row.underlying.as_of = slot.at + ticks * milliseconds{250} - microseconds{ticking.below(250'000)};
  row.open_interest = {
      OpenInterestState::value, static_cast<std::int64_t>(some_size(own, 20'000)) - 1};
  if (random.below(200) == 0) {  // One in two hundred never answers.
    row.quote = {};
    row.open_interest = {};
    row.flags.set(QualityFlag::snapshot_timeout);
    row.flags.set(QualityFlag::missing_price);
    row.error = {"timeout", "no answer within 12 s"};
    return row;
  }

  const double years =
      static_cast<double>((sys_days{row.contract.expiry} - sys_days{slot.date.day()}).count()) /
      365;
  const double strike = row.contract.strike.usd();
  const double x = strike / spot - 1;
  const double iv = (stock.volatility - 0.15 * x + 0.3 * x * x / (1 + x * x)) *
                    (1 + 0.01 * (random.uniform() - 0.5));
  const double deviation = spot * iv * std::sqrt(years);
  const double scale = deviation / std::sqrt(2.0);  // The distribution's own variance is two.
  const bool call = row.contract.right == Right::call;
  const FairValue fair((call ? spot - strike : strike - spot) / scale);
  const double price = scale * fair.price;
  q.type = MarketDataType::live;
  q.greeks = {
      iv, call ? fair.delta : -fair.delta, fair.density / scale,
      -price / (730 * years) - 1e-4 * fair.vega, fair.vega * spot * std::sqrt(years / 2) / 100};
  q.model_underlying = at;

  const double step = tick_of(price, stock.end - stock.first > 2'000);
  const double half = step * std::floor(1 + 0.01 * price / step + 2 * random.uniform());
  q.bid = to_cents(std::max(0.0, std::floor((price - half) / step) * step));
  q.ask = to_cents(std::ceil((price + half) / step) * step);
  q.bid_size = *q.bid > 0 ? some_size(random, 300) : 0;
  q.ask_size = some_size(random, 300);
  if (*q.bid > 0) q.bid_iv = iv * (1 - 0.03 * random.uniform());
  q.ask_iv = iv * (1 + 0.03 * random.uniform());
  q.close = to_cents(price * own.uniform(0.9, 1.1));
  // What is near the money trades; of the rest one in four did today.
  if (own.below(4) == 0 || (fair.delta > 0.3 && fair.delta < 0.7)) {
    q.last = to_cents(std::round(price / step) * step);
    q.last_iv = iv * (1 + 0.01 * (random.uniform() - 0.5));
    q.last_size = some_size(random, 20);
    q.volume = some_size(own, 3'000) * (slot.index + 1);
    q.open = to_cents(price * own.uniform(0.95, 1.05));
    q.high = std::max({*q.last, *q.open, to_cents(price * 1.04)});
    q.low = std::min({*q.last, *q.open, to_cents(price * 0.96)});
    q.last_trade_at = slot.at - seconds{random.below(1'800)};
  }
  return row;
}

std::vector<OptionQuote> Universe::slot(const Slot& slot) const {
  std::vector<OptionQuote> rows;
  rows.reserve(size());
  for (const Stock& stock : stocks_) {
    const double spot = spot_at(stock, slot.index);
    for (std::size_t i = stock.first; i < stock.end; ++i) rows.push_back(row(stock, i, slot, spot));
  }
  std::vector<std::pair<Instant, std::size_t>> answered;
  Random late = Random::keyed(seed_, {shuffle, slot.index});
  for (std::size_t i = 0; i < rows.size(); ++i)
    answered.emplace_back(
        rows[i].quote.as_of.value_or(
            slot.at + microseconds{late.below(static_cast<std::uint64_t>(window.count()))}),
        i);
  std::ranges::sort(answered);
  std::vector<OptionQuote> in_order;
  in_order.reserve(rows.size());
  for (const auto& [at, i] : answered) in_order.push_back(std::move(rows[i]));
  return in_order;
}

double Universe::bits_without_pattern(const OptionQuote& row) {
  const Quote& q = row.quote;
  double bits = 0;
  for (const auto* value :
       {&q.greeks.iv, &q.greeks.delta, &q.greeks.gamma, &q.greeks.theta, &q.greeks.vega, &q.bid_iv,
        &q.ask_iv, &q.last_iv})
    if (*value) bits += 52;
  if (q.as_of) bits += std::log2(static_cast<double>(window.count()));
  if (q.received) bits += std::log2(static_cast<double>(model_after_max.count()));
  return bits;
}

}  // namespace opt_data::bench
