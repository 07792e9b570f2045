#include "calendar/calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "calendar/exceptions.h"
#include "calendar/holidays.h"

namespace opt_data {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr minutes half_day_close = hours{13};

struct Day {
  minutes open{};   // Time of day in New York.
  minutes close{};  // Equal to `open` on a day without a session.
  // Why there is no session, or what is unusual about it; empty on a usual day.
  std::string why;

  bool trades() const { return open < close; }
};

Result<void> known(year_month_day day) {
  if (!day.ok()) return fail(ErrorKind::invalid_input, "{} is not a day of any calendar", iso(day));
  if (day.year() < year{Calendar::year_first})
    return fail(
        ErrorKind::invalid_input,
        "{} lies before {}, the first year whose sessions were checked; use a day from {} to {}",
        iso(day), Calendar::year_first, Calendar::year_first, Calendar::year_last);
  if (day.year() > year{Calendar::year_last})
    return fail(
        ErrorKind::invalid_input,
        "{} lies after {}, the last year whose sessions were checked; use a day from {} to {}, or "
        "an opt-data that knows more years",
        iso(day), Calendar::year_last, Calendar::year_first, Calendar::year_last);
  return {};
}

}  // namespace

// Every day of the known years. Built once, because a slot asks for its session many times.
class Calendar::Table {
 public:
  static std::shared_ptr<const Table> get() {
    static const auto table = std::make_shared<const Table>(std::span<const ListedClosure>());
    return table;
  }

  std::size_t size() const { return days_.size(); }
  const Day& operator[](std::size_t index) const { return days_[index]; }

  std::size_t index(year_month_day day) const {
    OPT_CHECK(knows(day));
    return static_cast<std::size_t>((sys_days{day} - begin).count());
  }
  year_month_day day(std::size_t index) const { return begin + days{index}; }

  static bool knows(year_month_day day) {
    return day.ok() && day.year() >= year{Calendar::year_first} &&
           day.year() <= year{Calendar::year_last};
  }
  // The first day from `from` on with a session; the size of the table when there is none.
  std::size_t trading_from(std::size_t from) const {
    while (from < size() && !days_[from].trades()) ++from;
    return from;
  }

  // Requires: each closure is of a day with a session, and its close inside that.
  explicit Table(std::span<const ListedClosure> closures)
      : days_(static_cast<std::size_t>((end - begin).count())) {
    for (std::size_t i = 0; i < days_.size(); ++i) {
      const std::chrono::weekday falls_on{begin + days{i}};
      days_[i] = {usual_open, usual_close, {}};
      if (falls_on == std::chrono::Saturday) days_[i] = {{}, {}, "a Saturday"};
      if (falls_on == std::chrono::Sunday) days_[i] = {{}, {}, "a Sunday"};
    }
    for (int y = Calendar::year_first; y <= Calendar::year_last; ++y) {
      for (const auto& [when, what] : holidays(year{y})) change(when, {{}, {}, std::string(what)});
      for (const auto& [when, what] : half_days(year{y}))
        change(when, {usual_open, half_day_close, std::string(what)});
    }
    for (const auto& [when, why] : unscheduled_closures()) change(when, {{}, {}, std::string(why)});
    for (const auto& [when, open, close, why] : odd_sessions())
      change(when, {open, close, std::string(why)});
    for (const ListedClosure& closure : closures) {
      const minutes open = days_[index(closure.day)].open;
      change(closure.day, {open, closure.close.value_or(open), closure.reason});
    }
  }

 private:
  static constexpr sys_days begin{year{Calendar::year_first} / 1 / 1};
  static constexpr sys_days end{year{Calendar::year_last + 1} / 1 / 1};

  // Rules and exceptions speak about different weekdays: one that speaks about a day on which there
  // is no session anyway is wrong.
  void change(year_month_day when, Day to) {
    Day& one = days_[index(when)];
    OPT_CHECK(one.trades());
    one = to;
  }

  std::vector<Day> days_;
};

Calendar::Calendar() : table_(Table::get()) {}

Calendar::Calendar(std::shared_ptr<const Table> table) : table_(std::move(table)) {}

Result<Calendar> Calendar::with(const std::vector<ListedClosure>& closures) {
  const Calendar standard;
  std::vector<year_month_day> seen;
  for (const ListedClosure& closure : closures) {
    OPT_TRY(const TradeDate date, standard.trade_date(closure.day));
    const TradingSession session = standard.session(date);
    if (closure.close) {
      const Instant close = new_york(closure.day, *closure.close);
      if (close <= session.open || close >= session.close)
        return fail(
            ErrorKind::invalid_input,
            "{}: a close at {} is not inside the session of that day, {} to {}", iso(closure.day),
            new_york_clock(close), new_york_clock(session.open), new_york_clock(session.close));
    }
    if (std::ranges::find(seen, closure.day) != seen.end())
      return fail(ErrorKind::invalid_input, "{} is listed twice", iso(closure.day));
    seen.push_back(closure.day);
  }
  if (closures.empty()) return standard;
  return Calendar(std::make_shared<const Table>(std::span<const ListedClosure>(closures)));
}

Result<TradeDate> Calendar::trade_date(year_month_day day) const {
  OPT_TRY_VOID(known(day));
  const Table& table = *table_;
  const std::size_t index = table.index(day);
  if (table[index].trades()) return TradeDate(day);
  const std::size_t later = table.trading_from(index);
  const std::string advice = later == table.size()
                                 ? fmt::format("It is the end of the years that were checked")
                                 : fmt::format("The next trade date is {}", iso(table.day(later)));
  return fail(
      ErrorKind::not_found, "{} is {}; options do not trade. {}", iso(day), table[index].why,
      advice);
}

TradingSession Calendar::session(TradeDate date) const {
  const Table& table = *table_;
  const Day& day = table[table.index(date.day())];
  OPT_CHECK(day.trades());
  return {date, new_york(date.day(), day.open), new_york(date.day(), day.close)};
}

Result<TradeDate> Calendar::next(TradeDate date) const {
  const Table& table = *table_;
  const std::size_t later = table.trading_from(table.index(date.day()) + 1);
  if (later == table.size())
    return fail(
        ErrorKind::invalid_input,
        "{} is the last trade date of {}, and later years were not checked; use an opt-data that "
        "knows them",
        date.text(), year_last);
  return TradeDate(table.day(later));
}

Result<TradeDate> Calendar::previous(TradeDate date) const {
  const Table& table = *table_;
  for (std::size_t i = table.index(date.day()); i > 0; --i)
    if (table[i - 1].trades()) return TradeDate(table.day(i - 1));
  return fail(
      ErrorKind::invalid_input,
      "{} is the first trade date of {}, and earlier years were not checked; use a later day",
      date.text(), year_first);
}

Result<TradeDate> Calendar::on_or_after(year_month_day day) const {
  OPT_TRY_VOID(known(day));
  const Table& table = *table_;
  const std::size_t index = table.index(day);
  const std::size_t later = table.trading_from(index);
  if (later == table.size())
    return fail(
        ErrorKind::invalid_input,
        "no trade date of {} follows {}, and later years were not checked; use an earlier day",
        year_last, iso(day));
  return TradeDate(table.day(later));
}

std::optional<std::string> Calendar::closed_on(year_month_day day) const {
  const Table& table = *table_;
  const Day& one = table[table.index(day)];
  if (one.trades()) return std::nullopt;
  return std::string(one.why);
}

std::optional<std::string> Calendar::note(TradeDate date) const {
  const Table& table = *table_;
  const Day& one = table[table.index(date.day())];
  if (one.why.empty()) return std::nullopt;
  return std::string(one.why);
}

}  // namespace opt_data
