// Days: a year of them at a glance, one with everything that is known of it, its events.
//
// Verdict, gates and coverage are those that selfcheck stored; nothing is measured again here.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "observe/event.h"
#include "serve/desk.h"

namespace opt_data::serve {

using nlohmann::ordered_json;

struct DaySpan {
  std::chrono::year_month_day first{}, last{};
};

// Every day of the calendar in between, at most some years. Errors: invalid_input.
Result<ordered_json> days(const std::optional<DaySpan>& span, Desk& desk);

// Errors: not_found where nothing is on record; corrupt.
Result<ordered_json> day(TradeDate date, Desk& desk);
// Changes whenever an answer of day() might.
Result<std::string> day_version(TradeDate date, Desk& desk);

// Of level `least` and above: warnings and worse from the day's error file, the others from the
// log of the collector, as far as it still has them. The newest `count_max`.
Result<ordered_json> events(
    TradeDate date, observe::Level least, std::size_t count_max, Desk& desk);

// Newest first. Errors: not_found.
Result<ordered_json> runs(std::optional<Instant> before, int count_max, Desk& desk);

}  // namespace opt_data::serve
