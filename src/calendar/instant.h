// A moment: UTC, in microseconds, which Parquet and DuckDB keep without loss.
//
// New York time is what the market runs on and what people type; nothing between the edges of the
// program computes with it. The zone database of the system says when New York changes its clocks;
// a system without one ends the program at its first question, with a sentence on standard error
// and exit code 2.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace opt_data {

using Instant = std::chrono::sys_time<std::chrono::microseconds>;

inline std::int64_t micros(Instant at) { return at.time_since_epoch().count(); }
inline Instant from_micros(std::int64_t us) { return Instant{std::chrono::microseconds{us}}; }

// The moment at which clocks in New York show this; in the autumn's doubled hour, the first one; in
// the spring's missing hour, the moment the clocks jump.
Instant new_york(std::chrono::year_month_day day, std::chrono::microseconds time_of_day);

struct NewYorkTime {
  std::chrono::year_month_day day;
  std::chrono::microseconds time_of_day;
};
NewYorkTime in_new_york(Instant at);

std::string iso(std::chrono::year_month_day day);      // 2025-10-06
std::string compact(std::chrono::year_month_day day);  // 20251006
std::string iso_utc(Instant at);                       // 2025-10-06T13:30:00.000000Z
std::string new_york_text(Instant at);                 // 2025-10-06 09:30:00 EDT
std::string new_york_clock(Instant at);                // 09:30

// Errors: invalid_input, with what to write instead.
Result<std::chrono::year_month_day> parse_day(std::string_view text);          // 2025-10-06
Result<std::chrono::year_month_day> parse_compact_day(std::string_view text);  // 20251006
Result<std::chrono::minutes> parse_clock(std::string_view text);               // 09:30
Result<Instant> parse_utc(std::string_view text);  // as iso_utc; 0 to 6 decimals

}  // namespace opt_data
