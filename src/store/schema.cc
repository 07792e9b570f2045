#include "store/schema.h"

#include <algorithm>
#include <array>

namespace opt_data::store {
namespace {

constexpr bool required = true;
constexpr bool nullable = false;

constexpr Column identity[] = {
    {"trade_date", "DATE", required, "New York day of the session; the partition's date"},
    {"underlying", "VARCHAR", required, "Ticker of the underlying, upper case"},
    {"conid", "BIGINT", required, "IBKR's contract id"},
    {"symbol", "VARCHAR", required, "OCC code, 21 characters: `AAPL  240621C00180000`"},
    {"expiry", "DATE", required, "Day on which the contract expires, New York"},
    {"right", "VARCHAR", required, "`C` or `P`"},
    {"strike", "DOUBLE", required, "USD"},
    {"multiplier", "DOUBLE", required, "Shares per contract, usually 100"},
    {"exchange", "VARCHAR", required, "Where the question was sent, usually `SMART`"},
    {"tradingClass", "VARCHAR", required, "Trading class, the root of the OCC code"},
    {"currency", "VARCHAR", required, "`USD`"},
};

constexpr Column sampling[] = {
    {"sample_time", "TIMESTAMP", required, "Planned moment of the slot, UTC"},
    {"sample_time_et", "VARCHAR", required,
     "The same moment on a New York clock, `YYYY-MM-DD HH:MM:SS`"},
    {"slot_30m", "INTEGER", required, "Index of the slot within the session; 0 at the open"},
};

constexpr Column prices[] = {
    {"bid", "DOUBLE", nullable, "USD per share; 0 says that nobody bids"},
    {"ask", "DOUBLE", nullable, "USD per share"},
    {"mid", "DOUBLE", nullable, "(bid + ask) / 2, only where both were sent; USD per share"},
    {"last", "DOUBLE", nullable, "Last trade; USD per share"},
    {"open", "DOUBLE", nullable, "First trade of the session; USD per share"},
    {"high", "DOUBLE", nullable, "Highest trade of the session so far; USD per share"},
    {"low", "DOUBLE", nullable, "Lowest trade of the session so far; USD per share"},
    {"close", "DOUBLE", nullable, "Close of the session before; USD per share"},
    {"bid_size", "BIGINT", nullable, "Contracts, rounded to whole ones"},
    {"ask_size", "BIGINT", nullable, "Contracts, rounded to whole ones"},
    {"last_size", "DOUBLE", nullable, "Contracts of the last trade"},
    {"volume", "BIGINT", nullable, "Contracts traded in the session so far"},
    {"iv", "DOUBLE", nullable, "Model's implied volatility, yearly fraction: 0.25 is 25 %"},
    {"delta", "DOUBLE", nullable, "Model, per share; -1 to 1"},
    {"gamma", "DOUBLE", nullable, "Model, per share and USD"},
    {"theta", "DOUBLE", nullable, "Model, USD per share and day"},
    {"vega", "DOUBLE", nullable, "Model, USD per share and volatility point"},
    {"rho", "DOUBLE", nullable, "Kept for readers of the older layout; always NULL"},
    {"hist_volatility", "DOUBLE", nullable, "Kept for readers of the older layout; always NULL"},
    {"bid_iv", "DOUBLE", nullable, "Implied volatility of the bid, yearly fraction"},
    {"ask_iv", "DOUBLE", nullable, "Implied volatility of the ask, yearly fraction"},
    {"last_iv", "DOUBLE", nullable, "Implied volatility of the last trade, yearly fraction"},
};

constexpr Column model_underlying[] = {
    {"model_underlying", "DOUBLE", nullable,
     "Price of the underlying that the broker's model used; USD per share"},
};

constexpr Column provenance[] = {
    {"market_data_type", "INTEGER", nullable,
     "1 live, 2 frozen, 3 delayed, 4 delayed and frozen; NULL when the broker did not say"},
};

constexpr Column times[] = {
    {"asof_ts", "TIMESTAMP", nullable, "Last tick of bid, ask, last or their sizes, UTC"},
    {"received_ts", "TIMESTAMP", nullable, "Last tick of any kind, when it reached us, UTC"},
};

constexpr Column last_trade[] = {
    {"last_trade_ts", "TIMESTAMP", nullable,
     "When the broker dates the last trade, whole seconds, UTC"},
};

constexpr Column underlying[] = {
    {"underlying_bid", "DOUBLE", nullable, "The underlying's bid beside the row; USD"},
    {"underlying_ask", "DOUBLE", nullable, "The underlying's ask beside the row; USD"},
    {"underlying_last", "DOUBLE", nullable, "The underlying's last trade beside the row; USD"},
    {"underlying_asof_ts", "TIMESTAMP", nullable, "Last tick of those three, UTC"},
};

constexpr Column reference_price[] = {
    {"underlying_close", "DOUBLE", nullable,
     "Price that froze the day's contract list: the previous official close, adjusted; USD"},
    {"reference_source", "VARCHAR", nullable,
     "Where that price came from: `previous_close` or `last_trade`"},
    {"reference_asof", "TIMESTAMP", nullable, "When it was observed, UTC"},
};

constexpr Column official_close[] = {
    {"underlying_close", "DOUBLE", nullable, "The underlying's close of the day; USD"},
    {"underlying_close_source", "VARCHAR", nullable,
     "`official_close`, `slot_last` (the last trade seen beside a slot) or `reference_price`"},
    {"underlying_close_asof", "TIMESTAMP", nullable, "When it was observed, UTC"},
};

constexpr Column ratios[] = {
    {"strike_per_100", "DOUBLE", nullable, "strike * 100 / multiplier; USD"},
    {"moneyness_pct", "DOUBLE", nullable, "underlying_close / strike - 1; a fraction"},
};

constexpr Column open_interest[] = {
    {"open_interest", "BIGINT", nullable,
     "Contracts; 0 is a value; NULL unless oi_state is "
     "`value`"},
    {"oi_state", "VARCHAR", nullable, "`value`, `not_published`, `missing` or `expired`"},
};

constexpr Column open_interest_date[] = {
    {"oi_asof_date", "DATE", nullable, "Session at whose end that interest was open"},
};

constexpr Column rollup[] = {
    {"rollup_strategy", "VARCHAR", required,
     "`close`, `slot_1530` (the slot before the close), `last_good` (an earlier one) or `none`"},
    {"rollup_source_time", "TIMESTAMP", nullable,
     "sample_time of the slot the row was taken from, UTC; NULL where none was usable"},
    {"rollup_source_slot", "INTEGER", nullable, "Its slot_30m"},
    {"rollup_rejected_slot", "INTEGER", nullable, "The latest slot that was not usable"},
    {"rollup_reason", "VARCHAR", nullable,
     "Why it was not: an error_type, `missing_price`, `unusable` or `no_row`"},
};

constexpr Column quality[] = {
    {"data_quality_flag", "VARCHAR[]", nullable, "Words of the flag vocabulary; often empty"},
    {"snapshot_error", "BOOLEAN", nullable, "True where the question got no answer"},
    {"error_type", "VARCHAR", nullable,
     "`refused`, `timeout`, `disconnected`, `not_asked` or `slot_missed`"},
    {"error_message", "VARCHAR", nullable, "The broker's words and code, or ours"},
};

constexpr Column source[] = {
    {"source", "VARCHAR", nullable, "`IBKR`, `IBKR_HISTORICAL`, `RECORDING` or `SIMULATED`"},
};

constexpr Column ingest[] = {
    {"ingest_id", "VARCHAR", required, "Run that wrote the row, 32 hexadecimal digits"},
    {"ingest_run_type", "VARCHAR", required, "`intraday`, `eod_rollup` or `enrichment`"},
};

constexpr Column adjusted[] = {
    {"underlying_close_adj", "DOUBLE", nullable, "underlying_close on today's share; USD"},
    {"strike_adj", "DOUBLE", nullable, "strike on today's share, not rounded; USD"},
    {"moneyness_pct_adj", "DOUBLE", nullable, "underlying_close_adj / strike_adj - 1; a fraction"},
    {"bid_adj", "DOUBLE", nullable, "bid on today's share; USD"},
    {"ask_adj", "DOUBLE", nullable, "ask on today's share; USD"},
    {"mid_adj", "DOUBLE", nullable, "mid on today's share; USD"},
    {"last_adj", "DOUBLE", nullable, "last on today's share; USD"},
    {"bid_size_adj", "DOUBLE", nullable, "bid_size in today's contracts"},
    {"ask_size_adj", "DOUBLE", nullable, "ask_size in today's contracts"},
    {"volume_adj", "DOUBLE", nullable, "volume in today's contracts"},
    {"open_interest_adj", "DOUBLE", nullable, "open_interest in today's contracts"},
    {"gamma_adj", "DOUBLE", nullable, "gamma per today's share and USD"},
    {"theta_adj", "DOUBLE", nullable, "theta per today's share"},
    {"vega_adj", "DOUBLE", nullable, "vega per today's share"},
    {"adj_factor", "DOUBLE", nullable, "What prices were multiplied by; 1 where nothing happened"},
    {"adj_action_id", "VARCHAR", nullable, "The latest corporate action in that factor"},
};

constexpr Column enrichment[] = {
    {"trade_date", "DATE", required, "Session that the open interest belongs to"},
    {"underlying", "VARCHAR", required, "Ticker of the underlying, upper case"},
    {"exchange", "VARCHAR", required, "Where the question was sent, usually `SMART`"},
    {"conid", "BIGINT", required, "IBKR's contract id; the underlying has a row of its own"},
    {"fields_updated", "VARCHAR[]", required, "Columns that this row brings a value for"},
    {"open_interest", "BIGINT", nullable,
     "Contracts; 0 is a value; NULL unless oi_state is "
     "`value`"},
    {"oi_asof_date", "DATE", nullable, "Session at whose end that interest was open"},
    {"oi_state", "VARCHAR", nullable, "`value`, `not_published`, `missing` or `expired`"},
    {"underlying_close", "DOUBLE", nullable,
     "The underlying's close of the day, only on the row of its own conid; USD"},
    {"underlying_close_asof", "TIMESTAMP", nullable, "When that close was observed, UTC"},
    {"update_ts", "TIMESTAMP", required, "When the row was answered, UTC"},
    {"source", "VARCHAR", nullable, "`IBKR`, `IBKR_HISTORICAL`, `RECORDING` or `SIMULATED`"},
    {"ingest_id", "VARCHAR", required, "Run that wrote the row, 32 hexadecimal digits"},
    {"ingest_run_type", "VARCHAR", required, "`enrichment`"},
};

using Columns = std::vector<Column>;

Columns joined(std::initializer_list<std::span<const Column>> parts) {
  Columns all;
  for (const auto part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

bool derived(const Column& column) {
  return column.name == "mid" || column.name == "strike_per_100" || column.name == "moneyness_pct";
}

Columns without_derived(Columns columns) {
  std::erase_if(columns, derived);
  return columns;
}

const Columns& intraday_columns() {
  static const Columns all = joined(
      {identity, sampling, prices, model_underlying, provenance, times, last_trade, underlying,
       reference_price, ratios, open_interest, quality, source, ingest});
  return all;
}

const Columns& daily_clean_columns() {
  static const Columns all = joined(
      {identity, rollup, prices, provenance, times, underlying, official_close, ratios,
       open_interest, open_interest_date, quality, source, ingest});
  return all;
}

const Columns& daily_adjusted_columns() {
  static const Columns all = joined({daily_clean_columns(), adjusted});
  return all;
}

}  // namespace

std::string_view to_text(View view) {
  constexpr std::array<std::string_view, 4> words = {
      "intraday", "daily_clean", "daily_adjusted", "enrichment"};
  return words[static_cast<std::size_t>(view)];
}

std::span<const Column> columns(View view) {
  switch (view) {
    case View::intraday:
      return intraday_columns();
    case View::daily_clean:
      return daily_clean_columns();
    case View::daily_adjusted:
      return daily_adjusted_columns();
    case View::enrichment:
      break;
  }
  return enrichment;
}

std::span<const Column> raw_columns() {
  static const Columns all = without_derived(intraday_columns());
  return all;
}

const Schema& current_schema() {
  static const Schema current{
      schema_version,
      {columns(View::intraday), columns(View::daily_clean), columns(View::daily_adjusted),
       columns(View::enrichment)},
      raw_columns()};
  return current;
}

std::vector<std::string_view> key(View view) {
  if (view == View::intraday) return {"trade_date", "sample_time", "conid"};
  return {"trade_date", "conid"};
}

std::vector<std::string_view> order(View view) {
  if (view == View::enrichment) return {"underlying", "conid"};
  return {"underlying", "expiry", "strike", "right", "conid"};
}

}  // namespace opt_data::store
