// A gateway that dies while a slot is asked and stays away: nothing that was answered is lost, what
// was not is a row that says why, and the day's log, summary and verdict name it. One that comes
// back inside the window costs nothing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include "dataset.h"
#include "program.h"
#include "simulated_day.h"

namespace opt_data::e2e {
namespace {

// When a fifth of a slot's contracts have been answered, on a day when nothing happens.
std::vector<Instant> amid_slots(const std::string& slots) {
  const TemporaryDirectory dir;
  SimulatedDay day(dir.path(), {});
  const auto result = day.run();
  EXPECT_TRUE(result) << result.error().message;
  std::vector<Instant> moments;
  for (const auto& row : Dataset(dir.path())
                             .query(fmt::format(
                                 "SELECT quantile_disc(received_ts, 0.2) FROM intraday WHERE "
                                 "slot_30m IN ({}) GROUP BY slot_30m ORDER BY 1",
                                 slots))
                             .rows)
    moments.push_back(std::get<Instant>(row.at(0)));
  return moments;
}

class KilledGateway : public testing::Test {
 protected:
  // In the slot of 10:30 and in the closing one, which the daily rows come from.
  static void SetUpTestSuite() {
    dir_ = std::make_unique<TemporaryDirectory>();
    SimulatedWorld world;
    world.gateway.faults.disconnect_at = amid_slots("2, 13");
    ASSERT_EQ(world.gateway.faults.disconnect_at.size(), 2u);
    for (const Instant killed : world.gateway.faults.disconnect_at)
      world.gateway.faults.refuse.push_back({killed, killed + std::chrono::minutes{28}});
    SimulatedDay day(dir_->path(), std::move(world));
    auto result = day.run();
    ASSERT_TRUE(result) << result.error().message;
    result_ = *std::move(result);
    data_ = std::make_unique<Dataset>(dir_->path(), "twx-2014-06-05");
  }
  static void TearDownTestSuite() {
    data_.reset();
    dir_.reset();
  }

  static std::filesystem::path errors() { return dir_->path() / "state" / "run_logs" / "errors"; }

  inline static std::unique_ptr<TemporaryDirectory> dir_;
  inline static std::unique_ptr<Dataset> data_;
  inline static app::DayResult result_;
};

TEST_F(KilledGateway, leaves_a_row_for_every_question) {
  EXPECT_EQ(data_->count("SELECT count(*) FROM intraday"), 184 * 14);
  for (const int slot : {2, 13}) {
    const auto of = [&](const std::string& where) {
      return data_->count(
          fmt::format("SELECT count(*) FROM intraday WHERE slot_30m = {} AND {}", slot, where));
    };
    const std::int64_t answered = of("error_type IS NULL AND ask IS NOT NULL");
    const std::int64_t lost = of("error_type = 'disconnected' AND bid IS NULL AND ask IS NULL");
    fmt::print("slot {}: {} answered, {} lost\n", slot, answered, lost);
    EXPECT_GT(answered, 0);
    EXPECT_GT(lost, 0);
    EXPECT_EQ(answered + lost, 184);
  }
  EXPECT_EQ(
      data_->count(
          "SELECT count(*) FROM intraday WHERE slot_30m NOT IN (2, 13) AND error_type IS NOT NULL"),
      0);
}

TEST_F(KilledGateway, is_in_the_error_file_with_job_run_and_cause) {
  const std::string text = read_file(errors() / "errors_20140605.log");
  for (const int slot : {2, 13}) {
    const auto ids = data_->texts(
        fmt::format("SELECT DISTINCT ingest_id FROM intraday WHERE slot_30m = {}", slot));
    ASSERT_EQ(ids.size(), 1u);
    bool found = false;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto event = nlohmann::json::parse(line, nullptr, false);
      ASSERT_TRUE(event.is_object()) << line;
      if (event.value("code", "") != "capture_interrupted" ||
          event.value("ingest_id", "") != ids[0])
        continue;
      found = true;
      EXPECT_EQ(event.value("level", ""), "error");
      EXPECT_EQ(event.value("job", ""), fmt::format("snapshot/2014-06-05/{:02}", slot));
      EXPECT_NE(event.value("message", "").find("when the session ended: "), std::string::npos)
          << line;
    }
    EXPECT_TRUE(found) << slot << "\n" << text;
  }
}

TEST_F(KilledGateway, makes_logscan_write_its_summary_and_fail) {
  std::filesystem::remove(errors() / "summary_20140605.json");
  const Finished scan = run_verb(dir_->path(), {"--json", "logscan", "--date", "2014-06-05"});
  EXPECT_EQ(scan.exit_code, 1) << scan.err;
  const auto summary =
      nlohmann::json::parse(read_file(errors() / "summary_20140605.json"), nullptr, false);
  ASSERT_TRUE(summary.is_object());
  EXPECT_EQ(summary, scan.json());
  EXPECT_EQ(summary["status"], "FAIL");
  EXPECT_GE(summary["errors"], 2);
  EXPECT_EQ(summary["by_code"]["error:capture_interrupted"], 2);
}

TEST_F(KilledGateway, makes_selfcheck_fail_with_breaches_and_log_counts) {
  const Finished check = run_verb(dir_->path(), {"--json", "selfcheck", "--date", "2014-06-05"});
  EXPECT_EQ(check.exit_code, 1) << check.err;
  const auto report = check.json();
  EXPECT_EQ(report["status"], "FAIL");
  EXPECT_EQ(
      report["reasons"],
      nlohmann::json({"qa:slot_coverage_min", "qa:rollup_fallback_ratio", "logs:errors>0"}));
  EXPECT_EQ(
      report["qa"]["breaches"], nlohmann::json({"slot_coverage_min", "rollup_fallback_ratio"}));
  EXPECT_GE(report["logs"]["errors"], 2);
  EXPECT_EQ(result_.selfcheck.reasons(), report["reasons"].get<std::vector<std::string>>());
  // Symbol, slot and cause, for a person.
  for (const auto& gate : report["qa"]["metrics"]) {
    const std::vector<std::string> causes = gate["details"]["causes"];
    if (gate["name"] == "slot_coverage_min") {
      ASSERT_EQ(causes.size(), 2u);
      EXPECT_EQ(causes[0].rfind("TWX 10:30: ", 0), 0u) << causes[0];
      EXPECT_EQ(causes[1].rfind("TWX 16:00: ", 0), 0u) << causes[1];
      for (const std::string& cause : causes)
        EXPECT_NE(cause.find("(disconnected "), std::string::npos) << cause;
    } else if (gate["name"] == "rollup_fallback_ratio") {
      ASSERT_EQ(causes.size(), 1u);
      EXPECT_EQ(causes[0].rfind("TWX at the close: ", 0), 0u) << causes[0];
      EXPECT_NE(causes[0].find("slot_1530 (disconnected)"), std::string::npos) << causes[0];
    } else {
      EXPECT_TRUE(causes.empty()) << gate.dump();
    }
  }
}

TEST_F(KilledGateway, costs_the_close_only_what_was_not_answered) {
  EXPECT_EQ(data_->count("SELECT count(*) FROM daily_clean"), 184);
  EXPECT_EQ(
      data_->count("SELECT count(*) FROM daily_clean WHERE rollup_strategy = 'slot_1530' AND "
                   "rollup_reason = 'disconnected' AND rollup_rejected_slot = 13"),
      data_->count(
          "SELECT count(*) FROM intraday WHERE slot_30m = 13 AND error_type = 'disconnected'"));
}

// Restarted twice in one slot, three minutes away each time.
TEST(RestartedGateway, costs_nothing_when_it_is_back_in_the_window) {
  SimulatedWorld world;
  const Instant killed = amid_slots("2").at(0);
  for (const auto later : {std::chrono::seconds{0}, std::chrono::seconds{200}}) {
    world.gateway.faults.disconnect_at.push_back(killed + later);
    world.gateway.faults.refuse.push_back(
        {killed + later, killed + later + std::chrono::minutes{3}});
  }
  const TemporaryDirectory dir;
  SimulatedDay day(dir.path(), std::move(world));
  const auto result = day.run();
  ASSERT_TRUE(result) << result.error().message;
  Dataset data(dir.path(), "twx-2014-06-05");
  EXPECT_EQ(data.count("SELECT count(*) FROM intraday"), 184 * 14);
  EXPECT_EQ(data.count("SELECT count(*) FROM intraday WHERE error_type IS NOT NULL"), 0);
  EXPECT_GT(
      data.count("SELECT count(*) FROM intraday WHERE slot_30m = 2 AND received_ts > "
                 "sample_time + INTERVAL 3 MINUTE"),
      0);
  EXPECT_TRUE(result->selfcheck.passed());
  const std::string log = read_file(dir.path() / "state/run_logs/errors/errors_20140605.log");
  EXPECT_NE(log.find("gateway_lost"), std::string::npos) << "and yet it is told";
}

}  // namespace
}  // namespace opt_data::e2e
