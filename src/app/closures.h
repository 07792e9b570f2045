// config/closures.toml: days that are not what the calendar's rules say, listed by the operator.
//
//   [[closure]]
//   day = "2026-12-03"
//   close = "13:00"           # without it there is no session at all
//   reason = "a day of mourning"
//   expires = "2026-12-31"    # by then an opt-data that knows the day is due
//
// An entry holds for its day for ever. One that has expired is still in force and is warned about.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "calendar/calendar.h"

namespace opt_data::app {

// Errors: invalid_input with file and line.
Result<std::vector<ListedClosure>> parse_closures(std::string_view text, const std::string& file);

}  // namespace opt_data::app
