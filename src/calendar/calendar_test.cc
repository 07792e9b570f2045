#include "calendar/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "calendar/exceptions.h"
#include "calendar/holidays.h"

namespace opt_data {
namespace {

using namespace std::chrono;           // NOLINT
using namespace std::chrono_literals;  // NOLINT
using testing::HasSubstr;

const Calendar calendar;

TradeDate on(year_month_day day) { return calendar.trade_date(day).value(); }

const std::vector<TradeDate>& every_trade_date() {
  static const std::vector<TradeDate> all = [] {
    std::vector<TradeDate> found{on(1998y / 1 / 2)};
    for (auto next = calendar.next(found.back()); next; next = calendar.next(found.back()))
      found.push_back(*next);
    return found;
  }();
  return all;
}

TEST(Calendar, a_saturday_is_refused_with_the_next_trade_date) {
  const auto date = calendar.trade_date(2025y / 11 / 29);
  ASSERT_FALSE(date);
  EXPECT_EQ(date.error().kind, ErrorKind::not_found);
  EXPECT_EQ(
      date.error().message,
      "2025-11-29 is a Saturday; options do not trade. The next trade date is 2025-12-01");
}

TEST(Calendar, a_closed_day_says_why) {
  EXPECT_EQ(calendar.closed_on(2025y / 4 / 18), "Good Friday");
  EXPECT_EQ(calendar.closed_on(2026y / 7 / 3), "Independence Day (observed)");
  EXPECT_EQ(calendar.closed_on(2025y / 1 / 9), "the day of mourning for President Carter");
  EXPECT_EQ(calendar.closed_on(2025y / 1 / 11), "a Saturday");
  EXPECT_EQ(calendar.closed_on(2025y / 1 / 12), "a Sunday");
  EXPECT_EQ(calendar.closed_on(2025y / 1 / 10), std::nullopt);
  EXPECT_EQ(
      calendar.trade_date(2012y / 10 / 29).error().message,
      "2012-10-29 is a day without trading because of Hurricane Sandy; options do not trade. "
      "The next trade date is 2012-10-31");
}

TEST(Calendar, an_unusual_session_says_what_is_unusual) {
  EXPECT_EQ(calendar.note(on(2025y / 11 / 28)), "the day after Thanksgiving closes at 13:00");
  EXPECT_EQ(calendar.note(on(2025y / 12 / 24)), "Christmas Eve closes at 13:00");
  EXPECT_THAT(calendar.note(on(2002y / 9 / 11)).value(), HasSubstr("opened at 12:00"));
  EXPECT_THAT(calendar.note(on(2005y / 6 / 1)).value(), HasSubstr("failed at 15:56"));
  EXPECT_EQ(calendar.note(on(2025y / 10 / 6)), std::nullopt);
}

TEST(Calendar, a_year_that_was_not_checked_is_refused_with_advice) {
  const auto late = calendar.trade_date(2036y / 1 / 2);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(
      late.error().message,
      "2036-01-02 lies after 2035, the last year whose sessions were checked; use a day from 1998 "
      "to 2035, or an opt-data that knows more years");
  const auto early = calendar.on_or_after(1997y / 12 / 31);
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(early.error().message, HasSubstr("use a day from 1998 to 2035"));
  EXPECT_EQ(calendar.trade_date(2025y / 2 / 30).error().kind, ErrorKind::invalid_input);
}

TEST(Calendar, the_edges_of_the_known_years_have_no_neighbour) {
  EXPECT_EQ(every_trade_date().back().text(), "2035-12-31");
  const auto before = calendar.previous(every_trade_date().front());
  ASSERT_FALSE(before);
  EXPECT_EQ(before.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(before.error().message, HasSubstr("1998-01-02 is the first trade date of 1998"));
  const auto after = calendar.next(every_trade_date().back());
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().kind, ErrorKind::invalid_input);
  EXPECT_THAT(after.error().message, HasSubstr("2035-12-31 is the last trade date of 2035"));
}

TEST(Calendar, next_and_previous_undo_each_other) {
  const auto& all = every_trade_date();
  EXPECT_EQ(all.size(), 9553u);  // As the published calendars count them.
  for (std::size_t i = 1; i < all.size(); ++i) {
    ASSERT_LT(all[i - 1], all[i]);
    ASSERT_EQ(calendar.previous(all[i]).value(), all[i - 1]) << all[i].text();
  }
}

TEST(Calendar, on_or_after_is_the_day_itself_or_the_one_a_refusal_names) {
  EXPECT_EQ(calendar.on_or_after(2025y / 11 / 28).value().text(), "2025-11-28");
  EXPECT_EQ(calendar.on_or_after(2025y / 11 / 27).value().text(), "2025-11-28");
  EXPECT_EQ(calendar.on_or_after(2001y / 9 / 11).value().text(), "2001-09-17");
  EXPECT_EQ(calendar.on_or_after(1998y / 1 / 1).value().text(), "1998-01-02");
}

// The offset of New York, from the law and not from the zone database: since 2007 summer time lasts
// from the second Sunday of March to the first of November, before that from the first Sunday of
// April to the last of October.
hours behind_utc(year_month_day day) {
  const year y = day.year();
  const bool now = y >= 2007y;
  const sys_days from = now ? sys_days{y / March / Sunday[2]} : sys_days{y / April / Sunday[1]};
  const sys_days to =
      now ? sys_days{y / November / Sunday[1]} : sys_days{y / October / Sunday[last]};
  return sys_days{day} >= from && sys_days{day} < to ? 4h : 5h;
}

TEST(Calendar, every_session_opens_and_closes_at_the_right_moment_in_utc) {
  const auto odd = odd_sessions();
  for (const TradeDate date : every_trade_date()) {
    const weekday falls_on{sys_days{date.day()}};
    ASSERT_NE(falls_on, Saturday) << date.text();
    ASSERT_NE(falls_on, Sunday) << date.text();
    const auto exception = std::find_if(
        odd.begin(), odd.end(), [&](const OddSession& one) { return one.day == date.day(); });
    const bool half =
        exception == odd.end() && calendar.note(date).has_value();  // Else it is a named exception.
    const minutes open = exception != odd.end() ? exception->open : 9h + 30min;
    const minutes close = exception != odd.end() ? exception->close : half ? 13h : 16h;
    const TradingSession session = calendar.session(date);
    const sys_days midnight{date.day()};
    ASSERT_EQ(session.date, date);
    ASSERT_EQ(session.open, midnight + open + behind_utc(date.day())) << date.text();
    ASSERT_EQ(session.close, midnight + close + behind_utc(date.day())) << date.text();
  }
}

TEST(Calendar, the_open_moves_with_the_clocks_of_new_york) {
  const auto open = [](year_month_day day) { return iso_utc(calendar.session(on(day)).open); };
  EXPECT_EQ(open(2025y / 3 / 7), "2025-03-07T14:30:00.000000Z");
  EXPECT_EQ(open(2025y / 3 / 10), "2025-03-10T13:30:00.000000Z");
  EXPECT_EQ(open(2025y / 10 / 31), "2025-10-31T13:30:00.000000Z");
  EXPECT_EQ(open(2025y / 11 / 3), "2025-11-03T14:30:00.000000Z");
}

TEST(Holidays, a_saturday_new_year_keeps_the_last_day_of_the_year_open) {
  for (const year y : {1999y, 2004y, 2010y, 2021y, 2027y, 2032y})
    EXPECT_TRUE(calendar.trade_date(y / 12 / 31)) << static_cast<int>(y);
}

TEST(Holidays, juneteenth_closes_since_2022) {
  EXPECT_TRUE(calendar.trade_date(2020y / 6 / 19));
  EXPECT_TRUE(calendar.trade_date(2021y / 6 / 18));
  EXPECT_EQ(calendar.closed_on(2022y / 6 / 20), "Juneteenth (observed)");
  EXPECT_EQ(calendar.closed_on(2024y / 6 / 19), "Juneteenth");
}

TEST(Holidays, easter_is_the_published_one) {
  EXPECT_EQ(easter_sunday(1998y), 1998y / 4 / 12);
  EXPECT_EQ(easter_sunday(2008y), 2008y / 3 / 23);
  EXPECT_EQ(easter_sunday(2011y), 2011y / 4 / 24);
  EXPECT_EQ(easter_sunday(2025y), 2025y / 4 / 20);
  EXPECT_EQ(easter_sunday(2035y), 2035y / 3 / 25);
}

TEST(Holidays, a_thursday_fourth_of_july_moved_its_half_day_in_2013) {
  const auto close = [](year_month_day day) {
    return new_york_clock(calendar.session(on(day)).close);
  };
  EXPECT_EQ(close(2002y / 7 / 3), "16:00");
  EXPECT_EQ(close(2002y / 7 / 5), "13:00");
  EXPECT_EQ(close(2013y / 7 / 3), "13:00");
  EXPECT_EQ(close(2013y / 7 / 5), "16:00");
}

}  // namespace
}  // namespace opt_data
