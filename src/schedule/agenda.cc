#include "schedule/agenda.h"

#include <fmt/format.h>

namespace opt_data::schedule {
namespace {

using namespace std::chrono_literals;
using store::JobKind;

// A session is opened so long before its job.
constexpr auto lead = 60s;
// Time to read an alert and to start a gateway.
constexpr auto preflight_lead = 15min;
// What reads and writes files only is as useful days later.
constexpr auto any_time = std::chrono::days{14};

// Whether two days lie in one week, which begins on Monday.
bool in_one_week(const TradeDate& one, const TradeDate& other) {
  const auto monday_before = [](const TradeDate& date) {
    const std::chrono::sys_days day{date.day()};
    return day - (std::chrono::weekday{day} - std::chrono::Monday);
  };
  return monday_before(one) == monday_before(other);
}

}  // namespace

Result<std::vector<Job>> agenda(
    TradeDate date, const SlotGrid& grid, const Calendar& calendar, const Times& times) {
  OPT_TRY(const TradeDate next, calendar.next(date));
  const auto at = [&](std::chrono::minutes time) { return new_york(date.day(), time); };
  const Slot& close = grid.close();
  std::vector<Job> jobs;
  const auto add = [&](JobKind kind, int pass, Instant due, Instant wake, Instant latest) {
    jobs.push_back({{kind, date, pass}, due, wake, latest});
  };
  const Instant discovery = at(times.discovery);
  add(JobKind::preflight, once, discovery - preflight_lead, discovery - preflight_lead - lead,
      close.at - 1min);
  // Contracts that are found late are asked in the slots that are left.
  add(JobKind::discovery, once, discovery, discovery - lead, close.at - 1min);
  for (const Slot& slot : grid.slots()) {
    const bool closing = slot.index == close.index;
    add(JobKind::snapshot, slot.index, slot.at, slot.at - (closing ? times.window : lead),
        slot.at + times.start_grace);
  }
  add(JobKind::selfcheck, intraday, close.at, close.at, close.at + any_time);
  // Not before the close, also where somebody rolls up early.
  const Instant rollup = std::max(at(times.rollup), close.at + 1min);
  add(JobKind::rollup, once, rollup, rollup, rollup + any_time);
  add(JobKind::selfcheck, eod, rollup, rollup, rollup + any_time);
  const Instant logscan = std::max(at(times.logscan), rollup);
  add(JobKind::logscan, once, logscan, logscan, logscan + any_time);
  const Instant enrichment = new_york(next.day(), times.enrichment);
  // It may take the night; the morning's rollup has what it found.
  if (times.fill) add(JobKind::fill, once, logscan, logscan, enrichment - 10min);
  // The day after next another session's open interest is sent.
  add(JobKind::enrichment, once, enrichment, enrichment - lead, new_york(next.day(), 23h + 30min));
  add(JobKind::rollup, with_interest, enrichment, enrichment, enrichment + any_time);
  add(JobKind::selfcheck, once, enrichment, enrichment, enrichment + any_time);
  if (in_one_week(date, next)) return jobs;
  // Then this date is over, and compacted with the others.
  const Instant upkeep = std::max(new_york(next.day(), times.upkeep), enrichment);
  if (times.compaction) add(JobKind::compaction, once, upkeep, upkeep, upkeep + any_time);
  if (times.retention) add(JobKind::retention, once, upkeep, upkeep, upkeep + any_time);
  if (times.backup) add(JobKind::backup, once, upkeep, upkeep, upkeep + any_time);
  return jobs;
}

std::string name_of(const Job& job) {
  const std::string kind{to_text(job.key.kind)};
  if (job.is_slot()) return fmt::format("{} {}", kind, new_york_clock(job.due));
  if (job.key.kind == JobKind::selfcheck)
    return fmt::format(
        "{} ({})", kind,
        job.key.slot == intraday ? "intraday"
        : job.key.slot == eod    ? "eod"
                                 : "final");
  if (job.key.kind == JobKind::rollup && job.key.slot == with_interest)
    return "rollup (with open interest)";
  return kind;
}

}  // namespace opt_data::schedule
