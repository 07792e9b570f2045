#include <fmt/format.h>
#include <toml++/toml.h>

#include <cmath>
#include <functional>
#include <set>
#include <utility>

#include "store/recording_series.h"
#include "store/value_text.h"

namespace opt_data::store {
namespace {

using std::chrono::year_month_day;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

using Row = std::vector<Value>;

double number(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  const auto* real = std::get_if<double>(&value);
  return real == nullptr ? unknown : *real;
}
Instant instant(const Value& value) {
  const auto* at = std::get_if<Instant>(&value);
  return at == nullptr ? Instant{} : *at;
}
std::int64_t whole(const Value& value) {
  const auto* is = std::get_if<std::int64_t>(&value);
  return is == nullptr ? 0 : *is;
}
year_month_day day(const Value& value) {
  const auto* is = std::get_if<year_month_day>(&value);
  return is == nullptr ? year_month_day{} : *is;
}

// Fills what one market is made of.
class RecordingLoader {
 public:
  RecordingLoader(Database& database, std::filesystem::path path)
      : database_(database), path_(std::move(path)) {}

  Result<Recorded> load();

 private:
  bool has(const char* file) const { return std::filesystem::exists(path_ / file); }
  Result<void> each(
      const char* file, std::string_view columns, std::string_view order,
      const std::function<void(const Row&)>& row);
  Result<Days> recorded_days();
  Result<void> read_contracts();
  Result<void> read_names();
  Result<void> read_quotes();
  Result<void> read_trades();
  Result<void> read_polls();
  Result<void> read_underlyings();
  Result<void> read_daily();
  Result<void> read_open_interest();

  void add_side(
      std::vector<SidePoint>& points, Instant at, double price, std::optional<double> size) const;
  void add_bar(std::vector<TradePoint>& points, const Row& row, bool in_session) const;
  void put(std::vector<TradePoint>& points, const TradePoint& point) const;

  Database& database_;
  std::filesystem::path path_;
  std::optional<Recorded> recorded_;
};

Result<void> RecordingLoader::each(
    const char* file, std::string_view columns, std::string_view order,
    const std::function<void(const Row&)>& row) {
  if (!has(file)) return {};
  const std::string sql = fmt::format(
      "SELECT {} FROM read_parquet({}) ORDER BY {}", columns, sql_text((path_ / file).string()),
      order);
  return database_.each(sql, {}, [&row](const Row& values) {
    row(values);
    return true;
  });
}

Result<Days> RecordingLoader::recorded_days() {
  Instant first = Instant::max(), last = Instant::min();
  const auto widen = [&](const Row& row) {
    for (const Value& value : row)
      if (const auto* at = std::get_if<Instant>(&value)) {
        first = std::min(first, *at);
        last = std::max(last, *at);
      }
  };
  OPT_TRY_VOID(each("contracts.parquet", "min(listed_from), max(listed_to)", "1", widen));
  OPT_TRY_VOID(each("quotes.parquet", "min(starts_at), max(ends_at)", "1", widen));
  OPT_TRY_VOID(each("underlying.parquet", "min(starts_at), max(ends_at)", "1", widen));
  OPT_TRY_VOID(each("open_interest.parquet", "min(published_at), max(published_at)", "1", widen));
  if (first > last)
    return fail(ErrorKind::corrupt, "recording {} lists no contract", path_.string());
  return Days(first, last);
}

Result<void> RecordingLoader::read_contracts() {
  return each(
      "contracts.parquet",
      "conid::BIGINT, underlying, expiry, strike::DOUBLE, \"right\", multiplier::DOUBLE, "
      "trading_class, listed_from, listed_to",
      "underlying, expiry, strike, \"right\", conid", [this](const Row& row) {
        ListedOption option;
        OptionContract& contract = option.contract;
        contract.id = whole(row[0]);
        contract.underlying = text_or_empty(row[1]);
        contract.expiry = day(row[2]);
        contract.strike = Strike::from_usd(number(row[3]));
        contract.right = text_or_empty(row[4]) == "P" ? Right::put : Right::call;
        contract.multiplier = number(row[5]);
        contract.trading_class = text_or_empty(row[6]);
        option.from = instant(row[7]);
        option.to = instant(row[8]);
        recorded_->series.try_emplace(contract.id);
        Stock& stock = recorded_->stocks[contract.underlying];
        stock.named.symbol = stock.named.long_name = contract.underlying;
        recorded_->options.push_back(std::move(option));
      });
}

Result<void> RecordingLoader::read_names() {
  // Ids of our own for whom the recording does not name.
  ContractId next = 600'000'001;
  for (auto& [symbol, stock] : recorded_->stocks) stock.named.id = next++;
  const std::filesystem::path file = path_ / "recording.toml";
  if (!std::filesystem::exists(file)) return {};
  try {
    const toml::table table = toml::parse_file(file.string());
    const toml::array* symbols = table["symbols"].as_array();
    for (std::size_t i = 0; symbols != nullptr && i < symbols->size(); ++i) {
      const toml::table* entry = (*symbols)[i].as_table();
      if (entry == nullptr) continue;
      const auto found = recorded_->stocks.find((*entry)["symbol"].value_or(std::string()));
      if (found == recorded_->stocks.end()) continue;
      MarketUnderlying& named = found->second.named;
      named.id = (*entry)["conid"].value_or(named.id);
      named.long_name = (*entry)["name"].value_or(named.long_name);
      named.primary_exchange = (*entry)["primary_exchange"].value_or(std::string());
    }
  } catch (const toml::parse_error& error) {
    return fail(
        ErrorKind::corrupt, "cannot read {}: {} (line {})", file.string(), error.description(),
        error.source().begin.line);
  }
  return {};
}

// A size belongs to the close of a bar. An open that repeats the price keeps the size; of another
// price the size is not known.
void RecordingLoader::add_side(
    std::vector<SidePoint>& points, Instant at, double price, std::optional<double> size) const {
  if (std::isnan(price)) return;
  const double said = price < 0 ? unknown : price;
  const bool goes_on = !points.empty() && recorded_->days.same_day(points.back().at, at);
  const bool repeats = goes_on && same(points.back().price, said);
  auto kept = static_cast<float>(unknown);
  if (size && !std::isnan(said)) kept = static_cast<float>(*size);
  if (!size && repeats) kept = points.back().size;
  if (repeats && same(static_cast<double>(points.back().size), static_cast<double>(kept))) return;
  if (!points.empty() && points.back().at == at)
    points.back() = {at, said, kept};
  else
    points.push_back({at, said, kept});
}

Result<void> RecordingLoader::read_quotes() {
  ContractId id = 0;
  Series* series = nullptr;
  OPT_TRY_VOID(each(
      "quotes.parquet",
      "conid::BIGINT, starts_at, ends_at, bid_open, bid_close, bid_size, ask_open, ask_close, "
      "ask_size",
      "conid, starts_at", [&](const Row& row) {
        if (series == nullptr || whole(row[0]) != id) {
          id = whole(row[0]);
          series = &recorded_->series[id];
        }
        const Instant starts = instant(row[1]);
        const Instant ends = instant(row[2]);
        add_side(series->bid, starts, number(row[3]), std::nullopt);
        add_side(series->bid, ends, number(row[4]), number(row[5]));
        add_side(series->ask, starts, number(row[6]), std::nullopt);
        add_side(series->ask, ends, number(row[7]), number(row[8]));
      }));
  for (auto& [contract, of] : recorded_->series) {
    of.bid.shrink_to_fit();
    of.ask.shrink_to_fit();
  }
  return {};
}

void RecordingLoader::put(std::vector<TradePoint>& points, const TradePoint& point) const {
  if (!points.empty() && points.back().at == point.at)
    points.back() = point;
  else
    points.push_back(point);
}

// `row`: id or symbol, starts_at, ends_at, open, high, low, close, volume.
void RecordingLoader::add_bar(
    std::vector<TradePoint>& points, const Row& row, bool in_session) const {
  const Instant starts = instant(row[1]);
  const Instant ends = instant(row[2]);
  TradePoint point{starts, starts, number(row[3]), unknown, unknown, unknown, unknown, true};
  if (!points.empty() && recorded_->days.same_day(points.back().at, starts)) {
    point = points.back();
    point.at = point.last_at = starts;
    point.last = number(row[3]);
  }
  if (in_session) {
    if (std::isnan(point.open)) point.open = point.last;
    point.high = std::fmax(point.high, point.last);  // fmax and fmin take the number, not the NaN.
    point.low = std::fmin(point.low, point.last);
  }
  put(points, point);
  point.at = point.last_at = ends;
  point.last = number(row[6]);
  if (in_session) {
    point.high = std::fmax(point.high, number(row[4]));
    point.low = std::fmin(point.low, number(row[5]));
  }
  point.volume = (std::isnan(point.volume) ? 0 : point.volume) + number(row[7]);
  put(points, point);
}

Result<void> RecordingLoader::read_trades() {
  return each(
      "trades.parquet", "conid::BIGINT, starts_at, ends_at, open, high, low, close, volume::DOUBLE",
      "conid, starts_at",
      [this](const Row& row) { add_bar(recorded_->series[whole(row[0])].trades, row, true); });
}

Result<void> RecordingLoader::read_polls() {
  return each(
      "polls.parquet", "conid::BIGINT, \"at\", last, volume::DOUBLE", "conid, \"at\"",
      [this](const Row& row) {
        std::vector<TradePoint>& points = recorded_->series[whole(row[0])].trades;
        const Instant at = instant(row[1]);
        const bool goes_on = !points.empty() && recorded_->days.same_day(points.back().at, at);
        TradePoint point{at, at, number(row[2]), unknown, unknown, unknown, number(row[3]), false};
        if (goes_on) {
          const TradePoint& before = points.back();
          // A trade between two polls is dated to the poll that saw its volume.
          const bool rose = point.volume > before.volume;
          point.is_dated = rose || before.is_dated;
          if (!rose) point.last_at = before.last_at;
          if (std::isnan(point.last)) point.last = before.last;
          if (same(point.last, before.last) && same(point.volume, before.volume)) return;
        }
        put(points, point);
      });
}

Result<void> RecordingLoader::read_underlyings() {
  const Calendar calendar;
  std::map<year_month_day, std::optional<TradingSession>> sessions;
  const auto session_of = [&](Instant at) {
    const year_month_day on = in_new_york(at).day;
    const auto [known_one, is_new] = sessions.try_emplace(on);
    if (is_new)
      if (const auto date = calendar.trade_date(on)) known_one->second = calendar.session(*date);
    return known_one->second;
  };
  return each(
      "underlying.parquet", "symbol, starts_at, ends_at, open, high, low, close, volume::DOUBLE",
      "symbol, starts_at", [&](const Row& row) {
        const auto found = recorded_->stocks.find(text_or_empty(row[0]));
        if (found == recorded_->stocks.end()) return;
        const Instant starts = instant(row[1]);
        const auto session = session_of(starts);
        const bool in_session = session && session->open <= starts && starts < session->close;
        add_bar(found->second.trades, row, in_session);
        if (in_session) found->second.closes[session->date.day()] = number(row[6]);
      });
}

Result<void> RecordingLoader::read_daily() {
  return each(
      "underlying_daily.parquet", "symbol, session, close", "symbol, session",
      [this](const Row& row) {
        const auto found = recorded_->stocks.find(text_or_empty(row[0]));
        if (found != recorded_->stocks.end() && !std::isnan(number(row[2])))
          found->second.closes.try_emplace(day(row[1]), number(row[2]));
      });
}

Result<void> RecordingLoader::read_open_interest() {
  return each(
      "open_interest.parquet", "conid::BIGINT, published_at, open_interest::BIGINT",
      "conid, published_at", [this](const Row& row) {
        recorded_->series[whole(row[0])].interest.push_back({instant(row[1]), whole(row[2])});
      });
}

Result<Recorded> RecordingLoader::load() {
  if (!has("contracts.parquet"))
    return fail(
        ErrorKind::not_found, "there is no recording in {}: it has no contracts.parquet",
        path_.string());
  OPT_TRY(Days recorded, recorded_days());
  recorded_ = Recorded{std::move(recorded), {}, {}, {}};
  OPT_TRY_VOID(read_contracts());
  OPT_TRY_VOID(read_names());
  OPT_TRY_VOID(read_quotes());
  OPT_TRY_VOID(read_trades());
  OPT_TRY_VOID(read_polls());
  OPT_TRY_VOID(read_underlyings());
  OPT_TRY_VOID(read_daily());
  OPT_TRY_VOID(read_open_interest());
  return *std::move(recorded_);
}

}  // namespace

Result<Recorded> read_recording(Database& database, const std::filesystem::path& path) {
  return RecordingLoader(database, path).load();
}

}  // namespace opt_data::store
