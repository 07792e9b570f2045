// Every weekday of every known year against a list that was written from published calendars.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "calendar/calendar.h"

namespace opt_data {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year;
using std::chrono::year_month_day;

// "2025-11-28" -> "09:30-13:00", "2025-12-25" -> "closed"
std::map<std::string, std::string> published() {
  std::map<std::string, std::string> all;
  std::ifstream file(OPT_DATA_SOURCE_DIR "/tests/golden/calendar/unusual_days.txt");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string in_year, what, month_day;
    words >> in_year >> what;
    while (words >> month_day) all[in_year + "-" + month_day] = what;
  }
  return all;
}

std::string ours(year_month_day day) {
  const Calendar calendar;
  const auto date = calendar.trade_date(day);
  if (!date) return "closed";
  const TradingSession session = calendar.session(*date);
  return new_york_clock(session.open) + "-" + new_york_clock(session.close);
}

TEST(Calendar, agrees_with_published_calendars_on_every_weekday) {
  const auto golden = published();
  ASSERT_GT(golden.size(), 400u);
  std::size_t met = 0;
  const sys_days end{year{Calendar::year_last + 1} / 1 / 1};
  for (sys_days day{year{Calendar::year_first} / 1 / 1}; day < end; day += days{1}) {
    const bool weekend =
        weekday{day} == std::chrono::Saturday || weekday{day} == std::chrono::Sunday;
    const auto found = golden.find(iso(day));
    met += found != golden.end();
    const std::string expected = found != golden.end() ? found->second
                                 : weekend             ? "closed"
                                                       : "09:30-16:00";
    EXPECT_EQ(ours(day), expected) << iso(day);
  }
  EXPECT_EQ(met, golden.size()) << "the list names a day outside the known years";
}

}  // namespace
}  // namespace opt_data
