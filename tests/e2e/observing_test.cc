// What a person and a monitor see of a day: the report, the metrics, and alerts that go out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "program.h"

namespace opt_data::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

Finished run(
    std::vector<std::string> arguments, std::map<std::string, std::string> environment = {}) {
  Invocation invocation;
  invocation.arguments = std::move(arguments);
  invocation.environment = std::move(environment);
  return run_program(invocation);
}

TEST(Report, of_a_recorded_day_fits_on_one_screen_and_ends_like_its_verdict) {
  const TemporaryDirectory dir;
  ASSERT_EQ(run_demo(dir.path(), {"--recording", "goog-2015-12-24"}).exit_code, 0);
  const Finished text = run_verb(dir.path(), {"report", "--date", "2015-12-24"});
  EXPECT_EQ(text.exit_code, 1) << "this day must fail";
  EXPECT_THAT(text.out, HasSubstr("2015-12-24  FAIL (final)"));
  EXPECT_THAT(text.out, HasSubstr("qa:oi_enrichment_ratio"));
  std::istringstream lines(text.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(line.size(), 100u);
  EXPECT_LE(count, 24);

  const Finished json = run_verb(dir.path(), {"--json", "report", "--date", "2015-12-24"});
  EXPECT_EQ(json.json().at("status"), "FAIL");
  EXPECT_EQ(json.json().at("slots").size(), 8u);
  EXPECT_EQ(json.json().at("missing").at(0).at("cause"), "missing_price");

  const auto file = dir.path() / "day.html";
  const Finished html =
      run_verb(dir.path(), {"report", "--date", "2015-12-24", "--html", file.string()});
  EXPECT_EQ(html.exit_code, 1);
  EXPECT_THAT(read_file(file), HasSubstr("<svg"));
  EXPECT_THAT(read_file(file), Not(HasSubstr("://")));

  const Finished nothing = run_verb(dir.path(), {"report", "--date", "2015-12-23"});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.err, HasSubstr("no job of 2015-12-23 is on record"));
}

TEST(Metrics, of_a_simulated_day_tell_its_verdict_and_its_jobs) {
  const TemporaryDirectory dir;
  const auto file = dir.path() / "optdata.prom";
  ASSERT_EQ(run({"init", "--test", "--dir", dir.path().string()}).exit_code, 0);
  const Finished day = run(
      {"schedule", "--simulate", "--config", (dir.path() / "config/opt-data.test.toml").string(),
       "--symbols", "AAPL", "--date", "2025-11-28"},
      {{"OPT_DATA_METRICS_FILE", file.string()}});
  ASSERT_EQ(day.exit_code, 0) << day.err;
  const std::string text = read_file(file);
  EXPECT_THAT(text, HasSubstr("optdata_day_passed{phase=\"final\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("optdata_job_runs_total{job=\"snapshot\",outcome=\"done\"} 8\n"));
  EXPECT_THAT(text, HasSubstr("optdata_pacing_violations_total 0\n"));
}

class AlertTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(run({"init", "--dir", dir.path().string()}).exit_code, 0); }
  Finished alert_test(std::map<std::string, std::string> environment) {
    return run({"--config", config, "alert", "test"}, std::move(environment));
  }
  const TemporaryDirectory dir;
  const std::string config = (dir.path() / "config/opt-data.toml").string();
};

TEST_F(AlertTest, without_a_channel_says_what_to_set) {
  const Finished said = alert_test({});
  EXPECT_EQ(said.exit_code, 2);
  EXPECT_THAT(said.err, HasSubstr("alerts.webhook_url"));
}

TEST_F(AlertTest, reaches_a_command_and_names_a_receiver_that_is_away) {
  const auto seen = dir.path() / "seen.json";
  Finished said = alert_test({{"OPT_DATA_ALERTS_COMMAND", "/usr/bin/tee," + seen.string()}});
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_EQ(said.out, "command  accepted\n");
  EXPECT_EQ(nlohmann::json::parse(read_file(seen)).at("code"), "alert_test");

  // Nobody listens at port 1.
  said = alert_test(
      {{"OPT_DATA_ALERTS_COMMAND", "/bin/true"},
       {"OPT_DATA_ALERTS_SLACK_URL", "http://127.0.0.1:1/services/hunter2"}});
  EXPECT_EQ(said.exit_code, 1);
  EXPECT_THAT(said.out, HasSubstr("slack    failed: 127.0.0.1:1: nobody answers"));
  EXPECT_THAT(said.out, HasSubstr("command  accepted"));
  EXPECT_THAT(said.out + said.err, Not(HasSubstr("hunter2")));
}

TEST_F(AlertTest, an_address_is_shown_nowhere) {
  const std::map<std::string, std::string> good{
      {"OPT_DATA_ALERTS_WEBHOOK_URL", "https://example.com/hunter2"}};
  for (const char* format : {"", "--json"}) {
    std::vector<std::string> arguments{"--config", config};
    if (*format != '\0') arguments.emplace_back(format);
    arguments.insert(arguments.end(), {"inspect", "config"});
    const Finished shown = run(arguments, good);
    EXPECT_EQ(shown.exit_code, 0);
    EXPECT_THAT(shown.out, HasSubstr("[hidden]"));
    EXPECT_THAT(shown.out + shown.err, Not(HasSubstr("hunter2")));
  }
  const Finished refused = alert_test({{"OPT_DATA_ALERTS_WEBHOOK_URL", "htp://hunter2"}});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("alerts.webhook_url must begin with https:// or http://"));
  EXPECT_THAT(refused.out + refused.err, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace opt_data::e2e
