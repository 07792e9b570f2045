#include "store/quote_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "base/check.h"
#include "store/value_text.h"

namespace opt_data::store {
namespace {

template <typename T>
std::optional<T> held(const Value& cell) {
  const T* value = std::get_if<T>(&cell);
  return value == nullptr ? std::nullopt : std::optional<T>(*value);
}

std::optional<double> held_whole(const Value& cell) {
  const auto whole = held<std::int64_t>(cell);
  return whole ? std::optional(static_cast<double>(*whole)) : std::nullopt;
}

// Brokers send sizes and volumes as decimals; the columns have always been whole numbers.
std::optional<std::int64_t> whole(const std::optional<double>& count) {
  if (!count || !(std::abs(*count) < 9e18)) return std::nullopt;
  return std::llround(*count);
}

void put_unless_empty(ColumnWriter& column, idx_t row, std::string_view text) {
  text.empty() ? column.null(row) : column.put(row, text);
}

std::optional<double> moneyness(const OptionQuote& quote) {
  if (!quote.reference || quote.contract.strike.mills == 0) return std::nullopt;
  return quote.reference->usd / quote.contract.strike.usd() - 1;
}

std::optional<double> strike_per_100(const OptionContract& contract) {
  if (contract.multiplier == 0) return std::nullopt;
  return contract.strike.usd() * 100 / contract.multiplier;
}

Result<void> read_open_interest_state(const Value& cell, OptionQuote& into) {
  const std::string word = text_or_empty(cell);
  for (const auto state :
       {OpenInterestState::not_published, OpenInterestState::value, OpenInterestState::missing,
        OpenInterestState::expired}) {
    if (word != to_text(state)) continue;
    into.open_interest.state = state;
    return {};
  }
  return fail(ErrorKind::corrupt, "'{}' is not an open interest state of this version", word);
}

Result<void> read_market_data_type(const Value& cell, OptionQuote& into) {
  const std::int64_t type = held<std::int64_t>(cell).value_or(0);
  if (type < 0 || type > 4)
    return fail(ErrorKind::corrupt, "{} is not a market data type of this version", type);
  into.quote.type = static_cast<MarketDataType>(type);
  return {};
}

void write_flags(ColumnWriter& column, idx_t row, const QuoteRow& from) {
  const std::vector<std::string_view> words = from.quote.flags.words();
  column.put(row, std::span(words));
}

Result<void> read_flags(const Value& cell, OptionQuote& into) {
  for (const std::string& word : held<TextList>(cell).value_or(TextList{})) {
    OPT_TRY(const QualityFlag flag, parse_flag(word));
    into.flags.set(flag);
  }
  return {};
}

// The member at the end of a path of members: field<&OptionQuote::quote, &Quote::bid>(row).
template <auto... path>
auto& field(auto& row) {
  return (row.*....*path);
}

// An optional member, as it is.
template <auto... path>
QuoteColumn optional_column(std::string_view name) {
  return {
      name,
      [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
        column.put(row, field<path...>(from.quote));
      },
      [](const Value& cell, OptionQuote& into) -> Result<void> {
        auto& member = field<path...>(into);
        member = held<typename std::remove_reference_t<decltype(member)>::value_type>(cell);
        return {};
      }};
}

// An optional number that the column holds as a whole one.
template <auto... path>
QuoteColumn whole_column(std::string_view name) {
  return {
      name,
      [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
        column.put(row, whole(field<path...>(from.quote)));
      },
      [](const Value& cell, OptionQuote& into) -> Result<void> {
        field<path...>(into) = held_whole(cell);
        return {};
      }};
}

template <auto... path>
QuoteColumn text_column(std::string_view name) {
  return {
      name,
      [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
        column.put(row, std::string_view(field<path...>(from.quote)));
      },
      [](const Value& cell, OptionQuote& into) -> Result<void> {
        field<path...>(into) = text_or_empty(cell);
        return {};
      }};
}

using Write = decltype(QuoteColumn::write);

// Derived or constant: written, and nothing to read back.
QuoteColumn written_column(std::string_view name, Write write) {
  return {name, write, [](const Value&, OptionQuote&) -> Result<void> { return {}; }};
}

std::vector<QuoteColumn> contract_columns() {
  return {
      written_column(
          "trade_date", [](ColumnWriter& column, idx_t row,
                           const QuoteRow& from) { column.put(row, from.quote.slot.date.day()); }),
      text_column<&OptionQuote::contract, &OptionContract::underlying>("underlying"),
      {"conid",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         column.put(row, from.quote.contract.id);
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         into.contract.id = held<std::int64_t>(cell).value_or(0);
         return {};
       }},
      written_column(
          "symbol",
          [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
            column.put(row, std::string_view(occ_symbol(from.quote.contract)));
          }),
      {"expiry",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         column.put(row, from.quote.contract.expiry);
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         into.contract.expiry =
             held<std::chrono::year_month_day>(cell).value_or(std::chrono::year_month_day{});
         return {};
       }},
      {"right",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         const char right = letter(from.quote.contract.right);
         column.put(row, std::string_view(&right, 1));
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         OPT_TRY(into.contract.right, parse_right(text_or_empty(cell)));
         return {};
       }},
      {"strike",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         column.put(row, from.quote.contract.strike.usd());
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         into.contract.strike = Strike::from_usd(held<double>(cell).value_or(0));
         return {};
       }},
      {"multiplier",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         column.put(row, from.quote.contract.multiplier);
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         into.contract.multiplier = held<double>(cell).value_or(0);
         return {};
       }},
      text_column<&OptionQuote::contract, &OptionContract::exchange>("exchange"),
      text_column<&OptionQuote::contract, &OptionContract::trading_class>("tradingClass"),
      text_column<&OptionQuote::contract, &OptionContract::currency>("currency"),
  };
}

std::vector<QuoteColumn> slot_columns() {
  return {
      {"sample_time",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         column.put(row, from.quote.slot.at);
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         into.slot.at = held<Instant>(cell).value_or(Instant{});
         return {};
       }},
      written_column(
          "sample_time_et", [](ColumnWriter& column, idx_t row,
                               const QuoteRow& from) { column.put(row, from.sample_time_et); }),
      {"slot_30m",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         column.put(row, std::int32_t{from.quote.slot.index});
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         into.slot.index = static_cast<std::uint8_t>(held<std::int64_t>(cell).value_or(0));
         return {};
       }},
  };
}

std::vector<QuoteColumn> price_columns() {
  constexpr auto quote = &OptionQuote::quote;
  constexpr auto greeks = &Quote::greeks;
  constexpr Write nothing = [](ColumnWriter& column, idx_t row, const QuoteRow&) {
    column.null(row);
  };
  return {
      optional_column<quote, &Quote::bid>("bid"),
      optional_column<quote, &Quote::ask>("ask"),
      written_column(
          "mid", [](ColumnWriter& column, idx_t row,
                    const QuoteRow& from) { column.put(row, from.quote.quote.mid()); }),
      optional_column<quote, &Quote::last>("last"),
      optional_column<quote, &Quote::open>("open"),
      optional_column<quote, &Quote::high>("high"),
      optional_column<quote, &Quote::low>("low"),
      optional_column<quote, &Quote::close>("close"),
      whole_column<quote, &Quote::bid_size>("bid_size"),
      whole_column<quote, &Quote::ask_size>("ask_size"),
      optional_column<quote, &Quote::last_size>("last_size"),
      whole_column<quote, &Quote::volume>("volume"),
      optional_column<quote, greeks, &Greeks::iv>("iv"),
      optional_column<quote, greeks, &Greeks::delta>("delta"),
      optional_column<quote, greeks, &Greeks::gamma>("gamma"),
      optional_column<quote, greeks, &Greeks::theta>("theta"),
      optional_column<quote, greeks, &Greeks::vega>("vega"),
      written_column("rho", nothing),
      written_column("hist_volatility", nothing),
      optional_column<quote, &Quote::bid_iv>("bid_iv"),
      optional_column<quote, &Quote::ask_iv>("ask_iv"),
      optional_column<quote, &Quote::last_iv>("last_iv"),
      optional_column<quote, &Quote::model_underlying>("model_underlying"),
      {"market_data_type",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         const auto type = static_cast<std::int32_t>(from.quote.quote.type);
         column.put(row, type == 0 ? std::nullopt : std::optional(type));
       },
       read_market_data_type},
      optional_column<quote, &Quote::as_of>("asof_ts"),
      optional_column<quote, &Quote::received>("received_ts"),
      optional_column<quote, &Quote::last_trade_at>("last_trade_ts"),
  };
}

std::vector<QuoteColumn> underlying_columns() {
  constexpr auto underlying = &OptionQuote::underlying;
  return {
      optional_column<underlying, &UnderlyingQuote::bid>("underlying_bid"),
      optional_column<underlying, &UnderlyingQuote::ask>("underlying_ask"),
      optional_column<underlying, &UnderlyingQuote::last>("underlying_last"),
      optional_column<underlying, &UnderlyingQuote::as_of>("underlying_asof_ts"),
      {"underlying_close",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         const auto& price = from.quote.reference;
         column.put(row, price ? std::optional(price->usd) : std::nullopt);
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         const auto usd = held<double>(cell);
         if (usd) into.reference = ReferencePrice{into.contract.underlying, *usd, "", {}};
         return {};
       }},
      {"reference_source",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         const auto& price = from.quote.reference;
         put_unless_empty(column, row, price ? price->source : std::string_view());
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         if (into.reference) into.reference->source = text_or_empty(cell);
         return {};
       }},
      {"reference_asof",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         const auto& price = from.quote.reference;
         column.put(row, price ? std::optional(price->at) : std::nullopt);
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         if (into.reference) into.reference->at = held<Instant>(cell).value_or(Instant{});
         return {};
       }},
      written_column(
          "strike_per_100",
          [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
            column.put(row, strike_per_100(from.quote.contract));
          }),
      written_column(
          "moneyness_pct", [](ColumnWriter& column, idx_t row,
                              const QuoteRow& from) { column.put(row, moneyness(from.quote)); }),
  };
}

std::vector<QuoteColumn> state_columns() {
  return {
      {"open_interest",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         const OpenInterest& interest = from.quote.open_interest;
         const bool known = interest.state == OpenInterestState::value;
         column.put(row, known ? std::optional(interest.contracts) : std::nullopt);
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         into.open_interest.contracts = held<std::int64_t>(cell).value_or(0);
         return {};
       }},
      {"oi_state",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         column.put(row, to_text(from.quote.open_interest.state));
       },
       read_open_interest_state},
      {"data_quality_flag", write_flags, read_flags},
      written_column(
          "snapshot_error",
          [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
            column.put(row, !from.quote.error.type.empty());
          }),
      {"error_type",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         put_unless_empty(column, row, from.quote.error.type);
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         into.error.type = text_or_empty(cell);
         return {};
       }},
      {"error_message",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         put_unless_empty(column, row, from.quote.error.message);
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         into.error.message = text_or_empty(cell);
         return {};
       }},
      {"source",
       [](ColumnWriter& column, idx_t row, const QuoteRow& from) {
         column.put(row, to_text(from.quote.source));
       },
       [](const Value& cell, OptionQuote& into) -> Result<void> {
         OPT_TRY(into.source, parse_data_source(text_or_empty(cell)));
         return {};
       }},
      text_column<&OptionQuote::ingest_id>("ingest_id"),
      written_column(
          "ingest_run_type",
          [](ColumnWriter& column, idx_t row, const QuoteRow&) {
            column.put(row, std::string_view("intraday"));
          }),
  };
}

std::vector<QuoteColumn> all_columns() {
  std::vector<QuoteColumn> all;
  for (const auto& part :
       {contract_columns(), slot_columns(), price_columns(), underlying_columns(), state_columns()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace

const QuoteColumn& quote_column(std::string_view name) {
  static const std::vector<QuoteColumn> all = all_columns();
  const auto found = std::ranges::find(all, name, &QuoteColumn::name);
  OPT_CHECK(found != all.end());
  return *found;
}

std::string new_york_sample_time(Instant at) {
  const NewYorkTime local = in_new_york(at);
  const std::chrono::hh_mm_ss time(
      std::chrono::duration_cast<std::chrono::seconds>(local.time_of_day));
  return fmt::format(
      "{} {:02}:{:02}:{:02}", iso(local.day), time.hours().count(), time.minutes().count(),
      time.seconds().count());
}

}  // namespace opt_data::store
