// Which days US options trade, and from when to when: 1998 to 2035, by the exchanges' published
// rules (NYSE Rule 7.2; Cboe holds the same days), plus a named list of what no rule foresees.
//
// A day outside the years that were checked is refused loudly: a calendar that guesses stores rows
// of days that never traded. The rules are in holidays.h, the list in exceptions.h; both are held
// against published calendars, day by day, in tests/golden/calendar.
//
// An operator may list what came up since: a closure, or an early close, of a day of the future or
// of this morning.
//
// Immutable, costs little to copy, and is safe to share between threads.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "calendar/trade_date.h"

namespace opt_data {

// A day that is not what the rules say. An entry is checked against its `expires` by whoever reads
// it; the day stays what it was.
struct ListedClosure {
  std::chrono::year_month_day day{};
  std::optional<std::chrono::minutes> close;  // Time of day in New York; empty: no session at all.
  std::string reason;
  std::chrono::year_month_day expires{};
};

class Calendar {
 public:
  static constexpr int year_first = 1998;
  static constexpr int year_last = 2035;

  Calendar();
  // Errors: invalid_input for a day that has no session anyway, a close that is not inside its
  // session, a day outside the years above.
  static Result<Calendar> with(const std::vector<ListedClosure>& closures);

  // Errors: not_found on a day without a session (says why, and the next trade date);
  // invalid_input outside the years above.
  Result<TradeDate> trade_date(std::chrono::year_month_day day) const;

  TradingSession session(TradeDate date) const;  // Every TradeDate has one.

  // Errors: invalid_input when the neighbour lies outside the years above.
  Result<TradeDate> next(TradeDate date) const;
  Result<TradeDate> previous(TradeDate date) const;

  // The first trade date on or after `day`. Errors: invalid_input.
  Result<TradeDate> on_or_after(std::chrono::year_month_day day) const;

  // Why options do not trade that day ("a Saturday", "Good Friday"); empty when they do.
  // Requires: a day that exists, in one of the years above.
  std::optional<std::string> closed_on(std::chrono::year_month_day day) const;

  // Why the session of that day is unusual ("the day after Thanksgiving closes at 13:00").
  std::optional<std::string> note(TradeDate date) const;

 private:
  class Table;
  explicit Calendar(std::shared_ptr<const Table> table);
  std::shared_ptr<const Table> table_;
};

}  // namespace opt_data
