#include "check/day_summary.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "check/check_fixture.h"

namespace opt_data::check {
namespace {

using nlohmann::json;
using store::JobKey;
using store::JobKind;
using store::JobOutcome;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

class DaySummaryTest : public CheckTest {
 protected:
  std::filesystem::path run_logs() const { return folder_ / "run_logs"; }

  void judge(Phase phase = Phase::intraday) {
    LogSummary log;
    log.trade_date = date_.text();
    log.warnings = 2;
    log.by_code = {{"warning:pacing_violation", 2}};
    ASSERT_TRUE(write_selfcheck(disk_, run_logs(), date_, {measure(phase), log}));
  }
  void ran(JobKind kind, int slot, JobOutcome outcome) {
    const Instant at = grid_.slots().front().at;
    ASSERT_TRUE(ledger_->start_job(JobKey{kind, date_, slot}, "id", at));
    ASSERT_TRUE(ledger_->end_job(JobKey{kind, date_, slot}, outcome, "{}", at + 90s));
  }
  Result<DaySummary> try_summary() {
    return summarize_day(date_, grid_, run_logs(), 45, *ledger_, *reader_, disk_);
  }
  DaySummary summary() {
    auto day = try_summary();
    EXPECT_TRUE(day) << day.error().message;
    return day ? *day : DaySummary{};
  }

  store::RealDisk disk_;
};

TEST_F(DaySummaryTest, says_which_contracts_are_missing_where_and_why) {
  publish_slots([](OptionQuote& row) {
    if (row.slot.index == 1 && row.contract.id <= 3) time_out(row);
  });
  ran(JobKind::snapshot, 0, JobOutcome::done);
  ran(JobKind::snapshot, 1, JobOutcome::part);
  judge();
  const DaySummary day = summary();
  EXPECT_TRUE(day.judged);
  EXPECT_EQ(day.status, "FAIL");
  EXPECT_EQ(day.intraday_rows, 60);
  ASSERT_THAT(day.gaps, SizeIs(1));
  EXPECT_EQ(day.gaps[0].label, "12:45");
  EXPECT_EQ(day.gaps[0].symbol, "AAPL");
  EXPECT_EQ(day.gaps[0].cause, "timeout");
  EXPECT_EQ(day.gaps[0].missing, 3);
  EXPECT_THAT(
      day.gaps[0].contracts, ElementsAre("2025-12-19 91C", "2025-12-19 92C", "2025-12-19 93C"));
  EXPECT_EQ(day.pacing_events(), 2);
  EXPECT_EQ(day.busiest_minute, 20);
  EXPECT_EQ(day.cell("AAPL", 1)->usable, 7);
  EXPECT_EQ(day.cell("AAPL", 9), nullptr);
}

TEST_F(DaySummaryTest, fits_on_one_screen_whatever_happened) {
  publish_slots([](OptionQuote& row) {
    if (row.contract.id % 2 == 0) time_out(row);
    if (row.contract.id % 3 == 0) row.error = {"missing_price", "-"};
  });
  for (int slot = 0; slot < 3; ++slot) ran(JobKind::snapshot, slot, JobOutcome::failed);
  judge(Phase::final);
  DaySummary day = summary();
  for (int i = 0; i < 500; ++i)
    for (int slot = 0; slot < 3; ++slot)
      day.cells.push_back({"SYM" + std::to_string(i), slot, "", 10, 10, i % 11, 0, 0, 0, ""});
  for (int i = 0; i < 50; ++i) {
    day.events["error:some_long_code_" + std::to_string(i)] = i;
    day.reasons.push_back("qa:another_reason");
  }
  std::istringstream lines(to_text(day));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(line.size(), 100u) << line;
  EXPECT_LE(count, 24);
  EXPECT_GT(count, 15);
}

TEST_F(DaySummaryTest, reads_as_a_person_would) {
  publish_slots([](OptionQuote& row) {
    if (row.slot.index == 1 && row.contract.id <= 2) time_out(row);
  });
  ran(JobKind::snapshot, 0, JobOutcome::done);
  judge();
  const std::string text = to_text(summary());
  EXPECT_THAT(text, HasSubstr("2025-10-06  FAIL (intraday)  58 of 60 rows usable, 96.6 %"));
  EXPECT_THAT(text, HasSubstr("  AAPL    #8#  93.3 %"));
  EXPECT_THAT(text, HasSubstr("  MSFT    ###  100.0 %"));
  EXPECT_THAT(text, HasSubstr("missing  12:45 AAPL: 2 timeout (2025-12-19 91C, 2025-12-19 92C)"));
  EXPECT_THAT(text, HasSubstr("pacing   2 complaints"));
}

TEST_F(DaySummaryTest, as_json_has_every_gap_and_time) {
  publish_slots([](OptionQuote& row) {
    if (row.contract.id == 5) time_out(row);
  });
  ran(JobKind::snapshot, 0, JobOutcome::done);
  judge();
  const json day = json::parse(to_json(summary()));
  EXPECT_EQ(day.at("schema_version"), 1);
  EXPECT_EQ(day.at("missing").size(), 3u);
  EXPECT_EQ(day.at("missing")[0].at("contracts")[0], "2025-12-19 95C");
  EXPECT_EQ(day.at("slots").size(), 6u);
  EXPECT_EQ(day.at("pacing").at("events"), 2);
  EXPECT_EQ(day.at("jobs")[0].at("job"), "snapshot/2025-10-06/00");
}

TEST_F(DaySummaryTest, as_html_asks_nobody_for_anything) {
  publish_slots([](OptionQuote& row) {
    if (row.contract.id == 5) time_out(row);
  });
  ran(JobKind::snapshot, 0, JobOutcome::done);
  judge();
  DaySummary day = summary();
  day.reasons.push_back("<script>alert(1)</script>");
  day.gaps[0].cause = "\"><img src=x>";
  const std::string html = to_html(day);
  for (const char* outside : {"http:", "https:", "src=\"", "href", "url(", "@import", "<script"})
    EXPECT_THAT(html, Not(HasSubstr(outside)));
  EXPECT_THAT(html, HasSubstr("default-src 'none'"));
  EXPECT_THAT(html, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(html, HasSubstr("prefers-color-scheme: dark"));
  EXPECT_THAT(html, HasSubstr("AAPL 12:45: 9 of 10 usable (90.0 %); timeout 1"));
}

TEST_F(DaySummaryTest, shows_what_somebody_has_said_of_the_day) {
  publish_slots();
  ran(JobKind::snapshot, 0, JobOutcome::done);
  judge();
  DaySummary day = summary();
  EXPECT_TRUE(json::parse(to_json(day)).at("notes").empty());
  day.notes.push_back({true, "the <exchange> was down", "2025-10-06T22:00:00Z"});
  EXPECT_THAT(to_text(day), HasSubstr("\nwaived: the <exchange> was down\n"));
  EXPECT_EQ(json::parse(to_json(day)).at("notes")[0].at("kind"), "waive");
  EXPECT_THAT(to_html(day), HasSubstr("waived: the &lt;exchange&gt; was down"));
}

TEST_F(DaySummaryTest, of_a_day_that_is_not_judged_says_so_everywhere) {
  ran(JobKind::preflight, -1, JobOutcome::part);
  const DaySummary day = summary();
  EXPECT_FALSE(day.passed());
  EXPECT_THAT(to_text(day), HasSubstr("not judged yet: opt-data selfcheck --date 2025-10-06"));
  EXPECT_TRUE(json::parse(to_json(day)).at("status").is_null());
  const std::string html = to_html(day);
  EXPECT_THAT(html, HasSubstr("not judged"));
  EXPECT_THAT(html, HasSubstr("No coverage is on record"));
  EXPECT_THAT(html, HasSubstr("No slot was published."));
}

TEST_F(DaySummaryTest, of_nothing_at_all_is_not_found) {
  const auto day = try_summary();
  ASSERT_FALSE(day);
  EXPECT_EQ(day.error().kind, ErrorKind::not_found);
}

TEST_F(DaySummaryTest, does_not_guess_what_a_broken_report_meant) {
  publish_slots();
  for (const char* text :
       {"", "{", "[]", "7", R"({"qa":{"slots":[{"symbol":7}]}})", R"({"qa":3})",
        R"({"logs":{"by_code":[1]}})"}) {
    ASSERT_TRUE(disk_.make_directories(run_logs() / "selfcheck"));
    ASSERT_TRUE(disk_.write(run_logs() / "selfcheck/selfcheck_20251006.json", text));
    const auto day = try_summary();
    ASSERT_FALSE(day) << text;
    EXPECT_EQ(day.error().kind, ErrorKind::corrupt);
  }
}

}  // namespace
}  // namespace opt_data::check
