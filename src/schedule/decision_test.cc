#include "schedule/decision.h"

#include <gtest/gtest.h>

namespace opt_data::schedule {
namespace {

using namespace std::chrono_literals;
using std::chrono::year;
using store::JobKind;
using store::JobOutcome;
using What = Decision::What;

const auto friday = year{2025} / 11 / 21, monday = year{2025} / 11 / 24;

class Deciding : public testing::Test {
 protected:
  std::vector<Job> jobs_of(std::chrono::year_month_day day) {
    const TradeDate date = calendar_.trade_date(day).value();
    return agenda(date, SlotGrid(calendar_.session(date), 30min), calendar_, Times{}).value();
  }
  void plan(std::chrono::year_month_day day) {
    for (const Job& job : jobs_of(day)) pending.push_back({job, std::nullopt});
  }
  Pending& find(std::chrono::year_month_day day, const std::string& name) {
    for (Pending& each : pending)
      if (each.job.key.date.day() == day && name_of(each.job) == name) return each;
    ADD_FAILURE() << name;
    return pending.front();
  }
  void end(Pending& each, JobOutcome outcome, Instant at, int starts = 1) {
    each.record = store::JobRecord{each.job.key, "run", at, at, outcome, starts, "{}"};
  }
  // Everything of the day that comes before `name` is done.
  void done_before(std::chrono::year_month_day day, const std::string& name) {
    for (Pending& each : pending) {
      if (each.job.key.date.day() != day) continue;
      if (name_of(each.job) == name) return;
      end(each, JobOutcome::done, each.job.due);
    }
  }
  std::string next(Instant now) {
    decided = decide(now, pending, [](const Job&) { return 10min; });
    switch (decided.what) {
      case What::run:
        return "run " + name_of(*decided.job);
      case What::miss:
        return "miss " + name_of(*decided.job);
      case What::wait:
        return "wait until " + new_york_text(decided.until);
      case What::idle:
        return "idle";
    }
    return "";
  }

  Calendar calendar_;
  std::vector<Pending> pending;
  Decision decided;
};

TEST_F(Deciding, waits_for_the_first_job_and_then_runs_it) {
  plan(friday);
  EXPECT_EQ(next(new_york(friday, 6h)), "wait until 2025-11-21 07:44:00 EST");
  EXPECT_EQ(next(new_york(friday, 7h + 44min)), "run preflight");
}

TEST_F(Deciding, a_late_start_misses_the_slots_that_are_over_one_by_one) {
  plan(friday);
  const Instant now = new_york(friday, 10h + 3min);
  done_before(friday, "discovery");
  EXPECT_EQ(next(now), "run discovery") << "for the slots that are left";
  done_before(friday, "snapshot 09:30");
  EXPECT_EQ(next(now), "miss snapshot 09:30");
  end(find(friday, "snapshot 09:30"), JobOutcome::missed, now);
  EXPECT_EQ(next(now), "miss snapshot 10:00") << "its grace of two minutes is over";
  end(find(friday, "snapshot 10:00"), JobOutcome::missed, now);
  EXPECT_EQ(next(now), "wait until 2025-11-21 10:29:00 EST");
}

TEST_F(Deciding, what_was_cut_off_goes_on_however_late_it_is) {
  plan(friday);
  done_before(friday, "snapshot 11:00");
  Pending& cut = find(friday, "snapshot 11:00");
  end(cut, JobOutcome::running, cut.job.due);
  cut.record->ended_at.reset();
  EXPECT_EQ(next(new_york(friday, 15h)), "run snapshot 11:00");
}

TEST_F(Deciding, a_failed_job_is_tried_again_after_ten_minutes_and_not_for_ever) {
  plan(friday);
  done_before(friday, "rollup");
  Pending& rollup = find(friday, "rollup");
  const Instant five = new_york(friday, 17h);
  end(rollup, JobOutcome::failed, five, 1);
  EXPECT_EQ(next(five), "wait until 2025-11-21 17:10:00 EST");
  EXPECT_EQ(next(five + 10min), "run rollup");
  end(rollup, JobOutcome::failed, five, 6);
  EXPECT_EQ(next(five + 10min), "run selfcheck (eod)");
}

TEST_F(Deciding, a_failed_slot_is_over) {
  plan(friday);
  done_before(friday, "snapshot 11:00");
  end(find(friday, "snapshot 11:00"), JobOutcome::failed, new_york(friday, 11h));
  EXPECT_EQ(next(new_york(friday, 11h + 1min)), "wait until 2025-11-21 11:29:00 EST");
}

TEST_F(Deciding, the_morning_belongs_to_yesterdays_open_interest_and_then_to_discovery) {
  plan(friday);
  plan(monday);
  done_before(friday, "enrichment");
  done_before(monday, "discovery");
  EXPECT_EQ(next(new_york(monday, 7h)), "wait until 2025-11-24 07:29:00 EST");
  EXPECT_EQ(next(new_york(monday, 7h + 29min)), "run enrichment");
  EXPECT_EQ(decided.job->key.date.day(), friday);
  EXPECT_EQ(next(new_york(monday, 8h)), "run discovery") << "both are due: a list is needed first";
}

TEST_F(Deciding, what_can_wait_is_not_begun_just_before_a_slot) {
  plan(friday);
  plan(monday);
  done_before(friday, "enrichment");
  done_before(monday, "snapshot 09:30");
  EXPECT_EQ(next(new_york(monday, 9h + 20min)), "wait until 2025-11-24 09:29:00 EST")
      << "ten minutes do not fit";
  EXPECT_EQ(next(new_york(monday, 9h + 29min)), "run snapshot 09:30");
  end(find(monday, "snapshot 09:30"), JobOutcome::done, new_york(monday, 9h + 32min));
  EXPECT_EQ(next(new_york(monday, 9h + 33min)), "run enrichment");
}

TEST_F(Deciding, open_interest_that_nobody_asked_for_in_time_is_missed) {
  plan(friday);
  done_before(friday, "enrichment");
  EXPECT_EQ(next(new_york(monday, 23h + 31min)), "miss enrichment");
  end(find(friday, "enrichment"), JobOutcome::missed, new_york(monday, 23h + 31min));
  EXPECT_EQ(next(new_york(monday, 23h + 31min)), "run rollup (with open interest)");
}

TEST_F(Deciding, nothing_is_left_when_all_is_over) {
  plan(friday);
  for (Pending& each : pending) end(each, JobOutcome::done, each.job.due);
  EXPECT_EQ(next(new_york(monday, 12h)), "idle");
}

TEST_F(Deciding, a_clock_that_goes_back_runs_nothing_twice) {
  plan(friday);
  done_before(friday, "snapshot 11:00");
  EXPECT_EQ(next(new_york(friday, 9h + 30min)), "wait until 2025-11-21 10:59:00 EST");
}

}  // namespace
}  // namespace opt_data::schedule
