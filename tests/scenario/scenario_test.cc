// Simulated days, and what must hold of every one of them: app/day_checks.h.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <random>

#include "app/scenario_file.h"
#include "app/soak.h"
#include "base/text.h"

namespace opt_data::app {
namespace {

std::string lines(const std::vector<std::string>& sentences) { return join(sentences, "\n"); }

std::vector<std::filesystem::path> remembered_days() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(OPT_DATA_SCENARIOS))
    if (entry.path().extension() == ".toml") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

class RememberedDay : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(RememberedDay, holds) {
  const auto scenario = read_scenario(GetParam());
  ASSERT_TRUE(scenario) << scenario.error().message;
  const auto day = simulate_day(*scenario);
  ASSERT_TRUE(day) << day.error().message;
  EXPECT_EQ(lines(day->violations), "");
  EXPECT_EQ(lines(against_expectation(*scenario, *day)), "");
  EXPECT_GT(day->rows, 0);
}

INSTANTIATE_TEST_SUITE_P(
    All, RememberedDay, testing::ValuesIn(remembered_days()),
    [](const auto& file) { return file.param.stem().string(); });

TEST(SimulatedDay, one_seed_gives_one_trace) {
  std::vector<std::string> traces;
  for (const std::uint64_t seed : {3U, 12U}) {
    const sim::Scenario scenario = sim::draw_scenario(seed);
    const auto first = simulate_day(scenario);
    const auto again = simulate_day(scenario);
    ASSERT_TRUE(first && again);
    EXPECT_EQ(first->hash, again->hash) << "seed " << seed;
    EXPECT_EQ(first->rows, again->rows);
    traces.push_back(first->hash);
  }
  EXPECT_NE(traces[0], traces[1]);
}

void expect_no_finding(const SoakOptions& options) {
  const auto result = soak(options, [](const std::string& line) { std::cout << line << '\n'; });
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_GT(result->days, 0);
  std::cout << result->days << " days in " << result->seconds << " s\n";
  for (const SoakFinding& finding : result->findings)
    ADD_FAILURE() << "opt-data sim day --seed " << finding.seed << "\n"
                  << lines(finding.violations);
}

TEST(SimulatedDay, known_seeds_hold) {
  SoakOptions options;
  options.days = 12;
  options.jobs = 2;
  expect_no_finding(options);
}

TEST(SimulatedDay, filters_that_leave_nothing_are_said_once) {
  sim::Scenario scenario;
  scenario.seed = 5;
  scenario.date = std::chrono::year{2025} / 10 / 17;  // The next monthly expiry is 35 days away.
  scenario.universe.expiry_months_ahead = 1;
  scenario.universe.symbols = {"AAPL"};
  const auto day = simulate_day(scenario);
  ASSERT_TRUE(day) << day.error().message;
  EXPECT_EQ(day->rows, 0);
  ASSERT_EQ(day->violations.size(), 1U);  // A day without a fault that has errors.
  const std::string_view said = "the log has 15 errors: discovery_failed: AAPL: none of the";
  // The list that is not there, and fourteen slots.
  EXPECT_NE(day->violations[0].find(said), std::string::npos) << day->violations[0];
}

// As many of two hundred fresh days as a test may take time for.
TEST(SimulatedDay, fresh_seeds_hold) {
  const char* given = std::getenv("OPT_DATA_TEST_SEED");
  const std::uint64_t seed = given != nullptr
                                 ? static_cast<std::uint64_t>(parse_int(given).value_or(1))
                                 : std::uint64_t{std::random_device{}()};
  SCOPED_TRACE("OPT_DATA_TEST_SEED=" + std::to_string(seed));
  SoakOptions options;
  options.first_seed = seed;
  options.days = 200;
  options.jobs = 2;
  options.seconds_max = 20;
  expect_no_finding(options);
}

TEST(ScenarioFile, an_unknown_key_is_told_with_its_line) {
  const auto read = parse_scenario("seed = 1\n[gateway]\ndonw = []\n", "bad.toml");
  ASSERT_FALSE(read);
  EXPECT_EQ(
      read.error().message,
      "bad.toml:3: gateway.donw is not a key of a scenario; did you mean down?");
}

TEST(ScenarioFile, a_time_is_new_yorks_of_the_day_or_of_the_next) {
  const auto read = parse_scenario(
      "date = \"2025-11-21\"\n[process]\nkills = [\"10:00:01.5\", \"+1 07:30\"]\n", "day.toml");
  ASSERT_TRUE(read) << read.error().message;
  using namespace std::chrono_literals;
  const auto friday = std::chrono::year{2025} / 11 / 21, monday = std::chrono::year{2025} / 11 / 24;
  EXPECT_EQ(read->kills[0], new_york(friday, 10h + 1500ms));
  EXPECT_EQ(read->kills[1], new_york(monday, 7h + 30min));
}

}  // namespace
}  // namespace opt_data::app
