#include "check/stage.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/dataset_fixture.h"

namespace opt_data::check {
namespace {

using std::chrono::year;

class Stages : public testing::Test {
 protected:
  TradeDate date(std::chrono::year_month_day day) { return calendar_.trade_date(day).value(); }

  struct Day {
    std::string status = "PASS", phase = "final";
    double coverage = 0.99, fallback = 0.01, delayed = 0.0, interest = 0.98;
    int errors = 0, pacing = 0;
    std::string symbol = "AAPL";
  };
  void report(TradeDate day, const Day& of) {
    const auto folder = run_logs_ / "selfcheck";
    ASSERT_TRUE(disk_.make_directories(folder));
    const std::string json = fmt::format(
        R"({{"phase":"{}","status":"{}","qa":{{"metrics":[
             {{"name":"slot_coverage_min","value":{}}},{{"name":"rollup_fallback_ratio","value":{}}},
             {{"name":"delayed_ratio","value":{}}},{{"name":"oi_enrichment_ratio","value":{}}}],
             "slots":[{{"symbol":"{}"}}]}},
             "logs":{{"errors":{},"by_code":{{"warning:pacing_violation":{}}}}}}})",
        of.phase, of.status, of.coverage, of.fallback, of.delayed, of.interest, of.symbol,
        of.errors, of.pacing);
    ASSERT_TRUE(disk_.write(folder / fmt::format("selfcheck_{}.json", day.compact_text()), json));
  }
  std::vector<std::string> unmet(TradeDate last) {
    const auto all = conditions_to_enter(plan_, state_, 1, last, calendar_, disk_, run_logs_);
    EXPECT_TRUE(all) << all.error().message;
    std::vector<std::string> out;
    if (!all) return out;
    for (const Condition& each : *all)
      if (!each.met) out.push_back(each.text);
    return out;
  }

  store::TemporaryFolder folder_;
  std::filesystem::path run_logs_ = folder_ / "run_logs";
  store::RealDisk disk_;
  StageState state_;
  Calendar calendar_;
  StagePlan plan_{
      {Stage{"one", {"AAPL"}, "", 0, 30, 10, 0}, Stage{"two", {"AAPL", "MSFT"}, "", 0, 45, 12, 2}},
      {},
      {}};
  const TradeDate thursday_ = date(year{2025} / 11 / 20), friday_ = date(year{2025} / 11 / 21);
};

TEST_F(Stages, two_good_days_meet_every_condition) {
  report(thursday_, {});
  report(friday_, {});
  EXPECT_TRUE(unmet(friday_).empty());
}

TEST_F(Stages, a_day_without_a_report_is_unmet) {
  report(friday_, {});
  EXPECT_EQ(unmet(friday_), std::vector<std::string>{"2025-11-20 has no stored selfcheck"});
}

TEST_F(Stages, each_condition_names_its_value_and_its_bound) {
  report(thursday_, {});
  report(
      friday_, {.status = "FAIL",
                .coverage = 0.895,
                .fallback = 0.06,
                .delayed = 0.10,
                .interest = 0.94,
                .errors = 1,
                .pacing = 1});
  EXPECT_EQ(
      unmet(friday_),
      (std::vector<std::string>{
          "2025-11-21 final selfcheck FAIL", "2025-11-21 slot_coverage_min 0.8950 >= 0.9",
          "2025-11-21 rollup_fallback_ratio 0.0600 <= 0.05",
          "2025-11-21 delayed_ratio 0.1000 < 0.1", "2025-11-21 oi_enrichment_ratio 0.9400 >= 0.95",
          "2025-11-21 errors 1 <= 0", "2025-11-21 pacing_events 1 <= 0"}));
}

TEST_F(Stages, a_verdict_of_the_evening_is_not_final) {
  report(thursday_, {});
  report(friday_, {.phase = "eod"});
  EXPECT_EQ(
      unmet(friday_), std::vector<std::string>{"2025-11-21 final selfcheck is still to come"});
}

TEST_F(Stages, another_universe_does_not_count) {
  report(thursday_, {});
  report(friday_, {.symbol = "MSFT"});
  EXPECT_EQ(
      unmet(friday_),
      std::vector<std::string>{"2025-11-21 has the stage's underlyings, but not AAPL"});
}

TEST_F(Stages, a_day_of_another_stage_does_not_count) {
  report(thursday_, {});
  report(friday_, {});
  state_.changes.push_back({0, 1, "2025-11-21", "", "", false});
  EXPECT_EQ(
      unmet(friday_), std::vector<std::string>{"2025-11-21 was a day of stage 1, not of stage 0"});
}

TEST_F(Stages, a_report_that_cannot_be_read_is_corrupt) {
  ASSERT_TRUE(disk_.make_directories(run_logs_ / "selfcheck"));
  ASSERT_TRUE(disk_.write(run_logs_ / "selfcheck/selfcheck_20251121.json", "{\"phase\":"));
  const auto day = read_day_metrics(disk_, run_logs_, friday_);
  ASSERT_FALSE(day);
  EXPECT_EQ(day.error().kind, ErrorKind::corrupt);
  EXPECT_NE(day.error().message.find("selfcheck_20251121.json"), std::string::npos);
}

TEST_F(Stages, are_in_force_from_a_day_on) {
  StageState state;
  EXPECT_EQ(state.on(friday_), 0);
  state.changes.push_back({0, 1, "2025-11-21", "", "", false});
  EXPECT_EQ(state.on(thursday_), 0);
  EXPECT_EQ(state.on(friday_), 1);
  EXPECT_EQ(state.latest(), 1);
}

// Thanksgiving is no trading day, so the third watched day after the 25th is the half day.
TEST_F(Stages, the_first_days_of_an_advance_are_watched) {
  StageState state;
  state.changes.push_back({0, 1, "2025-11-25", "", "", false});
  const auto watched = [&](unsigned day) {
    return state.watching(date(year{2025} / 11 / day), plan_.rollback, calendar_) != nullptr;
  };
  EXPECT_FALSE(watched(24));
  EXPECT_TRUE(watched(25));
  EXPECT_TRUE(watched(26));
  EXPECT_TRUE(watched(28));
  EXPECT_EQ(state.watching(date(year{2025} / 12 / 1), plan_.rollback, calendar_), nullptr);
  state.changes.push_back({1, 0, "2025-11-26", "", "", true});
  EXPECT_TRUE(watched(25));
  EXPECT_FALSE(watched(26)) << "a roll-back is not watched";
}

TEST_F(Stages, a_breach_is_below_the_share_or_above_the_count) {
  report(friday_, {.coverage = 0.88, .pacing = 2});
  const auto fine = read_day_metrics(disk_, run_logs_, friday_).value().value();
  EXPECT_TRUE(watch_day(1, fine, plan_.rollback).breaches.empty());
  report(friday_, {.coverage = 0.8799, .pacing = 3});
  const auto day = read_day_metrics(disk_, run_logs_, friday_).value().value();
  EXPECT_EQ(
      watch_day(1, day, plan_.rollback).breaches,
      (std::vector<std::string>{
          "slot coverage was 0.8799, below 0.88", "3 pacing events, more than 2"}));
}

TEST_F(Stages, the_state_survives_its_file) {
  report(friday_, {.coverage = 0.5});
  StageState state;
  state.changes.push_back({0, 1, "2025-11-21", "2025-11-20T22:00:00Z", "two days", false});
  state.watched.push_back(
      watch_day(1, read_day_metrics(disk_, run_logs_, friday_).value().value(), plan_.rollback));
  const auto again = parse_stage_state(to_json(state));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(to_json(*again), to_json(state));
  EXPECT_FALSE(parse_stage_state("{}"));
}

}  // namespace
}  // namespace opt_data::check
