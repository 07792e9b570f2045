// `opt-data plan` beside a day that was simulated: what it foresees of a slot, from the slot before
// it, is what the slot then took.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "base/text.h"
#include "calendar/instant.h"
#include "program.h"

namespace opt_data::e2e {
namespace {

// "2025-11-21T15:30:00.250000Z" as seconds.
double seconds_of(const std::string& text) {
  const auto day = std::chrono::sys_days{parse_day(text.substr(0, 10)).value()};
  const double of_day = 3600.0 * std::stod(text.substr(11, 2)) +
                        60.0 * std::stod(text.substr(14, 2)) + std::stod(text.substr(17));
  return static_cast<double>(day.time_since_epoch().count()) * 86'400.0 + of_day;
}

// Of each slot, from its start to its end in the ledger.
std::map<std::string, double> seconds_taken(const std::filesystem::path& dir) {
  std::map<std::string, double> taken;
  for (const auto& job : run_verb(dir, {"inspect", "runs", "--count", "100", "--json"}).json())
    if (job["counts"].is_object() && job["counts"].contains("slot"))
      taken[job["counts"]["slot"]] = seconds_of(job["ended_at"].get<std::string>()) -
                                     seconds_of(job["started_at"].get<std::string>());
  return taken;
}

class Plan : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = new TemporaryDirectory;
    const Finished day = run_demo(
        dir_->path(), {"--market", "synthetic", "--symbols", "AAPL,MSFT,NVDA", "--date",
                       "2025-11-21", "--seed", "11"});
    ASSERT_EQ(day.exit_code, 0) << day.err;
  }
  static void TearDownTestSuite() { delete dir_; }
  static Finished plan(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "plan");
    return run_verb(dir_->path(), std::move(arguments));
  }
  static TemporaryDirectory* dir_;
};
TemporaryDirectory* Plan::dir_ = nullptr;

TEST_F(Plan, foresees_what_the_slots_of_a_simulated_day_took) {
  const auto taken = seconds_taken(dir_->path());
  ASSERT_EQ(taken.size(), 14U);
  const Finished run = plan({"--date", "2025-11-21", "--json"});
  ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  const auto plan = run.json();
  EXPECT_EQ(plan["fits"], true);
  ASSERT_EQ(plan["slots"].size(), 14U);
  for (const auto& slot : plan["slots"]) {
    const std::string label = slot["slot"];
    if (label == "09:30") {
      EXPECT_EQ(slot["answer_times"], "assumed");
      continue;
    }
    const double foreseen = slot["seconds"];
    EXPECT_NEAR(foreseen, taken.at(label), 0.05 * taken.at(label)) << "slot " << label;
    EXPECT_EQ(slot["usable"], slot["contracts"]);
  }
}

TEST_F(Plan, a_day_to_come_is_planned_from_the_last_list_and_the_last_slot) {
  const Finished run = plan({"--date", "2025-11-24", "--slot", "10:30"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.out.find("of the list of 2025-11-21"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("of slot 16:00 of 2025-11-21"), std::string::npos) << run.out;
}

TEST_F(Plan, refuses_what_does_not_fit_and_shows_what_would) {
  const std::vector<std::string> tight{"--date", "2025-11-24", "--json"};
  const auto config = dir_->path() / "config/opt-data.toml";
  Invocation invocation{{"--config", config.string(), "plan"}};
  invocation.arguments.insert(invocation.arguments.end(), tight.begin(), tight.end());
  invocation.environment["OPT_DATA_PACING_PER_MINUTE"] = "2";
  Finished run = run_program(invocation);
  EXPECT_EQ(run.exit_code, 1);
  auto plan = run.json();
  EXPECT_EQ(plan["fits"], false);
  EXPECT_NE(plan["advice"].dump().find("pacing.per_minute is 2"), std::string::npos);

  invocation.arguments.push_back("--fit");
  run = run_program(invocation);
  EXPECT_EQ(run.exit_code, 0) << run.out;
  plan = run.json();
  EXPECT_EQ(plan["fits"], true);
  // Fifty would fit; a band holds or leaves out all contracts of a strike.
  EXPECT_LE(plan["slots"][1]["contracts"], 50);
  EXPECT_GE(plan["slots"][1]["contracts"], 20);
  EXPECT_GT(plan["chains"][0]["left_out"], 0);
}

TEST_F(Plan, says_what_is_wrong) {
  EXPECT_EQ(plan({"--date", "2025-11-24", "--slot", "10:31"}).exit_code, 2);
  EXPECT_EQ(plan({"--date", "2025-11-23"}).exit_code, 1) << "a Sunday";
  const Finished unknown = plan({"--date", "2025-11-24", "--symbols", "IBM"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_NE(unknown.err.find("contracts build"), std::string::npos) << unknown.err;
}

}  // namespace
}  // namespace opt_data::e2e
