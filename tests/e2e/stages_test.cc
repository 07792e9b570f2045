// Growing in stages, as somebody rehearses it: contract lists without a refusal, two days that
// pass, an advance, three watched days with a half day among them, and a breach that goes back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "program.h"

namespace opt_data::e2e {
namespace {

namespace fs = std::filesystem;

class Rehearsal : public testing::Test {
 protected:
  void SetUp() override {
    const Finished init = run_program({{"init", "--test", "--dir", dir_.path().string()}});
    ASSERT_EQ(init.exit_code, 0) << init.err;
  }
  Finished run(std::vector<std::string> arguments) {
    Invocation invocation;
    invocation.arguments = {
        "--config", (dir_.path() / "config/opt-data.test.toml").string(), "--json"};
    for (std::string& argument : arguments) invocation.arguments.push_back(std::move(argument));
    if (applies_) invocation.environment["OPT_DATA_STAGES_APPLY"] = "true";
    return run_program(invocation);
  }
  // A simulated day; what it says of its load, and its verdict.
  nlohmann::json day(const std::string& date, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"schedule", "--simulate", "--date", date};
    if (!applies_) arguments.insert(arguments.end(), {"--symbols", "AAPL,MSFT"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Finished finished = run(arguments);
    const nlohmann::json json = finished.json();
    EXPECT_TRUE(json.is_object()) << finished.err;
    return json;
  }
  std::string report(const std::string& date, const std::string& key) {
    std::string compact = date;
    std::erase(compact, '-');
    const auto text = read_file(
        dir_.path() / "state_test/run_logs/selfcheck" / ("selfcheck_" + compact + ".json"));
    return nlohmann::json::parse(text)[key];
  }
  void expect_within(const nlohmann::json& load, int in_flight, int per_minute) {
    EXPECT_LE(load["in_flight_peak"], in_flight);
    EXPECT_LE(load["subscriptions_per_minute_peak"], per_minute);
    EXPECT_EQ(load["pacing_events"], 0);
    EXPECT_EQ(load["error_200"], 0);
  }

  TemporaryDirectory dir_;
  bool applies_ = false;
};

TEST_F(Rehearsal, goes_up_when_the_days_have_passed_and_back_after_a_breach) {
  // Two days until a monthly expiry day, on what the test configuration has converged to.
  const auto first = day("2025-11-20");
  expect_within(first["load"], 12, 45);
  EXPECT_EQ(report("2025-11-20", "status"), "PASS");
  const Finished refused = run({"stage", "advance"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_FALSE(refused.json()["advanced"]);
  EXPECT_NE(refused.out.find("2025-11-19 has no stored selfcheck"), std::string::npos);
  const auto expiry = day("2025-11-21");
  expect_within(expiry["load"], 12, 45);
  EXPECT_EQ(report("2025-11-21", "status"), "PASS");
  day("2025-11-24");

  const Finished dry = run({"stage", "advance", "--dry-run"});
  EXPECT_EQ(dry.exit_code, 0) << dry.out;
  EXPECT_FALSE(fs::exists(dir_.path() / "state_test/stage.json"));
  const Finished advanced = run({"stage", "advance"});
  EXPECT_EQ(advanced.exit_code, 0) << advanced.out;
  EXPECT_EQ(advanced.json()["effective"], "2025-11-25");

  applies_ = true;
  for (const char* date : {"2025-11-25", "2025-11-26"}) {
    expect_within(day(date)["load"], 12, 45);
    EXPECT_EQ(report(date, "status"), "PASS") << date;
  }
  // The half day: the gateway is away in three of its eight slots.
  const fs::path bad = dir_.path() / "bad-day.toml";
  std::ofstream(bad) << "date = \"2025-11-28\"\n[gateway]\ndown = [[\"10:45\", \"12:15\"]]\n";
  day("2025-11-28", {"--scenario", bad.string()});
  EXPECT_EQ(report("2025-11-28", "status"), "FAIL");

  const auto status = run({"stage", "status"}).json();
  ASSERT_EQ(status["watched"].size(), 3U) << status.dump(2);
  for (const auto& watched : status["watched"]) {
    EXPECT_TRUE(watched["pacing_events"].is_number()) << watched;
    EXPECT_EQ(watched["breaches"].empty(), watched["date"] != "2025-11-28") << watched;
  }
  ASSERT_EQ(status["changes"].size(), 2U);
  EXPECT_TRUE(status["changes"][1]["automatic"]);
  EXPECT_EQ(status["changes"][1]["to"], 0);
  EXPECT_EQ(status["changes"][1]["effective"], "2025-12-01");
  const std::string incident =
      read_file(dir_.path() / "state_test/run_logs/incidents/stage_20251201.md");
  EXPECT_NE(incident.find("slot coverage was 0."), std::string::npos) << incident;

  // Back: one underlying, and the limits of stage 0.
  expect_within(day("2025-12-01")["load"], 10, 30);
  const auto report_back = nlohmann::json::parse(
      read_file(dir_.path() / "state_test/run_logs/selfcheck/selfcheck_20251201.json"));
  EXPECT_EQ(report_back["status"], "PASS");
  for (const auto& slot : report_back["qa"]["slots"]) EXPECT_EQ(slot["symbol"], "AAPL");
}

TEST_F(Rehearsal, a_roll_back_by_hand_needs_a_stage_and_a_reason) {
  EXPECT_EQ(run({"stage", "rollback"}).exit_code, 2);
  const Finished first = run({"stage", "rollback", "--reason", "too fast"});
  EXPECT_EQ(first.exit_code, 1);
  EXPECT_NE(first.err.find("stage 0 is the first one"), std::string::npos) << first.err;
}

// Killed between the verdict and the look at it: the next start makes up for it.
TEST_F(Rehearsal, a_breach_that_nobody_looked_at_is_seen_at_the_next_start) {
  const fs::path state = dir_.path() / "state_test/stage.json";
  const std::string stage_one =
      R"({"schema_version":1,"stage":1,"changes":[{"from":0,"to":1,"effective":"2025-11-25",)"
      R"("at":"","reason":"two days","automatic":false}],"watched":[]})";
  fs::create_directories(state.parent_path());
  std::ofstream(state) << stage_one;
  const fs::path bad = dir_.path() / "bad-day.toml";
  std::ofstream(bad) << "date = \"2025-11-25\"\n[gateway]\ndown = [[\"10:45\", \"13:15\"]]\n";
  applies_ = true;
  day("2025-11-25", {"--scenario", bad.string()});
  std::ofstream(state) << stage_one;
  day("2025-11-26");
  const auto status = run({"stage", "status"}).json();
  ASSERT_EQ(status["changes"].size(), 2U) << status.dump(2);
  EXPECT_EQ(status["changes"][1]["to"], 0);
  EXPECT_EQ(status["changes"][1]["effective"], "2025-11-26");
}

TEST_F(Rehearsal, a_waived_day_is_still_a_failure) {
  const fs::path bad = dir_.path() / "bad-day.toml";
  std::ofstream(bad) << "date = \"2025-11-21\"\n[gateway]\ndown = [[\"10:45\", \"12:15\"]]\n";
  day("2025-11-21", {"--scenario", bad.string()});
  const std::vector<std::string> waive{"day",        "waive",    "--date",
                                       "2025-11-21", "--reason", "the exchange was down"};
  EXPECT_EQ(run(waive).json()["notes"][0]["kind"], "waive");
  const Finished selfcheck = run({"selfcheck", "--date", "2025-11-21"});
  EXPECT_EQ(selfcheck.exit_code, 1);
  EXPECT_EQ(selfcheck.json()["status"], "FAIL");
  EXPECT_EQ(selfcheck.json()["notes"][0]["reason"], "the exchange was down");
  EXPECT_EQ(run({"stage", "advance"}).exit_code, 1);
}

TEST_F(Rehearsal, nothing_to_waive_is_refused) {
  const Finished waive = run({"day", "waive", "--date", "2025-11-21", "--reason", "no"});
  EXPECT_EQ(waive.exit_code, 1);
  EXPECT_NE(waive.err.find("has no verdict"), std::string::npos) << waive.err;
}

TEST_F(Rehearsal, a_file_of_stages_that_is_wrong_is_named_with_its_place) {
  std::ofstream(dir_.path() / "config/stages.toml")
      << "[[stage]]\nsymbols = [\"AAPL\"]\nper_minut = 30\n";
  const Finished status = run({"stage", "status"});
  EXPECT_EQ(status.exit_code, 2) << status.err;
  EXPECT_NE(status.err.find("stages.toml: per_minut is not a key of stage 0"), std::string::npos)
      << status.err;
}

}  // namespace
}  // namespace opt_data::e2e
