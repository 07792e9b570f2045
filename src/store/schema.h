// The columns of every view: names, types and what may be NULL. docs/data-contract.md is this file
// in words; a test compares the two.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace opt_data::store {

// Written into every file's metadata. A newer one is refused, never guessed at.
constexpr int schema_version = 1;

enum class View : std::uint8_t { intraday, daily_clean, daily_adjusted, enrichment };
std::string_view to_text(View view);

struct Column {
  std::string_view name;
  std::string_view type;     // DuckDB's: BIGINT, DOUBLE, DATE, TIMESTAMP, VARCHAR, VARCHAR[], ...
  bool required;             // NOT NULL
  std::string_view meaning;  // With unit; the sentence of the data contract.
  int since = 1;             // The schema_version it came with: files of an older one have it not.
};

// In file order. `raw` leaves out what is derived (mid, strike_per_100, moneyness_pct).
std::span<const Column> columns(View view);
std::span<const Column> raw_columns();

// All columns of one schema_version, which is what a database reads and writes.
struct Schema {
  int version;
  std::array<std::span<const Column>, 4> views;  // By View.
  std::span<const Column> raw;
};
const Schema& current_schema();

std::vector<std::string_view> key(View view);    // Unique within a partition.
std::vector<std::string_view> order(View view);  // ORDER BY of the file.

}  // namespace opt_data::store
