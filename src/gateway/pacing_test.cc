#include "gateway/pacing.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <vector>

#include "sim/sim_clock.h"

namespace opt_data::gateway {
namespace {

using namespace std::chrono_literals;

const Instant start = from_micros(1'400'000'000'000'000);

struct Taken {
  std::vector<Instant> at;
  std::vector<int> who;
};

asio::awaitable<void> take(
    PacingBudget& budget, Clock& clock, std::chrono::milliseconds hold, int who, Taken& taken) {
  auto permit = co_await budget.acquire();
  EXPECT_TRUE(permit);
  taken.at.push_back(clock.now());
  taken.who.push_back(who);
  EXPECT_TRUE(co_await clock.wait_for(hold));
}

TEST(PacingBudget, no_window_ever_holds_more_than_its_permits) {
  asio::io_context io;
  sim::SimClock clock(io, start);
  PacingLimit limit;
  limit.permits = 45;
  PacingBudget budget(clock, limit);
  Taken taken;
  for (int i = 0; i < 500; ++i)
    asio::co_spawn(io, take(budget, clock, 1ms, i, taken), asio::detached);
  clock.run();
  ASSERT_EQ(taken.at.size(), 500u);
  for (std::size_t i = 45; i < taken.at.size(); ++i)
    EXPECT_GE(taken.at[i] - taken.at[i - 45], 1s) << "permit " << i;
  // And it is as fast as that allows: 500 permits need eleven full windows.
  EXPECT_EQ(taken.at.back() - start, 11s);
}

TEST(PacingBudget, what_goes_out_late_counts_from_then) {
  asio::io_context io;
  sim::SimClock clock(io, start);
  PacingLimit limit;
  limit.permits = 2;
  PacingBudget budget(clock, limit);
  std::vector<Instant> sent;
  const auto send = [&](std::chrono::milliseconds late) -> asio::awaitable<void> {
    auto permit = co_await budget.acquire();
    EXPECT_TRUE(permit);
    EXPECT_TRUE(co_await clock.wait_for(late));
    permit->used(clock.now());
    sent.push_back(clock.now());
  };
  for (const auto late : {400ms, 0ms, 0ms, 0ms}) asio::co_spawn(io, send(late), asio::detached);
  clock.run();
  EXPECT_EQ(sent, (std::vector<Instant>{start, start + 400ms, start + 1s, start + 1400ms}));
}

TEST(PacingBudget, who_asked_first_is_served_first) {
  asio::io_context io;
  sim::SimClock clock(io, start);
  PacingLimit limit;
  limit.permits = 3;
  PacingBudget budget(clock, limit);
  Taken taken;
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(io, take(budget, clock, 0ms, i, taken), asio::detached);
  clock.run();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(taken.who[static_cast<std::size_t>(i)], i);
}

TEST(PacingBudget, holds_at_most_so_many_at_once) {
  asio::io_context io;
  sim::SimClock clock(io, start);
  PacingLimit limit;
  limit.in_flight_max = 4;
  PacingBudget budget(clock, limit);
  Taken taken;
  for (int i = 0; i < 20; ++i)
    asio::co_spawn(io, take(budget, clock, 100ms, i, taken), asio::detached);
  clock.run();
  EXPECT_EQ(budget.in_flight_peak(), 4);
  EXPECT_EQ(budget.in_flight(), 0);
  EXPECT_EQ(taken.at.back() - start, 400ms);
}

TEST(PacingBudget, fewer_lines_than_thought_shrink_the_budget) {
  asio::io_context io;
  sim::SimClock clock(io, start);
  PacingLimit limit;
  limit.in_flight_max = 10;
  PacingBudget budget(clock, limit);
  budget.shrink_in_flight(2);
  budget.shrink_in_flight(0);  // Never below one.
  Taken taken;
  for (int i = 0; i < 3; ++i)
    asio::co_spawn(io, take(budget, clock, 10ms, i, taken), asio::detached);
  clock.run();
  EXPECT_EQ(budget.in_flight_peak(), 1);
}

TEST(PacingBudget, what_can_wait_is_served_after_all_others) {
  asio::io_context io;
  sim::SimClock clock(io, start);
  PacingLimit limit;
  limit.permits = 2;
  PacingBudget budget(clock, limit);
  std::vector<char> served;
  const auto ask = [&](Urgency urgency, char name) -> asio::awaitable<void> {
    EXPECT_TRUE(co_await budget.acquire(urgency));
    served.push_back(name);
  };
  for (int i = 0; i < 4; ++i) asio::co_spawn(io, ask(Urgency::can_wait, 'c'), asio::detached);
  for (int i = 0; i < 4; ++i) asio::co_spawn(io, ask(Urgency::normal, 'q'), asio::detached);
  clock.run();
  // The third had its turn before anybody else came.
  EXPECT_EQ(std::string(served.begin(), served.end()), "cccqqqqc");
}

// With three in any second, what counts twice and what counts once take turns.
TEST(PacingBudget, what_counts_twice_takes_two_permits_and_one_place) {
  asio::io_context io;
  sim::SimClock clock(io, start);
  PacingLimit limit;
  limit.permits = 3;
  PacingBudget budget(clock, limit);
  std::vector<std::chrono::microseconds> at;
  const auto ask = [&](int weight) -> asio::awaitable<void> {
    const auto permit = co_await budget.acquire(Urgency::normal, weight);
    EXPECT_TRUE(permit);
    EXPECT_EQ(budget.in_flight(), 1);
    at.push_back(clock.now() - start);
  };
  for (const int weight : {2, 1, 2, 2}) asio::co_spawn(io, ask(weight), asio::detached);
  clock.run();
  EXPECT_EQ(at, (std::vector<std::chrono::microseconds>{0s, 0s, 1s, 2s}));
}

TEST(PacingBudget, a_cancelled_waiter_leaves_the_queue_moving) {
  asio::io_context io;
  sim::SimClock clock(io, start);
  PacingLimit limit;
  limit.in_flight_max = 1;
  PacingBudget budget(clock, limit);
  Taken taken;
  bool gave_up = false;
  asio::co_spawn(io, take(budget, clock, 1s, 0, taken), asio::detached);
  asio::co_spawn(
      io,
      [&]() -> asio::awaitable<void> {
        auto permit = co_await before(clock, start + 100ms, budget.acquire());
        gave_up = !permit;
      },
      asio::detached);
  asio::co_spawn(io, take(budget, clock, 0ms, 2, taken), asio::detached);
  clock.run();
  EXPECT_TRUE(gave_up);
  EXPECT_EQ(taken.who, (std::vector<int>{0, 2}));
  EXPECT_EQ(budget.in_flight(), 0);
}

}  // namespace
}  // namespace opt_data::gateway
