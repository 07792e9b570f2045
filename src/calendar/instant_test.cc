#include "calendar/instant.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/random.h"
#include "base/text.h"

namespace opt_data {
namespace {

using namespace std::chrono;           // NOLINT
using namespace std::chrono_literals;  // NOLINT
using testing::HasSubstr;
using testing::StartsWith;

Instant utc(std::string_view text) { return parse_utc(text).value(); }

std::uint64_t seed() {
  const char* given = std::getenv("OPT_DATA_TEST_SEED");
  return given == nullptr ? 20251006 : static_cast<std::uint64_t>(std::atoll(given));
}

TEST(Instant, microseconds_round_trip) {
  EXPECT_EQ(micros(utc("2025-10-06T13:30:00Z")), 1'759'757'400'000'000);
  EXPECT_EQ(from_micros(1'759'757'400'000'000), utc("2025-10-06T13:30:00Z"));
}

TEST(Instant, is_written_in_utc_and_in_new_york) {
  const Instant open = new_york(2025y / 10 / 6, 9h + 30min);
  EXPECT_EQ(iso_utc(open), "2025-10-06T13:30:00.000000Z");
  EXPECT_EQ(iso_utc(open + 1us), "2025-10-06T13:30:00.000001Z");
  EXPECT_EQ(new_york_text(open), "2025-10-06 09:30:00 EDT");
  EXPECT_EQ(new_york_text(open + 999'999us), "2025-10-06 09:30:00 EDT");
  EXPECT_EQ(new_york_text(utc("2025-12-01T14:30:59Z")), "2025-12-01 09:30:59 EST");
  EXPECT_EQ(new_york_clock(open), "09:30");
  EXPECT_EQ(iso(2025y / 10 / 6), "2025-10-06");
  EXPECT_EQ(compact(2025y / 10 / 6), "20251006");
}

TEST(Instant, before_1970_is_written_right) {
  EXPECT_EQ(iso_utc(from_micros(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(utc("1969-12-31T23:59:59.999999Z"), from_micros(-1));
}

TEST(NewYork, late_evening_is_still_the_same_day) {
  const NewYorkTime summer = in_new_york(utc("2025-10-07T03:30:00Z"));
  EXPECT_EQ(summer.day, 2025y / 10 / 6);
  EXPECT_EQ(summer.time_of_day, 23h + 30min);
  const NewYorkTime winter = in_new_york(utc("2026-01-01T04:30:00Z"));
  EXPECT_EQ(winter.day, 2025y / 12 / 31);
  EXPECT_EQ(winter.time_of_day, 23h + 30min);
}

TEST(NewYork, the_doubled_hour_is_read_as_its_first) {
  const Instant first = new_york(2025y / 11 / 2, 1h + 30min);
  EXPECT_EQ(new_york_text(first), "2025-11-02 01:30:00 EDT");
  EXPECT_EQ(new_york_text(first + 1h), "2025-11-02 01:30:00 EST");
  EXPECT_EQ(in_new_york(first).time_of_day, in_new_york(first + 1h).time_of_day);
  EXPECT_EQ(new_york(2025y / 11 / 2, 2h) - first, 90min);
}

TEST(NewYork, the_missing_hour_is_the_moment_the_clocks_jump) {
  const Instant jump = utc("2025-03-09T07:00:00Z");
  EXPECT_EQ(new_york(2025y / 3 / 9, 2h), jump);
  EXPECT_EQ(new_york(2025y / 3 / 9, 2h + 30min), jump);
  EXPECT_EQ(new_york(2025y / 3 / 9, 3h), jump);
  EXPECT_EQ(new_york_text(jump - 1us), "2025-03-09 01:59:59 EST");
  EXPECT_EQ(new_york_text(jump), "2025-03-09 03:00:00 EDT");
}

// From UTC and back, each quarter of an hour of every week in which New York changes its clocks.
TEST(NewYork, round_trips_through_every_night_the_clocks_change) {
  for (year y = 1998y; y <= 2035y; ++y) {
    const bool now = y >= 2007y;
    const sys_days spring = now ? sys_days{y / March / Sunday[2]} : sys_days{y / April / Sunday[1]};
    const sys_days autumn =
        now ? sys_days{y / November / Sunday[1]} : sys_days{y / October / Sunday[last]};
    for (const sys_days night : {spring, autumn}) {
      for (Instant at = night - days{3}; at < night + days{3}; at += 15min) {
        const NewYorkTime shown = in_new_york(at);
        const bool second_pass = night == autumn && at >= night + 6h && at < night + 7h;
        ASSERT_EQ(new_york(shown.day, shown.time_of_day), second_pass ? at - 1h : at)
            << iso_utc(at);
      }
    }
  }
}

TEST(NewYork, random_moments_round_trip) {
  Random random(seed());
  const std::int64_t from = micros(sys_days{1998y / 1 / 1});
  const std::int64_t to = micros(sys_days{2036y / 1 / 1});
  for (int i = 0; i < 50'000; ++i) {
    const Instant at = from_micros(
        from + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(to - from))));
    const NewYorkTime shown = in_new_york(at);
    const Instant back = new_york(shown.day, shown.time_of_day);
    ASSERT_TRUE(back == at || back == at - 1h) << iso_utc(at) << " seed " << seed();
    ASSERT_GE(shown.time_of_day, 0us);
    ASSERT_LT(shown.time_of_day, 24h);
    ASSERT_EQ(utc(iso_utc(at)), at) << " seed " << seed();
  }
}

TEST(Parse, every_day_round_trips) {
  for (sys_days day{1998y / 1 / 1}; day < sys_days{2036y / 1 / 1}; day += days{1}) {
    ASSERT_EQ(parse_day(iso(day)).value(), year_month_day{day});
    ASSERT_EQ(parse_compact_day(compact(day)).value(), year_month_day{day});
  }
}

TEST(Parse, a_day_that_is_none_is_refused_with_what_to_write) {
  EXPECT_EQ(
      parse_day("10/06/2025").error().message,
      "\"10/06/2025\" is not a day; write it as 2025-10-06");
  EXPECT_EQ(
      parse_day("2025-02-29").error().message,
      "\"2025-02-29\" is not a day: 2025-02 has days 01 to 28");
  EXPECT_EQ(
      parse_day("2025-13-01").error().message,
      "\"2025-13-01\" is not a day: there is no month 13; write it as 2025-10-06");
  EXPECT_EQ(
      parse_compact_day("2025-10-6").error().message,
      "\"2025-10-6\" is not a day; write it as 20251006");
  for (const char* junk :
       {"", "today", "2025-10-6", "2025-1-006", "20251006", "2025-10-06 ", " 2025-10-06",
        "2025-10-00", "2025-00-10", "+025-10-06", "2025-+1-06", "2025-10--6", "2025/10/06"})
    EXPECT_EQ(parse_day(junk).error().kind, ErrorKind::invalid_input) << junk;
  for (const char* junk : {"", "2025106", "2025-10-06", "20251301", "20250230", "2025 106"})
    EXPECT_EQ(parse_compact_day(junk).error().kind, ErrorKind::invalid_input) << junk;
}

TEST(Parse, a_refusal_quotes_only_what_is_short_and_printable) {
  const std::string message = parse_day(std::string(1000, '\x1b')).error().message;
  EXPECT_EQ(message.find('\x1b'), std::string::npos);
  EXPECT_LT(message.size(), 100u);
}

TEST(Parse, every_minute_of_a_day_round_trips) {
  for (minutes time{0}; time < 24h; time += 1min) {
    const std::string text = fmt::format("{:02}:{:02}", time / 1h, (time % 1h).count());
    ASSERT_EQ(parse_clock(text).value(), time);
  }
}

TEST(Parse, a_time_of_day_that_is_none_is_refused_with_what_to_write) {
  EXPECT_EQ(
      parse_clock("9:30").error().message,
      "\"9:30\" is not a time of day; write it with two digits each, 00:00 to 23:59, as 09:30");
  for (const char* junk : {"", "24:00", "09:60", "09-30", "0930", "09:30:00", "-9:30", "ab:cd"})
    EXPECT_EQ(parse_clock(junk).error().kind, ErrorKind::invalid_input) << junk;
}

TEST(Parse, a_moment_is_read_with_or_without_a_fraction) {
  EXPECT_EQ(utc("2025-10-06T13:30:00Z"), sys_days{2025y / 10 / 6} + 13h + 30min);
  EXPECT_EQ(utc("2025-10-06T13:30:00.000000Z"), utc("2025-10-06T13:30:00Z"));
  EXPECT_EQ(utc("2025-10-06T13:30:00.5Z"), utc("2025-10-06T13:30:00Z") + 500ms);
  EXPECT_EQ(utc("2025-10-06T13:30:00.000001Z"), utc("2025-10-06T13:30:00Z") + 1us);
}

TEST(Parse, a_moment_that_is_none_is_refused_with_what_to_write) {
  EXPECT_EQ(
      parse_utc("2025-10-06 13:30").error().message,
      "\"2025-10-06 13:30\" is not a moment in UTC; write it as 2025-10-06T13:30:00Z");
  EXPECT_THAT(parse_utc("2025-02-30T13:30:00Z").error().message, StartsWith("\"2025-02-30\""));
  for (const char* junk :
       {"", "Z", "2025-10-06T13:30:00", "2025-10-06T13:30Z", "2025-10-06T13:30:60Z",
        "2025-10-06T24:00:00Z", "2025-10-06T13:30:00.Z", "2025-10-06T13:30:00.1234567Z",
        "2025-10-06T13:30:00,5Z", "2025-10-06T13:30:00+00:00", "2025-10-06T13-30:00Z",
        "2025-10-06T13:30:00.-5Z"})
    EXPECT_EQ(parse_utc(junk).error().kind, ErrorKind::invalid_input) << junk;
}

}  // namespace
}  // namespace opt_data
