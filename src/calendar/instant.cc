#include "calendar/instant.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>

namespace opt_data {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

// A program that is an hour wrong for half of the year is worse than one that does not start, and
// no caller could do anything else about it.
[[noreturn]] void no_new_york(const char* why) {
  std::fprintf(
      stderr,
      "opt-data: cannot tell the time in New York: %s; install the system's zone database "
      "(package tzdata, compiled with 'zic -b fat') and start again\n",
      why);
  std::fflush(stderr);
  std::_Exit(2);
}

const date::time_zone& zone() {
  static const date::time_zone* const found = [] {
    try {
      const date::time_zone* const it = date::locate_zone("America/New_York");
      // A zone file may stop listing its changes in 2007 and give a rule for the rest, which the
      // library does not read: it would answer, with winter time in every summer.
      const date::sys_days summer{date::year{2024} / date::July / 1};
      const date::sys_days winter{date::year{2024} / date::January / 1};
      if (it->get_info(summer).offset != hours{-4} || it->get_info(winter).offset != hours{-5})
        no_new_york("the system's zone file does not list the clock changes after 2007");
      return it;
    } catch (const std::exception& error) {
      no_new_york(error.what());
    }
  }();
  return *found;
}

// What somebody typed, short and printable enough for an error message.
std::string quoted(std::string_view text) {
  constexpr std::size_t shown_max = 40;
  std::string shown(text.substr(0, shown_max));
  for (char& c : shown)
    if (std::isprint(static_cast<unsigned char>(c)) == 0) c = '?';
  return fmt::format("\"{}{}\"", shown, text.size() > shown_max ? "..." : "");
}

// Exactly these digits; std::from_chars would take a sign, too.
std::optional<int> digits(std::string_view text) {
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return text.empty() ? std::nullopt : std::optional(value);
}

Result<year_month_day> make_day(
    std::string_view text, std::string_view year, std::string_view month, std::string_view day,
    std::string_view example) {
  const auto y = digits(year);
  const auto m = digits(month);
  const auto d = digits(day);
  if (!y || !m || !d)
    return fail(ErrorKind::invalid_input, "{} is not a day; write it as {}", quoted(text), example);
  const std::chrono::year_month in{
      std::chrono::year{*y}, std::chrono::month{static_cast<unsigned>(*m)}};
  if (!in.ok())
    return fail(
        ErrorKind::invalid_input, "{} is not a day: there is no month {:02}; write it as {}",
        quoted(text), *m, example);
  const year_month_day made = in / *d;
  if (!made.ok())
    return fail(
        ErrorKind::invalid_input, "{} is not a day: {:04}-{:02} has days 01 to {}", quoted(text),
        *y, *m, static_cast<unsigned>((in / std::chrono::last).day()));
  return made;
}

std::optional<microseconds> fraction(std::string_view text) {
  if (text.size() > 6) return std::nullopt;
  const auto value = digits(text);
  if (!value) return std::nullopt;
  int us = *value;
  for (std::size_t i = text.size(); i < 6; ++i) us *= 10;
  return microseconds{us};
}

}  // namespace

Instant new_york(year_month_day day, microseconds time_of_day) {
  const date::local_time<microseconds> shown{sys_days{day}.time_since_epoch() + time_of_day};
  return Instant{zone().to_sys(shown, date::choose::earliest).time_since_epoch()};
}

NewYorkTime in_new_york(Instant at) {
  const date::sys_time<microseconds> utc{at.time_since_epoch()};
  const auto shown = zone().to_local(utc).time_since_epoch();
  const auto day = std::chrono::floor<days>(shown);
  return {year_month_day{sys_days{day}}, shown - day};
}

std::string iso(year_month_day day) {
  return fmt::format(
      "{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
      static_cast<unsigned>(day.day()));
}

std::string compact(year_month_day day) {
  return fmt::format(
      "{:04}{:02}{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
      static_cast<unsigned>(day.day()));
}

std::string iso_utc(Instant at) {
  const auto day = std::chrono::floor<days>(at);
  const std::chrono::hh_mm_ss time(at - day);
  return fmt::format(
      "{}T{:02}:{:02}:{:02}.{:06}Z", iso(year_month_day{day}), time.hours().count(),
      time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

std::string new_york_text(Instant at) {
  const NewYorkTime shown = in_new_york(at);
  const std::chrono::hh_mm_ss time(std::chrono::floor<seconds>(shown.time_of_day));
  const date::sys_seconds utc{std::chrono::floor<seconds>(at).time_since_epoch()};
  return fmt::format(
      "{} {:02}:{:02}:{:02} {}", iso(shown.day), time.hours().count(), time.minutes().count(),
      time.seconds().count(), zone().get_info(utc).abbrev);
}

std::string new_york_clock(Instant at) {
  const std::chrono::hh_mm_ss time(std::chrono::floor<minutes>(in_new_york(at).time_of_day));
  return fmt::format("{:02}:{:02}", time.hours().count(), time.minutes().count());
}

Result<year_month_day> parse_day(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-')
    return fail(ErrorKind::invalid_input, "{} is not a day; write it as 2025-10-06", quoted(text));
  return make_day(text, text.substr(0, 4), text.substr(5, 2), text.substr(8, 2), "2025-10-06");
}

Result<year_month_day> parse_compact_day(std::string_view text) {
  if (text.size() != 8)
    return fail(ErrorKind::invalid_input, "{} is not a day; write it as 20251006", quoted(text));
  return make_day(text, text.substr(0, 4), text.substr(4, 2), text.substr(6, 2), "20251006");
}

Result<minutes> parse_clock(std::string_view text) {
  const bool shaped = text.size() == 5 && text[2] == ':';
  const auto hour = shaped ? digits(text.substr(0, 2)) : std::nullopt;
  const auto minute = shaped ? digits(text.substr(3, 2)) : std::nullopt;
  if (!hour || !minute || *hour > 23 || *minute > 59)
    return fail(
        ErrorKind::invalid_input,
        "{} is not a time of day; write it with two digits each, 00:00 to 23:59, as 09:30",
        quoted(text));
  return hours{*hour} + minutes{*minute};
}

Result<Instant> parse_utc(std::string_view text) {
  const auto refuse = [&] {
    return fail(
        ErrorKind::invalid_input, "{} is not a moment in UTC; write it as 2025-10-06T13:30:00Z",
        quoted(text));
  };
  if (text.size() < 20 || text[10] != 'T' || text[16] != ':' || text.back() != 'Z') return refuse();
  OPT_TRY(const year_month_day day, parse_day(text.substr(0, 10)));
  const auto clock = parse_clock(text.substr(11, 5));
  const auto second = digits(text.substr(17, 2));
  if (!clock || !second || *second > 59) return refuse();
  microseconds rest{};
  if (text.size() > 20) {
    const auto below = fraction(text.substr(20, text.size() - 21));
    if (text[19] != '.' || !below) return refuse();
    rest = *below;
  }
  return Instant{sys_days{day}} + *clock + seconds{*second} + rest;
}

}  // namespace opt_data
