// A slot against the bound of docs/pacing.md, and against what was expected of it.
#include <gtest/gtest.h>

#include <cmath>

#include "collect/makespan_fixture.h"

namespace opt_data::collect {
namespace {

using namespace std::chrono_literals;

void expect_within_limits(const SlotRun& run) {
  EXPECT_LE(run.messages_in_a_second_high, 45U);
  EXPECT_LE(run.lines_high, 95U);
  EXPECT_EQ(run.violations, 0U);
  EXPECT_EQ(run.cancel_errors, 0U);
}

double error_of_forecast(const SlotRun& run) {
  const double expected = static_cast<double>(run.plan.cost.duration.count()) / 1000;
  return std::abs(expected - run.makespan.count()) / run.makespan.count();
}

struct Goal {
  std::size_t contracts;
  double ratio;
};

class Makespan : public testing::TestWithParam<Goal> {};

TEST_P(Makespan, comes_near_the_bound_and_to_its_forecast) {
  SlotWorld world({.contracts = GetParam().contracts});
  const SlotRun first = world.run();
  const SlotRun second = world.run();
  EXPECT_EQ(second.usable, GetParam().contracts);
  EXPECT_GE(second.ratio(), GetParam().ratio)
      << second.makespan.count() << " s, at least " << second.bound.count()
      << " s; while nothing was known " << first.makespan.count() << " s";
  EXPECT_LT(error_of_forecast(second), 0.05)
      << second.plan.cost.duration.count() << " ms expected, " << second.makespan.count() << " s";
  expect_within_limits(second);
}

INSTANTIATE_TEST_SUITE_P(
    Slots, Makespan, testing::Values(Goal{300, 0.75}, Goal{3'000, 0.97}),
    [](const auto& goal) { return std::to_string(goal.param.contracts); });

TEST(SlotTime, two_accounts_take_half_the_time) {
  SlotWorld world({.contracts = 3'000, .sessions = 2});
  world.run();
  const SlotRun run = world.run();
  EXPECT_EQ(run.usable, 3'000U);
  EXPECT_GE(run.ratio(), 0.95) << run.makespan.count() << " s, at least " << run.bound.count();
  EXPECT_LT(error_of_forecast(run), 0.05) << run.plan.cost.duration.count() << " ms";
  expect_within_limits(run);
}

TEST(SlotTime, four_accounts_take_a_quarter) {
  SlotWorld world({.contracts = 6'000, .sessions = 4});
  world.run();
  const SlotRun run = world.run();
  EXPECT_EQ(run.usable, 6'000U);
  EXPECT_GE(run.ratio(), 0.95) << run.makespan.count() << " s, at least " << run.bound.count();
  EXPECT_LT(error_of_forecast(run), 0.05) << run.plan.cost.duration.count() << " ms";
  expect_within_limits(run);
}

// Whose prices never come is asked three times, and still does not hold the slot up.
TEST(SlotTime, repetitions_end_with_the_slot) {
  SlotWorld world({.contracts = 3'000, .silent_per_thousand = 10});
  world.run();
  const SlotRun run = world.run();
  EXPECT_GT(run.requests, 3'000U);
  EXPECT_EQ(run.usable, run.plan.cost.usable) << "what was unusable once is expected to be again";
  EXPECT_GE(run.ratio(), 0.95) << run.makespan.count() << " s, at least " << run.bound.count();
  EXPECT_LT(error_of_forecast(run), 0.05) << run.plan.cost.duration.count() << " ms";
  expect_within_limits(run);
}

// What the shipped configuration allows: thirty questions a minute, ten at once.
TEST(SlotTime, a_small_budget_is_used_up_and_foreseen) {
  SlotWorldOptions options{.contracts = 100};
  options.limits.subscriptions_per_minute = 30;
  options.limits.in_flight_max = 10;
  SlotWorld world(options);
  world.run();
  const SlotRun run = world.run();
  EXPECT_EQ(run.usable, 100U);
  EXPECT_LT(error_of_forecast(run), 0.05)
      << run.plan.cost.duration.count() << " ms expected, " << run.makespan.count() << " s";
}

TEST(SlotTime, many_underlyings_take_turns_and_cost_little) {
  SlotWorld world({.contracts = 3'000, .underlyings = 60});
  world.run();
  const SlotRun run = world.run();
  EXPECT_EQ(run.usable, 3'000U);
  EXPECT_GE(run.ratio(), 0.92) << run.makespan.count() << " s, at least " << run.bound.count();
  EXPECT_LT(error_of_forecast(run), 0.05) << run.plan.cost.duration.count() << " ms";
  expect_within_limits(run);
}

// A window of forty seconds for 3,000 contracts: the nearest are answered, and it was foreseen.
TEST(SlotTime, what_does_not_fit_is_cut_off_as_foreseen) {
  SlotWorld world({.contracts = 3'000, .window = 40s});
  world.run();
  const SlotRun run = world.run();
  EXPECT_EQ(run.rows, 3'000U);
  const auto foreseen = static_cast<double>(run.plan.cost.usable);
  EXPECT_NEAR(static_cast<double>(run.usable), foreseen, 0.05 * foreseen);
  EXPECT_LE(run.makespan, 40s);
  expect_within_limits(run);
}

TEST(SlotTime, the_same_slot_takes_the_same_time_again) {
  const SlotRun one = SlotWorld({.contracts = 300}).run();
  const SlotRun other = SlotWorld({.contracts = 300}).run();
  EXPECT_EQ(one.makespan, other.makespan);
  EXPECT_EQ(one.bound, other.bound);
}

}  // namespace
}  // namespace opt_data::collect
