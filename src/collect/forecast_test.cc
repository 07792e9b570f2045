#include "collect/forecast.h"

#include "collect/collect_fixture.h"

namespace opt_data::collect {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

double bound(double rate, double lines, std::size_t contracts, microseconds each) {
  return makespan_bound(rate, lines, std::vector<microseconds>(contracts, each)).count();
}

TEST(MakespanBound, is_the_largest_of_three_and_the_quickest_answer) {
  EXPECT_DOUBLE_EQ(bound(50, 100, 3'000, 0s), 118) << "(2 * 3000 - 100) / 50";
  EXPECT_DOUBLE_EQ(bound(50, 100, 100, 0s), 2) << "the last lines need no cancel";
  EXPECT_DOUBLE_EQ(bound(50, 100, 3'000, 10s), 310) << "3000 * 10 / 100, and an answer";
  EXPECT_DOUBLE_EQ(bound(50, 100, 0, 10s), 0);
  const std::vector<microseconds> mixed{300ms, 2s, 8s};
  EXPECT_DOUBLE_EQ(makespan_bound(1, 1, mixed).count(), 10.6);
}

class ForecastTest : public testing::Test {
 protected:
  Forecast of(std::size_t contracts, milliseconds window = 25min) {
    contracts_ = calls(static_cast<int>(contracts));
    return forecast(contracts_, 1, limits_, attempts_, times_, window);
  }
  CaptureLimits limits_;
  AttemptLimits attempts_;
  AnswerTimes times_;
  std::vector<OptionContract> contracts_;
};

TEST_F(ForecastTest, is_never_better_than_the_bound_and_little_worse) {
  for (const std::size_t contracts : {300U, 3'000U, 30'000U}) {
    const Forecast expected = of(contracts);
    // A window's permits go out in a burst at its start: the last burst may be a second early.
    const double least = bound(45, 95, contracts, 300ms) - 1;
    EXPECT_GT(static_cast<double>(expected.duration.count()) / 1000, least);
    EXPECT_LT(static_cast<double>(expected.duration.count()) / 1000, least + 5);
    EXPECT_EQ(expected.answered, contracts);
    EXPECT_EQ(expected.questions, contracts);
  }
}

TEST_F(ForecastTest, counts_the_minutes_of_a_small_budget) {
  limits_.subscriptions_per_minute = 45;
  times_.spread = {2s};
  EXPECT_EQ(of(46).duration, 64s) << "watching, a minute, an answer";
  EXPECT_EQ(of(90).duration, 64s);
  EXPECT_EQ(of(184).duration, 4 * 60s + 4s);
}

TEST_F(ForecastTest, few_questions_under_way_hold_it_up) {
  limits_.in_flight_max = 10;
  times_.spread = {1s};
  // Each ten take their second, and a tenth until their answers are committed.
  EXPECT_EQ(of(300).duration, 1s + 29 * 1'100ms + 1s);
}

TEST_F(ForecastTest, a_window_cuts_it_off) {
  const Forecast expected = of(3'000, 60s);
  EXPECT_EQ(expected.duration, 60s);
  EXPECT_NEAR(static_cast<double>(expected.answered), 60 * 22.5, 60);
  EXPECT_EQ(expected.usable, expected.answered);
}

TEST_F(ForecastTest, repetitions_and_what_stays_unusable_are_counted) {
  for (ContractId id = 1; id <= 10; ++id) times_.known[id] = {5s, 5s, 3, false};
  const Forecast expected = of(3'000);
  EXPECT_EQ(expected.questions, 3'020U);
  EXPECT_EQ(expected.answered, 3'000U);
  EXPECT_EQ(expected.usable, 2'990U);
}

TEST_F(ForecastTest, two_sessions_take_half_the_time) {
  const auto one = of(3'000).duration;
  limits_.sessions = 2;
  EXPECT_NEAR(
      static_cast<double>(of(3'000).duration.count()), static_cast<double>(one.count()) / 2, 1'500);
}

}  // namespace
}  // namespace opt_data::collect
