#include "check/logscan.h"

#include <fstream>
#include <sstream>

#include "check/check_fixture.h"
#include "observe/error_file.h"

namespace opt_data::check {
namespace {

class LogScan : public testing::Test {
 protected:
  void write(observe::Level level, std::string code, std::string message = "it happened") {
    observe::Event event;
    event.level = level;
    event.code = std::move(code);
    event.component = "collect";
    event.symbol = "AAPL";
    event.slot = "10:30";
    event.message = std::move(message);
    log_.on(event);
  }
  void warnings(int count) {
    for (int i = 0; i < count; ++i) write(observe::Level::warning, "slot_incomplete");
  }
  LogSummary scan(std::int64_t rows = 0) {
    auto summary = scan_log(folder_ / "run_logs", date_, budget_, rows);
    EXPECT_TRUE(summary) << summary.error().message;
    return summary ? *summary : LogSummary{};
  }

  store::TemporaryFolder folder_;
  TradeDate date_ = store::trade_date(2025, 10, 6);
  observe::Run run_ = {};
  std::ostringstream complaints_;
  observe::ErrorFile log_{folder_ / "run_logs", run_, [] { return Instant{}; }, complaints_};
  LogBudget budget_;

  void SetUp() override { run_.set({"2025-10-06", "snapshot/2025-10-06/02", "0123"}); }
};

using Counts = std::map<std::string, std::int64_t>;

TEST_F(LogScan, a_day_without_a_file_is_a_quiet_day) {
  const LogSummary summary = scan();
  EXPECT_TRUE(summary.passed());
  EXPECT_TRUE(summary.files.empty());
  EXPECT_EQ(summary.trade_date, "2025-10-06");
}

TEST_F(LogScan, counts_by_level_and_code) {
  write(observe::Level::error, "gateway_lost", "the gateway closed the connection");
  write(observe::Level::critical, "disk_full");
  warnings(2);
  const LogSummary summary = scan();
  EXPECT_EQ(summary.errors, 2);
  EXPECT_EQ(summary.warnings, 2);
  EXPECT_EQ(
      summary.by_code,
      (Counts{
          {"critical:disk_full", 1}, {"error:gateway_lost", 1}, {"warning:slot_incomplete", 2}}));
  ASSERT_EQ(summary.files.size(), 1U);
  EXPECT_TRUE(summary.files[0].ends_with("errors/errors_20251006.log"));
  ASSERT_EQ(summary.first_errors.size(), 2U);
  EXPECT_EQ(
      summary.first_errors[0],
      "gateway_lost: the gateway closed the connection (AAPL 10:30 snapshot/2025-10-06/02)");
}

TEST_F(LogScan, one_error_is_above_the_budget) {
  write(observe::Level::error, "gateway_lost");
  EXPECT_FALSE(scan().passed());
  budget_.errors_max = 1;
  EXPECT_TRUE(scan().passed());
}

TEST_F(LogScan, warnings_have_a_budget_of_their_own) {
  warnings(10);
  EXPECT_TRUE(scan().passed());
  warnings(1);
  EXPECT_FALSE(scan().passed());
}

TEST_F(LogScan, a_day_of_many_rows_may_have_more_warnings) {
  warnings(21);
  EXPECT_EQ(scan(900).warnings_max, 10) << "never fewer than the fixed number";
  EXPECT_EQ(scan(2'001).warnings_max, 21);
  EXPECT_TRUE(scan(2'001).passed());
  EXPECT_FALSE(scan(2'000).passed());
}

TEST_F(LogScan, names_only_the_first_few_errors) {
  for (int i = 0; i < 9; ++i) write(observe::Level::error, "gateway_lost");
  EXPECT_EQ(scan().errors, 9);
  EXPECT_EQ(scan().first_errors.size(), 5U);
}

TEST_F(LogScan, counts_messages_with_a_keyword_without_judging_by_them) {
  budget_.keywords = {"Pacing", "nowhere"};
  write(observe::Level::warning, "gateway_notice", "max pacing violated");
  const LogSummary summary = scan();
  EXPECT_EQ(summary.by_keyword, (Counts{{"Pacing", 1}}));
  EXPECT_TRUE(summary.passed());
}

TEST_F(LogScan, a_line_that_cannot_be_read_is_an_error) {
  warnings(1);
  std::ofstream(folder_ / "run_logs/errors/errors_20251006.log", std::ios::app) << "{\"level\":\n";
  const LogSummary summary = scan();
  EXPECT_EQ(summary.errors, 1);
  EXPECT_FALSE(summary.passed());
}

TEST_F(LogScan, another_days_events_are_not_this_days) {
  run_.set({"2025-10-07", "snapshot/2025-10-07/02", "0123"});
  write(observe::Level::error, "gateway_lost");
  EXPECT_TRUE(scan().passed());
}

}  // namespace
}  // namespace opt_data::check
