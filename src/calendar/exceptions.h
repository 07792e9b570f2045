// What no rule foresaw: days on which the exchanges stayed closed, and sessions that opened late or
// closed early. A new one is a line in exceptions.cc and a line in tests/golden/calendar.
//
// Only what moves the edges of the whole market's session is listed. A halt in the middle of a day,
// a circuit breaker and the outage of one exchange (NYSE on 2015-07-08, Cboe on 2013-04-25) are
// not: options traded elsewhere, or traded again before the close.
#pragma once

#include <chrono>
#include <span>
#include <string_view>

namespace opt_data {

// The regular session of equity options. Until 13 February 2006 Cboe went on for two minutes, to
// 16:02 (SEC release 34-53246); we keep 16:00 there, because the stocks stopped then and the last
// two minutes were a closing rotation against a market that had gone. The sessions around it that
// some exchanges offer today (from 07:30, and to 16:15) are not regular ones.
inline constexpr std::chrono::minutes usual_open = std::chrono::hours{9} + std::chrono::minutes{30};
inline constexpr std::chrono::minutes usual_close = std::chrono::hours{16};

struct Closure {
  std::chrono::year_month_day day;
  std::string_view why;  // Goes on after "2012-10-29 is ...".
};

struct OddSession {
  std::chrono::year_month_day day;
  std::chrono::minutes open;  // Time of day in New York.
  std::chrono::minutes close;
  std::string_view why;
};

std::span<const Closure> unscheduled_closures();
std::span<const OddSession> odd_sessions();

}  // namespace opt_data
