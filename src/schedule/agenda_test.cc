#include "schedule/agenda.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace opt_data::schedule {
namespace {

using namespace std::chrono_literals;
using std::chrono::year;

std::vector<Job> jobs_of(std::chrono::year_month_day day) {
  const Calendar calendar;
  const TradeDate date = calendar.trade_date(day).value();
  return agenda(date, SlotGrid(calendar.session(date), 30min), calendar, Times{}).value();
}

std::vector<std::string> names(const std::vector<Job>& jobs) {
  std::vector<std::string> out;
  for (const Job& job : jobs) out.push_back(name_of(job));
  return out;
}

TEST(Agenda, a_full_day_has_fourteen_slots_and_ends_next_morning) {
  const auto jobs = jobs_of(year{2025} / 11 / 21);
  EXPECT_EQ(jobs.size(), 23u);
  EXPECT_EQ(name_of(jobs[2]), "snapshot 09:30");
  EXPECT_EQ(name_of(jobs[15]), "snapshot 16:00");
  EXPECT_EQ(jobs.back().due, new_york(year{2025} / 11 / 24, 7h + 30min)) << "Monday";
}

TEST(Agenda, a_half_day_ends_with_its_close) {
  EXPECT_EQ(
      names(jobs_of(year{2025} / 11 / 28)),
      (std::vector<std::string>{
          "preflight", "discovery", "snapshot 09:30", "snapshot 10:00", "snapshot 10:30",
          "snapshot 11:00", "snapshot 11:30", "snapshot 12:00", "snapshot 12:30", "snapshot 13:00",
          "selfcheck (intraday)", "rollup", "selfcheck (eod)", "logscan", "enrichment",
          "rollup (with open interest)", "selfcheck (final)"}));
}

TEST(Agenda, upkeep_is_weekly_and_comes_when_the_last_session_of_a_week_is_over) {
  const Calendar calendar;
  Times times;
  times.compaction = times.retention = times.backup = true;
  const auto upkeep = [&](std::chrono::year_month_day day) {
    const TradeDate date = calendar.trade_date(day).value();
    auto jobs = agenda(date, SlotGrid(calendar.session(date), 30min), calendar, times).value();
    std::erase_if(jobs, [](const Job& job) { return job.key.kind < store::JobKind::compaction; });
    return jobs;
  };
  EXPECT_TRUE(upkeep(year{2025} / 11 / 20).empty()) << "a Thursday";
  const auto jobs = upkeep(year{2025} / 11 / 21);
  EXPECT_EQ(names(jobs), (std::vector<std::string>{"compaction", "retention", "backup"}));
  EXPECT_EQ(jobs[0].due, new_york(year{2025} / 11 / 24, 18h + 30min));
  EXPECT_EQ(upkeep(year{2025} / 4 / 17).size(), 3u) << "a Thursday before Good Friday";
  EXPECT_EQ(upkeep(year{2025} / 8 / 29).at(0).due, new_york(year{2025} / 9 / 2, 18h + 30min))
      << "after Labor Day";
}

TEST(Agenda, times_are_new_yorks_on_both_sides_of_a_change_of_clocks) {
  // Friday before the clocks go back, Monday after it.
  const auto jobs = jobs_of(year{2025} / 10 / 31);
  EXPECT_EQ(iso_utc(jobs[2].due).substr(11, 5), "13:30");
  EXPECT_EQ(iso_utc(jobs.back().due).substr(11, 5), "12:30");
}

TEST(Agenda, the_closing_slot_is_begun_early_and_the_others_just_before_their_moment) {
  const auto jobs = jobs_of(year{2025} / 11 / 21);
  EXPECT_EQ(jobs[14].due - jobs[14].wake, 1min);
  EXPECT_EQ(jobs[15].due - jobs[15].wake, 25min);
}

TEST(Agenda, no_two_jobs_have_one_key) {
  auto jobs = jobs_of(year{2025} / 11 / 21);
  std::ranges::sort(jobs, {}, &Job::key);
  EXPECT_EQ(std::ranges::adjacent_find(jobs, {}, &Job::key), jobs.end());
}

}  // namespace
}  // namespace opt_data::schedule
