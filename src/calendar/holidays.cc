#include "calendar/holidays.h"

namespace opt_data {
namespace {

using namespace std::chrono;  // NOLINT: the calendar arithmetic below is unreadable without it

constexpr year juneteenth_since{2022};
constexpr year wednesday_eve_since{2013};

// The weekday on which a holiday of a fixed date is kept.
year_month_day observed(year_month_day day) {
  const weekday falls_on{sys_days{day}};
  if (falls_on == Saturday) return sys_days{day} - days{1};
  if (falls_on == Sunday) return sys_days{day} + days{1};
  return day;
}

// `plain` or `moved`, depending on whether the holiday is kept on its own date.
void add_fixed(
    std::vector<NamedDay>& to, year_month_day day, std::string_view plain, std::string_view moved) {
  const year_month_day kept = observed(day);
  to.push_back({kept, kept == day ? plain : moved});
}

}  // namespace

year_month_day easter_sunday(year of) {
  const int y = static_cast<int>(of);
  const int a = y % 19;
  const int b = y / 100;
  const int c = y % 100;
  const int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  const int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int n = h + l - 7 * m + 114;
  return of / (n / 31) / (n % 31 + 1);
}

std::vector<NamedDay> holidays(year of) {
  std::vector<NamedDay> all;
  if (weekday{sys_days{of / January / 1}} != Saturday)
    add_fixed(all, of / January / 1, "New Year's Day", "New Year's Day (observed)");
  all.push_back({sys_days{of / January / Monday[3]}, "Martin Luther King Jr. Day"});
  all.push_back({sys_days{of / February / Monday[3]}, "Washington's Birthday"});
  all.push_back({sys_days{easter_sunday(of)} - days{2}, "Good Friday"});
  all.push_back({sys_days{of / May / Monday[last]}, "Memorial Day"});
  if (of >= juneteenth_since) add_fixed(all, of / June / 19, "Juneteenth", "Juneteenth (observed)");
  add_fixed(all, of / July / 4, "Independence Day", "Independence Day (observed)");
  all.push_back({sys_days{of / September / Monday[1]}, "Labor Day"});
  all.push_back({sys_days{of / November / Thursday[4]}, "Thanksgiving Day"});
  add_fixed(all, of / December / 25, "Christmas Day", "Christmas Day (observed)");
  return all;
}

std::vector<NamedDay> half_days(year of) {
  std::vector<NamedDay> all;

  // The eve of Independence Day is a half day when both are weekdays and no weekend lies between.
  // Until 2012 a Thursday holiday gave the half day to the Friday after it instead.
  const weekday fourth{sys_days{of / July / 4}};
  const bool after = fourth == Thursday && of < wednesday_eve_since;
  if (after)
    all.push_back({of / July / 5, "the day after Independence Day closes at 13:00"});
  else if (fourth != Saturday && fourth != Sunday && fourth != Monday)
    all.push_back({of / July / 3, "the eve of Independence Day closes at 13:00"});

  all.push_back(
      {sys_days{of / November / Thursday[4]} + days{1},
       "the day after Thanksgiving closes at 13:00"});

  // On a Friday, Christmas Eve is the observed holiday itself.
  const weekday eve{sys_days{of / December / 24}};
  if (eve != Friday && eve != Saturday && eve != Sunday)
    all.push_back({of / December / 24, "Christmas Eve closes at 13:00"});
  return all;
}

}  // namespace opt_data
