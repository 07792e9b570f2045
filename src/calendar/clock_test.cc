#include "calendar/clock.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace opt_data {
namespace {

using namespace std::chrono_literals;  // NOLINT

template <typename T>
T run(asio::awaitable<T> work) {
  asio::io_context context;
  auto result = asio::co_spawn(context, std::move(work), asio::use_future);
  context.run();
  return result.get();
}

asio::awaitable<int> at_once() { co_return 7; }

asio::awaitable<Result<void>> for_a_year(Clock& clock) { return clock.wait_for(24h * 365); }

TEST(RealClock, is_the_clock_of_the_machine_shifted) {
  const RealClock clock, ahead(1h);
  const auto apart = ahead.now() - clock.now();
  EXPECT_GE(apart, 1h);
  EXPECT_LT(apart, 1h + 1min);
}

TEST(RealClock, a_moment_that_has_passed_is_not_waited_for) {
  RealClock clock;
  EXPECT_TRUE(run(clock.wait_until(clock.now() - 1h)));
}

// The only test that waits for real time, because that is what it is about.
TEST(RealClock, a_moment_that_comes_ends_the_wait) {
  RealClock clock;
  const Instant when = clock.now() + 1ms;
  EXPECT_TRUE(run(clock.wait_until(when)));
  EXPECT_GE(clock.now(), when);
}

TEST(Before, work_that_is_done_in_time_keeps_its_result) {
  RealClock clock;
  EXPECT_EQ(run(before(clock, clock.now() + 24h, at_once())), 7);
}

TEST(Before, the_deadline_cancels_what_is_late) {
  RealClock clock;
  const auto result = run(before(clock, clock.now() - 1s, for_a_year(clock)));
  EXPECT_FALSE(result.has_value());
}

}  // namespace
}  // namespace opt_data
