#include "store/recording_market.h"

#include <cmath>
#include <utility>

#include "store/recording_series.h"

namespace opt_data::store {
namespace {

// From when on a trading day shows its own open interest, or none: clearing has published by then.
constexpr std::chrono::minutes published_from{6 * 60 + 30};

std::optional<double> known(double value) {
  return std::isnan(value) ? std::nullopt : std::optional(value);
}

// The last point of the day of `at`, at `at` or before.
template <typename Point>
const Point* current(const std::vector<Point>& points, Instant at, const Days::Day& day) {
  const auto later = std::ranges::upper_bound(points, at, {}, &Point::at);
  if (later == points.begin() || std::prev(later)->at < day.start) return nullptr;
  return &*std::prev(later);
}

template <typename Point>
std::optional<Instant> next_point(const std::vector<Point>& points, Instant after) {
  const auto later = std::ranges::upper_bound(points, after, {}, &Point::at);
  return later == points.end() ? std::nullopt : std::optional(later->at);
}

MarketSide side_of(const std::vector<SidePoint>& points, Instant at, const Days::Day& day) {
  const SidePoint* point = current(points, at, day);
  if (point == nullptr) return {};
  return {true, known(point->price), known(static_cast<double>(point->size))};
}

void add_trades(MarketQuote& quote, const TradePoint* point) {
  if (point == nullptr) return;
  quote.last = known(point->last);
  if (point->is_dated && quote.last) quote.last_at = point->last_at;
  quote.open = known(point->open);
  quote.high = known(point->high);
  quote.low = known(point->low);
  quote.volume = known(point->volume);
}

class RecordingMarket : public MarketSource {
 public:
  explicit RecordingMarket(Recorded recorded) : recorded_(std::move(recorded)) {}

  DataSource source() const override { return DataSource::recording; }
  double rate() const override { return 0; }  // Not recorded.

  std::vector<MarketUnderlying> underlyings() const override {
    std::vector<MarketUnderlying> all;
    for (const auto& [symbol, stock] : recorded_.stocks) all.push_back(stock.named);
    return all;
  }

  std::vector<OptionContract> listed(const Underlying& symbol, Instant at) const override {
    std::vector<OptionContract> all;
    for (const ListedOption& option : recorded_.options)
      if (option.contract.underlying == symbol && option.from <= at && at < option.to)
        all.push_back(option.contract);
    return all;
  }

  MarketQuote quote(ContractId id, Instant at) const override {
    MarketQuote quote;
    const Days::Day* day = recorded_.days.of(at);
    if (day == nullptr) return quote;
    if (const Stock* stock = stock_of(id)) {
      add_trades(quote, current(stock->trades, at, *day));
      if (!day->session_before) return quote;
      const auto close = stock->closes.find(*day->session_before);
      if (close != stock->closes.end()) quote.previous_close = close->second;
      return quote;
    }
    const Series* series = series_of(id);
    if (series == nullptr) return quote;
    quote.bid = side_of(series->bid, at, *day);
    quote.ask = side_of(series->ask, at, *day);
    add_trades(quote, current(series->trades, at, *day));
    quote.previous_close = last_of_session(*series, *day);
    return quote;
  }

  std::optional<Instant> next_change(ContractId id, Instant after) const override {
    const MarketQuote before = quote(id, after);
    for (auto at = next_candidate(id, after); at; at = next_candidate(id, *at))
      if (quote(id, *at) != before) return at;
    return std::nullopt;
  }

  // The day's own publication, and before it that of the session before. A day on which nothing was
  // published for the contract shows nothing from the publication hour on: an old number under a
  // new day's name would be an invention.
  std::optional<std::int64_t> open_interest(ContractId id, Instant at) const override {
    const Series* series = series_of(id);
    if (series == nullptr) return std::nullopt;
    const auto later = std::ranges::upper_bound(series->interest, at, {}, &InterestPoint::at);
    if (later == series->interest.begin()) return std::nullopt;
    if (!still_public(
            std::prev(later)->at,
            later == series->interest.end() ? std::nullopt : std::optional(later->at), at))
      return std::nullopt;
    return std::prev(later)->contracts;
  }

 private:
  const Stock* stock_of(ContractId id) const {
    for (const auto& [symbol, stock] : recorded_.stocks)
      if (stock.named.id == id) return &stock;
    return nullptr;
  }

  const Series* series_of(ContractId id) const {
    const auto found = recorded_.series.find(id);
    return found == recorded_.series.end() ? nullptr : &found->second;
  }

  bool still_public(Instant published, std::optional<Instant> next, Instant at) const {
    const Days::Day* day = recorded_.days.of(at);
    const Days::Day* of = recorded_.days.of(published);
    if (day == nullptr || of == nullptr) return false;
    if (of == day) return true;
    if (of->day != day->session_before) return false;
    return at < day->start + published_from || (next && recorded_.days.of(*next) == day);
  }

  // An option's previous close is the last trade of the session right before.
  std::optional<double> last_of_session(const Series& series, const Days::Day& day) const {
    const auto later = std::ranges::lower_bound(series.trades, day.start, {}, &TradePoint::at);
    if (later == series.trades.begin()) return std::nullopt;
    const Days::Day* traded = recorded_.days.of(std::prev(later)->at);
    if (traded == nullptr || traded->day != day.session_before) return std::nullopt;
    return known(std::prev(later)->last);
  }

  std::optional<Instant> next_candidate(ContractId id, Instant after) const {
    std::optional<Instant> first = recorded_.days.next_midnight(after);
    const auto consider = [&first](std::optional<Instant> at) {
      if (at && (!first || *at < *first)) first = at;
    };
    if (const Stock* stock = stock_of(id)) {
      consider(next_point(stock->trades, after));
    } else if (const Series* series = series_of(id)) {
      consider(next_point(series->bid, after));
      consider(next_point(series->ask, after));
      consider(next_point(series->trades, after));
    } else {
      return std::nullopt;
    }
    return first;
  }

  Recorded recorded_;
};

}  // namespace

Result<std::unique_ptr<MarketSource>> load_recording(
    Database& database, const std::filesystem::path& path) {
  OPT_TRY(Recorded recorded, read_recording(database, path));
  return std::make_unique<RecordingMarket>(std::move(recorded));
}

}  // namespace opt_data::store
