// An account without live data: delayed rows that say so, or none at all.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <utility>

#include "dataset.h"
#include "program.h"
#include "simulated_day.h"

namespace opt_data::e2e {
namespace {

constexpr const char* recording = "twx-2014-06-05";

std::vector<nlohmann::json> warnings(const std::filesystem::path& dir, const std::string& code) {
  std::vector<nlohmann::json> found;
  std::istringstream lines(
      read_file(dir / "state" / "run_logs" / "errors" / "errors_20140605.log"));
  for (std::string line; std::getline(lines, line);) {
    auto event = nlohmann::json::parse(line, nullptr, false);
    if (event.is_object() && event.value("code", "") == code) found.push_back(std::move(event));
  }
  return found;
}

TEST(DelayedAccount, every_row_is_of_type_3_and_flagged_and_the_verdict_says_so) {
  const TemporaryDirectory dir;
  const Finished run = run_demo(dir.path(), {"--recording", recording, "--delayed-account"});
  EXPECT_EQ(run.exit_code, 1) << run.err;  // Not what the recording deserves.
  const auto json = run.json();
  EXPECT_EQ(json["status"], "FAIL");
  const std::vector<std::string> reasons = json["reasons"];
  EXPECT_NE(std::find(reasons.begin(), reasons.end(), "qa:delayed_ratio"), reasons.end())
      << json["reasons"].dump();
  Dataset data(dir.path(), recording);
  EXPECT_EQ(data.count("SELECT count(*) FROM intraday"), 184 * 14);
  EXPECT_EQ(
      data.count("SELECT count(*) FROM intraday WHERE market_data_type = 3 AND "
                 "list_contains(data_quality_flag, 'delayed_fallback')"),
      184 * 14);
  for (const auto& gate : json["selfcheck"]["qa"]["metrics"])
    if (gate["name"] == "delayed_ratio") {
      EXPECT_EQ(gate["value"], 1.0);
      EXPECT_EQ(gate["details"]["causes"], nlohmann::json({"TWX: 2576 of 2576 rows are delayed"}));
    }
}

// What an account may not have is said once a day, however many contracts, slots and sessions ask.
TEST(DelayedAccount, the_day_says_it_once) {
  const TemporaryDirectory dir;
  run_demo(dir.path(), {"--recording", recording, "--delayed-account"});
  const auto events = warnings(dir.path(), "delayed_data");
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].value("job", ""), "discovery/2014-06-05");
  EXPECT_EQ(events[0].value("level", ""), "warning");
}

// What is 15 minutes old is the recording of 15 minutes ago.
TEST(DelayedAccount, rows_hold_the_market_of_a_quarter_of_an_hour_before) {
  const TemporaryDirectory dir;
  run_demo(dir.path(), {"--recording", recording, "--delayed-account"});
  Dataset data(dir.path(), recording);
  EXPECT_EQ(
      data.count(
          "SELECT count(*) FROM (SELECT stored.conid, stored.slot_30m, any_value(stored.bid) AS "
          "bid, arg_max(points.bid, (points.at, points.turn)) AS said FROM intraday AS stored LEFT "
          "JOIN points ON points.conid = stored.conid AND points.at <= coalesce(stored.asof_ts, "
          "stored.sample_time) - INTERVAL 15 MINUTE GROUP BY ALL) WHERE bid IS DISTINCT FROM said"),
      0);
  // At the open there was no market yet.
  EXPECT_EQ(data.count("SELECT count(*) FROM intraday WHERE slot_30m = 0 AND bid IS NOT NULL"), 0);
}

TEST(DelayedAccount, without_leave_for_delayed_data_every_row_is_an_error) {
  const TemporaryDirectory dir;
  SimulatedWorld world;
  world.gateway.entitlement = sim::Entitlement::delayed;
  world.changed = {{"snapshot.allow_delayed", false}};
  SimulatedDay day(dir.path(), std::move(world));
  const auto result = day.run();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_FALSE(result->selfcheck.passed());
  Dataset data(dir.path());
  EXPECT_EQ(data.count("SELECT count(*) FROM intraday"), 184 * 14);
  EXPECT_EQ(
      data.count(
          "SELECT count(*) FROM intraday WHERE snapshot_error AND error_type = 'refused' AND "
          "error_message LIKE '%10168%' AND bid IS NULL AND ask IS NULL AND last IS NULL"),
      184 * 14);
  EXPECT_EQ(data.count("SELECT count(*) FROM daily_clean WHERE rollup_strategy <> 'none'"), 0);
  EXPECT_EQ(data.count("SELECT count(*) FROM daily_clean"), 184);
  // The reference price is yesterday's close, which is the same for every account.
  for (const auto& event : warnings(dir.path(), "delayed_data"))
    EXPECT_EQ(event.value("job", ""), "discovery/2014-06-05");
}

TEST(DelayedAccount, the_directorys_own_configuration_can_refuse_delayed_data) {
  const TemporaryDirectory dir;
  // The configuration of a demo is written once; a person may change it.
  ASSERT_EQ(run_demo(dir.path(), {"--recording", recording, "--delayed-account"}).exit_code, 1);
  std::string text = read_file(dir.path() / "config" / "opt-data.toml");
  const std::size_t at = text.find("allow_delayed = true");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 20, "allow_delayed = false");
  for (const char* folder : {"data", "state"}) std::filesystem::remove_all(dir.path() / folder);
  std::ofstream(dir.path() / "config" / "opt-data.toml") << text;
  const Finished run = run_demo(dir.path(), {"--recording", recording, "--delayed-account"});
  EXPECT_EQ(run.exit_code, 1) << run.err;
  Dataset data(dir.path());
  EXPECT_EQ(
      data.count("SELECT count(*) FROM intraday WHERE error_type = 'refused' AND bid IS NULL"),
      184 * 14);
}

}  // namespace
}  // namespace opt_data::e2e
