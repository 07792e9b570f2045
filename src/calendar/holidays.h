// What the exchanges' rules foresee: the days they close, and the days they close at 13:00.
//
// Source: NYSE Rule 7.2 and its yearly holiday notices; the options exchanges close on the same
// days (Cboe Rule 5.1). A holiday on a Saturday is observed on the Friday before, one on a Sunday
// on the Monday after. New Year's Day on a Saturday is not observed at all: the rule keeps the
// Friday open that ends a month or a year, as it did in 1999, 2004, 2010 and 2021.
//
// What no rule foresaw is in exceptions.h. Valid for the years of Calendar.
#pragma once

#include <chrono>
#include <string_view>
#include <vector>

namespace opt_data {

struct NamedDay {
  std::chrono::year_month_day day;
  std::string_view what;  // Lives as long as the program.
};

// The closed weekdays of `year`, each with its name ("Good Friday").
std::vector<NamedDay> holidays(std::chrono::year year);

// The half days of `year`, each with a sentence ("Christmas Eve closes at 13:00").
std::vector<NamedDay> half_days(std::chrono::year year);

// Western Easter, by the anonymous Gregorian computus (Nature, 20 April 1876; Meeus 1991).
std::chrono::year_month_day easter_sunday(std::chrono::year year);

}  // namespace opt_data
