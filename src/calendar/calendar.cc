#include "calendar/calendar.h"

#include <fmt/format.h>

#include <string_view>

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

// The regular session of equity options. Until 13 February 2006 Cboe went on for two minutes, to
// 16:02 (SEC release 34-53246); we keep 16:00 there, because the stocks stopped then and the last
// two minutes were a closing rotation against a market that had gone. The sessions around it that
// some exchanges offer today (from 07:30, and to 16:15) are not regular ones.
constexpr minutes usual_open = hours{9} + minutes{30};
constexpr minutes usual_close = hours{16};
constexpr minutes half_day_close = hours{13};

struct Day {
  minutes open{};   // Time of day in New York.
  minutes close{};  // Equal to `open` on a day without a session.
  // Why there is no session, or what is unusual about it; empty on a usual day.
  std::string_view why;

  bool trades() const { return open < close; }
};

// Every day of the known years. Built once, because a slot asks for its session many times.
class Table {
 public:
  static const Table& get() {
    static const Table table;
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

 private:
  static constexpr sys_days begin{year{Calendar::year_first} / 1 / 1};
  static constexpr sys_days end{year{Calendar::year_last + 1} / 1 / 1};

  Table() : days_(static_cast<std::size_t>((end - begin).count())) {
    for (std::size_t i = 0; i < days_.size(); ++i) {
      const std::chrono::weekday falls_on{begin + days{i}};
      days_[i] = {usual_open, usual_close, {}};
      if (falls_on == std::chrono::Saturday) days_[i] = {{}, {}, "a Saturday"};
      if (falls_on == std::chrono::Sunday) days_[i] = {{}, {}, "a Sunday"};
    }
    for (int y = Calendar::year_first; y <= Calendar::year_last; ++y) {
      for (const auto& [when, what] : holidays(year{y})) change(when, {{}, {}, what});
      for (const auto& [when, what] : half_days(year{y}))
        change(when, {usual_open, half_day_close, what});
    }
    for (const auto& [when, why] : unscheduled_closures()) change(when, {{}, {}, why});
    for (const auto& [when, open, close, why] : odd_sessions()) change(when, {open, close, why});
  }

  // Rules and exceptions speak about different weekdays: one that speaks about a day on which there
  // is no session anyway is wrong.
  void change(year_month_day when, Day to) {
    Day& one = days_[index(when)];
    OPT_CHECK(one.trades());
    one = to;
  }

  std::vector<Day> days_;
};

// The first day from `from` on with a session; the size of the table when there is none.
std::size_t trading_from(std::size_t from) {
  const Table& table = Table::get();
  while (from < table.size() && !table[from].trades()) ++from;
  return from;
}

Result<std::size_t> known(year_month_day day) {
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
  return Table::get().index(day);
}

}  // namespace

Result<TradeDate> Calendar::trade_date(year_month_day day) const {
  OPT_TRY(const std::size_t index, known(day));
  const Table& table = Table::get();
  if (table[index].trades()) return TradeDate(day);
  const std::size_t later = trading_from(index);
  const std::string advice = later == table.size()
                                 ? fmt::format("It is the end of the years that were checked")
                                 : fmt::format("The next trade date is {}", iso(table.day(later)));
  return fail(
      ErrorKind::not_found, "{} is {}; options do not trade. {}", iso(day), table[index].why,
      advice);
}

TradingSession Calendar::session(TradeDate date) const {
  const Table& table = Table::get();
  const Day& day = table[table.index(date.day())];
  OPT_CHECK(day.trades());
  return {date, new_york(date.day(), day.open), new_york(date.day(), day.close)};
}

Result<TradeDate> Calendar::next(TradeDate date) const {
  const Table& table = Table::get();
  const std::size_t later = trading_from(table.index(date.day()) + 1);
  if (later == table.size())
    return fail(
        ErrorKind::invalid_input,
        "{} is the last trade date of {}, and later years were not checked; use an opt-data that "
        "knows them",
        date.text(), year_last);
  return TradeDate(table.day(later));
}

Result<TradeDate> Calendar::previous(TradeDate date) const {
  const Table& table = Table::get();
  for (std::size_t i = table.index(date.day()); i > 0; --i)
    if (table[i - 1].trades()) return TradeDate(table.day(i - 1));
  return fail(
      ErrorKind::invalid_input,
      "{} is the first trade date of {}, and earlier years were not checked; use a later day",
      date.text(), year_first);
}

Result<TradeDate> Calendar::on_or_after(year_month_day day) const {
  OPT_TRY(const std::size_t index, known(day));
  const Table& table = Table::get();
  const std::size_t later = trading_from(index);
  if (later == table.size())
    return fail(
        ErrorKind::invalid_input,
        "no trade date of {} follows {}, and later years were not checked; use an earlier day",
        year_last, iso(day));
  return TradeDate(table.day(later));
}

std::optional<std::string> Calendar::closed_on(year_month_day day) const {
  const Table& table = Table::get();
  const Day& one = table[table.index(day)];
  if (one.trades()) return std::nullopt;
  return std::string(one.why);
}

std::optional<std::string> Calendar::note(TradeDate date) const {
  const Table& table = Table::get();
  const Day& one = table[table.index(date.day())];
  if (one.why.empty()) return std::nullopt;
  return std::string(one.why);
}

}  // namespace opt_data
