// How an OptionQuote becomes a row of the intraday view, and how it comes back. One table holds
// both directions, so that a column cannot be written one way and read another.
#pragma once

#include <span>
#include <string_view>

#include "market/option_quote.h"
#include "store/duckdb_handles.h"

namespace opt_data::store {

struct QuoteRow {
  const OptionQuote& quote;
  std::string_view sample_time_et;  // The same for a whole slot, and dear to compute.
};

struct QuoteColumn {
  std::string_view name;
  void (*write)(ColumnWriter& column, idx_t row, const QuoteRow& from);
  // Empty for what is derived or constant. Errors: corrupt, for a word of another version.
  Result<void> (*read)(const Value& cell, OptionQuote& into);
};

// Requires: a column of the intraday view.
const QuoteColumn& quote_column(std::string_view name);

std::string new_york_sample_time(Instant at);  // "2025-10-06 09:30:00"

}  // namespace opt_data::store
