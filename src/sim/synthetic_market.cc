#include "sim/synthetic_market.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/random.h"
#include "pricing/black.h"

namespace opt_data::sim {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;
using namespace std::chrono_literals;

constexpr auto published = 6h + 30min;  // Open interest, New York.
constexpr auto delisted = 20h;          // On the day of expiry.
constexpr double seconds_per_year = 365.0 * 24 * 3600;
constexpr double spread_floor = 0.01;

enum class Purpose : std::uint64_t {
  rhythm = 201,
  smile,
  size,
  withdrawal,
  trade_count,
  trade,
  interest,
  interest_change,
};

// In whole cents, so that the price is the number that its decimal text says.
double on_grid(double price, bool up) {
  const int step = price < 3.0 ? 1 : 5;
  const double steps = price * 100.0 / step;
  const double whole = up ? std::ceil(steps - 1e-9) : std::floor(steps + 1e-9);
  return whole * step / 100.0;
}

}  // namespace

// ---- making

Result<std::unique_ptr<SyntheticMarket>> SyntheticMarket::make(
    const SyntheticOptions& options, std::uint64_t seed) {
  if (options.symbols.empty() || options.symbols.size() > listing_ordinals / 2)
    return fail(
        ErrorKind::invalid_input, "a synthetic market has 1 to {} symbols, not {}",
        listing_ordinals / 2, options.symbols.size());
  if (options.last < options.first)
    return fail(
        ErrorKind::invalid_input, "a synthetic market cannot end on {}, before it begins on {}",
        iso(options.last), iso(options.first));
  std::unique_ptr<SyntheticMarket> market(new SyntheticMarket(seed));
  std::vector<TradingSession> sessions;
  OPT_TRY(TradeDate date, market->calendar_.trade_date(options.first));
  OPT_TRY(const TradeDate before, market->calendar_.previous(date));
  OPT_TRY_VOID(market->calendar_.previous(before));
  OPT_TRY(const TradeDate last, market->calendar_.trade_date(options.last));
  for (;;) {
    sessions.push_back(market->calendar_.session(date));
    if (date == last) break;
    OPT_TRY(date, market->calendar_.next(date));
  }
  const std::set<Underlying> symbols(options.symbols.begin(), options.symbols.end());
  std::set<std::uint32_t> taken;
  for (const Underlying& symbol : symbols) {
    auto ordinal = static_cast<std::uint32_t>(key_of(symbol) % listing_ordinals);
    while (!taken.insert(ordinal).second) ordinal = (ordinal + 1) % listing_ordinals;
    market->add_symbol({symbol, SyntheticStock(seed, symbol).base, ordinal}, sessions);
  }
  return market;
}

void SyntheticMarket::add_symbol(
    const ListingRule& rule, const std::vector<TradingSession>& sessions) {
  Symbol symbol{rule, SyntheticStock(seed_, rule.symbol), {}};
  for (const TradingSession& session : sessions) {
    const TradeDate before = *calendar_.previous(session.date);
    symbol.days.push_back(
        {{before.day(), calendar_.session(before).close, symbol.stock.close(before.day())},
         SyntheticPath(symbol.stock, session, before.day())});
  }
  symbols_.push_back(std::move(symbol));
  const auto index = static_cast<std::uint32_t>(symbols_.size() - 1);
  stocks_.emplace(underlying_id(rule), index);
  // From two sessions before, so that it is known what was listed when the first open interest that
  // anybody can ask for was counted.
  const Instant first = sessions.front().open;
  const year_month_day start = session_before(new_york(session_before(first), 12h));
  const sys_days last{sessions.back().date.day()};
  for (sys_days day{start}; day <= last; day += days{1}) add_options(index, year_month_day{day});
}

void SyntheticMarket::add_options(std::uint32_t symbol, year_month_day day) {
  const ListingRule& rule = symbols_[symbol].rule;
  for (const OptionContract& listed : listed_contracts(calendar_, rule, day)) {
    const auto [place, is_new] = options_.try_emplace(listed.id);
    if (!is_new) continue;
    Random random = Random::keyed(
        seed_,
        {static_cast<std::uint64_t>(Purpose::rhythm), static_cast<std::uint64_t>(listed.id)});
    const microseconds period = 2s + microseconds(random.below(10'000'000));
    const auto date = calendar_.trade_date(listed.expiry);
    place->second = {
        symbol,
        day,
        listed.expiry,
        date ? calendar_.session(*date).close : new_york(listed.expiry, 16h),
        listed.strike.usd(),
        listed.right,
        std::abs(std::log(listed.strike.usd() / rule.base)),
        period,
        microseconds(random.below(static_cast<std::uint64_t>(period.count())))};
  }
}

// ---- what there is

std::vector<MarketUnderlying> SyntheticMarket::underlyings() const {
  std::vector<MarketUnderlying> all;
  for (const Symbol& symbol : symbols_)
    all.push_back(
        {underlying_id(symbol.rule), symbol.rule.symbol, symbol.rule.symbol + " SYNTHETIC INC",
         "NASDAQ"});
  return all;
}

std::vector<OptionContract> SyntheticMarket::listed(const Underlying& symbol, Instant at) const {
  const auto found =
      std::ranges::find(symbols_, symbol, [](const Symbol& it) { return it.rule.symbol; });
  if (found == symbols_.end()) return {};
  const NewYorkTime now = in_new_york(at);
  std::vector<OptionContract> listed = listed_contracts(calendar_, found->rule, now.day);
  if (now.time_of_day >= delisted)
    std::erase_if(listed, [&](const OptionContract& it) { return it.expiry <= now.day; });
  return listed;
}

const SyntheticMarket::Symbol* SyntheticMarket::stock_of(ContractId id) const {
  const auto found = stocks_.find(id);
  return found == stocks_.end() ? nullptr : &symbols_[found->second];
}

const SyntheticMarket::Day* SyntheticMarket::running(const Symbol& symbol, Instant at) const {
  const auto later = std::ranges::upper_bound(
      symbol.days, at, {}, [](const Day& it) { return it.path.session().open; });
  if (later == symbol.days.begin()) return nullptr;
  const Day& day = *std::prev(later);
  return day.path.session().date.day() == in_new_york(at).day ? &day : nullptr;
}

const SyntheticMarket::Day* SyntheticMarket::next_session(
    const Symbol& symbol, Instant after) const {
  const auto later = std::ranges::upper_bound(
      symbol.days, after, {}, [](const Day& it) { return it.path.session().open; });
  return later == symbol.days.end() ? nullptr : &*later;
}

// As of the New York day of `at`; after the last session we know, that one.
SyntheticMarket::Previous SyntheticMarket::previous(const Symbol& symbol, Instant at) {
  const auto next = std::ranges::lower_bound(
      symbol.days, in_new_york(at).day, {},
      [](const Day& it) { return it.path.session().date.day(); });
  if (next != symbol.days.end()) return next->before;
  const SyntheticPath& last = symbol.days.back().path;
  return {last.session().date.day(), last.session().close, last.price(SyntheticPath::steps)};
}

// The last trade date before the New York day of `at`.
year_month_day SyntheticMarket::session_before(Instant at) const {
  sys_days day{in_new_york(at).day};
  do day -= days{1};
  while (calendar_.closed_on(year_month_day{day}));
  return year_month_day{day};
}

// ---- quotes

MarketQuote SyntheticMarket::quote(ContractId id, Instant at) const {
  if (const Symbol* symbol = stock_of(id)) return stock_quote(*symbol, at);
  const auto option = options_.find(id);
  return option == options_.end() ? MarketQuote{} : option_quote(id, option->second, at);
}

MarketQuote SyntheticMarket::stock_quote(const Symbol& symbol, Instant at) const {
  MarketQuote quote;
  quote.previous_close = previous(symbol, at).close;
  const Day* day = running(symbol, at);
  if (day == nullptr) return quote;
  const std::int64_t index = day->path.index(at);
  const double price = day->path.price(index);
  Random random = Random::keyed(
      seed_, {static_cast<std::uint64_t>(Purpose::size), symbol.stock.key,
              static_cast<std::uint64_t>(micros(day->path.instant(index)))});
  const auto size = [&random] { return 100.0 * static_cast<double>(1 + random.below(40)); };
  quote.bid = {true, std::round(price * 100.0 - 1) / 100.0, size()};
  quote.ask = {true, std::round(price * 100.0 + 1) / 100.0, size()};
  quote.last = price;
  quote.last_size = size();
  quote.last_at = day->path.instant(index);
  quote.open = day->path.price(0);
  quote.high = day->path.high(index);
  quote.low = day->path.low(index);
  const double share =
      static_cast<double>(index + 1) / static_cast<double>(SyntheticPath::steps + 1);
  quote.volume = std::floor(symbol.stock.volume * share);
  return quote;
}

double SyntheticMarket::fair_price(const Option& option, double spot, Instant at) const {
  const double years =
      std::chrono::duration<double>(option.last_trade - at).count() / seconds_per_year;
  const auto terms = pricing::ExpiryTerms::from_spot(spot, rate(), 0.0, years);
  const double intrinsic =
      std::max(0.0, option.right == Right::call ? spot - option.strike : option.strike - spot);
  if (!terms) return intrinsic;
  // A smile in units of the deviation to expiry, at least a week's, lower on the side of the calls;
  // short expiries carry more volatility. From -4 to 4 it stays positive.
  const SyntheticStock& stock = symbols_[option.symbol].stock;
  const double level = stock.implied * (1.0 + 0.15 * std::exp(-6.0 * years));
  const double width = level * std::sqrt(std::max(years, 7.0 / 365.0));
  const double apart =
      std::clamp(pricing::log_moneyness(option.strike, terms->forward()) / width, -4.0, 4.0);
  const double volatility = level * (1.0 - 0.05 * apart + 0.03 * apart * apart);
  return pricing::black_price(*terms, option.right, option.strike, volatility).value_or(intrinsic);
}

std::optional<Instant> SyntheticMarket::last_update(
    const Option& option, const Day& day, Instant at) const {
  const Instant first = day.path.session().open + option.phase;
  const Instant until = std::min(at, day.path.session().close);
  if (until < first) return std::nullopt;
  return first + (until - first) / option.period * option.period;
}

SyntheticMarket::Price SyntheticMarket::price_at(
    ContractId id, const Option& option, const Day& day, Instant update) const {
  const auto key = static_cast<std::uint64_t>(id);
  const double spot = day.path.price_at(update);
  const double fair = fair_price(option, spot, update);
  const double half = spread_floor + 0.012 * fair + 0.01 * option.distance;
  Random random = Random::keyed(
      seed_,
      {static_cast<std::uint64_t>(Purpose::size), key, static_cast<std::uint64_t>(micros(update))});
  const auto size = [&random] { return static_cast<double>(1 + random.below(200)); };
  Price price{{true, {}, {}}, {true, std::max(0.01, on_grid(fair + half, true)), size()}, fair};
  const double bid = on_grid(std::max(0.0, fair - half), false);
  // Market makers step back for a while from what is worth next to nothing.
  const std::int64_t minute = micros(update) / 60'000'000;
  Random doubt = Random::keyed(
      seed_,
      {static_cast<std::uint64_t>(Purpose::withdrawal), key, static_cast<std::uint64_t>(minute)});
  const bool withdrawn = bid < 0.05 && doubt.below(5) == 0;
  if (bid > 0 && !withdrawn) price.bid = {true, bid, size()};
  return price;
}

std::vector<Instant> SyntheticMarket::trade_instants(
    ContractId id, const Option& option, const Day& day) const {
  const auto key = static_cast<std::uint64_t>(id);
  const TradingSession& session = day.path.session();
  const auto on = static_cast<std::uint64_t>(weekday_number(session.date.day()));
  Random random = Random::keyed(seed_, {static_cast<std::uint64_t>(Purpose::trade_count), key, on});
  const double months = std::chrono::duration<double>(option.last_trade - session.open) / 720h;
  const double busy = 16.0 * std::exp(-12.0 * option.distance - 0.4 * months);
  const auto count = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(busy) + 2));
  std::vector<Instant> instants;
  const auto length = static_cast<double>((session.close - session.open).count());
  for (std::int64_t i = 0; i < count; ++i) {
    const double share = (static_cast<double>(i) + random.uniform()) / static_cast<double>(count);
    const Instant at = session.open + microseconds(static_cast<std::int64_t>(share * length));
    // Nobody trades what was not quoted yet.
    if (at >= session.open + option.phase) instants.push_back(at);
  }
  return instants;
}

std::vector<SyntheticMarket::Trade> SyntheticMarket::trades(
    ContractId id, const Option& option, const Day& day, Instant at) const {
  std::vector<Trade> done;
  for (const Instant when : trade_instants(id, option, day)) {
    if (when > at) break;
    Random random = Random::keyed(
        seed_, {static_cast<std::uint64_t>(Purpose::trade), static_cast<std::uint64_t>(id),
                static_cast<std::uint64_t>(micros(when))});
    const Price price = price_at(id, option, day, *last_update(option, day, when));
    const bool sold = price.bid.price && random.below(2) == 0;
    done.push_back(
        {when, sold ? *price.bid.price : *price.ask.price,
         static_cast<double>(1 + random.below(30))});
  }
  return done;
}

MarketQuote SyntheticMarket::option_quote(ContractId id, const Option& option, Instant at) const {
  MarketQuote quote;
  const Symbol& symbol = symbols_[option.symbol];
  const Previous before = previous(symbol, at);
  if (option.since <= before.day && before.day <= option.expiry) {
    const double close = std::round(fair_price(option, before.close, before.closed) * 100) / 100;
    if (close > 0) quote.previous_close = close;
  }
  const Day* day = running(symbol, at);
  if (day == nullptr || day->path.session().date.day() > option.expiry) return quote;
  const auto update = last_update(option, *day, at);
  if (!update) return quote;
  const Price price = price_at(id, option, *day, *update);
  quote.bid = price.bid;
  quote.ask = price.ask;
  for (const Trade& trade : trades(id, option, *day, at)) {
    quote.open = quote.open.value_or(trade.price);
    quote.high = std::max(quote.high.value_or(trade.price), trade.price);
    quote.low = std::min(quote.low.value_or(trade.price), trade.price);
    quote.last = trade.price;
    quote.last_size = trade.size;
    quote.last_at = trade.at;
    quote.volume = quote.volume.value_or(0) + trade.size;
  }
  if (!quote.volume) quote.volume = 0;
  return quote;
}

// ---- changes

std::optional<Instant> SyntheticMarket::next_candidate(ContractId id, Instant after) const {
  std::vector<Instant> candidates;
  const auto consider = [&](Instant at) {
    if (at > after) candidates.push_back(at);
  };
  const Symbol* stock = stock_of(id);
  const auto found = stock == nullptr ? options_.find(id) : options_.end();
  if (stock == nullptr && found == options_.end()) return std::nullopt;
  const Option* option = stock == nullptr ? &found->second : nullptr;
  const Symbol& symbol = stock == nullptr ? symbols_[option->symbol] : *stock;
  if (const Day* day = running(symbol, after)) {
    const TradingSession& session = day->path.session();
    if (after < session.close && option == nullptr) {
      consider(day->path.instant(day->path.index(after) + 1));
    } else if (after < session.close) {
      const auto last = last_update(*option, *day, after);
      const Instant next = last ? *last + option->period : session.open + option->phase;
      if (next <= session.close) consider(next);
      for (const Instant trade : trade_instants(id, *option, *day)) consider(trade);
    }
  }
  // At midnight the day's quotes go and the previous close is another; then the next session.
  const year_month_day tomorrow{sys_days{in_new_york(after).day} + days{1}};
  if (after < symbol.days.back().path.session().close + days{1}) consider(new_york(tomorrow, 0h));
  if (const Day* day = next_session(symbol, after))
    consider(day->path.session().open + (option == nullptr ? microseconds{0} : option->phase));
  const auto first = std::ranges::min_element(candidates);
  return first == candidates.end() ? std::nullopt : std::optional(*first);
}

std::optional<Instant> SyntheticMarket::next_change(ContractId id, Instant after) const {
  const MarketQuote before = quote(id, after);
  for (auto at = next_candidate(id, after); at; at = next_candidate(id, *at))
    if (quote(id, *at) != before) return at;
  return std::nullopt;
}

// ---- open interest

std::optional<std::int64_t> SyntheticMarket::open_interest(ContractId id, Instant at) const {
  const auto found = options_.find(id);
  if (found == options_.end()) return std::nullopt;
  const Option& option = found->second;
  // The session whose holdings are known: before 06:30, and on closed days, an earlier one's.
  const NewYorkTime now = in_new_york(at);
  const bool fresh = !calendar_.closed_on(now.day) && now.time_of_day >= published;
  const year_month_day morning = fresh ? now.day : session_before(at);
  const year_month_day session = session_before(new_york(morning, published));
  if (session < option.since || session > option.expiry) return std::nullopt;
  const auto key = static_cast<std::uint64_t>(id);
  const auto draw = [&](Purpose purpose, std::uint64_t which) {
    return Random::keyed(seed_, {static_cast<std::uint64_t>(purpose), key, which});
  };
  Random base = draw(Purpose::interest, 0);
  if (base.below(7) == 0) return 0;
  const double level = std::exp(5.5 - 5.0 * option.distance + 1.3 * base.normal());
  // It changes in about one night of three.
  auto number = static_cast<std::uint64_t>(weekday_number(session));
  for (int back = 0; back < 30 && draw(Purpose::interest_change, number).below(3) != 0; ++back)
    --number;
  const double swing = draw(Purpose::interest_change, number + 1'000'000).uniform(0.8, 1.2);
  return static_cast<std::int64_t>(level * swing);
}

}  // namespace opt_data::sim
