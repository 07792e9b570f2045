#include "calendar/broker_hours.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace opt_data {
namespace {

using std::chrono::minutes;

std::string clock_text(minutes time) {
  return fmt::format("{:02}:{:02}", time.count() / 60, time.count() % 60);
}

// "20251128:0930"
Result<std::pair<std::chrono::year_month_day, minutes>> parse_moment(std::string_view text) {
  const auto colon = text.find(':');
  if (colon != 8 || text.size() != 13)
    return fail(ErrorKind::invalid_input, "'{}' is not a moment such as 20251128:0930", text);
  OPT_TRY(const auto day, parse_compact_day(text.substr(0, 8)));
  const auto hour = parse_int(text.substr(9, 2));
  const auto minute = parse_int(text.substr(11, 2));
  if (!hour || !minute || *hour < 0 || *hour > 24 || *minute < 0 || *minute > 59)
    return fail(ErrorKind::invalid_input, "'{}' is not a moment such as 20251128:0930", text);
  return std::pair(day, minutes{*hour * 60 + *minute});
}

Result<BrokerDay> parse_entry(std::string_view entry) {
  BrokerDay out;
  for (const std::string_view part : split(entry, ',')) {
    if (part.ends_with(":CLOSED")) {
      OPT_TRY(out.day, parse_compact_day(part.substr(0, part.find(':'))));
      continue;
    }
    const auto dash = part.find('-');
    if (dash == std::string_view::npos)
      return fail(ErrorKind::invalid_input, "'{}' is not the hours of a day", entry);
    OPT_TRY(const auto from, parse_moment(part.substr(0, dash)));
    OPT_TRY(const auto to, parse_moment(part.substr(dash + 1)));
    out.day = from.first;
    if (!out.session) out.session = {from.second, to.second};
    out.session->first = std::min(out.session->first, from.second);
    out.session->second = std::max(out.session->second, to.second);
  }
  return out;
}

}  // namespace

Result<std::vector<BrokerDay>> parse_broker_hours(std::string_view text) {
  std::vector<BrokerDay> out;
  for (std::string_view entry : split(text, ';')) {
    entry = trim(entry);
    if (entry.empty()) continue;
    OPT_TRY(BrokerDay day, parse_entry(entry));
    out.push_back(std::move(day));
  }
  return out;
}

std::vector<HoursDifference> differences(
    const Calendar& calendar, const std::vector<BrokerDay>& broker) {
  std::vector<HoursDifference> out;
  for (const BrokerDay& each : broker) {
    const auto date = calendar.trade_date(each.day);
    if (!date && date.error().kind != ErrorKind::not_found) continue;
    std::string ours;
    if (date) {
      const TradingSession session = calendar.session(*date);
      ours = fmt::format("{}-{}", new_york_clock(session.open), new_york_clock(session.close));
    }
    const std::string theirs = each.session ? fmt::format(
                                                  "{}-{}", clock_text(each.session->first),
                                                  clock_text(each.session->second))
                                            : std::string();
    if (ours == theirs) continue;
    out.push_back(
        {each.day,
         date ? ours : fmt::format("closed ({})", calendar.closed_on(each.day).value_or("")),
         theirs.empty() ? "closed" : theirs});
  }
  return out;
}

}  // namespace opt_data
